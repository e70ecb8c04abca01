//! What the run found, as a picture.

use super::maps::{Patterns, largest, with_shape};
use super::{Context, figure, paragraph};
use crate::error::Result;
use crate::report::heatmap::strength;
use crate::report::number::short;
use crate::report::quantised::Quantised;
use crate::report::viewer::{Panel, Row, Shade, Variant, Viewer};
use crate::study::summary::{FINAL, INIT};

const WHAT_PPP_IS: &str = "At the edge of an image a convolution needs pixels that do not exist, and \
    padding makes them up. Part of the trace that this leaves inside the network is the same for every \
    image and depends only on where one looks. That part is the Position-information Pattern from Padding \
    (PPP). It is measured here as the features with padding minus the features with the true surroundings \
    of the image, averaged over many images.";

/// The maps of the last layer before and after training.
pub fn picture(context: &Context) -> Result<String> {
    let mut body = String::new();
    if let (Some(layer), Some(patterns)) = (context.layer, Patterns::read(context)) {
        let maps = viewer(context, layer, &patterns);
        if maps.variants.iter().any(|v| !v.rows.is_empty()) {
            let caption = format!(
                "Each square is the feature map of {}, seen from above: light where padding adds \
                 much, black where it adds nothing. Colours are one scale for all, by the square \
                 root of the strength, the root mean square over channels. The number beside each name \
                 is its MAE-PPP.",
                with_shape(context, layer)
            );
            body += &figure(&maps.html("first-look")?, &caption);
        }
    }
    body += &paragraph(WHAT_PPP_IS);
    Ok(format!("<div class=\"lead\">\n{body}</div>\n"))
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
            let value = context.summary.estimate(scheme, stage, layer, "mae_ppp");
            panels.push(Panel {
                name: scheme.to_string(),
                note: value.map_or_else(String::new, |v| short(v.value)),
                frames: vec![Some(Quantised::of_map(&map))],
            });
        }
        if !panels.is_empty() {
            rows.push(Row {
                title: title.into(),
                panels,
            });
        }
    }
    Viewer {
        name: "before-and-after".into(),
        slider: String::new(),
        frames: vec![String::new()],
        steps: Vec::new(),
        choice: String::new(),
        variants: vec![Variant {
            name: layer.to_string(),
            scale: Shade::sequential(max),
            rows,
        }],
        chosen: 0,
        unit: "feature units".into(),
        start: 0,
        play: 0,
    }
}
