//! PPP, the *Position-information Pattern from Padding*: what it is and how it is measured.
//!
//! A network is run twice on every image: under its padding, which gives the features A, and under
//! *optimal padding*, the true pixels around the image, which gives B. D = A - B is all that padding
//! does; the part of D that is the same for every image is the pattern P.
//!
//! | metric | formula |
//! | --- | --- |
//! | **`rms_ppp`** | √max(E, 0) |
//! | **`nrms`** | rms_ppp / √avg(var(B)): the same whatever the scale of the features |
//! | `pattern_p` | the probability of an E as large by chance, by random signs of the blocks: claims rest on it |
//! | `channel_mean_rms` | rms_ppp of P averaged over channels |
//! | `rmsd` | √avg(mean over images of D²): all that padding does |
//! | `halo` | pixels off the border from which on rmsd stays below τ·√avg(var(B)), τ = 0.1 unless set |
//! | `energy` E | avg(P² - var(D)/N), from products of different blocks of images: unbiased for the pattern's power, ≈ 0 without a pattern |
//! | `snr_ppp` | E / avg(var(B)); `snr_ppp_db` is 10·log₁₀ of it |
//! | `mae_ppp` | avg\|P\|; `mae_floor` is avg(√(2/π)·sd(D)/√N), what chance alone would give |
//! | `nmae` | mae_ppp / √avg(var(B)) |
//! | `mae_unbiased` | avg of sign(P of the other blocks)·(P of a block): 0 in expectation without a pattern |
//! | `coherence` | E / avg(mean over images of D²) |
//! | `content_snr` | avg(M_b·M_c) / avg(var(B)) over pairs of blocks, M_b block b's mean of B minus its mean over positions |
//! | `mad` | avg(mean over images of \|D\|) |
//! | `impact_changed` | share of images whose prediction changes |
//! | `impact_logit_shift` | mean absolute change of a logit |
//!
//! Most are measured on the whole map, its corners, edges and interior, and on each ring of positions at one distance
//! from the nearest border ([`Region`]). Strengths are in feature units, ratios and
//! probabilities without one, `halo` in pixels of the image. What depends on the number of images is no headline:
//! `mae_ppp` and `nmae` contain what chance alone gives. E and what is made from it do not, and their intervals hold
//! the truth in about 95 of 100 cases with a pattern or without one: see [the guide](crate::guide::calibration), which
//! tests `mae_unbiased` too. All other intervals are the delete-one-block jackknife's, but for `impact_changed`, which
//! has Wilson's for a share. [`sign_flips`] makes a null of any network: the same D with random signs.
//!
//! P is the mean of D over the N images; var and sd are unbiased and over images; avg is over channels
//! and positions. The formulas are this project's, in the spirit of Lin et al., "Unveiling The Mask of
//! Position-Information Pattern Through the Mist of Image Features", ICML 2023, arXiv 2206.01202.

mod accumulator;
pub mod aware;
mod content;
mod convergence;
mod features;
mod flips;
mod gathered;
mod impact;
mod measure;
mod metric;
mod metrics;
mod options;
mod passes;
mod predictions;
mod regions;
mod shared;

pub use accumulator::Accumulator;

pub use convergence::{Convergence, Frame};
pub use features::{MOST_FEATURES, measure_features};
pub use flips::{SignFlips, sign_flips};
pub use gathered::Measurement;
pub use measure::{
    check_images, enough_images, measure, measure_all, measure_images, measure_together,
};
pub use metric::{Metric, Metrics, Quantity};
pub use metrics::LayerMeasurement;
pub use options::{MeasureOptions, Taps};
pub use predictions::{Changed, Predicting};
pub use regions::Region;
