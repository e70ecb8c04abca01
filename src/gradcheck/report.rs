//! What a gradient check found, element by element.

use std::fmt;

use serde::Serialize;

use super::Options;
use super::numeric::Slope;

/// The outcome for one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Within the tolerance.
    Pass,
    /// Beyond it.
    Fail,
    /// The function has a corner here: its one-sided slopes differ, so there is no gradient to check.
    Kink,
}

/// Where in an image an element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// Within the border band.
    Border,
    /// Further in.
    Interior,
    /// The input is no image.
    NoImage,
}

/// One checked element of one input.
#[derive(Clone, Debug, Serialize)]
pub struct Element {
    /// Which input.
    pub input: usize,
    /// Where in it.
    pub index: Vec<usize>,
    /// The gradient from the tape.
    pub analytic: f64,
    /// The gradient from finite differences.
    pub numeric: f64,
    /// |analytic - numeric|.
    pub error: f64,
    /// The error over what the tolerances allow; at most 1 passes.
    pub excess: f64,
    /// Border or interior.
    pub region: Region,
    /// The outcome.
    pub verdict: Verdict,
}

impl Element {
    pub(super) fn new(
        input: usize,
        shape: &[usize],
        flat: usize,
        analytic: f64,
        slope: Slope,
        rounding: f64,
        options: &Options,
    ) -> Element {
        let (numeric, kink) = match slope {
            Slope::Smooth(value) => (value, false),
            Slope::Kink(value) => (value, true),
        };
        let error = (analytic - numeric).abs();
        let allowed = options.atol + options.rtol * analytic.abs().max(numeric.abs()) + rounding;
        let index = unravel(flat, shape);
        let region = region(&index, shape, options.border);
        // A NaN on either side must fail, so the comparison asks for what passes.
        let verdict = match (kink, error <= allowed) {
            (true, _) => Verdict::Kink,
            (false, true) => Verdict::Pass,
            (false, false) => Verdict::Fail,
        };
        Element {
            input,
            index,
            analytic,
            numeric,
            error,
            excess: error / allowed,
            region,
            verdict,
        }
    }

    /// `excess` with NaN as the worst of all.
    pub(super) fn severity(&self) -> f64 {
        if self.excess.is_nan() {
            f64::INFINITY
        } else {
            self.excess
        }
    }
}

fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = flat % shape[axis];
        flat /= shape[axis];
    }
    index
}

fn region(index: &[usize], shape: &[usize], border: usize) -> Region {
    let (&[_, _, y, x], &[_, _, h, w]) = (index, shape) else {
        return Region::NoImage;
    };
    let distance = y.min(x).min(h - 1 - y).min(w - 1 - x);
    if distance < border {
        Region::Border
    } else {
        Region::Interior
    }
}

/// Errors over a set of elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// Elements, kinks too.
    pub checked: usize,
    /// Elements with a wrong gradient.
    pub failed: usize,
    /// Elements at a kink.
    pub kinks: usize,
    /// Largest |analytic - numeric|, kinks left out.
    pub max_error: f64,
    /// Mean |analytic - numeric|, kinks left out.
    pub mean_error: f64,
}

impl Statistics {
    /// The statistics of both sets of elements together.
    pub(super) fn and(self, other: Statistics) -> Statistics {
        let [a, b] = [self, other].map(|s| (s.checked - s.kinks) as f64);
        let mean = (self.mean_error * a + other.mean_error * b) / (a + b).max(1.0);
        Statistics {
            checked: self.checked + other.checked,
            failed: self.failed + other.failed,
            kinks: self.kinks + other.kinks,
            max_error: self.max_error.max(other.max_error),
            mean_error: mean,
        }
    }
}

/// Every checked element of every input.
#[derive(Clone, Debug)]
pub struct Report {
    /// Input by input, in row-major order.
    pub elements: Vec<Element>,
}

impl Report {
    /// Whether elements were checked and none failed; kinks neither pass nor fail, and kinks alone check
    /// nothing.
    pub fn passed(&self) -> bool {
        self.checked() > 0 && self.elements.iter().all(|e| e.verdict != Verdict::Fail)
    }

    /// The elements whose gradient was compared: all but the kinks.
    pub fn checked(&self) -> usize {
        self.elements.len() - self.kinks()
    }

    /// The element furthest beyond its tolerance, kinks left out.
    pub fn worst(&self) -> Option<&Element> {
        let smooth = self.elements.iter().filter(|e| e.verdict != Verdict::Kink);
        smooth.max_by(|a, b| a.severity().total_cmp(&b.severity()))
    }

    /// The elements at which the function has a corner.
    pub fn kinks(&self) -> usize {
        self.elements
            .iter()
            .filter(|e| e.verdict == Verdict::Kink)
            .count()
    }

    /// Error statistics of the elements in one region.
    pub fn statistics(&self, region: Region) -> Statistics {
        let mut found = Statistics::default();
        for element in self.elements.iter().filter(|e| e.region == region) {
            found.checked += 1;
            match element.verdict {
                Verdict::Kink => found.kinks += 1,
                verdict => {
                    found.failed += usize::from(verdict == Verdict::Fail);
                    found.max_error = found.max_error.max(element.error);
                    found.mean_error += element.error;
                }
            }
        }
        found.mean_error /= (found.checked - found.kinks).max(1) as f64;
        found
    }

    /// Panics with the report where an element failed: the one line that a test needs.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.passed(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self
            .elements
            .iter()
            .filter(|e| e.verdict == Verdict::Fail)
            .count();
        let verdict = match (self.passed(), self.checked()) {
            (true, _) => "passed",
            (false, 0) => "FAILED (nothing checked)",
            (false, _) => "FAILED",
        };
        write!(
            f,
            "gradcheck {verdict}: {} elements, {failed} wrong, ",
            self.elements.len()
        )?;
        write!(f, "{} at a kink", self.kinks())?;
        if let Some(w) = self.worst() {
            write!(f, "\n  worst: input {} at {:?}", w.input, w.index)?;
            write!(
                f,
                ": analytic {:.9e}, numeric {:.9e}, error {:.2e}",
                w.analytic, w.numeric, w.error
            )?;
            write!(f, " ({:.2} of the tolerance)", w.excess)?;
        }
        for (region, name) in [(Region::Border, "border"), (Region::Interior, "interior")] {
            let s = self.statistics(region);
            if s.checked > 0 {
                write!(f, "\n  {name}: {} of {} wrong, ", s.failed, s.checked)?;
                write!(
                    f,
                    "max error {:.2e}, mean {:.2e}",
                    s.max_error, s.mean_error
                )?;
            }
        }
        Ok(())
    }
}
