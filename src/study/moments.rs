//! When a network in training is measured.

use serde::{Deserialize, Serialize};

/// The scheme that has no padding, and so must show no pattern: the control of every study.
pub const CONTROL: &str = "valid";
/// The stage before training, after batch-norm calibration.
pub const INIT: &str = "init";
/// The stage after training.
pub const FINAL: &str = "final";

/// Which moments of training a study measures, besides initialisation and the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// After 1, 2, 4, 8, … steps and after every epoch
    #[default]
    Steps,
    /// After every epoch
    Epochs,
    /// Only before and after training
    Ends,
}

/// Which checkpoints of a network outlive its training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The one after training
    #[default]
    Last,
    /// That, and the one after the epoch with the highest test accuracy
    Best,
    /// Those before training and after every epoch
    All,
}

/// The schedule of one network.
pub struct Moments {
    /// Which moments.
    pub measure: Measure,
    /// Every n-th epoch.
    pub every: usize,
    /// Steps that make an epoch.
    pub steps_per_epoch: usize,
}

/// What the names of stages inside an epoch begin with.
pub const STEP: &str = "step-";

/// The stage after `step` steps.
pub fn step_name(step: u64) -> String {
    format!("{STEP}{step}")
}

impl Moments {
    /// Whether the network is measured after this step, which ends no epoch: that would be the epoch's stage.
    pub fn has_step(&self, step: u64) -> bool {
        let ends_epoch = step.is_multiple_of(self.steps_per_epoch.max(1) as u64);
        self.measure == Measure::Steps && step.is_power_of_two() && !ends_epoch
    }

    /// Whether the network is measured after this epoch; a step of the schedule that ends it counts too.
    pub fn has_epoch(&self, epoch: usize) -> bool {
        let on_schedule = || (epoch * self.steps_per_epoch).is_power_of_two();
        match self.measure {
            Measure::Steps => epoch.is_multiple_of(self.every) || on_schedule(),
            Measure::Epochs => epoch.is_multiple_of(self.every),
            Measure::Ends => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_double_and_give_way_to_the_epochs_that_they_end() {
        let moments = |measure, every| Moments {
            measure,
            every,
            steps_per_epoch: 8,
        };
        let steps = |m: &Moments| (1..=40).filter(|&s| m.has_step(s)).collect::<Vec<u64>>();
        let epochs = |m: &Moments| (1..=5).filter(|&e| m.has_epoch(e)).collect::<Vec<usize>>();
        let all = moments(Measure::Steps, 3);
        assert_eq!(steps(&all), [1, 2, 4]);
        assert_eq!(epochs(&all), [1, 2, 3, 4]);
        let some = moments(Measure::Epochs, 2);
        assert!(steps(&some).is_empty());
        assert_eq!(epochs(&some), [2, 4]);
        let ends = moments(Measure::Ends, 1);
        assert!(steps(&ends).is_empty() && epochs(&ends).is_empty());
    }
}
