//! The registry of padding schemes: one file each, and here the line that declares it and the line that
//! lists it.

use super::geometry::Extent;
use super::scheme::Scheme;
use super::spec::Padding;

mod circular;
mod constant;
mod distribution;
mod distribution_interp;
mod distribution_reflect;
mod extrapolate;
mod partial;
mod randn;
mod reflect;
mod replicate;
mod symmetric;
mod zeros;

/// Makes the registry, and a constructor for every scheme that needs no argument.
macro_rules! registry {
    ($($entry:path $(, $constructor:ident, $doc:literal)?;)+) => {
        /// Every scheme, in the order in which lists and tables show them.
        pub const REGISTRY: &[Scheme] = &[$($entry),+];

        impl Padding {
            $($(
                #[doc = $doc]
                pub fn $constructor(extent: impl Into<Extent>) -> Padding {
                    const SCHEME: Scheme = $entry;
                    Padding::without_argument(&SCHEME, extent)
                }
            )?)+
        }
    };
}

registry! {
    zeros::SCHEME, zeros, "Zeros all around.";
    constant::SCHEME;
    reflect::SCHEME, reflect, "The mirror image without the edge.";
    replicate::SCHEME, replicate, "The nearest edge pixel.";
    circular::SCHEME, circular, "The opposite side.";
    symmetric::SCHEME, symmetric, "The mirror image with the edge.";
    extrapolate::SCHEME, extrapolate, "The line through the two nearest pixels.";
    randn::SCHEME, randn, "Normal draws with the mean and the deviation of each map.";
    partial::SCHEME, partial, "Nothing: padded taps are left out.";
    distribution_interp::SCHEME, distribution_interp, "Local means, stretched over the padded map.";
    distribution_reflect::SCHEME, distribution_reflect, "Local means, resized to the map and reflected.";
    distribution_interp::CENTRED, distribution_interp_centred,
        "[`distribution_interp`](Padding::distribution_interp) with pixel centres aligned.";
    distribution_reflect::CENTRED, distribution_reflect_centred,
        "[`distribution_reflect`](Padding::distribution_reflect) with pixel centres aligned.";
}
