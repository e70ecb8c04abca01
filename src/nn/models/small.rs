//! The network of the default study.

use super::architecture::Architecture;
use super::plain::{Head, POOL, Plain};
use crate::nn::init::ConvInit;

pub const SMALL: Architecture = Architecture {
    name: "small",
    about: "five 3×3 convolutions (32,32,M,64,64,M,128) with batch norm; trains in a minute",
    side: 32,
    head: "classifier",
    plan: &Plain {
        layers: &[32, 32, POOL, 64, 64, POOL, 128],
        norm: true,
        conv_bias: false,
        init: ConvInit::Default,
        head: Head::Average,
    },
};
