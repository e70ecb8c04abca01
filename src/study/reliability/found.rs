//! A reading, and why it was taken.

use super::measures::{Measure, Point};
use crate::statistics::share;
use crate::study::backbone::Backbone;
use crate::study::moments::FINAL;
use crate::study::results::Row;

/// Why a network is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Padding cannot have left any position in it.
    Null,
    /// The null into which signals are planted.
    Base,
    /// The network into which signals are planted, where its own padding leaves position in it.
    PaddedBase,
    /// It has zero padding, as most networks do.
    Typical,
    /// A signal of this strength was planted.
    Planted(f64),
    /// Every D took a random sign this often, which leaves no pattern; it is claimed so often all the same. What was
    /// found is what lies furthest from 0.
    Flipped {
        /// How often.
        times: usize,
        /// How often position is claimed.
        claims: usize,
    },
}

impl Role {
    /// Whether signals are planted in such a network.
    pub fn is_base(self) -> bool {
        matches!(self, Role::Base | Role::PaddedBase)
    }
}

/// One measure of one network.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was measured.
    pub measure: Measure,
    /// Why the network was read.
    pub role: Role,
    /// Its padding scheme.
    pub scheme: String,
    /// When in its training it was read, or the strength that was planted.
    pub stage: String,
    /// Its seed.
    pub seed: u64,
    /// What was found.
    pub point: Point,
    /// What it took to read the network, and to train it where the measure is one of training.
    pub seconds: f64,
}

impl Found {
    /// The reading as a row of the results.
    pub fn row(&self) -> Row {
        let metric = match self.role {
            Role::Null | Role::Base => "null_value",
            Role::Typical | Role::PaddedBase => "value",
            Role::Planted(_) => "planted_response",
            Role::Flipped { .. } => "sign_flip_claims",
        };
        let [value, lo, hi] = match self.role {
            Role::Flipped { times, claims } => {
                let rate = share(claims as f64 / times as f64, times);
                [rate.value, rate.lo, rate.hi]
            }
            _ => [self.point.value, self.point.lo, self.point.hi].map(Some),
        };
        Row {
            scheme: self.scheme.clone(),
            seed: self.seed,
            stage: self.stage.clone(),
            layer: self.measure.name().into(),
            metric: metric.into(),
            value,
            lo,
            hi,
            ..Row::default()
        }
    }

    /// How far the readings are, with this one, in a line.
    pub(super) fn line(&self, number: usize, of: usize) -> String {
        let Found {
            measure,
            scheme,
            stage,
            seed,
            point,
            seconds,
            ..
        } = self;
        format!(
            "[{number}/{of}] {scheme}, seed {seed}, {stage}: {} {:.4}, {seconds:.1} s",
            measure.title(),
            point.value
        )
    }
}

/// What was read, and why.
pub(super) struct Source {
    scheme: String,
    stage: String,
    seed: u64,
    role: Role,
}

impl Source {
    pub(super) fn new(scheme: &str, seed: u64, role: Role) -> Source {
        let stage = match role {
            Role::Planted(strength) => format!("strength-{strength}"),
            _ => FINAL.into(),
        };
        Source {
            scheme: scheme.into(),
            stage,
            seed,
            role,
        }
    }

    pub(super) fn of(backbone: &Backbone, role: Role) -> Source {
        let moment = &backbone.moment;
        let source = Source::new(&moment.scheme, moment.seed, role);
        match role {
            Role::Planted(_) => source,
            _ => Source {
                stage: moment.stage.clone(),
                ..source
            },
        }
    }

    pub(super) fn found(&self, points: Vec<(Measure, Point)>) -> Vec<Found> {
        let found = |(measure, point)| Found {
            measure,
            role: self.role,
            scheme: self.scheme.clone(),
            stage: self.stage.clone(),
            seed: self.seed,
            point,
            seconds: 0.0,
        };
        points.into_iter().map(found).collect()
    }
}
