//! Guides: how to extend padgrad, run it at scale, and what came out of it.

#[doc = include_str!("scheme.md")]
pub mod adding_a_scheme {}

#[doc = include_str!("op.md")]
pub mod adding_an_op {}

#[doc = include_str!("model.md")]
pub mod adding_a_model {}

#[doc = include_str!("networks.md")]
pub mod networks_of_others {}

#[doc = include_str!("scale.md")]
pub mod studies_at_scale {}

#[doc = include_str!("lesson.md")]
pub mod lesson {}

#[doc = include_str!("calibration.md")]
pub mod calibration {}

#[doc = include_str!("schema.md")]
pub mod schema {}

#[doc = include_str!("science.md")]
pub mod science {}
