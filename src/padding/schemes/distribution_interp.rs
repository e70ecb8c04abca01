use super::distribution::local_means;
use crate::padding::frame::Frame;
use crate::padding::geometry::Extent;
use crate::padding::scheme::{Computed, Rule, Scheme};
use crate::padding::spec::Padding;
use crate::rng::Seed;

pub const SCHEME: Scheme = Scheme {
    name: "distribution:interp",
    aliases: &[],
    argument: None,
    picture: "≈≈≈|ABCDEF|≈≈≈",
    values: "local means over 2p+1, stretched over the padded map",
    gradient: "stopped at the padded values",
    source: "Nguyen et al., ICIP 2019; corner alignment is padgrad's",
    samples: &[None],
    rule: |_| Ok(Rule::Computed(&Interp)),
};

impl Padding {
    /// Local means, stretched over the padded map.
    pub fn distribution_interp(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Computed(&Interp), extent)
    }
}

struct Interp;

impl Computed for Interp {
    fn fill(&self, map: &[f64], frame: &Frame, _seed: Seed, ring: &mut [f64]) {
        let means = local_means(map, frame);
        let [height, width] = frame.sides.padded([frame.height, frame.width]);
        for (slot, y, x) in frame.slots() {
            let row = (y + frame.sides.top as isize) as usize;
            let column = (x + frame.sides.left as isize) as usize;
            ring[slot] = means.resized(row, column, height, width);
        }
    }
}
