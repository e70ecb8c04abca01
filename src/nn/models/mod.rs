//! The networks, by name. Every one takes any padding.

mod architecture;
mod small;
mod vgg;

pub use architecture::Architecture;

use crate::error::{Error, Result};

/// Every architecture.
pub const ARCHITECTURES: &[Architecture] = &[
    small::SMALL,
    vgg::VGG11,
    vgg::VGG11_BN,
    vgg::VGG13,
    vgg::VGG13_BN,
    vgg::VGG16,
    vgg::VGG16_BN,
    vgg::VGG19,
    vgg::VGG19_BN,
];

/// The architecture of this name.
///
/// # Errors
/// A usage error that lists the names.
pub fn find(name: &str) -> Result<&'static Architecture> {
    ARCHITECTURES
        .iter()
        .find(|a| a.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = ARCHITECTURES.iter().map(|a| a.name).collect();
            Error::usage(
                "architecture",
                format!("`{name}` is not known"),
                format!("use one of {}", known.join(", ")),
            )
        })
}
