//! The choice of an optimiser, as a configuration file makes it.

use serde::{Deserialize, Serialize};

use super::rule::{ByRule, Rule};
use super::{AdadeltaConfig, AdamConfig, AdamWConfig, Optimizer, SgdConfig};
use crate::error::{Error, Result};
use crate::kernels::Scalar;

/// An optimiser and its settings, written as `name = "sgd"` and the settings next to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum OptimizerConfig {
    /// Stochastic gradient descent.
    Sgd(SgdConfig),
    /// Adam.
    Adam(AdamConfig),
    /// AdamW.
    AdamW(AdamWConfig),
    /// Adadelta.
    Adadelta(AdadeltaConfig),
}

impl OptimizerConfig {
    /// Whether a step depends on the steps before it, which [`Optimizer::state`] holds.
    pub fn remembers(&self) -> bool {
        !matches!(self, OptimizerConfig::Sgd(sgd) if sgd.momentum == 0.0)
    }

    /// Every optimiser with PyTorch's default settings.
    pub fn all() -> [OptimizerConfig; 4] {
        [
            OptimizerConfig::Sgd(SgdConfig::default()),
            OptimizerConfig::Adam(AdamConfig::default()),
            OptimizerConfig::AdamW(AdamWConfig::default()),
            OptimizerConfig::Adadelta(AdadeltaConfig::default()),
        ]
    }

    /// The optimiser of that name with PyTorch's default settings.
    ///
    /// # Errors
    /// A usage error that lists the names where it is none of them.
    pub fn parse(name: &str) -> Result<OptimizerConfig> {
        let all = OptimizerConfig::all();
        let found = all.iter().find(|config| config.name() == name);
        let unknown = || Error::unknown("optimiser", name, all.map(|config| config.name()));
        found.copied().ok_or_else(unknown)
    }

    /// The name of the optimiser.
    pub fn name(&self) -> &'static str {
        match self {
            OptimizerConfig::Sgd(_) => SgdConfig::NAME,
            OptimizerConfig::Adam(_) => AdamConfig::NAME,
            OptimizerConfig::AdamW(_) => AdamWConfig::NAME,
            OptimizerConfig::Adadelta(_) => AdadeltaConfig::NAME,
        }
    }

    /// The same optimiser with another weight decay.
    pub fn weight_decay(self, weight_decay: f64) -> OptimizerConfig {
        let mut config = self;
        *match &mut config {
            OptimizerConfig::Sgd(config) => &mut config.weight_decay,
            OptimizerConfig::Adam(config) => &mut config.weight_decay,
            OptimizerConfig::AdamW(config) => &mut config.weight_decay,
            OptimizerConfig::Adadelta(config) => &mut config.weight_decay,
        } = weight_decay;
        config
    }

    /// Checks what a configuration can get wrong.
    ///
    /// # Errors
    /// A usage error that names the setting whose value cannot be used.
    pub fn validate(&self) -> Result<()> {
        // Shares of the past lie below 1; everything else may be any number from 0 on.
        let settings: &[(&str, f64, f64)] = match self {
            OptimizerConfig::Sgd(c) => &[
                ("momentum", c.momentum, 1.0),
                ("weight decay", c.weight_decay, f64::INFINITY),
            ],
            OptimizerConfig::Adam(AdamConfig {
                beta1,
                beta2,
                eps,
                weight_decay,
            })
            | OptimizerConfig::AdamW(AdamWConfig {
                beta1,
                beta2,
                eps,
                weight_decay,
            }) => &[
                ("beta1", *beta1, 1.0),
                ("beta2", *beta2, 1.0),
                ("eps", *eps, f64::INFINITY),
                ("weight decay", *weight_decay, f64::INFINITY),
            ],
            OptimizerConfig::Adadelta(c) => &[
                ("rho", c.rho, 1.0),
                ("eps", c.eps, f64::INFINITY),
                ("weight decay", c.weight_decay, f64::INFINITY),
            ],
        };
        for &(what, value, below) in settings {
            if !(0.0..below).contains(&value) {
                let remedy = match below {
                    1.0 => "use a number from 0 to below 1",
                    _ => "use a finite number from 0 on",
                };
                return Err(Error::usage(
                    format!("{} of {}", what, self.name()),
                    format!("{value} cannot be used"),
                    remedy,
                ));
            }
        }
        Ok(())
    }

    /// An optimiser with these settings that has taken no step.
    pub fn build<T: Scalar>(&self) -> Box<dyn Optimizer<T>> {
        match *self {
            OptimizerConfig::Sgd(config) => Box::new(ByRule::new(config)),
            OptimizerConfig::Adam(config) => Box::new(ByRule::new(config)),
            OptimizerConfig::AdamW(config) => Box::new(ByRule::new(config)),
            OptimizerConfig::Adadelta(config) => Box::new(ByRule::new(config)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_are_answered_with_the_list() {
        for config in OptimizerConfig::all() {
            assert_eq!(OptimizerConfig::parse(config.name()).ok(), Some(config));
        }
        let message = OptimizerConfig::parse("lion").map_err(|e| e.to_string());
        assert!(matches!(message, Err(m) if m.contains("sgd, adam, adamw, adadelta")));
    }

    #[test]
    fn impossible_numbers_are_refused_by_name() {
        for config in OptimizerConfig::all() {
            assert!(config.validate().is_ok(), "{}", config.name());
            for decay in [-1.0, f64::NAN, f64::INFINITY] {
                let message = config
                    .weight_decay(decay)
                    .validate()
                    .map_err(|e| e.to_string());
                assert!(matches!(message, Err(m) if m.contains("weight decay")));
            }
        }
        let still = OptimizerConfig::Sgd(SgdConfig {
            momentum: 1.0,
            ..SgdConfig::default()
        });
        let message = still.validate().map_err(|e| e.to_string());
        assert!(matches!(message, Err(m) if m.contains("momentum of sgd: 1 cannot")));
    }

    #[test]
    fn files_may_leave_settings_out_but_not_misspell_them() {
        let read = |text: &str| serde_json::from_str::<OptimizerConfig>(text);
        let sgd = SgdConfig {
            momentum: 0.9,
            ..SgdConfig::default()
        };
        let found = read(r#"{"name": "sgd", "momentum": 0.9}"#);
        assert_eq!(found.ok(), Some(OptimizerConfig::Sgd(sgd)));
        let message = read(r#"{"name": "sgd", "momentun": 0.9}"#).map_err(|e| e.to_string());
        assert!(matches!(message, Err(m) if m.contains("momentun")));
        for config in OptimizerConfig::all().map(|c| c.weight_decay(0.25)) {
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(read(&text).ok(), Some(config), "{text}");
        }
    }
}
