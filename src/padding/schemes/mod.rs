//! The registry of padding schemes: one file each, one line here.

use super::scheme::Scheme;

mod circular;
mod constant;
mod distribution;
mod distribution_interp;
mod distribution_reflect;
mod partial;
mod randn;
mod reflect;
mod replicate;
mod symmetric;
mod zeros;

/// Every scheme, in the order in which lists and tables show them.
pub const REGISTRY: &[Scheme] = &[
    zeros::SCHEME,
    constant::SCHEME,
    reflect::SCHEME,
    replicate::SCHEME,
    circular::SCHEME,
    symmetric::SCHEME,
    randn::SCHEME,
    partial::SCHEME,
    distribution_interp::SCHEME,
    distribution_reflect::SCHEME,
];
