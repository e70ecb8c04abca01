//! Intervals, tests and corrections: what ppp, probes and study say of the certainty of their values.
//!
//! [`Measured`] is a value with its jackknife interval over blocks of images; [`Inference`] an estimate with
//! Student's interval and p value; [`holm`] corrects p values for the number of comparisons, [`simes`] joins them,
//! [`more_than_chance`] counts them;
//! [`Power`] is the power of what images share, whose interval holds without a pattern too.

mod difference;
mod inference;
mod jackknife;
mod power;

pub use inference::{
    Inference, Interval, holm, more_than_chance, quantile_975, simes, two_sided_p,
};
pub use jackknife::{BLOCKS, Measured, jackknife, jackknife_error, mean_over_images, share};
pub use power::{Power, Products};
