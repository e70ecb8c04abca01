//! What the run found, as a picture.

use super::context::{Context, with_shape};
use super::example;
use super::patterns::Patterns;
use crate::report::page::elements::{figure, paragraph};
use crate::report::page::viewer::{Panel, Row, Variant, Viewer};
use crate::report::plot::colours::Shade;
use crate::report::table::Cell;
use crate::study::claims::FEATURE_UNITS;
use crate::study::pattern::{largest, strength};
use crate::study::summary::{FINAL, INIT};

const WHAT_PPP_IS: &str = "At the edge of an image a convolution needs pixels that do not exist, and \
    padding makes them up. Part of the trace that this leaves inside the network is the same for every \
    image and depends only on where one looks. That part is the Position-information Pattern from Padding \
    (PPP). It is measured here as the features with padding minus the features with the true surroundings \
    of the image, averaged over many images.";

/// The maps of the last layer before and after training.
pub fn picture(context: &Context) -> String {
    let mut body = example::strip(context);
    if let (Some(layer), Some(patterns)) = (context.layer, Patterns::read(context)) {
        let maps = viewer(context, layer, &patterns);
        if maps.variants.iter().any(|v| !v.rows.is_empty()) {
            let caption = format!(
                "Each square is the feature map of {}: light where padding adds much, black where it adds nothing. \
                 All share one colour scale, which goes with the square root of the strength (the root mean square \
                 over channels). Beside each name stands its RMS-PPP, or what it is below \
                 where chance could give as much.",
                with_shape(context, layer)
            );
            body += &figure(&maps.html("first-look"), &caption);
        }
    }
    body += &paragraph(WHAT_PPP_IS);
    format!("<div class=\"lead\">\n{body}</div>\n")
}

fn viewer(context: &Context, layer: &str, patterns: &Patterns) -> Viewer {
    let mut rows = Vec::new();
    let mut max: f64 = 0.0;
    for (stage, title) in [(INIT, "before training"), (FINAL, "after training")] {
        let mut panels = Vec::new();
        for scheme in context.summary.schemes() {
            let Some(pattern) = patterns.get(scheme, layer, stage) else {
                continue;
            };
            let map = strength(pattern);
            max = max.max(largest(map.data()));
            let value = Cell::strength(&context.summary, (scheme, stage, layer, FEATURE_UNITS));
            let note = value.map_or_else(String::new, |cell| cell.main);
            panels.push(Panel::still(scheme, note, &map));
        }
        if !panels.is_empty() {
            rows.push(Row {
                title: title.into(),
                panels,
            });
        }
    }
    let only = Variant {
        name: layer.to_string(),
        scale: Shade::Strength { max },
        rows,
    };
    Viewer::still("before-and-after", "feature units", only)
}
