//! One pass through a network: what it reads, what it collects.

use std::collections::BTreeMap;

use super::feature::Feature;
use super::planted::Planted;
use super::state::{State, dotted};
use crate::autodiff::{Tape, Var};
use crate::kernels::Scalar;
use crate::padding::{Drawn, Padding};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Batch statistics normalise and update the running ones; dropout drops.
    Train,
    /// Batch statistics normalise and update the running ones with this momentum; dropout is off.
    Calibrate {
        /// The share of the batch in the running statistics.
        momentum: f64,
    },
    /// Running statistics normalise; dropout is off.
    Eval,
}

/// Where a pass finds what lies around a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// Every border is padded by its layer's own scheme.
    Padded,
    /// Every border comes from true pixels, as many as the network needs: optimal padding.
    True,
    /// As many true pixels as there are; where those end, far outside of the map, each layer's own scheme pads.
    Available,
}

/// Watches the output of every named layer as a pass goes by.
pub type Tap<'a, T> = &'a mut dyn FnMut(&str, &Feature<T>);

/// The state that a pass reads, and what it collects on its way.
pub struct Context<'a, T: Scalar> {
    state: &'a State<T>,
    mode: Mode,
    tape: Option<Tape<T>>,
    tap: Option<Tap<'a, T>>,
    only: Option<&'a dyn Fn(&str) -> bool>,
    planted: Option<&'a Planted<T>>,
    surroundings: bool,
    /// Whether there are pixels around what the current layer reads.
    surrounded: bool,
    available: bool,
    seed: Seed,
    first_sample: u64,
    path: String,
    frozen: bool,
    evaluates: bool,
    leaves: BTreeMap<String, Var<T>>,
    buffers: Vec<(String, Tensor<T>)>,
}

impl<'a, T: Scalar> Context<'a, T> {
    /// A pass over `state` that records nothing.
    pub fn new(state: &'a State<T>, mode: Mode) -> Context<'a, T> {
        Context {
            state,
            mode,
            tape: None,
            tap: None,
            only: None,
            planted: None,
            surroundings: false,
            surrounded: true,
            available: false,
            seed: Seed(0),
            first_sample: 0,
            path: String::new(),
            frozen: false,
            evaluates: false,
            leaves: BTreeMap::new(),
            buffers: Vec::new(),
        }
    }

    /// Records the pass, with the parameters as leaves.
    pub fn tape(mut self, tape: &Tape<T>) -> Context<'a, T> {
        self.tape = Some(tape.clone());
        self
    }

    /// Shows every named layer's output to `tap`.
    pub fn tap(mut self, tap: Tap<'a, T>) -> Context<'a, T> {
        self.tap = Some(tap);
        self
    }

    /// Shows the tap the layers of these names alone, so that others may be computed together.
    pub fn only(mut self, wanted: &'a dyn Fn(&str) -> bool) -> Context<'a, T> {
        self.only = Some(wanted);
        self
    }

    /// Adds a signal to the output of one layer, before the tap sees it.
    pub fn plant(mut self, signal: &'a Planted<T>) -> Context<'a, T> {
        self.planted = Some(signal);
        self
    }

    /// Takes every border from the true surroundings: optimal padding.
    pub fn surroundings(self) -> Context<'a, T> {
        self.borders_from(Surroundings::True)
    }

    /// Takes every border from there.
    pub fn borders_from(mut self, surroundings: Surroundings) -> Context<'a, T> {
        self.surroundings = surroundings != Surroundings::Padded;
        self.available = surroundings == Surroundings::Available;
        self
    }

    /// Draws dropout and random paddings from `seed`.
    pub fn seed(mut self, seed: Seed) -> Context<'a, T> {
        self.seed = seed;
        self
    }

    /// The index of the batch's first sample, so that a sample's random padding does not depend on the
    /// batch in which it comes.
    pub fn first_sample(mut self, index: usize) -> Context<'a, T> {
        self.first_sample = index as u64;
        self
    }

    /// What the pass is for; at a layer that was put in evaluation by itself, [`Mode::Eval`].
    pub fn mode(&self) -> Mode {
        if self.evaluates {
            Mode::Eval
        } else {
            self.mode
        }
    }

    /// Whether borders come from the true surroundings; not behind a layer over the whole image, whose output has none.
    pub fn has_surroundings(&self) -> bool {
        self.surroundings && self.surrounded
    }

    /// Says whether there are pixels around what the next layer reads.
    pub(super) fn surrounded(&mut self, surrounded: bool) {
        self.surrounded = surrounded;
    }

    /// Whether layers pad where the surroundings end, as those are not all that the network needs.
    pub fn pads_far_out(&self) -> bool {
        self.available
    }

    /// The dotted name of the layer that is running.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the output that has this dotted name must be computed by itself.
    pub(super) fn watches(&self, name: &str) -> bool {
        self.shows(name) || self.planted.is_some_and(|signal| signal.layer == name)
    }

    /// Whether the tap wants the layer of this dotted name.
    fn shows(&self, name: &str) -> bool {
        self.tap.is_some() && self.only.is_none_or(|wanted| wanted(name))
    }

    /// Goes on to the layer `path`.
    pub(super) fn enter(&mut self, path: &str, frozen: bool, evaluates: bool) {
        self.path.clear();
        self.path.push_str(path);
        (self.frozen, self.evaluates) = (frozen, evaluates);
    }

    /// Adds to the output of `name` what is planted there, and shows it to the tap.
    pub(super) fn leave(&mut self, name: &str, mut output: Feature<T>) -> Feature<T> {
        if let Some(signal) = self.planted.filter(|s| s.layer == name) {
            output = signal.add_to(output);
        }
        let shown = self.shows(name);
        if let Some(tap) = self.tap.as_mut().filter(|_| shown) {
            tap(name, &output);
        }
        output
    }

    /// The parameter `name` of the current layer.
    ///
    /// # Panics
    /// If the state does not have it: [`Layer::init`](super::Layer::init) did not insert it, or the state is that of
    /// another network.
    #[track_caller]
    pub fn parameter(&mut self, name: &str) -> Var<T> {
        let full = dotted(&self.path, name);
        let Some(value) = self.state.parameters.get(&full) else {
            panic!(
                "the state has no parameter {full}: insert it in Layer::init, under dotted(path, name)"
            )
        };
        match &self.tape {
            Some(tape) if !self.frozen => {
                let leaf = || tape.leaf(value.clone());
                self.leaves.entry(full).or_insert_with(leaf).clone()
            }
            _ => Var::constant(value.clone()),
        }
    }

    /// The buffer `name` of the current layer.
    ///
    /// # Panics
    /// As [`Context::parameter`].
    #[track_caller]
    pub fn buffer(&self, name: &str) -> &'a Tensor<T> {
        let full = dotted(&self.path, name);
        let Some(value) = self.state.buffers.get(&full) else {
            panic!(
                "the state has no buffer {full}: insert it in Layer::init, under dotted(path, name)"
            )
        };
        value
    }

    /// Notes a new value for a buffer of the current layer; see [`Context::finish`].
    pub fn update_buffer(&mut self, name: &str, value: Tensor<T>) {
        self.buffers.push((dotted(&self.path, name), value));
    }

    /// The seed of the current layer's draws.
    pub fn draw(&self) -> Seed {
        self.seed.child(self.path.as_str())
    }

    /// The padding with its draws tied to the current layer and batch.
    pub fn seeded(&self, padding: Padding) -> Drawn {
        padding.drawn(self.draw(), self.first_sample)
    }

    /// What the pass collected: the leaf of every parameter that it used, and the buffers' new values.
    pub fn finish(self) -> Collected<T> {
        Collected {
            leaves: self.leaves,
            buffers: self.buffers,
        }
    }
}

/// What a pass through a network leaves behind.
pub struct Collected<T> {
    /// The leaf of every parameter that was used, by name.
    pub leaves: BTreeMap<String, Var<T>>,
    /// New values of buffers, by name.
    pub buffers: Vec<(String, Tensor<T>)>,
}
