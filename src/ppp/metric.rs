//! What is measured, as types; the only place where it is spelled as text and read from it.

use std::fmt;
use std::str::FromStr;

use super::regions::Region;
use crate::error::{Error, Result};
use crate::statistics::Measured;

/// What is measured; the formulas stand in the table of [this module's parent](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// avg|P|.
    MaePpp,
    /// What |P| would be by chance alone.
    MaeFloor,
    /// E, the pattern's power.
    Energy,
    /// E against the content's variance.
    SnrPpp,
    /// The same in decibels; of the whole map alone.
    SnrPppDb,
    /// MAE-PPP against the content's standard deviation.
    NMae,
    /// E against the power of all that padding does.
    Coherence,
    /// The mean of |D|.
    Mad,
    /// The root of mean D²: all that padding does.
    Rmsd,
    /// RMS-PPP: the root of the pattern's power, the headline in feature units.
    Rms,
    /// RMS-PPP against the content's standard deviation: the headline without a unit.
    NRms,
    /// The probability of a power as large by chance: what claims of a pattern rest on.
    PatternP,
    /// RMS-PPP of the pattern's mean over channels; of the whole map alone.
    ChannelMeanRms,
    /// MAE-PPP without what chance adds; of the whole map alone.
    MaeUnbiased,
    /// From how many pixels off the border on padding does little; of the whole map alone.
    Halo,
    /// What content alone says about position; of the whole map alone.
    ContentSnr,
    /// The share of images whose prediction changes; of the output alone.
    ImpactChanged,
    /// The mean absolute change of a logit; of the output alone.
    ImpactLogitShift,
}

/// The unit of strengths: that of the layer's own output.
const FEATURES: &str = "features";

/// Every metric in the order of its type, its name in files and tables, and its unit there.
const NAMES: [(Metric, &str, &str); 18] = [
    (Metric::MaePpp, "mae_ppp", FEATURES),
    (Metric::MaeFloor, "mae_floor", FEATURES),
    (Metric::Energy, "energy", "features^2"),
    (Metric::SnrPpp, "snr_ppp", "ratio"),
    (Metric::SnrPppDb, "snr_ppp_db", "dB"),
    (Metric::NMae, "nmae", "ratio"),
    (Metric::Coherence, "coherence", "share"),
    (Metric::Mad, "mad", FEATURES),
    (Metric::Rmsd, "rmsd", FEATURES),
    (Metric::Rms, "rms_ppp", FEATURES),
    (Metric::NRms, "nrms", "ratio"),
    (Metric::PatternP, "pattern_p", "probability"),
    (Metric::ChannelMeanRms, "channel_mean_rms", FEATURES),
    (Metric::MaeUnbiased, "mae_unbiased", FEATURES),
    (Metric::Halo, "halo", "pixels"),
    (Metric::ContentSnr, "content_snr", "ratio"),
    (Metric::ImpactChanged, "impact_changed", "share"),
    (Metric::ImpactLogitShift, "impact_logit_shift", "logits"),
];

impl Metric {
    /// Every metric.
    pub fn all() -> impl Iterator<Item = Metric> {
        NAMES.iter().map(|(metric, ..)| *metric)
    }

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// What its values are counted in: `features` are the unit of the layer's own output.
    pub const fn unit(self) -> &'static str {
        NAMES[self as usize].2
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Metric> {
        let named = Metric::all().find(|metric| metric.name() == text);
        named.ok_or_else(|| {
            Error::usage(
                "metric",
                format!("`{text}` is none of PPP"),
                "use a name as in the column metric of results.csv, such as rms_ppp",
            )
        })
    }
}

/// A metric of a region of the map: what a row of the results is about.
///
/// ```
/// use padgrad::ppp::{Metric, Quantity, Region};
///
/// let ring = Quantity::from((Metric::MaePpp, Region::Ring(3)));
/// assert_eq!((ring.metric.name(), ring.region.name()), ("mae_ppp", "ring"));
/// assert_eq!(Quantity::from("mae_ppp".parse::<Metric>()?).region, Region::Whole);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantity {
    /// What is measured.
    pub metric: Metric,
    /// Where it is averaged.
    pub region: Region,
}

impl From<Metric> for Quantity {
    fn from(metric: Metric) -> Quantity {
        Quantity::from((metric, Region::Whole))
    }
}

impl From<(Metric, Region)> for Quantity {
    fn from((metric, region): (Metric, Region)) -> Quantity {
        Quantity { metric, region }
    }
}

/// Values by what they are of, in the order in which they were measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics(Vec<(Quantity, Measured)>);

impl Metrics {
    /// What was measured of a metric, or of a metric in a region.
    ///
    /// `None` where the region is empty, or the metric has no such part.
    pub fn get(&self, quantity: impl Into<Quantity>) -> Option<&Measured> {
        let quantity = quantity.into();
        let found = self.0.iter().find(|(own, _)| *own == quantity);
        found.map(|(_, measured)| measured)
    }

    /// Everything that was measured.
    pub fn iter(&self) -> std::slice::Iter<'_, (Quantity, Measured)> {
        self.0.iter()
    }

    pub(super) fn push(&mut self, quantity: impl Into<Quantity>, measured: Measured) {
        self.0.push((quantity.into(), measured));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_what_it_was_written_for() {
        for (i, metric) in Metric::all().enumerate() {
            assert_eq!(metric as usize, i, "{metric}");
            assert_eq!(metric.to_string().parse::<Metric>().ok(), Some(metric));
            assert!(!metric.unit().is_empty(), "{metric}");
        }
        for text in ["", "mae", "edge_mae_ppp", "profile_mae_d0"] {
            assert!(text.parse::<Metric>().is_err(), "{text}");
        }
    }
}
