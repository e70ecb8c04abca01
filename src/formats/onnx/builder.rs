//! The network that is being built, and the arrangements of its values.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::constant::Constant;
use super::entry::{Entrance, Layout};
use super::generic::{Input, Operation, Source};
use super::slot::{Bound, Slot};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::layers::{Pixelwise, WholeImage};
use crate::nn::{Geometry, Kind, Layer, Network, State, Value, dotted};
use crate::tensor::Tensor;

/// What an operator gives, or what is wrong.
pub type Lowered = Result<Vec<Bound>, String>;

/// What an operator on maps gives; `None` where it must work on whole tensors.
pub type OnMap = Result<Option<Vec<Bound>>, String>;

/// A network in the making.
pub struct Builder<T: Scalar> {
    pub network: Network<T>,
    pub state: State<T>,
    names: BTreeSet<String>,
    /// How many layers each node of the graph has become.
    numbers: HashMap<String, usize>,
    /// The name of the graph's node that is being translated.
    current: String,
    /// Of which maps values without rows and columns are another view.
    views: HashMap<Value, Slot>,
    /// Values that are computed from the whole image alone.
    bare: HashSet<Value>,
    /// Which pixel of the whole image the maps repeat that were interpolated from it alone.
    pixels: HashMap<Value, Slot>,
}

impl<T: Scalar> Builder<T> {
    pub fn new() -> Builder<T> {
        Builder {
            network: Network::new(),
            state: State::new(),
            names: BTreeSet::new(),
            numbers: HashMap::new(),
            current: String::new(),
            views: HashMap::new(),
            bare: HashSet::new(),
            pixels: HashMap::new(),
        }
    }

    /// Goes on to the graph's node of this name.
    pub fn enter(&mut self, name: &str) {
        self.current = name.to_string();
    }

    /// Adds a layer under the name of the graph's node, or one like it that is still free.
    pub fn add(&mut self, layer: impl Layer<T>, inputs: &[Value]) -> Value {
        self.add_with(layer, inputs, Vec::new(), Vec::new())
    }

    /// Adds a layer with its parameters and buffers.
    pub fn add_with(
        &mut self,
        layer: impl Layer<T>,
        inputs: &[Value],
        parameters: Vec<(&str, Tensor<T>)>,
        buffers: Vec<(&str, Tensor<T>)>,
    ) -> Value {
        let name = self.free_name();
        let full = |(own, value): (&str, Tensor<T>)| (dotted(&name, own), value);
        self.state
            .parameters
            .extend(parameters.into_iter().map(full));
        self.state.buffers.extend(buffers.into_iter().map(full));
        let whole = matches!(layer.geometry(), Geometry::Whole(_));
        let bare = whole || inputs.iter().all(|value| self.bare.contains(value));
        let value = self.network.add(&name, layer, inputs);
        if bare {
            self.bare.insert(value);
        }
        value
    }

    fn free_name(&mut self) -> String {
        let base = match self.current.is_empty() {
            true => "node",
            false => self.current.as_str(),
        };
        let next = self.numbers.entry(base.to_string()).or_insert(0);
        let name = loop {
            *next += 1;
            let name = match *next {
                1 => base.to_string(),
                i => format!("{base}#{i}"),
            };
            if !self.names.contains(&name) {
                break name;
            }
        };
        self.names.insert(name.clone());
        name
    }

    /// A slot of the same arrangement after a function of each pixel alone.
    pub fn pixelwise(
        &mut self,
        kind: Kind,
        x: &Slot,
        function: impl Fn(&Var<T>) -> Var<T> + Send + Sync + 'static,
    ) -> Slot {
        let layer = Pixelwise::new(kind, x.channels(), move |x: &[Var<T>]| function(&x[0]));
        let value = self.add(layer, &[x.value]);
        Slot { value, ..x.clone() }
    }

    /// The value without rows and columns: its axes as the file has them.
    pub fn flat(&mut self, x: &Slot) -> Slot {
        let Some(map) = x.map else {
            return x.clone();
        };
        let others = x.others();
        let sizes: Vec<usize> = others.iter().map(|&axis| x.shape[axis]).collect();
        let apart: Vec<usize> = [sizes, x.size().to_vec()].concat();
        // The order of the axes now, and where each one of the file's is among them.
        let now: Vec<usize> = others.iter().copied().chain(map).collect();
        let own = (0..x.shape.len()).filter(|&axis| !(x.batched && axis == 0));
        let position = |axis: usize| now.iter().position(|&a| a == axis).unwrap_or(0) + 1;
        let order: Vec<usize> = std::iter::once(0).chain(own.map(position)).collect();
        let elements = apart.iter().product();
        let layer = WholeImage::new(Kind::Other, [elements, 1, 1], move |x: &[Var<T>]| {
            let samples = x[0].shape()[0];
            let apart = ops::reshape(&x[0], &[&[samples], &apart[..]].concat());
            match order.is_sorted() {
                true => apart,
                false => ops::permute(&apart, &order),
            }
        });
        let value = self.add(layer, &[x.value]);
        Slot {
            value,
            map: None,
            ..x.clone()
        }
    }

    /// The value as a map with these rows and columns.
    pub fn map(&mut self, x: &Slot, rows: usize, columns: usize) -> Slot {
        if x.map == Some([rows, columns]) {
            return x.clone();
        }
        let flat = self.flat(x);
        let wanted = Slot {
            map: Some([rows, columns]),
            ..flat.clone()
        };
        let order: Vec<usize> = (wanted.others().into_iter().chain([rows, columns]))
            .filter_map(|axis| wanted.axis(axis))
            .collect();
        let order = [&[0], &order[..]].concat();
        let [h, w] = wanted.size();
        let channels = wanted.channels();
        let layer = WholeImage::new(Kind::Other, [channels, h, w], move |x: &[Var<T>]| {
            let samples = x[0].shape()[0];
            ops::reshape(&ops::permute(&x[0], &order), &[samples, channels, h, w])
        });
        let value = self.add(layer, &[flat.value]);
        Slot { value, ..wanted }
    }

    /// The value as [N, C, rows, columns], as convolutions and pools read it.
    ///
    /// # Errors
    /// Where it has another number of axes.
    pub fn images(&mut self, x: &Slot) -> Result<Slot, String> {
        match (x.shape.as_slice(), x.batched) {
            ([_, _, _, _], true) => Ok(self.map(x, 2, 3)),
            // An axis of one entry in front is as good as that of the images.
            (&[1, c, h, w], false) => {
                let slot = self.pixelwise(Kind::Other, x, move |x| {
                    ops::reshape(x, &[x.shape()[0], c, h, w])
                });
                let slot = Slot {
                    batched: true,
                    ..slot
                };
                Ok(self.map(&slot, 2, 3))
            }
            ([_, _, _, _, _, ..], _) => Err(format!(
                "an input of the shape {:?}: of volumes nothing is known here, only of images [N, C, H, W]",
                x.shape
            )),
            _ => Err(format!(
                "an input of the shape {:?}, not [N, C, H, W]",
                x.shape
            )),
        }
    }

    /// As [`Builder::images`], a sequence [N, C, W] as images of one row.
    ///
    /// # Errors
    /// Where it has another number of axes.
    pub fn images_or_row(&mut self, x: &Slot) -> Result<Slot, String> {
        let &[1, channels, columns] = x.shape.as_slice() else {
            return self.images(x);
        };
        let shape = vec![1, channels, 1, columns];
        // A map of one row whose axis was only squeezed away.
        if let Some(map) = self.map_of(x).filter(|map| map.shape == shape) {
            return self.images(&map);
        }
        let x = self.flat(x);
        let size = [channels, 1, columns];
        let layer = WholeImage::new(Kind::Other, size, move |x: &[Var<T>]| {
            ops::reshape(&x[0], &[&x[0].shape()[..1], &size[..]].concat())
        });
        Ok(Slot {
            value: self.add(layer, &[x.value]),
            shape,
            map: Some([2, 3]),
            batched: true,
        })
    }

    /// Whether a map has one pixel, which comes from the whole image, however large that is.
    pub fn is_one_pixel(&self, x: &Slot) -> bool {
        x.size() == [1, 1] && self.bare.contains(&x.value)
    }

    /// Notes that the map `value` repeats the one pixel `x` where that comes from the whole image alone.
    pub fn repeats(&mut self, value: Value, x: &Slot) {
        if self.is_one_pixel(x) {
            self.pixels.insert(value, x.clone());
        }
    }

    /// The one pixel that a map repeats.
    pub fn pixel_of(&self, x: &Slot) -> Option<Slot> {
        self.pixels.get(&x.value).cloned()
    }

    /// The map of which a value is another view.
    pub fn map_of(&self, x: &Slot) -> Option<Slot> {
        self.views.get(&x.value).cloned()
    }

    /// The elements of one image of a map under another shape, which can be seen as the map again.
    pub fn view(&mut self, x: &Slot, shape: Vec<usize>) -> Slot {
        let flat = self.flat(x);
        let batched = shape.first() == Some(&1);
        let per_image = shape[usize::from(batched)..].to_vec();
        let elements = per_image.iter().product();
        let layer = WholeImage::new(Kind::Other, [elements, 1, 1], move |x: &[Var<T>]| {
            ops::reshape(&x[0], &[&x[0].shape()[..1], &per_image[..]].concat())
        });
        let value = self.add(layer, &[flat.value]);
        self.views.insert(value, x.clone());
        Slot {
            value,
            shape,
            map: None,
            batched,
        }
    }

    /// The value of an operation on whole tensors.
    pub fn whole(&mut self, inputs: &[Bound], operation: Operation<T>) -> Lowered {
        let mut values = Vec::new();
        for input in inputs {
            if let Bound::Live(slot) = input {
                values.push(self.flat(slot).value);
            }
        }
        let mut outputs = Vec::new();
        for output in operation.outputs {
            let per_image = output.shape[usize::from(output.batched)..].iter().product();
            let function = output.function;
            let layer = WholeImage::new(Kind::Other, [per_image, 1, 1], function);
            outputs.push(Bound::Live(Slot {
                value: self.add(layer, &values),
                shape: output.shape,
                map: None,
                batched: output.batched,
            }));
        }
        Ok(outputs)
    }
}

/// The inputs as an operation on whole tensors sees them.
pub fn as_inputs<E: Scalar>(inputs: &[Bound]) -> Vec<Input<E>> {
    let mut live = 0;
    let each = inputs.iter().map(|input| match input {
        Bound::Constant(constant) => Input {
            shape: constant.shape().to_vec(),
            batched: false,
            source: Source::Fixed(whole_constant(constant)),
        },
        Bound::Live(slot) => {
            live += 1;
            Input {
                shape: slot.shape.clone(),
                batched: slot.batched,
                source: Source::Live(live - 1),
            }
        }
    });
    each.collect()
}

/// A constant as the tensors at run time are arranged: behind an axis of one image.
fn whole_constant<E: Scalar>(constant: &Constant) -> Tensor<E> {
    let shape = [&[1], constant.shape()].concat();
    constant.tensor().reshape(&shape)
}

impl<T: Scalar> Builder<T> {
    /// The value of the graph's input.
    pub fn entrance(&mut self, input: &Entrance) -> Slot {
        let map = match input.layout {
            Layout::ChannelsFirst => Some([2, 3]),
            Layout::ChannelsLast => Some([1, 2]),
            Layout::Whole => None,
        };
        let mut slot = Slot {
            value: self.network.input(),
            shape: input.axes.clone(),
            map,
            batched: map.is_some(),
        };
        if map.is_none() {
            let axes = input.axes.clone();
            self.enter(&input.name);
            slot = self.pixelwise(Kind::Other, &slot, move |x| {
                ops::reshape(x, &[&x.shape()[..1], &axes[..]].concat())
            });
        }
        slot
    }
}
