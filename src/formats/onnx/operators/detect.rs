//! `NonMaxSuppression`: which boxes are left. Nothing behind it is differentiable, and how many are left depends on the
//! image, so that the rest of its rows are -1.

use super::super::builder::as_inputs;
use super::super::call::Call;
use super::super::generic::{self, Input, Operation};
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// By what boxes are chosen.
struct Choice {
    /// The most of each class.
    most: usize,
    /// Boxes that overlap a better one by more are dropped.
    overlap: f64,
    /// Boxes must score more.
    score: f64,
    /// Whether a box is its centre, width and height rather than two corners.
    centred: bool,
}

/// The rows [image, class, box] of the boxes that are left, best first within a class; -1 where there are no more.
///
/// # Errors
/// Where the shapes do not fit, or the limits depend on the image.
pub fn operation<E: Scalar>(call: &Call) -> Result<Operation<E>, String> {
    let inputs = as_inputs::<E>(&[call.input(0)?.clone(), call.input(1)?.clone()]);
    let [boxes, scores]: [Input<E>; 2] = inputs
        .try_into()
        .map_err(|_| "boxes and scores are wanted".to_string())?;
    let (&[images, count, 4], &[other, classes, scored]) =
        (boxes.shape.as_slice(), scores.shape.as_slice())
    else {
        return Err(format!(
            "boxes of the shape {:?} and scores of {:?}",
            boxes.shape, scores.shape
        ));
    };
    if images != other || count != scored {
        return Err(format!(
            "{images}×{count} boxes and {other}×{scored} scores"
        ));
    }
    let limit = |index: usize, otherwise: f64| -> Result<f64, String> {
        let given = call.constant(index)?;
        Ok(given
            .and_then(|c| c.values.data().first().copied())
            .unwrap_or(otherwise))
    };
    let choice = Choice {
        most: (limit(2, 0.0)?.max(0.0) as usize).min(count),
        overlap: limit(3, 0.0)?,
        score: limit(4, f64::NEG_INFINITY)?,
        centred: call.node.int("center_point_box", 0) != 0,
    };
    let rows = images * classes * choice.most;
    Ok(generic::one(vec![rows, 3], false, move |v| {
        let [boxes, scores] = [&boxes, &scores].map(|input| input.of(v).into_value());
        let samples = v.first().map_or(1, |v| v.shape()[0]);
        let mut found = Vec::with_capacity(samples * rows * 3);
        // A constant is the same for all samples.
        let of = |tensor: &Tensor<E>, sample: usize, lane: usize, length: usize, lanes: usize| {
            let sample = sample % tensor.shape()[0];
            tensor.data()[(sample * lanes + lane) * length..][..length].to_vec()
        };
        for sample in 0..samples {
            for image in 0..images {
                let boxes = of(&boxes, sample, image, 4 * count, images);
                for class in 0..classes {
                    let lane = image * classes + class;
                    let scores = of(&scores, sample, lane, count, images * classes);
                    for index in choice.left(&boxes, &scores) {
                        found.extend([image, class, index].map(E::from_usize));
                    }
                }
            }
            found.resize((sample + 1) * rows * 3, E::from_f64(-1.0));
        }
        Var::constant(Tensor::from_vec(found, &[samples, rows, 3]))
    }))
}

impl Choice {
    /// The boxes of a class that are left, best first.
    fn left<E: Scalar>(&self, boxes: &[E], scores: &[E]) -> Vec<usize> {
        let score = |i: usize| scores[i].as_f64();
        let mut order: Vec<usize> = (0..scores.len())
            .filter(|&i| score(i) > self.score)
            .collect();
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let mut left = Vec::<usize>::new();
        for i in order {
            if left.len() == self.most {
                break;
            }
            let own = self.corners(&boxes[4 * i..][..4]);
            let covers = |&other: &usize| {
                overlap(own, self.corners(&boxes[4 * other..][..4])) > self.overlap
            };
            if !left.iter().any(covers) {
                left.push(i);
            }
        }
        left
    }

    /// The lower and the upper end of a box along both axes.
    fn corners<E: Scalar>(&self, of: &[E]) -> [[f64; 2]; 2] {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| of[i].as_f64());
        match self.centred {
            true => [[a - c / 2.0, a + c / 2.0], [b - d / 2.0, b + d / 2.0]],
            false => [[a.min(c), a.max(c)], [b.min(d), b.max(d)]],
        }
    }
}

/// The share of the area of two boxes together that both have.
fn overlap(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> f64 {
    let area = |of: [[f64; 2]; 2]| {
        of.iter()
            .map(|[lo, hi]| (hi - lo).max(0.0))
            .product::<f64>()
    };
    let both = area([0, 1].map(|i| [a[i][0].max(b[i][0]), a[i][1].min(b[i][1])]));
    match area(a) + area(b) - both {
        all if all > 0.0 => both / all,
        _ => 0.0,
    }
}
