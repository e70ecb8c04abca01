//! What a sweep found, gathered by operation and scheme.

use serde::Serialize;

use super::super::{Element, Region, Statistics, Verdict};
use super::choice::Checked;
use super::error_map::ErrorMap;

/// The cases of one operation under one scheme, taken together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    /// The operation.
    pub op: &'static str,
    /// The scheme; none for the cases that the operation itself brings.
    pub padding: Option<String>,
    /// How many there are.
    pub cases: usize,
    /// Cases with a wrong gradient or, for linear operations, a wrong adjoint.
    pub failed: usize,
    /// Of those, the ones that the adjoint identity found wrong.
    pub adjoint_failed: usize,
    /// Elements checked, those at a kink too.
    pub elements: usize,
    /// Elements at which the function has a corner: neither right nor wrong.
    pub kinks: usize,
    /// Elements with a wrong gradient.
    pub wrong: usize,
    /// Elements of images in the outermost band.
    pub border: Statistics,
    /// Elements of images further in.
    pub interior: Statistics,
    /// The element furthest beyond its tolerance, or nearest to it.
    pub worst: Option<Worst>,
}

/// An element and the case that it belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct Worst {
    /// The case's name.
    pub case: String,
    #[serde(flatten)]
    /// The element.
    pub element: Element,
}

/// Everything that a sweep found.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// By operation and scheme.
    pub groups: Vec<Group>,
    /// Mean errors per pixel, one map per scheme.
    pub maps: Vec<ErrorMap>,
}

impl Outcome {
    pub(super) fn new(checked: &[Checked], map_size: usize) -> Outcome {
        let mut groups: Vec<Group> = Vec::new();
        for found in checked {
            let (op, padding) = (found.trial.op, &found.trial.padding);
            let known = groups
                .iter()
                .position(|g| g.op == op && g.padding == *padding);
            let at = known.unwrap_or_else(|| {
                groups.push(Group {
                    op,
                    padding: padding.clone(),
                    ..Group::default()
                });
                groups.len() - 1
            });
            groups[at].add(found);
        }
        Outcome {
            groups,
            maps: ErrorMap::of_each_scheme(checked, map_size),
        }
    }

    /// Whether no gradient is wrong and every group has one that was checked; kinks are neither right nor
    /// wrong.
    pub fn passed(&self) -> bool {
        self.failed() == 0 && self.groups.iter().all(|g| g.elements > g.kinks)
    }

    /// Cases in all.
    pub fn cases(&self) -> usize {
        self.groups.iter().map(|g| g.cases).sum()
    }

    /// Cases with a wrong gradient.
    pub fn failed(&self) -> usize {
        self.groups.iter().map(|g| g.failed).sum()
    }

    /// Elements in all.
    pub fn elements(&self) -> usize {
        self.groups.iter().map(|g| g.elements).sum()
    }

    /// Elements at a corner.
    pub fn kinks(&self) -> usize {
        self.groups.iter().map(|g| g.kinks).sum()
    }

    /// The element furthest beyond its tolerance of all.
    pub fn worst(&self) -> Option<(&Group, &Worst)> {
        let severity = |(_, w): &(&Group, &Worst)| w.element.severity();
        let all = self
            .groups
            .iter()
            .filter_map(|g| Some((g, g.worst.as_ref()?)));
        all.max_by(|a, b| severity(a).total_cmp(&severity(b)))
    }
}

impl Group {
    fn add(&mut self, found: &Checked) {
        let report = &found.report;
        self.cases += 1;
        let wrong = |e: &&Element| e.verdict == Verdict::Fail;
        let wrong = report.elements.iter().filter(wrong).count();
        self.failed += usize::from(wrong > 0 || !found.adjoint);
        self.adjoint_failed += usize::from(!found.adjoint);
        self.elements += report.elements.len();
        self.kinks += report.kinks();
        self.wrong += wrong;
        self.border = self.border.and(report.statistics(Region::Border));
        self.interior = self.interior.and(report.statistics(Region::Interior));
        let before = self.worst.as_ref().map(|w| w.element.severity());
        let worse = |w: &&Element| before.is_none_or(|before| w.severity() > before);
        if let Some(worst) = report.worst().filter(worse) {
            self.worst = Some(Worst {
                case: found.trial.case.name.clone(),
                element: worst.clone(),
            });
        }
    }
}
