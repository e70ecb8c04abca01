use super::distribution::local_means;
use super::reflect;
use crate::padding::frame::Frame;
use crate::padding::geometry::Extent;
use crate::padding::scheme::{Computed, Rule, Scheme};
use crate::padding::spec::Padding;
use crate::rng::Seed;

pub const SCHEME: Scheme = Scheme {
    name: "distribution:reflect",
    aliases: &[],
    argument: None,
    picture: "dcb|ABCDEF|edc",
    values: "local means over 2p+1, resized to the map and reflected",
    gradient: "stopped at the padded values",
    source: "Nguyen et al., ICIP 2019; corner alignment is padgrad's",
    samples: &[None],
    rule: |_| Ok(Rule::Computed(&Reflect)),
};

impl Padding {
    /// Local means, resized to the map and reflected.
    pub fn distribution_reflect(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Computed(&Reflect), extent)
    }
}

struct Reflect;

impl Computed for Reflect {
    fn fill(&self, map: &[f64], frame: &Frame, _seed: Seed, ring: &mut [f64]) {
        let means = local_means(map, frame);
        for (slot, y, x) in frame.slots() {
            let row = reflect::source(y, frame.height);
            let column = reflect::source(x, frame.width);
            ring[slot] = means.resized(row, column, frame.height, frame.width);
        }
    }
}
