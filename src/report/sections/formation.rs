//! The pattern forms: every layer of every scheme over the steps of training.

use super::context::{Context, HOLLOW, ZERO_LINE, means, with_shape};
use super::patterns::Patterns;
use crate::report::charts::{Measure, NRMS, RMS, over_steps};
use crate::report::page::elements::{chart, figure, group, nothing, paragraph, section};
use crate::report::page::quantised::Quantised;
use crate::report::page::viewer::{Panel, Row, Variant, Viewer};
use crate::report::plot::colours::Shade;
use crate::report::text::escape_html;
use crate::study::pattern::{channel as one_channel, largest, strength, strongest_channels};
use crate::study::summary::{FINAL, Stage};
use crate::words::counted;

const HEADING: &str = "The pattern forms";
const EXPLAINED: &str = "An untrained network already shows a faint pattern, because its random weights meet \
    made-up pixels too. The question is whether training strengthens it. Choose a layer, then move the slider or \
    press play: the maps and the line in the charts show the same moment.";

const WHY_TWO: &str = "The same pattern in two units. Training also spreads out the features that image content \
    causes, so a pattern can grow in feature units (RMS-PPP) and still shrink relative to the content it is mixed \
    with (nRMS is RMS-PPP divided by that spread). Neither depends on how many images were measured.";

/// A slider over training for each layer, with the curve beside it.
pub fn forms(context: &Context) -> String {
    let Some(layer) = context.layer else {
        let body = nothing("The pattern was not measured at any layer.");
        return section("forms", HEADING, &body);
    };
    let mut body = paragraph(EXPLAINED);
    let patterns = Patterns::read(context);
    match &patterns {
        None => body += &nothing("This run kept no patterns."),
        Some(patterns) => {
            let stages = with_patterns(context, patterns);
            if !stages.is_empty() {
                let viewer = viewer(context, patterns, &stages);
                let caption = format!(
                    "Seed {}. “All channels” is the root mean square over channels; “one channel” is the channel \
                     that is strongest after training, with its sign: red above 0, blue below. All maps of a choice \
                     share one scale; colours go with the square root of the value. Values are stored as 16-bit \
                     multiples of a power of ten: the digits shown are exact.",
                    patterns.seed
                );
                body += &figure(&viewer.html("formation"), &caption);
            }
            body += &patterns.complaints();
        }
    }
    body += &curves(context, layer);
    section("forms", HEADING, &body)
}

/// The stages of which patterns were kept.
fn with_patterns<'a>(context: &'a Context, patterns: &Patterns) -> Vec<&'a Stage> {
    let kept = |stage: &&Stage| {
        let schemes = context.summary.schemes();
        let mut cells = schemes
            .iter()
            .flat_map(|s| patterns.layers().iter().map(move |l| (s, l)));
        cells.any(|(scheme, layer)| patterns.get(scheme, layer, &stage.name).is_some())
    };
    context.stages.iter().filter(kept).collect()
}

fn viewer(context: &Context, patterns: &Patterns, stages: &[&Stage]) -> Viewer {
    let layers = patterns.layers();
    let mut variants = Vec::new();
    for layer in layers {
        variants.push(variant(context, patterns, stages, layer, false));
        variants.push(variant(context, patterns, stages, layer, true));
    }
    let frame = |stage: &&Stage| match (stage.step, stage.name.as_str()) {
        (0, _) => "step 0, before training".to_string(),
        (step, FINAL) => format!("step {step}, after training"),
        (step, _) if stage.name.starts_with("epoch") => {
            format!("step {step}, epoch {}", stage.epoch)
        }
        (step, _) => format!("step {step}"),
    };
    Viewer {
        name: "formation".into(),
        slider: "training".into(),
        frames: stages.iter().map(frame).collect(),
        steps: stages.iter().map(|s| s.step).collect(),
        choice: "layer".into(),
        chosen: variants.len().saturating_sub(2),
        variants,
        unit: "feature units".into(),
        start: stages.len().saturating_sub(1),
        play: 700,
    }
}

/// The maps of one layer: the strength over channels, or one channel with its sign.
fn variant(
    context: &Context,
    patterns: &Patterns,
    stages: &[&Stage],
    layer: &str,
    signed: bool,
) -> Variant {
    let mut max: f64 = 0.0;
    let mut panels = Vec::new();
    for scheme in context.summary.schemes() {
        let last = stages.iter().rev();
        let mut last = last.filter_map(|s| patterns.get(scheme, layer, &s.name));
        let channel = last.next().and_then(|p| strongest_channels(p, 1).pop());
        let map = |stage: &&Stage| {
            let pattern = patterns.get(scheme, layer, &stage.name)?;
            let map = match channel {
                Some(channel) if signed => one_channel(pattern, channel),
                _ => strength(pattern),
            };
            max = max.max(largest(map.data()));
            Some(Quantised::of_map(&map))
        };
        let frames: Vec<Option<Quantised>> = stages.iter().map(map).collect();
        let note = match channel {
            Some(channel) if signed => format!("channel {channel}"),
            _ => String::new(),
        };
        panels.push(Panel {
            name: scheme.to_string(),
            note,
            frames,
        });
    }
    let name = with_shape(context, layer);
    Variant {
        name: format!(
            "{name}, {}",
            if signed {
                "one channel"
            } else {
                "all channels"
            }
        ),
        scale: if signed {
            Shade::Signed { max }
        } else {
            Shade::Strength { max }
        },
        rows: vec![Row {
            title: String::new(),
            panels,
        }],
    }
}

/// The curves of each layer, in feature units and against content; the page shows those of the chosen layer.
fn curves(context: &Context, last: &str) -> String {
    let layers = context.summary.layers_with(RMS.metric);
    let mut charts = paragraph(WHY_TWO);
    for layer in layers {
        let curves = [(&RMS, "RMS-PPP"), (&NRMS, "nRMS")];
        let curves = curves.map(|(measure, name)| curve(context, layer, measure, name));
        let legend = curves.iter().flatten().map(|(legend, _)| legend.as_str());
        let legend = legend.take(1).collect::<String>();
        let both: String = curves
            .iter()
            .flatten()
            .map(|(_, chart)| chart.as_str())
            .collect();
        let hidden = if layer == last { "" } else { " hidden" };
        charts += &format!(
            "<div class=\"curve\" data-curve=\"{}\"{hidden}>{}</div>\n",
            escape_html(&with_shape(context, layer)),
            group("group", &legend, &both)
        );
    }
    let note = format!(
        "Steps are logarithmic after step 0. {ZERO_LINE} {HOLLOW}{} Lines: {}; bands: 95% intervals.",
        fewer_images(context),
        means(&context.summary)
    );
    charts + &paragraph(&note)
}

/// Which points of a curve come from fewer images; nothing where all come from the same.
fn fewer_images(context: &Context) -> String {
    let strengths = context.results.rows.iter().filter(|r| r.is_of(RMS.metric));
    let fewest = strengths.filter_map(|row| row.images).min();
    let all = context.results.images;
    match fewest {
        Some(fewest) if fewest < all => format!(
            " Steps inside an epoch were measured on the first {fewest} of the {}, so intervals there are wider and \
             more of what is weak is lost in chance; the strength itself does not depend on the number of images.",
            counted(all, "image")
        ),
        _ => String::new(),
    }
}

/// A measure at a layer over steps with its legend; nothing where it was not measured.
fn curve(
    context: &Context,
    layer: &str,
    measure: &Measure,
    name: &str,
) -> Option<(String, String)> {
    let summary = &context.summary;
    let curve = over_steps(summary, &context.stages, layer, measure)?;
    let names = summary.schemes().join(", ");
    let description =
        format!("Line chart of {name} at {layer} against training steps for {names}.");
    let title = format!(
        "{name} at {} over training steps",
        with_shape(context, layer)
    );
    let file = format!("formation-{layer}-{}", measure.metric);
    let drawing = curve.drawing(&description);
    let chart = chart(&file, &title, &drawing, "");
    Some((drawing.shared_legend(), chart))
}
