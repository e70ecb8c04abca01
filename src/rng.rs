//! Seeds that branch by name, so that no part of a run can disturb the draws of another.

use rand::SeedableRng;

/// The generator behind every draw: xoshiro256++, whose values are stable across releases.
pub type Rng = rand::rngs::Xoshiro256PlusPlus;

/// A seed from which independent child seeds are derived by label.
///
/// `seed.child(label)` depends on the seed and the label alone, so the order in which parts of a
/// program ask for theirs, and the thread they run on, change nothing.
///
/// ```
/// use padgrad::rng::Seed;
/// let run = Seed(7);
/// assert_eq!(run.child("data").child(3usize), run.child("data").child(3usize));
/// assert_ne!(run.child("data").child(3usize), run.child("weights").child(3usize));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed of the branch named `label`.
    pub fn child(self, label: impl Label) -> Seed {
        Seed(mix(self.0 ^ mix(label.word())))
    }

    /// A generator that starts from this seed.
    pub fn rng(self) -> Rng {
        Rng::seed_from_u64(self.0)
    }
}

/// What may name a branch of a [`Seed`]: a string or a number.
pub trait Label {
    /// The label as a word to be mixed into the seed.
    fn word(&self) -> u64;
}

impl Label for &str {
    /// FNV-1a over the bytes.
    fn word(&self) -> u64 {
        self.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

impl Label for u64 {
    fn word(&self) -> u64 {
        *self
    }
}

impl Label for usize {
    fn word(&self) -> u64 {
        *self as u64
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), after one step of its counter.
pub fn mix(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn the_generator_keeps_its_values() {
        let draws: Vec<u64> = {
            let mut rng = Seed(1).child("weights").rng();
            (0..2).map(|_| rng.random()).collect()
        };
        assert_eq!(draws, [5001064016646356945, 4009886392047944089]);
    }

    #[test]
    fn labels_of_both_kinds_branch() {
        let seeds = [
            Seed(1).child("a"),
            Seed(1).child("b"),
            Seed(1).child(0u64),
            Seed(2).child("a"),
        ];
        for (i, a) in seeds.iter().enumerate() {
            assert!(seeds[i + 1..].iter().all(|b| a != b));
        }
    }
}
