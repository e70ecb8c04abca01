//! 01. A tensor: numbers, a shape, and nothing else.
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

use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

fn main() {
    let t = Tensor::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]);
    println!("t          {t:?}");
    println!("t[1, 0]    {}", t.at(&[1, 0]));
    // Reshaping and cloning share the numbers; writing to one side copies them first.
    println!("reshaped   {:?}", t.reshape(&[3, 2]));
    println!("squared    {:?}", t.map(|v: f32| v * v));
    println!("as f64     {:?}", t.cast::<f64>());
    let noise = || Tensor::<f32>::randn(&[2, 2], &mut Seed(7).child("noise").rng());
    println!(
        "noise      the same for the same seed: {}",
        noise() == noise()
    );
}
