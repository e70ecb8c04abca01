//! What the paper and its follow-up report, for reference.

/// A published row: Spearman's correlation for `hor`, `ver` and `gau`, where it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// What was read.
    pub name: &'static str,
    /// `hor`, `ver`, `gau`.
    pub spc: [Option<f64>; 3],
}

const fn row(name: &'static str, spc: [Option<f64>; 3]) -> Published {
    Published { name, spc }
}

/// ImageNet weights, readouts trained on DUT-S and tested on PASCAL-S. *Padded* is the readout, *taken out* the
/// network's padding after its training.
pub const PUBLISHED: [Published; 11] = [
    row("image alone", [Some(0.012), Some(0.131), Some(-0.001)]),
    row("image alone, padded by 1", [Some(0.274), None, Some(0.205)]),
    row("image alone, padded by 2", [Some(0.397), None, Some(0.380)]),
    row("VGG16", [Some(0.742), Some(0.816), Some(0.814)]),
    row("VGG16, padding taken out", [Some(0.381), None, Some(0.359)]),
    row("VGG16, stage 1 alone", [Some(0.101), None, None]),
    row("VGG16, stage 2 alone", [Some(0.344), None, None]),
    row("VGG16, stage 3 alone", [Some(0.472), None, None]),
    row("VGG16, stage 4 alone", [Some(0.610), None, None]),
    row("VGG16, stage 5 alone", [Some(0.657), None, None]),
    row("ResNet-152", [Some(0.933), Some(0.951), Some(0.936)]),
];
