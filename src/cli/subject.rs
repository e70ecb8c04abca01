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
    /// File of the network: ONNX, PyTorch (.pth, .pt, .th), safetensors, or padgrad's own
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// Architecture, where the file does not say it (ONNX and padgrad's own do): small, vgg11 … vgg19_bn, resnet18 … resnet152, mobilenet_v2,
    /// resnet20 … resnet110, efficientnet_lite0
    #[arg(long, value_name = "NAME")]
    pub arch: Option<String>,
    /// Classes [default: as many as the last layer has]
    #[arg(long, value_name = "N")]
    pub classes: Option<usize>,
    /// Pixels of its images, 224 or 224x320 (rows x columns) [default: what its file fixes, else what its architecture
    /// was made for]
    #[arg(long, value_name = "PIXELS", value_parser = size)]
    pub size: Option<[usize; 2]>,
    /// Node or value of an ONNX file at which the network ends [default: its outputs, or as far as it is understood]
    #[arg(long, value_name = "NODE")]
    pub until: Option<String>,
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

/// Rows and columns.
fn size(text: &str) -> std::result::Result<[usize; 2], String> {
    let [rows, columns] = match text.split_once(['x', '×']) {
        Some((rows, columns)) => [rows, columns],
        None => [text; 2],
    };
    match (rows.trim().parse(), columns.trim().parse()) {
        (Ok(rows @ 1..), Ok(columns @ 1..)) => Ok([rows, columns]),
        _ => Err("give pixels, such as 224, or rows x columns, such as 224x320".into()),
    }
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
            until: self.until.clone(),
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
