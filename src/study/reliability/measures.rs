//! The measures, each as a value with its interval over images that is 0 without position information.

use crate::ppp::{Metric, Metrics};
use crate::probes::location::Location;
use crate::probes::posenet::{Reading, Target};
use crate::statistics::{Measured, mean_over_images};
use crate::study::location::metrics;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// PPP in feature units.
    Rms,
    /// PPP against the spread of content.
    NRms,
    /// PPP of the mean over channels.
    ChannelMean,
    /// The mean of |P| without what chance adds.
    MaeUnbiased,
    /// The mean of |P|.
    MaePpp,
    /// The share of padding's effect that is the same for every image.
    Coherence,
    /// PosENet's rank correlation.
    PosenetSpc,
    /// How much smaller PosENet's error is than a blind guess's.
    PosenetMae,
    /// The gap of the location test.
    LocationGap,
}

/// Every measure, its name in results and in sentences.
const NAMES: [(Measure, &str, &str); 9] = [
    (Measure::Rms, Metric::Rms.name(), "RMS-PPP"),
    (Measure::NRms, Metric::NRms.name(), "nRMS"),
    (
        Measure::ChannelMean,
        Metric::ChannelMeanRms.name(),
        "channel mean",
    ),
    (
        Measure::MaeUnbiased,
        Metric::MaeUnbiased.name(),
        "unbiased MAE",
    ),
    (Measure::MaePpp, Metric::MaePpp.name(), "MAE-PPP"),
    (Measure::Coherence, Metric::Coherence.name(), "coherence"),
    (Measure::PosenetSpc, "posenet_spc", "PosENet SPC"),
    (Measure::PosenetMae, "posenet_mae", "PosENet MAE"),
    (Measure::LocationGap, "location_gap", "location gap"),
];

/// The measures of PPP.
const OF_PPP: [(Measure, Metric); 6] = [
    (Measure::Rms, Metric::Rms),
    (Measure::NRms, Metric::NRms),
    (Measure::ChannelMean, Metric::ChannelMeanRms),
    (Measure::MaeUnbiased, Metric::MaeUnbiased),
    (Measure::MaePpp, Metric::MaePpp),
    (Measure::Coherence, Metric::Coherence),
];

impl Measure {
    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Measure> {
        NAMES.into_iter().map(|(measure, ..)| measure)
    }

    /// Its name in results.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// Its name in sentences.
    pub fn title(self) -> &'static str {
        self.names().1
    }

    /// The name in sentences of the measure that results call so; any other name as it is.
    pub fn title_of(name: &str) -> &str {
        let own = NAMES.iter().find(|(_, known, _)| *known == name);
        own.map_or(name, |(.., title)| title)
    }

    fn names(self) -> (&'static str, &'static str) {
        let own = NAMES.iter().find(|(measure, ..)| *measure == self);
        own.map_or(("", ""), |(_, name, title)| (name, title))
    }

    /// Whether it compares features with those under true surroundings.
    pub fn is_ppp(self) -> bool {
        OF_PPP.iter().any(|(measure, _)| *measure == self)
    }

    /// Whether an interval excludes 0, and so claims position.
    ///
    /// The roots of powers, coherence and plain means of |P| cannot be below 0; the error of PosENet claims nothing
    /// where it is larger than that of a blind guess.
    pub fn claims(self, point: &Point) -> bool {
        let signed = [
            Measure::MaeUnbiased,
            Measure::PosenetSpc,
            Measure::LocationGap,
        ];
        point.lo > 0.0 || point.hi < 0.0 && signed.contains(&self)
    }
}

/// A value with the ends of its 95% interval over images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}

impl Point {
    /// Where there is no value there is nothing to be seen: the ratio of two zeros is 0 here.
    fn of(measured: Option<&Measured>) -> Point {
        let or_zero = |v: Option<f64>| v.unwrap_or(0.0);
        let [value, lo, hi] = measured
            .map_or([None; 3], |m| [m.value, m.lo, m.hi])
            .map(or_zero);
        Point { value, lo, hi }
    }
}

/// The measures of PPP at a layer.
pub fn of_ppp(found: &Metrics) -> Vec<(Measure, Point)> {
    let of = |(measure, metric): (Measure, Metric)| (measure, Point::of(found.get(metric)));
    OF_PPP.map(of).into()
}

/// PosENet's measures: SPC, and how much smaller the error is than that of the best guess without
/// position, 1 - MAE/MAE₀; each the mean over the five targets of every image.
pub fn of_posenet(readings: &[Reading], side: usize) -> Vec<(Measure, Point)> {
    let images = readings.first().map_or(0, |r| r.spc.len());
    let over_targets = |value: &dyn Fn(&Reading, usize) -> f64| -> Vec<f64> {
        let mean = |i| readings.iter().map(|r| value(r, i)).sum::<f64>() / readings.len() as f64;
        (0..images).map(mean).collect()
    };
    let blind: Vec<(Target, f64)> = readings
        .iter()
        .map(|r| (r.target, r.target.blind_error(side)))
        .collect();
    let gain = |reading: &Reading, i: usize| {
        let blind = blind.iter().find(|(target, _)| *target == reading.target);
        1.0 - reading.mae[i] / blind.map_or(1.0, |(_, error)| *error)
    };
    [
        (Measure::PosenetSpc, over_targets(&|r, i| r.spc[i])),
        (Measure::PosenetMae, over_targets(&gain)),
    ]
    .map(|(measure, values)| {
        let measured = mean_over_images(&values);
        (measure, Point::of(Some(&measured)))
    })
    .into()
}

/// The gap of the location test.
pub fn of_location(found: &Location) -> Vec<(Measure, Point)> {
    let [.., (_, gap)] = metrics(found);
    vec![(Measure::LocationGap, Point::of(Some(&gap)))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_blind_guess_is_no_gain_and_no_error_is_all_of_it() {
        let reading = |mae: f64| Reading {
            target: Target::Hor,
            spc: vec![0.5; 40],
            mae: vec![mae; 40],
        };
        let blind = Target::Hor.blind_error(32);
        for (mae, gain) in [(blind, 0.0), (0.0, 1.0), (2.0 * blind, -1.0)] {
            let found = of_posenet(&[reading(mae)], 32);
            assert_eq!(found[0].1.value, 0.5);
            assert!((found[1].1.value - gain).abs() < 1e-12);
        }
    }

    #[test]
    fn an_interval_below_0_is_a_claim_of_what_can_be_negative() {
        let point = |lo: f64, hi: f64| Point {
            value: f64::midpoint(lo, hi),
            lo,
            hi,
        };
        assert!(Measure::all().all(|m| m.claims(&point(0.1, 0.2))));
        assert!(!Measure::all().any(|m| m.claims(&point(0.0, 0.2))));
        assert!(Measure::MaeUnbiased.claims(&point(-0.2, -0.1)));
        assert!(!Measure::PosenetMae.claims(&point(-0.2, -0.1)));
    }

    #[test]
    fn what_does_not_exist_is_nothing() {
        let nothing = Measured::new(f64::NAN, &[f64::NAN; 20]);
        assert_eq!(Point::of(Some(&nothing)).value, 0.0);
    }
}
