//! `padgrad metrics`: the door for activations that any framework wrote.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::output::{print_json, say};
use crate::error::{Error, Result};
use crate::npy::Rows;
use crate::ppp::{LayerMeasurement, Region, measure_features};
use crate::report::metrics;
use crate::study::check::Interval;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct MetricsArgs {
    /// Features under the padding: a .npy file [N, C, H, W] of float32 or float64
    #[arg(value_name = "A.npy")]
    padded: PathBuf,
    /// Features of the same images under their true surroundings, cropped to the same positions
    #[arg(value_name = "B.npy")]
    optimal: PathBuf,
    /// Pixels of the image from one position to the next, for the halo
    #[arg(long, value_name = "PIXELS", default_value_t = 1.0)]
    stride: f64,
    /// The halo ends where the difference is below this share of the content's spread
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    tau: f64,
    /// Machine-readable results on stdout
    #[arg(long)]
    json: bool,
}

/// A metric as a line of the results.
#[derive(Serialize)]
struct Line {
    metric: &'static str,
    #[serde(flatten)]
    region: Region,
    #[serde(flatten)]
    interval: Interval,
}

/// Computes every metric, a few images at a time.
pub fn run(args: &MetricsArgs) -> Result<()> {
    for (what, value) in [("stride", args.stride), ("tau", args.tau)] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::usage(
                what,
                format!("{value} cannot be used"),
                "use a value above 0",
            ));
        }
    }
    let (mut padded, mut optimal) = (Rows::open(&args.padded)?, Rows::open(&args.optimal)?);
    let (shape, other) = (padded.shape().to_vec(), optimal.shape());
    let fits = |[n, c, h, w]: [usize; 4]| (n > 0 && c * h * w > 0).then_some((n, [c, h, w]));
    let read = <[usize; 4]>::try_from(shape.as_slice()).ok().and_then(fits);
    let Some((images, map)) = read.filter(|_| shape == other) else {
        let [padded, optimal] = [&args.padded, &args.optimal].map(|path| path.display());
        let problem = format!("{padded} has shape {shape:?}, {optimal} {other:?}");
        let remedy =
            "give two arrays [N, C, H, W] of one shape, the positions that both passes share";
        return Err(Error::usage("features", problem, remedy));
    };
    let next = |count| Ok([padded.next(count)?, optimal.next(count)?]);
    let found = measure_features(images, map, (args.stride, args.tau), next)?;
    match args.json {
        true => print_json(&lines(&found)),
        false => say(metrics::text(
            &found,
            images,
            map[0],
            (args.stride, args.tau),
        )),
    }
}

fn lines(found: &LayerMeasurement) -> Vec<Line> {
    let line = |(quantity, measured): &(crate::ppp::Quantity, crate::statistics::Measured)| Line {
        metric: quantity.metric.name(),
        region: quantity.region,
        interval: Interval::from(measured),
    };
    found.metrics.iter().map(line).collect()
}
