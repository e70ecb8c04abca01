use crate::error::Error;
use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::{Padding, Values};

pub const SCHEME: Scheme = Scheme {
    name: "constant",
    argument: Some("v"),
    picture: "vvv|ABCDEF|vvv",
    values: "the value v, in max-pool too",
    gradient: "none through the border",
    source: "PyTorch F.pad mode='constant'",
    samples: &[Some("0.5"), Some("-1")],
    rule: |argument| {
        let text = argument.unwrap_or_default();
        match text.parse::<f64>() {
            Ok(value) if (value as f32).is_finite() => Ok(Rule::Constant(value)),
            _ => Err(Error::usage(
                "padding scheme constant",
                format!("`{text}` is not a number that 32 bits can hold"),
                "write the value after a colon, for example constant:0.5",
            )),
        }
    },
    ..Scheme::BASE
};

impl Padding {
    /// The value `v` all around; beyond the range of f32 it is infinite there.
    pub fn constant(v: f64, extent: impl Into<Extent>) -> Padding {
        Padding {
            values: [Values {
                scheme: &SCHEME,
                argument: Some(v),
                rule: Rule::Constant(v),
            }; 2],
            ..Padding::zeros(extent)
        }
    }
}
