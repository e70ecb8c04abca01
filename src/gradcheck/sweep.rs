//! Every operation over every padding, extent, stride, dilation, kernel and size: the gradient check of
//! the whole library.

mod broken;
mod choice;
mod error_map;
mod export;
mod outcome;
mod windowed;

pub use broken::Broken;
pub use choice::Sweep;
pub use error_map::ErrorMap;
pub use outcome::{Group, Outcome, Worst};

use std::ops::Range;

use rayon::prelude::*;

use super::{Options, adjoint_check};
use crate::autodiff::ops::REGISTRY;
use crate::error::{Error, Result};
use crate::rng::Seed;
use choice::{Checked, Trial};

/// Elements checked per input, so that a large `size` still ends.
const SAMPLE: usize = 256;

impl Sweep {
    /// Checks every case on as many threads as there are.
    ///
    /// # Errors
    /// A usage error where the choice is unknown, cannot be, or leaves no case.
    pub fn run(&self) -> Result<Outcome> {
        let trials = self.trials()?;
        let checked: Vec<Checked> = trials
            .par_iter()
            .enumerate()
            .map(|(index, trial)| self.check(index, trial))
            .collect();
        Ok(Outcome::new(&checked, self.map_size()))
    }

    fn check<'a>(&self, index: usize, trial: &'a Trial) -> Checked<'a> {
        let seed = Seed(self.seed).child("sweep").child(index);
        let options = Options {
            sample: Some(SAMPLE),
            seed,
            ..Options::default()
        };
        let case = &trial.case;
        let holds = |&input: &usize| adjoint_check(&case.f64, &case.inputs, input, seed).passed();
        Checked {
            trial,
            report: case.gradcheck(&options),
            adjoint: case.linear_in.iter().all(holds),
        }
    }

    /// The side of the images whose errors are mapped.
    fn map_size(&self) -> usize {
        self.size.unwrap_or(windowed::SIZES[0])
    }

    fn trials(&self) -> Result<Vec<Trial>> {
        self.ensure_possible()?;
        let wanted = |name: &str| self.op.as_deref().is_none_or(|op| op == name);
        let mut trials = Vec::new();
        // The cases of the registry have no geometry to choose from, and none of them is broken.
        if !self.has_geometry() && self.broken.is_none() {
            for op in REGISTRY.iter().filter(|op| wanted(op.name)) {
                trials.extend((op.cases)().into_iter().map(|case| Trial {
                    op: op.name,
                    padding: None,
                    case,
                    mapped: false,
                }));
            }
        }
        trials.extend(windowed::trials(self, wanted));
        if trials.is_empty() {
            return Err(Error::usage(
                "gradcheck",
                "no case is left: the window does not fit, or the operation has none",
                "choose a larger size, or fewer of op, padding, stride, dilation, kernel and broken",
            ));
        }
        Ok(trials)
    }

    fn has_geometry(&self) -> bool {
        let sizes = [self.stride, self.dilation, self.kernel, self.size];
        self.padding.is_some() || sizes.iter().any(Option::is_some)
    }

    fn ensure_possible(&self) -> Result<()> {
        if let Some(op) = self
            .op
            .as_deref()
            .filter(|op| REGISTRY.iter().all(|o| o.name != *op))
        {
            let known = REGISTRY.iter().map(|op| op.name);
            return Err(Error::unknown("operation", op, known));
        }
        let sizes = [
            ("stride", self.stride, 1..9),
            ("dilation", self.dilation, 1..9),
            ("kernel", self.kernel, 1..12),
            ("size", self.size, 1..65),
        ];
        sizes
            .into_iter()
            .try_for_each(|(name, size, allowed)| in_range(name, size, allowed))
    }
}

fn in_range(name: &str, size: Option<usize>, allowed: Range<usize>) -> Result<()> {
    match size {
        Some(n) if !allowed.contains(&n) => Err(Error::usage(
            format!("{name} {n}"),
            "finite differences over it would say nothing or take too long",
            format!("choose {} to {}", allowed.start, allowed.end - 1),
        )),
        _ => Ok(()),
    }
}
