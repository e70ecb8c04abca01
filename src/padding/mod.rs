//! Paddings: an extent (how far) times a scheme (with which values).
//!
//! This layer knows index maths and value rules, and no tensors. A scheme is one file in
//! `schemes/` and one line in its registry; everything else loops over [`schemes`].

pub mod axis;
pub mod frame;
pub mod geometry;
pub mod scheme;
mod schemes;
mod spec;
mod text;

pub use axis::{Axis, HALO};
pub use frame::Frame;
pub use geometry::{Extent, Sides, Window};
pub use scheme::{Computed, Rule, Scheme};
pub use spec::{Drawn, Padding};

use crate::error::Result;

/// Every padding scheme that padgrad knows, in the order in which tables show them.
pub fn schemes() -> &'static [Scheme] {
    schemes::REGISTRY
}

/// Every scheme with each of its sample arguments.
pub fn plain_samples() -> impl Iterator<Item = Padding> {
    let of_scheme = |scheme: &'static Scheme| {
        let with = move |argument: &Option<&str>| certain(Padding::new(scheme, *argument));
        scheme.samples.iter().map(with)
    };
    schemes().iter().flat_map(of_scheme)
}

/// The plain samples, the same detached, and two that differ per axis: what tests loop over.
pub fn samples() -> impl Iterator<Item = Padding> {
    let per_axis = ["replicate/circular", "circular/zeros"];
    plain_samples()
        .chain(per_axis.map(|text| certain(Padding::parse(text))))
        .flat_map(|p| [Some(p), p.detach().stops_gradient().then(|| p.detach())])
        .flatten()
}

fn certain(padding: Result<Padding>) -> Padding {
    padding.unwrap_or_else(|error| unreachable!("a sample is refused: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_schemes_paint_their_pictures() {
        for scheme in schemes() {
            let Ok(Rule::Index(source)) = (scheme.rule)(None) else {
                continue;
            };
            let axis = Axis::new(6, 3, 3, |i, n| Some(source(i, n)));
            let row: String = axis
                .source
                .iter()
                .map(|&s| char::from(b"ABCDEF"[s as usize]))
                .collect();
            let picture = format!("{}|{}|{}", &row[..3], &row[3..9], &row[9..]);
            assert_eq!(picture, scheme.picture, "{}", scheme.name);
        }
    }

    #[test]
    fn index_schemes_stay_inside_far_beyond_the_image() {
        for scheme in schemes() {
            let Ok(Rule::Index(source)) = (scheme.rule)(None) else {
                continue;
            };
            for n in 1..6 {
                assert!(
                    (-40..40).all(|i| source(i, n) < n),
                    "{} on {n} pixels",
                    scheme.name
                );
            }
        }
        let Ok(Rule::Index(reflect)) = (schemes()[2].rule)(None) else {
            panic!("reflect is an index map")
        };
        assert_eq!(
            [-3, -2, -1, 3, 4, 5].map(|i| reflect(i, 3)),
            [1, 2, 1, 1, 0, 1]
        );
    }

    #[test]
    fn every_scheme_has_a_constructor() {
        let built = [
            Padding::zeros(1),
            Padding::constant(0.5, 1),
            Padding::reflect(1),
            Padding::replicate(1),
            Padding::circular(1),
            Padding::symmetric(1),
            Padding::extrapolate(1),
            Padding::randn(1),
            Padding::partial(1),
            Padding::distribution_interp(1),
            Padding::distribution_reflect(1),
            Padding::distribution_interp_centred(1),
            Padding::distribution_reflect_centred(1),
        ];
        assert_eq!(built.len(), schemes().len());
        for padding in built {
            let text = padding.to_string();
            let read = Padding::parse(&text).map(|p| p.to_string());
            assert_eq!(read.ok(), Some(text));
        }
    }

    #[test]
    #[should_panic(
        expected = "padding scheme beyond: coordinate -1 of an axis of 3 pixels reads pixel 3"
    )]
    fn an_index_rule_that_points_outside_is_named() {
        static BEYOND: Scheme = Scheme {
            name: "beyond",
            rule: |_| Ok(Rule::Index(|_, n| n)),
            ..schemes::REGISTRY[0]
        };
        let padding = Padding::new(&BEYOND, None).unwrap();
        padding.axes(Sides::uniform(1), [3, 3]);
    }
}
