//! The works of `works.csv` as the peers can run them.

use std::collections::HashMap;
use std::error::Error;
use std::str::FromStr;

pub type Failure = Box<dyn Error>;

/// Something to run again and again.
pub type Run = Box<dyn FnMut() -> Result<(), Failure>>;

pub const CLASSES: usize = 10;
pub const IMAGE: [usize; 3] = [3, 32, 32];
pub const LEARNING_RATE: f64 = 1e-3;
pub const MOMENTUM: f64 = 0.9;
pub const WEIGHT_DECAY: f64 = 5e-4;

pub enum Work {
    Conv(Conv),
    Network(Network),
}

/// A convolution over zeros.
pub struct Conv {
    pub batch: usize,
    pub channels: usize,
    pub out_channels: usize,
    pub size: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
    pub groups: usize,
    pub backward: bool,
    pub input_gradient: bool,
}

/// A training step or, if not `train`, the logits of a batch.
pub struct Network {
    pub layers: &'static [Layer],
    pub conv_bias: bool,
    pub batch: usize,
    pub train: bool,
}

/// A 3×3 convolution with this number of output channels, batch norm and ReLU, or a 2×2 max pool.
pub enum Layer {
    Conv(usize),
    Pool,
}

const SMALL: &[Layer] = &[
    Layer::Conv(32),
    Layer::Conv(32),
    Layer::Pool,
    Layer::Conv(64),
    Layer::Conv(64),
    Layer::Pool,
    Layer::Conv(128),
];

const VGG11_BN: &[Layer] = &[
    Layer::Conv(64),
    Layer::Pool,
    Layer::Conv(128),
    Layer::Pool,
    Layer::Conv(256),
    Layer::Conv(256),
    Layer::Pool,
    Layer::Conv(512),
    Layer::Conv(512),
    Layer::Pool,
    Layer::Conv(512),
    Layer::Conv(512),
    Layer::Pool,
];

impl FromStr for Work {
    type Err = Failure;

    /// Reads `kind<TAB>key=value key=value …`.
    fn from_str(line: &str) -> Result<Work, Failure> {
        let (kind, sizes) = line.split_once('\t').ok_or("not kind<TAB>sizes")?;
        let sizes = Sizes(sizes.split(' ').filter_map(|s| s.split_once('=')).collect());
        match kind {
            "conv" => Ok(Work::Conv(sizes.conv()?)),
            "network" => Ok(Work::Network(sizes.network()?)),
            _ => Err(format!("no such kind of work: {kind}").into()),
        }
    }
}

struct Sizes<'a>(HashMap<&'a str, &'a str>);

impl Sizes<'_> {
    fn conv(&self) -> Result<Conv, Failure> {
        if let Some(scheme) = self.0.get("scheme") {
            return Err(format!("its convolution pads with zeros, not {scheme}").into());
        }
        let (kernel, dilation) = (self.number("kernel")?, self.number_or_one("dilation")?);
        let (backward, input_gradient) = match self.text("pass")? {
            "f" => (false, false),
            "fw" => (true, false),
            "fb" => (true, true),
            pass => return Err(format!("no such pass: {pass}").into()),
        };
        Ok(Conv {
            batch: self.number("batch")?,
            channels: self.number("channels")?,
            out_channels: self.number("out_channels")?,
            size: self.number("size")?,
            kernel,
            stride: self.number_or_one("stride")?,
            padding: dilation * (kernel / 2),
            dilation,
            groups: self.number_or_one("groups")?,
            backward,
            input_gradient,
        })
    }

    fn network(&self) -> Result<Network, Failure> {
        if self.0.contains_key("threads") {
            return Err("its threads are set for the whole process".into());
        }
        let (layers, conv_bias) = match self.text("arch")? {
            "small" => (SMALL, false),
            "vgg11_bn" => (VGG11_BN, true),
            arch => return Err(format!("no such architecture here: {arch}").into()),
        };
        let train = match self.text("pass")? {
            "train" => true,
            "infer" => false,
            pass => return Err(format!("no such pass: {pass}").into()),
        };
        Ok(Network {
            layers,
            conv_bias,
            batch: self.number("batch")?,
            train,
        })
    }

    fn text(&self, key: &str) -> Result<&str, Failure> {
        let text = self.0.get(key).copied();
        text.ok_or_else(|| format!("the work lacks {key}").into())
    }

    fn number(&self, key: &str) -> Result<usize, Failure> {
        let text = self.text(key)?;
        let number = text.parse();
        number.map_err(|_| format!("{key}={text} is not a number").into())
    }

    fn number_or_one(&self, key: &str) -> Result<usize, Failure> {
        match self.0.get(key) {
            None => Ok(1),
            Some(_) => self.number(key),
        }
    }
}
