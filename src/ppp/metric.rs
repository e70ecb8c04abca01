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

/// Every metric, its name, and its name between the prefix and suffix of a part of the map, where it has parts.
const NAMES: [(Metric, &str, Option<&str>); 18] = [
    (Metric::MaePpp, "mae_ppp", Some("mae")),
    (Metric::MaeFloor, "mae_floor", Some("mae_floor")),
    (Metric::Energy, "energy", Some("energy")),
    (Metric::SnrPpp, "snr_ppp", Some("snr")),
    (Metric::SnrPppDb, "snr_ppp_db", None),
    (Metric::NMae, "nmae", Some("nmae")),
    (Metric::Coherence, "coherence", Some("coherence")),
    (Metric::Mad, "mad", Some("mad")),
    (Metric::Rmsd, "rmsd", Some("rmsd")),
    (Metric::Rms, "rms_ppp", Some("rms")),
    (Metric::NRms, "nrms", Some("nrms")),
    (Metric::PatternP, "pattern_p", Some("pattern_p")),
    (Metric::ChannelMeanRms, "channel_mean_rms", None),
    (Metric::MaeUnbiased, "mae_unbiased", None),
    (Metric::Halo, "halo", None),
    (Metric::ContentSnr, "content_snr", None),
    (Metric::ImpactChanged, "impact_changed", None),
    (Metric::ImpactLogitShift, "impact_logit_shift", None),
];

impl Metric {
    /// Its name in files and tables, for the whole map.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    fn names(self) -> (&'static str, Option<&'static str>) {
        let of_metric = NAMES.iter().find(|(metric, ..)| *metric == self);
        of_metric.map_or(("", None), |(_, whole, part)| (whole, *part))
    }
}

/// A metric of a region of the map: what a row of the results is about.
///
/// ```
/// use padgrad::ppp::{Metric, Quantity, Region};
///
/// let ring = Quantity::from((Metric::MaePpp, Region::Ring(3)));
/// assert_eq!(ring.to_string(), "profile_mae_d3");
/// assert_eq!("profile_mae_d3".parse::<Quantity>()?, ring);
/// assert_eq!(Quantity::from(Metric::MaePpp).to_string(), "mae_ppp");
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

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = self.metric.names();
        let part = part.unwrap_or(whole);
        match self.region {
            Region::Whole => write!(f, "{whole}"),
            Region::Corner => write!(f, "corner_{part}"),
            Region::Edge => write!(f, "edge_{part}"),
            Region::Interior => write!(f, "interior_{part}"),
            Region::Ring(distance) => write!(f, "profile_{part}_d{distance}"),
        }
    }
}

impl FromStr for Quantity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Quantity> {
        let whole = NAMES.iter().find(|(_, whole, _)| *whole == text);
        let of_part = || {
            let (prefix, rest) = text.split_once('_')?;
            let (part, region) = match prefix {
                "corner" => (rest, Region::Corner),
                "edge" => (rest, Region::Edge),
                "interior" => (rest, Region::Interior),
                "profile" => {
                    let (part, distance) = rest.rsplit_once("_d")?;
                    (part, Region::Ring(distance.parse().ok()?))
                }
                _ => return None,
            };
            let named = NAMES.iter().find(|(.., own)| *own == Some(part));
            named.map(|(metric, ..)| Quantity::from((*metric, region)))
        };
        let found = whole.map(|(metric, ..)| Quantity::from(*metric));
        found.or_else(of_part).ok_or_else(|| {
            Error::usage(
                "metric",
                format!("`{text}` is none of PPP"),
                "use a name as in the column metric of results.csv, such as rms_ppp or profile_mae_d0",
            )
        })
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
        let regions = [
            Region::Whole,
            Region::Corner,
            Region::Edge,
            Region::Interior,
            Region::Ring(0),
            Region::Ring(17),
        ];
        let mut spelled = Vec::new();
        for (metric, _, part) in NAMES {
            for region in regions {
                if part.is_none() && region != Region::Whole {
                    continue;
                }
                let quantity = Quantity::from((metric, region));
                let text = quantity.to_string();
                assert_eq!(text.parse::<Quantity>().expect("a name"), quantity);
                assert!(!spelled.contains(&text), "{text} stands for two");
                spelled.push(text);
            }
        }
        for text in [
            "",
            "mae",
            "edge_mae_ppp",
            "edge_content_snr",
            "profile_mae",
            "profile_mae_dx",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }
}
