//! 09. A probe: may a network use *where* something is instead of *what* it is?
//!
//! The location test of Kayhan and van Gemert (CVPR 2020): a red square left of a green one, or right of it.
//! In training, class 0 is drawn in the upper half of the image and class 1 in the lower, so a network can
//! learn the order of the squares, or take a short cut through their position. The dissimilar test moves every
//! scene to the other half, where the short cut gives the wrong answer. With circular padding, and with the
//! full extent, the two tests must agree exactly, whatever the weights: neither gives a scene's position away.
//!
//! Note the first line: without any padding the network uses location all the same, because windows miss
//! what lies at the border. So the gap of this test is no measure of padding alone.
//!
//! Run with `cargo run --release --example 09_probes`. It trains a few epochs and prints
//! (values within 5% on other instruction sets):
//!
//! ```text
//! valid       similar 100.0%  dissimilar 0.0%  gap 100.0
//! zeros       similar 97.0%  dissimilar 2.6%  gap 94.4
//! circular    similar 54.0%  dissimilar 54.0%  gap 0.0
//! zeros@full  similar 59.6%  dissimilar 59.6%  gap 0.0
//! ```

use padgrad::error::Result;
use padgrad::padding::Padding;
use padgrad::probes::location::{self, LocationOptions};
use padgrad::rng::Seed;

fn main() -> Result<()> {
    let options = LocationOptions {
        train_images: 1000,
        validation_images: 200,
        test_images: 500,
        epochs: 6,
        ..LocationOptions::default()
    };
    for padding in ["valid", "zeros", "circular", "zeros@full"] {
        let found = location::run(Padding::parse(padding)?, &options, Seed(0))?;
        let [similar, dissimilar, gap] = found.scores().map(|share| 100.0 * share);
        println!("{padding:<10}  similar {similar:.1}%  dissimilar {dissimilar:.1}%  gap {gap:.1}");
    }
    Ok(())
}
