//! Metrics over the steps of training.

use std::collections::BTreeMap;

use super::{LineChart, Measure, Spread, line_chart};
use crate::study::results::Results;
use crate::study::summary::{FINAL, Summary};

/// A moment of training at which networks were measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// `init`, `step-8`, `epoch-1`, `final`.
    pub name: String,
    pub step: u64,
    pub epoch: usize,
}

/// The stages of a run by ascending step; of two names for one moment `final` counts.
pub fn stages(results: &Results) -> Vec<Stage> {
    let mut by_step: BTreeMap<u64, Stage> = BTreeMap::new();
    for row in results.rows.iter().filter(|r| r.metric == "mae_ppp") {
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

/// A metric of one layer against steps, one line per scheme; `None` if it was never measured.
pub fn over_steps(
    summary: &Summary,
    stages: &[Stage],
    layer: &str,
    measure: &Measure,
) -> Option<LineChart> {
    let points = |scheme: &str| {
        let at = |stage: &Stage| {
            let estimate = summary.estimate(scheme, &stage.name, layer, measure.metric)?;
            Some((stage.step as f64, estimate))
        };
        stages.iter().filter_map(at).collect()
    };
    let mut chart = line_chart(summary, measure, "training steps", points)?;
    chart.x_spread = Spread::Steps;
    Some(chart)
}
