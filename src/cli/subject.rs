//! Flags about a trained network of anybody's.

use std::path::PathBuf;

use clap::Args;

use crate::data::Order;
use crate::error::Result;
use crate::study::networks::one_network;
use crate::study::subject::{About, Subject};

/// Which network, and how it was trained.
#[derive(Args, Clone, Debug)]
pub struct SubjectFlags {
    /// File of the network: padgrad's, safetensors, or of PyTorch (.pth, .pt, .th)
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// Architecture, where the file does not say it: small, vgg11 … vgg19_bn, resnet18 … resnet152, mobilenet_v2,
    /// resnet20 … resnet110
    #[arg(long, value_name = "NAME")]
    pub arch: Option<String>,
    /// Classes [default: as many as the last layer has]
    #[arg(long, value_name = "N")]
    pub classes: Option<usize>,
    /// Side of its images in pixels [default: that of its training, else what the architecture was made for]
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<usize>,
    /// Mean by which its images were normalised, one value or one per channel, in units of --scale
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub mean: Option<Vec<f32>>,
    /// Deviation by which its images were normalised
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub std: Option<Vec<f32>>,
    /// Value of white: 1, or 255 for a network that takes bytes [default: 1]
    #[arg(long, value_name = "VALUE")]
    pub scale: Option<f32>,
    /// Order of its input channels
    #[arg(long, value_enum, value_name = "ORDER", default_value = "RGB")]
    pub input: Input,
}

/// Orders of channels.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "UPPER")]
pub enum Input {
    /// Red, green, blue
    Rgb,
    /// Blue, green, red, as OpenCV reads pictures
    Bgr,
    /// One channel of brightness
    Grey,
}

impl SubjectFlags {
    /// What the flags say.
    pub fn about(&self) -> About {
        About {
            arch: self.arch.clone(),
            classes: self.classes,
            size: self.size,
            padding: None,
            mean: self.mean.clone(),
            std: self.std.clone(),
            scale: self.scale,
            order: match self.input {
                Input::Rgb => Order::Rgb,
                Input::Bgr => Order::Bgr,
                Input::Grey => Order::Grey,
            },
        }
    }

    /// The network.
    ///
    /// # Errors
    /// Those of its file, and of flags that do not fit it.
    pub fn open(&self) -> Result<Subject> {
        Subject::open(one_network(&self.model)?, &self.about())
    }
}
