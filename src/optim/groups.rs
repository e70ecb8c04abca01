//! Parameter groups: a rate and a weight decay for some of the parameters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Optimizer, OptimizerConfig};
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Settings for the parameters of some names; those of a frozen layer have no gradient, so a group leaves them as they are.
///
/// ```
/// use padgrad::optim::ParamGroup;
/// let stem = ParamGroup::new("stem").rate(0.1);
/// assert!(stem.matches("stem.0.weight") && !stem.matches("stem2.weight"));
/// assert!(ParamGroup::new("*.bias").weight_decay(0.0).matches("stem.0.bias"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamGroup {
    /// A parameter or a layer, which stands for all inside it; `*` stands for any text.
    pub names: String,
    /// What the learning rate is multiplied by.
    #[serde(default = "one")]
    pub rate: f64,
    /// Used in place of the optimiser's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
}

fn one() -> f64 {
    1.0
}

impl ParamGroup {
    /// The parameters of these names, with no setting of their own yet.
    pub fn new(names: impl Into<String>) -> ParamGroup {
        ParamGroup {
            names: names.into(),
            rate: one(),
            weight_decay: None,
        }
    }

    /// The same group at `factor` times the learning rate.
    pub fn rate(self, factor: f64) -> ParamGroup {
        ParamGroup {
            rate: factor,
            ..self
        }
    }

    /// The same group with a weight decay of its own.
    pub fn weight_decay(self, weight_decay: f64) -> ParamGroup {
        ParamGroup {
            weight_decay: Some(weight_decay),
            ..self
        }
    }

    /// Whether the parameter belongs to the group.
    pub fn matches(&self, parameter: &str) -> bool {
        matches(&self.names, parameter)
    }

    /// Checks the settings, and that every group has one of `parameters`.
    ///
    /// # Errors
    /// A usage error that names the group.
    pub fn check<'n>(
        groups: &[ParamGroup],
        parameters: impl Iterator<Item = &'n String> + Clone,
    ) -> Result<()> {
        for group in groups {
            let what = || format!("parameter group `{}`", group.names);
            let settings = [
                ("rate", Some(group.rate)),
                ("weight decay", group.weight_decay),
            ];
            for (name, value) in settings {
                if value.is_some_and(|v| !(0.0..f64::INFINITY).contains(&v)) {
                    let problem = format!("a {name} of {} cannot be used", value.unwrap_or(0.0));
                    return Err(Error::usage(
                        what(),
                        problem,
                        "use a finite number from 0 on",
                    ));
                }
            }
            if !parameters.clone().any(|name| group.matches(name)) {
                let some: Vec<&str> = parameters.clone().take(5).map(String::as_str).collect();
                let problem = "no parameter has such a name".to_string();
                let remedy = format!("use names like {}, or * for any text", some.join(", "));
                return Err(Error::usage(what(), problem, remedy));
            }
        }
        Ok(())
    }
}

fn matches(names: &str, parameter: &str) -> bool {
    let Some((before, after)) = names.split_once('*') else {
        let rest = parameter.strip_prefix(names);
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    };
    let Some(rest) = parameter.strip_prefix(before) else {
        return false;
    };
    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.any(|at| matches(after, &rest[at..]))
}

impl OptimizerConfig {
    /// An optimiser with settings of its own for every group; the first group that matches counts.
    pub fn build_with<T: Scalar>(&self, groups: &[ParamGroup]) -> Box<dyn Optimizer<T>> {
        match groups {
            [] => self.build(),
            groups => Box::new(Grouped::new(self, groups)),
        }
    }
}

/// One optimiser per group, and one for all other parameters; the first group that matches counts.
struct Grouped<T> {
    groups: Vec<ParamGroup>,
    /// In the order of the groups; the last is for all other parameters.
    optimizers: Vec<Box<dyn Optimizer<T>>>,
}

impl<T: Scalar> Grouped<T> {
    fn new(config: &OptimizerConfig, groups: &[ParamGroup]) -> Grouped<T> {
        let of_group = |group: &ParamGroup| match group.weight_decay {
            Some(weight_decay) => config.weight_decay(weight_decay).build(),
            None => config.build(),
        };
        let rest = std::iter::once_with(|| config.build());
        Grouped {
            groups: groups.to_vec(),
            optimizers: groups.iter().map(of_group).chain(rest).collect(),
        }
    }

    fn group_of(&self, parameter: &str) -> usize {
        let found = self.groups.iter().position(|g| g.matches(parameter));
        found.unwrap_or(self.groups.len())
    }
}

impl<T: Scalar> Optimizer<T> for Grouped<T> {
    fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    ) {
        let mut parts = vec![BTreeMap::new(); self.optimizers.len()];
        for (name, gradient) in grads {
            parts[self.group_of(name)].insert(name.clone(), gradient.clone());
        }
        let rates = self.groups.iter().map(|g| g.rate).chain([1.0]);
        for ((optimizer, part), rate) in self.optimizers.iter_mut().zip(&parts).zip(rates) {
            optimizer.step(lr * rate, params, part);
        }
    }

    fn state(&self) -> Vec<(String, Tensor<T>)> {
        let mut state: Vec<_> = self.optimizers.iter().flat_map(|o| o.state()).collect();
        state.sort_by(|a, b| a.0.cmp(&b.0));
        state
    }

    fn load_state(&mut self, state: Vec<(String, Tensor<T>)>) -> Result<()> {
        let mut parts: Vec<Vec<_>> = self.optimizers.iter().map(|_| Vec::new()).collect();
        for (key, tensor) in state {
            let parameter = key.rsplit_once('.').map_or(key.as_str(), |(name, _)| name);
            parts[self.group_of(parameter)].push((key, tensor));
        }
        let mut each = self.optimizers.iter_mut().zip(parts);
        each.try_for_each(|(optimizer, part)| optimizer.load_state(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::AdamConfig;

    #[test]
    fn stars_stand_for_any_text_and_layers_for_all_inside() {
        for (names, parameter, wanted) in [
            ("features.1", "features.1.weight", true),
            ("features.1", "features.10.weight", false),
            ("features.1.weight", "features.1.weight", true),
            ("*", "a.b", true),
            ("*.norm", "layer1.0.norm.bias", true),
            ("*.norm", "layer1.0.norms.bias", false),
            ("layer*.conv*.weight", "layer1.0.conv2.weight", true),
            ("layer*.conv*.weight", "layer1.0.conv2.bias", false),
            ("*a", "banana", true),
            ("", "a", false),
        ] {
            assert_eq!(
                ParamGroup::new(names).matches(parameter),
                wanted,
                "{names} {parameter}"
            );
        }
    }

    type Named = BTreeMap<String, Tensor<f64>>;

    fn named(values: [f64; 2]) -> Named {
        let tensor = |v| Tensor::from_vec(vec![v], &[1]);
        let [a, b] = values.map(tensor);
        BTreeMap::from([("a.weight".to_string(), a), ("b.weight".to_string(), b)])
    }

    #[test]
    fn every_group_steps_as_an_optimiser_of_its_own_would() {
        let adam = OptimizerConfig::Adam(AdamConfig::default());
        let groups = [ParamGroup::new("b").rate(0.5).weight_decay(0.25)];
        let mut grouped = adam.build_with::<f64>(&groups);
        let [mut own, mut alone] = [adam, adam.weight_decay(0.25)].map(|c| c.build::<f64>());
        let (mut found, mut a, mut b) = (named([1.0, 2.0]), named([1.0, 2.0]), named([1.0, 2.0]));
        for step in 0..4 {
            let grads = named([0.3, -0.7 * f64::from(step)]);
            grouped.step(0.1, &mut found, &grads);
            own.step(0.1, &mut a, &grads);
            alone.step(0.05, &mut b, &grads);
        }
        assert_eq!(found["a.weight"], a["a.weight"]);
        assert_eq!(found["b.weight"], b["b.weight"]);
        // A state that is saved and loaded goes on in the same way.
        let mut again = adam.build_with::<f64>(&groups);
        again.load_state(grouped.state()).expect("its own state");
        assert_eq!(again.state(), grouped.state());
    }

    #[test]
    fn a_group_that_cannot_be_is_refused_by_name() {
        let params = named([1.0, 2.0]);
        let refused = |group| ParamGroup::check(&[group], params.keys()).map_err(|e| e.to_string());
        assert_eq!(refused(ParamGroup::new("a")), Ok(()));
        let message = refused(ParamGroup::new("stem")).expect_err("no such parameter");
        assert!(
            message.contains("`stem`") && message.contains("a.weight, b.weight"),
            "{message}"
        );
        let message = refused(ParamGroup::new("a").rate(f64::NAN)).expect_err("no rate");
        assert!(message.contains("a rate of NaN"), "{message}");
    }
}
