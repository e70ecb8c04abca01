//! The network of the default study.

use super::Architecture;
use super::ConvInit;
use super::Layer::{Conv, Pool};

pub const SMALL: Architecture = Architecture {
    name: "small",
    about: "five 3×3 convolutions (32,32,M,64,64,M,128) with batch norm; trains in a minute",
    layers: &[
        Conv(32),
        Conv(32),
        Pool,
        Conv(64),
        Conv(64),
        Pool,
        Conv(128),
    ],
    norm: true,
    conv_bias: false,
    init: ConvInit::Default,
};
