//! 09. A probe: may a network use *where* something is instead of *what* it is?
//!
//! **Question**: a network learns the order of two squares, but in training the order always goes with the half
//! of the image. Under which paddings can it cheat, and what happens when the halves are swapped?
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
//!
//! **Exercise**: try `reflect` and `replicate`, which read no zeros from outside. Do they keep the network from
//! using the position? Then see the end of the file, and add `-- --answer` to the command.

use padgrad::error::Result;
use padgrad::padding::Padding;
use padgrad::probes::location::{self, LocationOptions};
use padgrad::rng::Seed;

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    eprintln!("Guess first: which of the four paddings have a gap?");
    show(&["valid", "zeros", "circular", "zeros@full"])
}

/// Trains a network under each padding, and tests it twice.
fn show(paddings: &[&str]) -> Result<()> {
    let options = LocationOptions {
        train_images: 1000,
        validation_images: 200,
        test_images: 500,
        epochs: 6,
        ..LocationOptions::default()
    };
    for padding in paddings {
        let found = location::run(Padding::parse(padding)?, &options, Seed(0))?;
        let [similar, dissimilar, gap] = found.scores().map(|share| 100.0 * share);
        println!("{padding:<10}  similar {similar:.1}%  dissimilar {dissimilar:.1}%  gap {gap:.1}");
    }
    Ok(())
}

/// **Answer**: no: both cheat as zeros do, almost every time. A border need not be dark to be seen. It must be no
/// border at all, or far enough away (values within 5%).
///
/// ```text
/// reflect     similar 100.0%  dissimilar 2.8%  gap 97.2
/// replicate   similar 97.2%  dissimilar 3.6%  gap 93.6
/// ```
fn answer() -> Result<()> {
    show(&["reflect", "replicate"])
}
