//! Mistakes that other frameworks have shipped, each as a test, and what wrong calls say.

use padgrad::autodiff::ops::{self, ConvOptions, PoolOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::Padding;
use padgrad::tensor::Tensor;

fn padding(text: &str) -> Padding {
    Padding::parse(text).unwrap_or_else(|e| panic!("{e}"))
}

fn image(rows: usize, values: &[f64]) -> Tensor<f64> {
    Tensor::from_vec(values.to_vec(), &[1, 1, rows, values.len() / rows])
}

fn padded(x: &Tensor<f64>, text: &str) -> Tensor<f64> {
    ops::pad2d(&Var::constant(x.clone()), padding(text)).into_value()
}

/// PyTorch 1.4 and 1.5 padded the wrong axis where one side alone was padded.
#[test]
fn circular_padding_of_one_side_stays_on_its_axis() {
    let x = image(2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    for (text, shape, want) in [
        (
            "circular@1,0,0,0",
            [1, 1, 3, 3],
            vec![4.0, 5.0, 6.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        ),
        (
            "circular@0,0,1,0",
            [1, 1, 3, 3],
            vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0],
        ),
        (
            "circular@0,1,0,0",
            [1, 1, 2, 4],
            vec![3.0, 1.0, 2.0, 3.0, 6.0, 4.0, 5.0, 6.0],
        ),
        (
            "circular@0,0,0,1",
            [1, 1, 2, 4],
            vec![1.0, 2.0, 3.0, 1.0, 4.0, 5.0, 6.0, 4.0],
        ),
    ] {
        assert_eq!(padded(&x, text), Tensor::from_vec(want, &shape), "{text}");
    }
    // As wide as the image, and wider: once round and on.
    assert_eq!(
        padded(&image(1, &[1.0, 2.0]), "circular@0,5,0,0").data(),
        [2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    );
}

/// Most frameworks refuse reflection wider than the image less one, or read outside of it.
#[test]
fn reflection_bounces_in_images_narrower_than_the_padding() {
    let row = |values: &[f64], text: &str| padded(&image(1, values), text).into_vec();
    assert_eq!(
        row(&[1.0, 2.0, 3.0], "reflect@0,2,0,2"),
        [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]
    );
    assert_eq!(
        row(&[1.0, 2.0], "reflect@0,3,0,3"),
        [2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0]
    );
    assert_eq!(row(&[7.0], "reflect@0,2,0,1"), [7.0; 4]);
    // Each of two pixels is read four times.
    let tape = Tape::new();
    let x = tape.leaf(image(1, &[1.0, 2.0]));
    let y = ops::pad2d(&x, padding("reflect@0,3,0,3"));
    let gradients = y.backward_with(Tensor::ones(&[1, 1, 1, 8]));
    assert_eq!(gradients.get(&x).map(Tensor::data), Some(&[4.0, 4.0][..]));
}

/// `max` of many languages drops NaN, and with it the sign that something went wrong.
#[test]
fn max_pool_does_not_swallow_nan() {
    for place in 0..4 {
        let mut values = [1.0, 2.0, 3.0, 4.0];
        values[place] = f64::NAN;
        let tape = Tape::new();
        let x = tape.leaf(image(2, &values));
        let y = ops::max_pool2d(&x, &PoolOptions::new(2));
        assert!(y.value().item().is_nan(), "NaN at {place}");
        let gradients = y.backward();
        let dx = gradients.get(&x).expect("a gradient");
        assert_eq!(dx.data().iter().position(|&g| g == 1.0), Some(place));
    }
    let nan = Var::constant(image(1, &[1.0, f64::NAN, 0.0]));
    let one = PoolOptions::new(1).padding(padding("replicate@0,0,0,2"));
    let y = ops::max_pool2d(&nan, &one).into_value();
    assert_eq!(y.data().iter().filter(|v| v.is_nan()).count(), 1);
}

/// Where the kernel is even, PyTorch's `same` puts the odd pixel at the bottom and right.
#[test]
fn same_with_an_even_kernel_pads_more_at_the_end() {
    let x = Var::constant(image(1, &[1.0, 2.0, 3.0]));
    for (kernel, want) in [
        (vec![10.0, 1.0], vec![12.0, 23.0, 30.0]),
        (vec![1000.0, 100.0, 10.0, 1.0], vec![123.0, 1230.0, 2300.0]),
    ] {
        let weight = Var::constant(image(1, &kernel));
        let y = ops::conv2d(&x, &weight, None, &ConvOptions::new(padding("zeros@same")));
        assert_eq!(y.value().data(), want);
    }
    // With a stride the output has ⌈n/s⌉ pixels, as TensorFlow defines it.
    let weight = Var::constant(image(1, &[10.0, 1.0]));
    let options = ConvOptions::new(padding("zeros@same")).stride(2);
    assert_eq!(
        ops::conv2d(&x, &weight, None, &options).value().data(),
        [12.0, 30.0]
    );
}

/// Averages that count the padding, and those that do not, are two different things.
#[test]
fn the_average_at_a_corner_counts_what_the_scheme_says() {
    let x = Var::constant(Tensor::<f64>::ones(&[1, 1, 3, 3]));
    for (text, corner) in [
        ("zeros@1", 4.0 / 9.0),
        ("partial@1", 1.0),
        ("constant:2@1", 14.0 / 9.0),
    ] {
        let options = PoolOptions::new(3).stride(1).padding(padding(text));
        let y = ops::avg_pool2d(&x, &options);
        assert!((y.value().data()[0] - corner).abs() < 1e-15, "{text}");
    }
}

fn message(f: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = std::panic::catch_unwind(f).expect_err("no panic");
    payload
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default()
}

fn zeros(shape: &[usize]) -> Var<f64> {
    Var::constant(Tensor::zeros(shape))
}

#[test]
fn wrong_calls_name_the_operation_and_the_arithmetic() {
    let conv = |x: &[usize], w: &[usize], text: &str| {
        let (x, w) = (zeros(x), zeros(w));
        ops::conv2d(&x, &w, None, &ConvOptions::new(padding(text)));
    };
    let pool = |text: &str| PoolOptions::new(3).padding(padding(text));
    let cases: [(&dyn Fn(), &[&str]); 8] = [
        (
            &|| conv(&[1, 1, 2, 9], &[1, 1, 5, 3], "reflect@1"),
            &["conv2d", "5 pixels", "1 + 2 + 1 = 4", "rows", "reflect@1"],
        ),
        (
            &|| conv(&[1, 3, 4, 4], &[2, 2, 3, 3], "zeros"),
            &["conv2d", "[1, 3, 4, 4]", "groups 1"],
        ),
        (
            &|| conv(&[3, 4, 4], &[2, 3, 3, 3], "zeros"),
            &["conv2d", "[N, C, H, W]", "[3, 4, 4]"],
        ),
        (
            &|| conv(&[1, 1, 0, 4], &[1, 1, 1, 1], "replicate@1"),
            &["conv2d", "0×4", "replicate@1"],
        ),
        (
            &|| drop(ops::pad2d(&zeros(&[1, 1, 4, 4]), padding("reflect@same"))),
            &["pad2d", "same"],
        ),
        (
            &|| drop(ops::avg_pool2d(&zeros(&[1, 1, 2, 2]), &pool("zeros@0"))),
            &["avg_pool2d", "3 pixels", "0 + 2 + 0 = 2"],
        ),
        (
            &|| drop(ops::max_pool2d(&zeros(&[1, 1, 2, 2]), &pool("zeros@5"))),
            &["max_pool2d", "padding only", "zeros@5"],
        ),
        (
            &|| {
                drop(ops::max_pool2d(
                    &zeros(&[1, 1, 4, 4]),
                    &PoolOptions::new(2).stride(0),
                ))
            },
            &["max_pool2d", "stride [0, 0]", "positive"],
        ),
    ];
    for (wrong, words) in cases {
        let text = message(std::panic::AssertUnwindSafe(wrong));
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text:?}");
        }
    }
}
