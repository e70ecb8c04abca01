//! Which scenes a network is trained with, stopped by and tested on.

use serde::{Deserialize, Serialize};

use super::scenes::Scenes;
use crate::rng::Seed;

/// Where the images of validation and of the similar test come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Every set is drawn by itself, anew for every network: the tests show images that training did not.
    #[default]
    HeldOut,
    /// As in the public code of the test: validation and the similar test are the first of the training images,
    /// the dissimilar test is those moved, and all networks of an image set share its images. Fresh images,
    /// drawn by themselves, are scored beside them.
    Published,
}

/// The scenes of one training with its tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sets {
    /// To train with.
    pub train: Scenes,
    /// Whose loss says when to stop.
    pub validation: Scenes,
    /// The similar test; the dissimilar one is the same scenes, moved.
    pub similar: Scenes,
    /// Scenes of which training has shown none, where those of the similar test are not such.
    pub fresh: Option<Scenes>,
}

impl Sets {
    /// Separate sets of `train`, `validation` and `test` scenes; they depend on `seed` and their
    /// sizes alone.
    pub fn held_out([train, validation, test]: [usize; 3], seed: Seed) -> Sets {
        let draw = |name: &str, count| Scenes::draw(count, seed.child("scenes").child(name));
        Sets {
            train: draw("train", train),
            validation: draw("validation", validation),
            similar: draw("test", test),
            fresh: None,
        }
    }

    /// The sets of the public code, drawn from `seed`; its own draws are those of another generator.
    ///
    /// # Panics
    /// If validation or test has more images than training.
    #[track_caller]
    pub fn published(sizes: [usize; 3], seed: Seed) -> Sets {
        let [_, validation, test] = sizes;
        let own = Sets::held_out(sizes, seed);
        Sets {
            validation: own.train.first(validation),
            similar: own.train.first(test),
            fresh: Some(own.similar),
            train: own.train,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_tests_are_training_images_and_the_fresh_ones_are_not() {
        let sizes = [50, 20, 30];
        let sets = Sets::published(sizes, Seed(4));
        assert_eq!(sets.validation.0, sets.train.0[..20]);
        assert_eq!(sets.similar.0, sets.train.0[..30]);
        let fresh = sets.fresh.clone().expect("fresh scenes");
        assert_eq!(fresh.len(), 30);
        assert_ne!(fresh.0, sets.similar.0);
        let own = Sets::held_out(sizes, Seed(4));
        assert_eq!((own.train, own.similar), (sets.train, fresh));
        assert_ne!(own.validation.0, sets.validation.0);
    }
}
