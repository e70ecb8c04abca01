//! The values of a network, by name.

use std::collections::BTreeMap;
use std::fmt;

use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Parameters, which are trained, and buffers, which are not, under dotted names.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T: Scalar> {
    /// Weights and biases.
    pub parameters: BTreeMap<String, Tensor<T>>,
    /// Running statistics.
    pub buffers: BTreeMap<String, Tensor<T>>,
}

impl<T: Scalar> State<T> {
    /// No values yet.
    pub fn new() -> State<T> {
        State {
            parameters: BTreeMap::new(),
            buffers: BTreeMap::new(),
        }
    }

    /// The number of trained elements.
    pub fn parameter_count(&self) -> usize {
        self.parameters.values().map(Tensor::len).sum()
    }

    /// Takes every tensor whose name and shape fit, and reports the rest.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use padgrad::{nn::State, tensor::Tensor};
    /// let mut state = State::<f32>::new();
    /// state.parameters.insert("head.weight".into(), Tensor::zeros(&[4, 2]));
    /// let other = BTreeMap::from([("head.weight".to_string(), Tensor::ones(&[10, 2]))]);
    /// let report = state.fill(&other);
    /// assert_eq!(report.misshaped[0].found, [10, 2]);
    /// assert!(!report.is_complete());
    /// ```
    pub fn fill(&mut self, tensors: &BTreeMap<String, Tensor<T>>) -> FillReport {
        let report = self.compare(tensors);
        for name in &report.filled {
            let own = [&mut self.parameters, &mut self.buffers];
            if let Some(own) = own.into_iter().find_map(|map| map.get_mut(name)) {
                own.clone_from(&tensors[name]);
            }
        }
        report
    }

    /// Takes all tensors, or, where a name or a shape differs, none.
    ///
    /// # Errors
    /// The report as text.
    pub fn fill_strict(
        &mut self,
        tensors: &BTreeMap<String, Tensor<T>>,
    ) -> std::result::Result<(), String> {
        let report = self.compare(tensors);
        if !report.is_complete() {
            return Err(report.to_string());
        }
        self.fill(tensors);
        Ok(())
    }

    fn compare(&self, tensors: &BTreeMap<String, Tensor<T>>) -> FillReport {
        let mut report = FillReport::default();
        for (name, own) in self.parameters.iter().chain(&self.buffers) {
            let name = name.clone();
            match tensors.get(&name) {
                None => report.missing.push(name),
                Some(tensor) if tensor.shape() == own.shape() => report.filled.push(name),
                Some(tensor) => report.misshaped.push(Misshaped {
                    name,
                    found: tensor.shape().to_vec(),
                    wanted: own.shape().to_vec(),
                }),
            }
        }
        let known = |n: &&String| self.parameters.contains_key(*n) || self.buffers.contains_key(*n);
        let unexpected = tensors.keys().filter(|name| !known(name));
        report.unexpected = unexpected.cloned().collect();
        report
    }
}

/// Which tensors fitted a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FillReport {
    /// Names whose tensors were taken.
    pub filled: Vec<String>,
    /// Names of the network that were not given in any shape.
    pub missing: Vec<String>,
    /// Names that were given and are none of the network's.
    pub unexpected: Vec<String>,
    /// Names that were given in another shape.
    pub misshaped: Vec<Misshaped>,
}

/// A tensor of another shape than the network's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshaped {
    /// Its name.
    pub name: String,
    /// The shape that was given.
    pub found: Vec<usize>,
    /// The shape that the network has.
    pub wanted: Vec<usize>,
}

impl FillReport {
    /// What to do about a file that does not fit.
    pub const REMEDY: &str =
        "check that network, classes and file belong together, or fill only what fits";

    /// Whether every tensor fitted and none was missing.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty()
    }
}

impl fmt::Display for FillReport {
    /// One line with the first names of every list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let misshaped = self.misshaped.iter().map(|m| {
            let Misshaped {
                name,
                found,
                wanted,
            } = m;
            format!("{name} with the shape {found:?} where the network has {wanted:?}")
        });
        let misshaped: Vec<String> = misshaped.collect();
        let lists = [
            ("missing", &self.missing),
            ("unexpected", &self.unexpected),
            ("misshaped", &misshaped),
        ];
        let parts = lists.map(|(what, names)| {
            let more = match names.len() {
                0 => return String::new(),
                1..=3 => String::new(),
                n => format!(" and {} more", n - 3),
            };
            format!("{what}: {}{more}", names[..names.len().min(3)].join(", "))
        });
        let parts: Vec<&str> = parts
            .iter()
            .map(String::as_str)
            .filter(|t| !t.is_empty())
            .collect();
        match parts.is_empty() {
            true => write!(f, "every tensor fits"),
            false => f.write_str(&parts.join("; ")),
        }
    }
}

impl<T: Scalar> Default for State<T> {
    fn default() -> State<T> {
        State::new()
    }
}

/// `path.name`; `name` alone at the root, and `path` alone for what has no name of its own.
pub fn dotted(path: &str, name: &str) -> String {
    match (path, name) {
        ("", name) => name.to_string(),
        (path, "") => path.to_string(),
        _ => format!("{path}.{name}"),
    }
}
