//! 01. A tensor: values, a shape, and nothing else.
//!
//! **Question**: the same six values are seen as 2 rows of 3 and as 3 rows of 2. Which of them move in memory?
//!
//! Run with `cargo run --release --example 01_tensor`. It prints:
//!
//! ```text
//! t          Tensor<f32>[2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
//! t[1, 0]    4
//! reshaped   Tensor<f32>[3, 2] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
//! squared    Tensor<f32>[2, 3] [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]
//! as f64     Tensor<f64>[2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
//! noise      the same for the same seed: true
//! ```
//!
//! **Exercise**: transpose `t`, so that the value at [i, j] comes to [j, i]. Is that a reshape? Then see the
//! end of the file, and add `-- --answer` to the command.

use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

fn main() {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    let t = six();
    println!("t          {t:?}");
    println!("t[1, 0]    {}", t.at(&[1, 0]));
    // Reshaping and cloning share the values; writing to one side copies them first.
    println!("reshaped   {:?}", t.reshape(&[3, 2]));
    println!("squared    {:?}", t.map(|v: f32| v * v));
    println!("as f64     {:?}", t.cast::<f64>());
    let noise = || Tensor::<f32>::randn(&[2, 2], &mut Seed(7).child("noise").rng());
    println!(
        "noise      the same for the same seed: {}",
        noise() == noise()
    );
}

fn six() -> Tensor<f32> {
    Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3])
}

/// **Answer**: a reshape moves nothing, so it is not: four of the six values move.
///
/// ```text
/// transposed Tensor<f32>[3, 2] [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
/// reshaped   Tensor<f32>[3, 2] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
/// ```
fn answer() {
    let t = six();
    let mut transposed = Tensor::zeros(&[3, 2]);
    for (i, j) in (0..2).flat_map(|i| (0..3).map(move |j| (i, j))) {
        transposed.data_mut()[2 * j + i] = t.at(&[i, j]);
    }
    println!("transposed {transposed:?}");
    println!("reshaped   {:?}", t.reshape(&[3, 2]));
}
