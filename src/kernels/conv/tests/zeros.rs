//! Zeros: of gradients that reach nothing, and of borders that add nothing.

use super::*;

#[test]
fn exact_sums_leave_zero_what_no_gradient_reaches() {
    let mut case = Case::new(&([1, 16, 16, 1], [24, 24], [3, 3], [1, 1], [1, 1]), "zeros");
    let at = 10 * 24 + 7;
    case.y_grad.fill(0.0);
    case.y_grad
        .iter_mut()
        .skip(at)
        .step_by(24 * 24)
        .for_each(|g| *g = 1.0);
    for isa in Isa::available() {
        let [.., exact, _, tiled, _] = isa.force(|| case.run::<f32>(narrow));
        for (i, (&exact, &tiled)) in exact.iter().zip(&tiled).enumerate() {
            let (y, x) = (i / 24 % 24, i % 24);
            let reached = (9..=11).contains(&y) && (6..=8).contains(&x);
            assert_eq!(reached, exact != 0.0, "({y}, {x}) on {isa}");
            assert!((exact - tiled).abs() < 1e-5, "({y}, {x}) on {isa}");
        }
    }
}

#[test]
fn leaving_out_zeros_changes_no_bit() {
    // Zeros that the table marks as halo may be left out; zeros that the input itself holds may not.
    let case = Case::new(&([5, 33, 40, 1], [4, 4], [3, 3], [1, 1], [1, 1]), "zeros");
    let padded: Vec<f64> = (0..5 * 33 * 36)
        .map(|i| {
            let (map, y, x) = (i / 36, i / 6 % 6, i % 6);
            let inside = (1..5).contains(&y) && (1..5).contains(&x);
            if inside {
                case.x[map * 16 + (y - 1) * 4 + x - 1]
            } else {
                0.0
            }
        })
        .collect();
    let axes = [0, 1].map(|_| Axis::new(6, 0, 0, |_, _| Some(HALO as usize)));
    let valid = Border {
        axes: &axes,
        halo: Halo::Constant(0.0),
    };
    let shape = ConvShape {
        input: [6, 6],
        ..case.shape
    };
    for isa in Isa::available() {
        let [left_out, ..] = isa.force(|| case.run::<f32>(narrow));
        let (weight, bias) = (narrow(&case.weight), narrow(&case.bias));
        let read = isa.force(|| {
            forward(
                &shape,
                &valid,
                &narrow(&padded),
                &weight,
                Epilogue::bias(Some(&bias)),
            )
        });
        assert_eq!(left_out, read, "{isa}");
    }
}

#[test]
fn weights_that_are_not_finite_meet_the_zeros_of_the_border() {
    let mut case = Case::new(&([1, 1, 1, 1], [4, 4], [3, 3], [1, 1], [1, 1]), "zeros");
    case.weight[0] = f64::INFINITY;
    let [y, ..] = case.run::<f32>(narrow);
    assert!(y[0].is_nan() && y[3].is_nan() && y[12].is_nan());
    assert!(y[5].is_infinite());
}
