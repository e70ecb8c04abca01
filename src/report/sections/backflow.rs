//! What flows back: the gradient that each pixel of an image gets, under every scheme.

use crate::report::page::elements::{figure, paragraph, section};
use crate::report::page::viewer::{Panel, Row, Variant, Viewer};
use crate::report::plot::colours::Shade;
use crate::study::gradient_flow::{KERNEL, PAD, SIDE, input_gradients};
use crate::study::pattern::largest;

/// Heatmaps of the input gradient.
pub fn what_flows_back() -> String {
    let gradients = input_gradients();
    let panels = gradients
        .iter()
        .map(|(padding, map)| Panel::still(padding.to_string(), String::new(), map));
    let rows = vec![Row {
        title: String::new(),
        panels: panels.collect(),
    }];
    let scale = Shade::Even {
        max: largest(gradients.iter().flat_map(|(_, map)| map.data())),
    };
    let viewer = Viewer::still(
        "gradients",
        "% more or less than an inner pixel",
        Variant {
            name: "input gradient".into(),
            scale,
            rows,
        },
    );
    let explained = paragraph(
        "Training sends gradients back through the same paths. A pixel at the border lies in fewer windows than one \
         in the middle, so under zeros it receives less. Where padding copies a pixel, that pixel also receives the \
         gradient of its copies: with circular and symmetric padding this evens out exactly; with reflect and \
         replicate some pixels receive more than others.",
    );
    let caption = format!(
        "Gradient of the sum of all outputs of a {KERNEL}×{KERNEL} convolution with weights 1, padded by \
         {PAD}, for each pixel of a {SIDE}×{SIDE} image, compared with that of an inner pixel; computed with \
         padgrad's automatic differentiation. Blue: less; red: more; pale: the same. Without padding \
         (valid), a corner pixel is read by one window only."
    );
    let body = explained + &figure(&viewer.html("backflow"), &caption);
    section("backflow-heading", "What flows back", &body)
}
