//! The rows of a run gathered over seeds: what tables, charts and the finding are made from.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::growth::distinct;
pub use super::moments::{CONTROL, FINAL, INIT};
use super::results::{Results, Row};
use super::schema::{CROP_DISAGREEMENT, PLACED_ACCURACY, TEST_ACCURACY};
use super::surgery::SHARES;
use crate::ppp::{Metric, Region};
use crate::statistics::{Inference, Interval, Measured, more_than_chance};

/// A value with its 95% interval, over one or several seeds.
///
/// With one seed, `lo` and `hi` are the row's own interval, which is over images. With several, `value` is
/// the mean over seeds and the interval is Student's t over seeds, cut where the metric ends (a share
/// at 0 and 1). The two are never mixed: [`Estimate::interval`] names the one that there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// The lower end of its interval, if it has one.
    pub lo: Option<f64>,
    /// The upper end.
    pub hi: Option<f64>,
    /// Networks that it is over.
    pub seeds: usize,
}

impl Estimate {
    /// The same estimate in another unit, for example a share as a percentage.
    pub fn scaled(self, factor: f64) -> Estimate {
        Estimate {
            value: self.value * factor,
            lo: self.lo.map(|x| x * factor),
            hi: self.hi.map(|x| x * factor),
            seeds: self.seeds,
        }
    }

    /// What one network showed, with its interval over images; `None` where that has no value.
    pub fn of_network(measured: &Measured) -> Option<Estimate> {
        Some(Estimate {
            value: measured.value?,
            lo: measured.lo,
            hi: measured.hi,
            seeds: 1,
        })
    }

    /// The mean of values with the lowest and the highest as its ends; a single value has no ends.
    pub fn range(values: &[f64]) -> Option<Estimate> {
        let end = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick);
        let several = values.len() > 1;
        (!values.is_empty()).then(|| Estimate {
            value: values.iter().sum::<f64>() / values.len() as f64,
            lo: end(f64::min).filter(|_| several),
            hi: end(f64::max).filter(|_| several),
            seeds: values.len(),
        })
    }

    /// The one row with its interval, or the mean of several with the lowest and the highest; `None` without a
    /// value.
    pub fn across(rows: &[&Row]) -> Option<Estimate> {
        let values: Vec<f64> = rows.iter().filter_map(|row| row.value).collect();
        match rows {
            [_] => Estimate::over(rows),
            _ => Estimate::range(&values),
        }
    }

    /// What the interval is over.
    pub fn interval(&self) -> Interval {
        match self.seeds {
            0 | 1 => Interval::Images,
            _ => Interval::Seeds,
        }
    }

    /// The mean over the rows of several seeds; `None` if any of them has no value, because the
    /// mean of the others would be a mean over the seeds in which the value happens to exist.
    fn over(rows: &[&Row]) -> Option<Estimate> {
        if let [row] = rows {
            return Some(Estimate {
                value: row.value?,
                lo: row.lo,
                hi: row.hi,
                seeds: 1,
            });
        }
        let values: Vec<f64> = rows.iter().map(|row| row.value).collect::<Option<_>>()?;
        let found = Inference::of_mean(&values)?;
        let [lowest, highest] = bounds(&rows.first()?.metric);
        Some(Estimate {
            value: found.value,
            lo: Some(found.lo.max(lowest)),
            hi: Some(found.hi.min(highest)),
            seeds: values.len(),
        })
    }
}

/// The largest of named values.
pub fn highest<N>(values: impl IntoIterator<Item = (N, f64)>) -> Option<(N, f64)> {
    values.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// What a metric cannot pass: Student's interval knows nothing of it, and is cut there.
fn bounds(metric: &str) -> [f64; 2] {
    use Metric::{Coherence, ImpactChanged, Mad, MaePpp, NMae, NRms, Rms, Rmsd};
    match metric.parse() {
        Ok(ImpactChanged) => return [0.0, 1.0],
        Ok(Rms | NRms | Rmsd | MaePpp | NMae | Mad) => return [0.0, f64::INFINITY],
        Ok(Coherence) => return [f64::NEG_INFINITY, 1.0],
        _ => {}
    }
    match metric {
        TEST_ACCURACY | CROP_DISAGREEMENT | PLACED_ACCURACY => [0.0, 1.0],
        share if SHARES.contains(&share) => [0.0, 1.0],
        _ => [f64::NEG_INFINITY, f64::INFINITY],
    }
}

/// Rows by layer, metric and part of the map.
type Index<'a> = HashMap<(&'a str, &'a str, Region), Vec<&'a Row>>;

/// A view of [`Results`] that answers by scheme, stage, layer and metric.
pub struct Summary<'a> {
    results: &'a Results,
    /// Made where rows are first asked for: a study has millions.
    rows: OnceCell<Index<'a>>,
}

impl<'a> Summary<'a> {
    /// A view of `results`.
    pub fn new(results: &'a Results) -> Summary<'a> {
        Summary {
            results,
            rows: OnceCell::new(),
        }
    }

    /// The schemes in the order in which the run first names them.
    pub fn schemes(&self) -> Vec<&'a str> {
        let of_layers = self.results.layers.iter().map(|l| l.scheme.as_str());
        let of_rows = self.results.rows.iter().map(|r| r.scheme.as_str());
        distinct(of_layers.chain(of_rows))
    }

    /// The schemes that pad: all but the control.
    pub fn padded_schemes(&self) -> Vec<&'a str> {
        let mut schemes = self.schemes();
        schemes.retain(|scheme| *scheme != CONTROL);
        schemes
    }

    /// The tapped layers of all networks, in network order.
    pub fn layers(&self) -> Vec<&'a str> {
        distinct(self.results.layers.iter().map(|l| l.name.as_str()))
    }

    /// The tapped layers of all networks, in network order, that have a row of `metric`.
    pub fn layers_with(&self, metric: &str) -> Vec<&'a str> {
        let measured = self.results.rows.iter().filter(|r| r.is_of(metric));
        let measured = distinct(measured.map(|r| r.layer.as_str()));
        let mut layers = self.layers();
        layers.retain(|layer| measured.contains(layer));
        layers
    }

    /// The last tapped layer at which the pattern was measured.
    pub fn last_layer(&self) -> Option<&'a str> {
        self.layers_with(Metric::Rms.name()).pop()
    }

    /// The seeds of the run, ascending.
    pub fn seeds(&self) -> Vec<u64> {
        let of_rows = self.results.rows.iter().map(|r| r.seed);
        let mut seeds: Vec<u64> = of_rows
            .chain(self.results.epochs.iter().map(|e| e.seed))
            .collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// The distances to the nearest border at which there is a row of `metric` at `layer`, ascending.
    pub fn distances(&self, layer: &str, metric: &str) -> Vec<usize> {
        let rows = self.results.rows.iter();
        let rows = rows.filter(|r| r.layer == layer && r.metric == metric);
        let distances: BTreeSet<usize> = rows.filter_map(|r| r.region.distance()).collect();
        distances.into_iter().collect()
    }

    /// The schemes with the lowest and with the highest mean of the chosen rows, and these; `None` of fewer than two.
    pub fn extremes(&self, chosen: fn(&Row) -> bool) -> Option<[(&'a str, f64); 2]> {
        let means = self.schemes().into_iter().filter_map(|scheme| {
            let rows = self.results.rows.iter();
            let rows: Vec<&Row> = rows.filter(|r| r.scheme == scheme && chosen(r)).collect();
            Some((scheme, Estimate::across(&rows)?.value))
        });
        let means: Vec<(&str, f64)> = means.collect();
        let lowest = means.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
        (means.len() > 1).then_some([lowest, highest(means)?])
    }

    /// A metric of a scheme at a distance from the border, over all its networks.
    pub fn at_distance(&self, scheme: &str, metric: &str, distance: usize) -> Option<Estimate> {
        let here = |r: &&Row| {
            r.scheme == scheme && r.metric == metric && r.region == Region::Ring(distance)
        };
        let rows: Vec<&Row> = self.results.rows.iter().filter(here).collect();
        Estimate::across(&rows)
    }

    /// A metric of a part of the map over seeds, as [`Summary::estimate`].
    pub fn estimate_of(
        &self,
        region: Region,
        (scheme, stage, layer, metric): (&str, &str, &str, &str),
    ) -> Option<Estimate> {
        Estimate::over(&self.rows_of(region, (scheme, stage, layer, metric)))
    }

    /// A metric over seeds; `None` if it was not measured, or does not exist in one of the seeds.
    pub fn estimate(
        &self,
        scheme: &str,
        stage: &str,
        layer: &str,
        metric: &str,
    ) -> Option<Estimate> {
        self.estimate_of(Region::Whole, (scheme, stage, layer, metric))
    }

    /// A metric of each network, as far as it exists.
    pub fn values(&self, scheme: &str, stage: &str, layer: &str, metric: &str) -> Vec<f64> {
        let rows = self.rows_of(Region::Whole, (scheme, stage, layer, metric));
        rows.iter().filter_map(|row| row.value).collect()
    }

    /// How many networks have a strength above chance, and how many were measured; `of` is its scheme, stage,
    /// layer and metric.
    ///
    /// The interval of a strength ends at 0 where chance could give as much.
    pub fn above_chance(&self, region: Region, of: (&str, &str, &str, &str)) -> [usize; 2] {
        let rows = self.rows_of(region, of);
        let above = rows.iter().filter(|row| row.lo.is_some_and(|lo| lo > 0.0));
        [above.count(), rows.len()]
    }

    /// Whether networks show a strength: in [`more of them than chance explains`](more_than_chance).
    pub fn shows(&self, region: Region, of: (&str, &str, &str, &str)) -> bool {
        let [above, all] = self.above_chance(region, of);
        more_than_chance(above, all)
    }

    /// The rows of networks that run under the scheme that they were trained under.
    fn rows_of(
        &self,
        region: Region,
        (scheme, stage, layer, metric): (&str, &str, &str, &str),
    ) -> Vec<&'a Row> {
        let index = self.rows.get_or_init(|| {
            let mut index = Index::new();
            for row in &self.results.rows {
                let key = (row.layer.as_str(), row.metric.as_str(), row.region);
                index.entry(key).or_default().push(row);
            }
            index
        });
        let own = |r: &&Row| r.under.as_deref().is_none_or(|under| under == r.scheme);
        let here = |r: &&Row| r.scheme == scheme && r.stage == stage && own(r);
        let rows = index.get(&(layer, metric, region)).into_iter().flatten();
        rows.copied().filter(here).collect()
    }
}

/// A moment of training at which networks were measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// `init`, `step-8`, `epoch-1`, `final`.
    pub name: String,
    /// Steps taken so far.
    pub step: u64,
    /// Epochs trained so far.
    pub epoch: usize,
}

/// The stages of a run by ascending step; of two names for one moment `final` counts.
pub fn stages(results: &Results) -> Vec<Stage> {
    let mut by_step: BTreeMap<u64, Stage> = BTreeMap::new();
    for row in results
        .rows
        .iter()
        .filter(|r| r.metric == Metric::Rms.name())
    {
        let stage = by_step.entry(row.step).or_insert_with(|| Stage {
            name: row.stage.clone(),
            step: row.step,
            epoch: row.epoch,
        });
        if row.stage == FINAL {
            stage.name.clone_from(&row.stage);
        }
    }
    by_step.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seed: u64, value: Option<f64>, half_width: f64) -> Row {
        Row {
            scheme: "zeros".to_string(),
            seed,
            stage: FINAL.to_string(),
            epoch: 1,
            step: 1,
            layer: "a".to_string(),
            metric: Metric::Rms.name().to_string(),
            value,
            lo: value.map(|v| v - half_width),
            hi: value.map(|v| v + half_width),
            ..Row::default()
        }
    }

    #[test]
    fn one_seed_keeps_its_own_interval() {
        let only = row(0, Some(2.0), 0.5);
        let estimate = Estimate::over(&[&only]).expect("a value");
        assert_eq!((estimate.lo, estimate.hi), (Some(1.5), Some(2.5)));
    }

    #[test]
    fn several_seeds_give_students_interval() {
        // Values 1 2 3: mean 2, standard error 1/sqrt(3), t(2) = 4.303.
        let rows = [1.0, 2.0, 3.0].map(|v| row(0, Some(v), 0.01));
        let estimate = Estimate::over(&rows.each_ref()).expect("a value");
        assert_eq!(estimate.value, 2.0);
        let half = estimate.hi.expect("an upper end") - 2.0;
        assert!((half - 4.302_652_730 / 3f64.sqrt()).abs() < 1e-8, "{half}");
    }

    #[test]
    fn an_interval_ends_where_the_metric_does() {
        let share = |seed, value| Row {
            metric: "impact_changed".to_string(),
            ..row(seed, Some(value), 0.0)
        };
        let rows = [share(0, 0.001), share(1, 0.02)];
        let estimate = Estimate::over(&rows.each_ref()).expect("a value");
        assert_eq!(estimate.lo, Some(0.0));
        assert!(estimate.hi > Some(0.02));
    }

    #[test]
    fn intervals_over_seeds_and_over_images_are_kept_apart() {
        let rows = [row(0, Some(1.0), 0.3), row(1, Some(1.0), 0.1)];
        let both = Estimate::over(&rows.each_ref()).expect("a value");
        // Seeds that agree leave no doubt about seeds, however uncertain each is over images.
        assert_eq!((both.lo, both.interval()), (Some(1.0), Interval::Seeds));
        let one = Estimate::over(&[&rows[0]]).expect("a value");
        assert_eq!((one.hi, one.interval()), (Some(1.3), Interval::Images));
    }

    #[test]
    fn a_seed_without_the_value_leaves_no_mean() {
        let rows = [row(0, Some(1.0), 0.3), row(1, None, 0.0)];
        assert_eq!(Estimate::over(&rows.each_ref()), None);
    }

    #[test]
    fn networks_under_another_padding_are_not_further_seeds() {
        let swapped = |under: &str, value| Row {
            under: Some(under.to_string()),
            ..row(0, Some(value), 0.1)
        };
        let results = Results {
            rows: vec![swapped("zeros", 1.0), swapped("valid", 5.0)],
            ..Results::default()
        };
        let own = Summary::new(&results).estimate("zeros", FINAL, "a", Metric::Rms.name());
        let own = own.expect("a value");
        assert_eq!((own.value, own.seeds), (1.0, 1));
    }
}
