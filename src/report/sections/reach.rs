//! How deep the pattern reaches: its strength by distance to the border, layer by layer.

use super::context::{Context, HOLLOW, ZERO_LINE, means, with_shape};
use crate::report::charts::{RMS, profile};
use crate::report::page::elements::{chart, group, nothing, paragraph, section};
use crate::study::summary::FINAL;

const HEADING: &str = "How deep it reaches";
const EXPLAINED: &str = "Padding touches only the border, but each layer passes it on: after a 3×3 \
    convolution it reaches one position further in, and pooling makes a position stand for more of the \
    image. So the pattern of the first layers is a thin frame, and that of the last can fill the map.";

/// One profile per layer.
pub fn profiles(context: &Context) -> String {
    let summary = &context.summary;
    let (mut charts, mut legend) = (String::new(), String::new());
    for layer in summary.layers_with(RMS.metric) {
        let Some(line) = profile(summary, FINAL, layer, &RMS) else {
            continue;
        };
        let title = with_shape(context, layer);
        let description = format!(
            "Line chart of RMS-PPP at {layer} after training against distance to the border."
        );
        let drawing = line.drawing(&description);
        if charts.is_empty() {
            legend = drawing.shared_legend();
        }
        charts += &chart(&format!("reach-{layer}"), &title, &drawing, "");
    }
    if charts.is_empty() {
        let body = nothing("This run has no measurements by distance to the border.");
        return section("reach", HEADING, &body);
    }
    let note = format!(
        "After training, layer by layer. Distance 0 is the outermost ring of the feature map. {ZERO_LINE} {HOLLOW} Lines: {}; bands: 95% intervals.",
        means(summary)
    );
    let body = paragraph(EXPLAINED) + &group("group", &legend, &charts) + &paragraph(&note);
    section("reach", HEADING, &body)
}
