//! PPP, the *Position-information Pattern from Padding*: what it is and how it is measured.
//!
//! A network is run twice on every image: under its padding, which gives the features A, and under
//! *optimal padding*, the true pixels around the image, which gives B. D = A - B is all that padding
//! does; the part of D that is the same for every image is the pattern P.
//!
//! | metric | formula |
//! | --- | --- |
//! | `energy` E | avg(P² - var(D)/N): unbiased for the pattern's power, ≈ 0 without a pattern |
//! | `snr_ppp` | E / avg(var(B)); `snr_ppp_db` is 10·log₁₀ of it |
//! | `mae_ppp` | avg\|P\|; `mae_floor` is avg(√(2/π)·sd(D)/√N), what chance alone would give |
//! | `nmae` | mae_ppp / √avg(var(B)) |
//! | `coherence` | E / avg(mean over images of D²) |
//! | `content_snr` | avg(M²) / avg(var(B)), M the mean of B around its mean over positions: what content alone says about position |
//! | `mad` | avg(mean over images of \|D\|) |
//! | `impact_changed` | share of images whose prediction changes |
//! | `impact_logit_shift` | mean absolute change of a logit |
//!
//! P is the mean of D over the N images; var and sd are unbiased and over images; avg is over channels
//! and positions. The formulas are this project's, in the spirit of Lin et al., "Unveiling The Mask of
//! Position-Information Pattern Through the Mist of Image Features", ICML 2023, arXiv 2206.01202.

mod accumulator;
pub mod aware;
mod content;
mod measure;
mod metric;
mod metrics;
mod mist;
mod regions;

pub use accumulator::Accumulator;

pub use measure::{
    LayerMeasurement, MeasureOptions, Measurement, Taps, check_images, enough_images, measure,
    measure_images,
};
pub use metric::{Metric, Metrics, Quantity};
pub use mist::{Frame, Mist};
pub use regions::Region;
