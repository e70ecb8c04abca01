//! Learning-rate schedules: pure functions of the step and the number of steps.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What becomes of the learning rate over a run: a linear warm-up, then a decay.
///
/// A step may be an update or an epoch, as long as `step`, `total` and the numbers here count the
/// same thing.
///
/// ```
/// use padgrad::optim::{Decay, Schedule};
/// let schedule = Schedule { warmup: 0, decay: Decay::Cosine { end: 0.0 } };
/// assert_eq!(schedule.lr(0.1, 0, 10), 0.1);
/// assert!((schedule.lr(0.1, 5, 10) - 0.05).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// How many steps the learning rate rises, as (step + 1)/(warmup + 1), before the decay begins.
    #[serde(default)]
    pub warmup: usize,
    /// What follows.
    #[serde(flatten)]
    pub decay: Decay,
}

/// What follows the warm-up, with t = step - warmup of T = total - warmup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decay", rename_all = "lowercase")]
pub enum Decay {
    /// 1.
    #[default]
    Constant,
    /// gamma^⌊t / every⌋.
    Step {
        /// Steps from one drop to the next.
        every: usize,
        /// What each drop multiplies by.
        gamma: f64,
    },
    /// end + (1 - end)·(1 + cos(πt/T))/2, with `end` a share of the full rate.
    Cosine {
        /// The share of the full rate that is left.
        end: f64,
    },
}

impl Schedule {
    /// The learning rate of step `step`, counted from 0, of `total` steps.
    pub fn lr(&self, full: f64, step: usize, total: usize) -> f64 {
        if step < self.warmup {
            return full * (step as f64 + 1.0) / (self.warmup as f64 + 1.0);
        }
        let (t, total) = (step - self.warmup, total.saturating_sub(self.warmup));
        full * self.decay.factor(t, total)
    }

    /// Checks what a configuration file can get wrong.
    ///
    /// # Errors
    /// Where a number of steps is 0 that must not be, or a factor does not lie in [0, 1].
    pub fn validate(&self) -> Result<()> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let problem = match self.decay {
            Decay::Step { every: 0, .. } => "a decay every 0 steps never ends".to_string(),
            Decay::Step { gamma, .. } if !share(gamma) => format!("gamma is {gamma}"),
            Decay::Cosine { end } if !share(end) => format!("end is {end}"),
            _ => return Ok(()),
        };
        Err(Error::usage(
            "learning-rate schedule",
            problem,
            "use every ≥ 1, and gamma and end in [0, 1]",
        ))
    }
}

impl Decay {
    fn factor(self, t: usize, total: usize) -> f64 {
        match self {
            Decay::Constant => 1.0,
            Decay::Step { every, gamma } => gamma.powf((t / every.max(1)) as f64),
            Decay::Cosine { end } => {
                let progress = t.min(total) as f64 / total.max(1) as f64;
                end + (1.0 - end) * (1.0 + (PI * progress).cos()) / 2.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_meets_the_full_rate_where_the_decay_begins() {
        let schedule = Schedule {
            warmup: 3,
            decay: Decay::Step {
                every: 2,
                gamma: 0.5,
            },
        };
        let rates: Vec<f64> = (0..8).map(|step| schedule.lr(1.0, step, 8)).collect();
        assert_eq!(rates, [0.25, 0.5, 0.75, 1.0, 1.0, 0.5, 0.5, 0.25]);
    }

    #[test]
    fn a_cosine_that_has_ended_stays_at_its_end() {
        let schedule = Schedule {
            warmup: 0,
            decay: Decay::Cosine { end: 0.1 },
        };
        assert!((schedule.lr(2.0, 10, 10) - 0.2).abs() < 1e-15);
        assert_eq!(schedule.lr(2.0, 99, 10), schedule.lr(2.0, 10, 10));
    }

    #[test]
    fn impossible_numbers_are_refused() {
        let refused = |decay| Schedule { warmup: 0, decay }.validate().is_err();
        assert!(refused(Decay::Step {
            every: 0,
            gamma: 0.1
        }));
        assert!(refused(Decay::Cosine { end: f64::NAN }));
        assert!(!refused(Decay::Constant));
    }
}
