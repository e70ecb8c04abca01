//! Features of shifted images against shifted features.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::autodiff::Var;
use crate::error::Result;
use crate::nn::{Feature, LayerInfo, Mode, Model};
use crate::rng::Seed;
use crate::statistics::{Measured, mean_over_images};
use crate::tensor::Tensor;
use crate::train::Pass;

/// Images of one pass.
const BATCH: usize = 50;

/// What was found of one layer.
#[derive(Clone, Debug)]
pub struct Equivariance {
    /// Dotted name.
    pub layer: String,
    /// The largest feature of all images less the smallest.
    pub range: f64,
    /// For each image the mean of (features of the shifted image - shifted features)².
    pub squares: Vec<f64>,
}

impl Equivariance {
    /// The mean square over range², 0 where the layer is exactly equivariant.
    pub fn relative(&self) -> Measured {
        let unit = if self.range > 0.0 { self.range } else { 1.0 };
        let relative: Vec<f64> = self.squares.iter().map(|s| s / (unit * unit)).collect();
        mean_over_images(&relative).at_least(0.0)
    }

    /// 10·log₁₀(range² / mean square): no value where the layer is exactly equivariant, as that is infinite.
    pub fn decibels(&self) -> Measured {
        let Measured { value, lo, hi } = self.relative().decibels();
        let negative = |v: Option<f64>| v.map(|v| -v);
        Measured {
            value: negative(value),
            lo: negative(hi),
            hi: negative(lo),
        }
    }
}

/// Shifts images around by `shift` pixels in each of the four directions, what leaves on one side coming in on
/// the other, and compares `layers` with their own maps, shifted.
///
/// With k the shift in positions of a layer, the position p of its map is compared with p + k of the shifted
/// image's, over the p for which that is no position beyond the end: the interior, whose content is the same in
/// both. Layers whose stride does not divide the shift, such as those behind a global pool, are left out, and so
/// are those whose map is shifted out of itself.
///
/// `images` gives [N, C, H, W] for a range of indices; random paddings draw from `seed`.
///
/// # Errors
/// Where the images are too small for the network, or cannot be had.
pub fn equivariance(
    model: &Model<f32>,
    layers: &[LayerInfo],
    count: usize,
    mut images: impl FnMut(Range<usize>) -> Result<Tensor<f32>>,
    shift: usize,
    seed: Seed,
) -> Result<Vec<Equivariance>> {
    let mut sums: Vec<Sums> = layers.iter().filter_map(|l| Sums::of(l, shift)).collect();
    let names: Vec<String> = sums.iter().map(|s| s.found.layer.clone()).collect();
    for start in (0..count).step_by(BATCH) {
        let batch = images(start..(start + BATCH).min(count))?;
        let pass = Pass {
            first_sample: start,
            ..Pass::seeded(seed)
        };
        let plain = features(model, batch.clone(), pass, &names)?;
        sums.iter_mut().for_each(|own| own.begin(&plain));
        for (axis, back) in [(0, false), (1, false), (0, true), (1, true)] {
            let shifted = features(model, rolled(&batch, axis, shift, back), pass, &names)?;
            sums.iter_mut()
                .for_each(|own| own.add(&plain, &shifted, axis, back));
        }
        sums.iter_mut().for_each(|own| own.end(batch.shape()[0]));
    }
    Ok(sums.into_iter().map(|own| own.found).collect())
}

/// The maps of some layers by name.
type Maps = BTreeMap<String, Tensor<f32>>;

fn features(model: &Model<f32>, images: Tensor<f32>, pass: Pass, names: &[String]) -> Result<Maps> {
    let mut maps = Maps::new();
    let mut tap = |name: &str, feature: &Feature<f32>| {
        maps.insert(name.to_string(), feature.on_grid().into_value());
    };
    let wanted = |name: &str| names.iter().any(|own| own == name);
    // The tap must not outlive the maps it fills, so the context lives in this statement.
    model.forward(
        Feature::images(Var::constant(images)),
        &mut pass
            .over(&model.state, Mode::Eval)
            .tap(&mut tap)
            .only(&wanted),
    )?;
    Ok(maps)
}

/// Images [N, C, H, W] shifted along `axis` (0: down, 1: right) by `by` pixels, or `back`, the way round.
///
/// # Panics
/// If there are not four axes.
#[track_caller]
pub fn rolled(images: &Tensor<f32>, axis: usize, by: usize, back: bool) -> Tensor<f32> {
    let [_, _, h, w] = images.nchw("a shift");
    let n = [h, w][axis].max(1);
    let by = if back { n - by % n } else { by % n };
    let from = |at: usize| (at + n - by) % n;
    let mut values = Vec::with_capacity(images.len());
    for map in images.data().chunks(h * w) {
        for y in 0..h {
            let row = if axis == 0 { from(y) } else { y };
            let row = &map[row * w..(row + 1) * w];
            match axis {
                0 => values.extend_from_slice(row),
                _ => values.extend((0..w).map(|x| row[from(x)])),
            }
        }
    }
    Tensor::from_vec(values, images.shape())
}

/// What is summed of one layer.
struct Sums {
    found: Equivariance,
    /// Positions per shift, along each axis.
    steps: [usize; 2],
    smallest: f64,
    largest: f64,
    /// Of each image of the batch: the sum of squares, and of how many values.
    batch: Vec<(f64, f64)>,
}

impl Sums {
    /// `None` where the shift is no whole number of positions, or leaves none.
    fn of(layer: &LayerInfo, shift: usize) -> Option<Sums> {
        let steps = layer.field.stride.map(|stride| shift as f64 / stride);
        let [_, h, w] = layer.shape;
        let whole =
            |(step, n): (&f64, usize)| (1.0..n as f64).contains(step) && step.fract() == 0.0;
        steps.iter().zip([h, w]).all(whole).then(|| Sums {
            found: Equivariance {
                layer: layer.name.clone(),
                range: 0.0,
                squares: Vec::new(),
            },
            steps: steps.map(|step| step as usize),
            smallest: f64::INFINITY,
            largest: f64::NEG_INFINITY,
            batch: Vec::new(),
        })
    }

    fn begin(&mut self, plain: &Maps) {
        for &value in plain[&self.found.layer].data() {
            self.smallest = self.smallest.min(f64::from(value));
            self.largest = self.largest.max(f64::from(value));
        }
        self.found.range = self.largest - self.smallest;
        self.batch = vec![(0.0, 0.0); plain[&self.found.layer].shape()[0]];
    }

    fn add(&mut self, plain: &Maps, shifted: &Maps, axis: usize, back: bool) {
        let [plain, shifted] = [plain, shifted].map(|maps| &maps[&self.found.layer]);
        let [_, channels, h, w] = plain.nchw("equivariance");
        let step = self.steps[axis];
        let [down, right] = [[step, 0], [0, step]][axis];
        let image = channels * h * w;
        let pairs = plain.data().chunks(image).zip(shifted.data().chunks(image));
        for ((plain, shifted), (sum, values)) in pairs.zip(&mut self.batch) {
            // Shifted back, the shifted image's position p is the image's own p + k.
            let (near, far) = if back {
                (shifted, plain)
            } else {
                (plain, shifted)
            };
            for map in 0..channels {
                for y in 0..h.saturating_sub(down) {
                    for x in 0..w.saturating_sub(right) {
                        let at = |y: usize, x: usize| (map * h + y) * w + x;
                        let (a, b) = (near[at(y, x)], far[at(y + down, x + right)]);
                        *sum += (f64::from(a) - f64::from(b)).powi(2);
                        *values += 1.0;
                    }
                }
            }
        }
    }

    fn end(&mut self, images: usize) {
        let means = self.batch.iter().take(images);
        let means = means.map(|(sum, values)| if *values > 0.0 { sum / values } else { 0.0 });
        self.found.squares.extend(means);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::layers::Sequential;
    use crate::nn::{Context, Layer, models};
    use crate::padding::Padding;

    fn small(padding: &str) -> Model<f32> {
        let padding = Padding::parse(padding).expect("a padding");
        let small = models::find("small").expect("an architecture");
        small
            .build([3, 32, 32], 10, padding, Seed(1))
            .expect("a network")
    }

    fn found(model: &Model<f32>, shift: usize) -> Vec<Equivariance> {
        let layers = model.layers().expect("layers");
        let pixels = Tensor::randn(&[60, 3, 32, 32], &mut Seed(2).rng());
        let images = |range| Ok(pixels.rows(range));
        equivariance(model, &layers, 60, images, shift, Seed(3)).expect("a measurement")
    }

    #[test]
    fn circular_padding_and_none_are_exactly_equivariant() {
        for padding in ["circular", "valid"] {
            let found = found(&small(padding), 4);
            assert!(found.len() > 10, "{padding}");
            for layer in found {
                let [relative, decibels] = [layer.relative(), layer.decibels()];
                assert_eq!(relative.value, Some(0.0), "{padding} {}", layer.layer);
                assert_eq!(decibels.value, None);
                assert!(layer.range > 0.0 && layer.squares.len() == 60);
            }
        }
    }

    #[test]
    fn zeros_break_it_more_the_deeper_the_layer() {
        let found = found(&small("zeros"), 4);
        let of = |name: &str| {
            let layer = found.iter().find(|l| l.layer == name).expect("a layer");
            let db = layer.decibels();
            let [value, lo, hi] = [db.value, db.lo, db.hi].map(|v| v.expect("a value"));
            assert!(lo < value && value < hi, "{name}: {lo} {value} {hi}");
            value
        };
        assert!(of("features.0") > of("features.7") && of("features.7") > of("features.14"));
    }

    /// x + column: what a network that knows where it is adds.
    struct Column;

    impl Layer<f32> for Column {
        fn forward(&self, x: &[Feature<f32>], _cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
            Ok(x[0].pointwise(|x| {
                let w = x.shape()[3];
                let add = |(i, v): (usize, &f32)| v + (i % w) as f32;
                let values = x.value().data().iter().enumerate().map(add);
                Var::constant(Tensor::from_vec(values.collect(), x.shape()))
            }))
        }
    }

    /// Shifted by two columns every value differs by 2, by rows none does; columns 0 to 7 range over 7.
    #[test]
    fn a_network_that_adds_its_column_has_its_hand_computed_decibels() {
        let model = Model::new(
            Sequential::new().named("column", Column),
            [1, 6, 8],
            Seed(0),
        );
        let model = model.expect("a network");
        let layers = model.layers().expect("layers");
        let images = |range: Range<usize>| Ok(Tensor::ones(&[range.len(), 1, 6, 8]));
        let found = equivariance(&model, &layers, 40, images, 2, Seed(0)).expect("a measurement");
        assert_eq!(found[0].range, 7.0);
        // 6·6 pairs by columns and 4·8 by rows, each in both directions.
        let square = 4.0 * 36.0 / (36.0 + 32.0);
        assert!(found[0].squares.iter().all(|s| (s - square).abs() < 1e-12));
        let db = found[0].decibels().value.expect("decibels");
        assert!((db - 10.0 * (49.0 / square).log10()).abs() < 1e-9);
    }

    #[test]
    fn what_leaves_on_one_side_comes_in_on_the_other() {
        let image = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1, 1, 2, 3]);
        for (axis, by, back, expected) in [
            (1, 1, false, [3.0, 1.0, 2.0, 6.0, 4.0, 5.0]),
            (1, 1, true, [2.0, 3.0, 1.0, 5.0, 6.0, 4.0]),
            (0, 1, false, [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]),
            (0, 2, true, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ] {
            assert_eq!(
                rolled(&image, axis, by, back).data(),
                expected,
                "{axis} {by} {back}"
            );
        }
    }
}
