//! Few channels or output channels in a group, short sums and 1×1 kernels: vectors run along the pixels. Begin with
//! `forward`; `Plane`, among what algorithms share, says where everything lies.
//!
//! A map lies at its padded width, output pixels at the corner of their window, so that a tap is one
//! offset for all pixels; what is computed between the windows is thrown away, and output gradients
//! have zeros there. A stride splits the padded map into *phases*, the pixels that lie a stride apart:
//! in a phase, neighbouring windows are neighbours again.

mod forward;
mod grad_input;
mod grad_weight;
