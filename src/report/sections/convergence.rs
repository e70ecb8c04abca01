//! Convergence, under the heading “The mist clears”: the mean difference over more and more images.

use std::collections::BTreeSet;

use super::context::{Context, with_shape};
use super::patterns::read;
use crate::report::page::elements::{figure, nothing, paragraph, section};
use crate::report::page::quantised::Quantised;
use crate::report::page::viewer::{Panel, Row, Variant, Viewer};
use crate::report::plot::colours::Shade;
use crate::study::pattern::{largest, planes};
use crate::study::results::PatternFile;
use crate::tensor::Tensor;
use crate::words::counted;

const HEADING: &str = "The mist clears";
const EXPLAINED: &str = "A single image shows little: what padding changes is mixed with what the image \
    shows, like a shape in mist. Average the difference over more images, and the content, which differs every \
    time, cancels out. What remains is the pattern. Move the slider.";

/// A frame of a scheme: how many images, and the channels that were kept.
struct Frame<'a> {
    file: &'a PatternFile,
    images: usize,
    pattern: Tensor<f32>,
}

/// A slider over the number of images.
pub fn mist_clears(context: &Context) -> String {
    let files = context.results.patterns.iter();
    let seed = files
        .clone()
        .filter(|f| f.frame().is_some())
        .map(|f| f.seed)
        .min();
    let mut complaints = String::new();
    let mut frames = Vec::new();
    for file in files.filter(|f| Some(f.seed) == seed) {
        let Some(images) = file.frame() else { continue };
        match read(context, file) {
            Ok(pattern) => frames.push(Frame {
                file,
                images,
                pattern,
            }),
            Err(problem) => complaints = nothing(&format!("A frame is not shown: {problem}")),
        }
    }
    let Some(layer) = frames.first().map(|f| f.file.layer.clone()) else {
        let body = nothing("This run kept no averages over fewer images.") + &complaints;
        return section("convergence", HEADING, &body);
    };
    let viewer = viewer(context, &frames);
    let caption = format!(
        "Mean difference between the features with padding and with true surroundings, one channel of \
         {} after training: the channel in which each scheme's pattern is strongest. Red above 0, blue \
         below, one scale for all maps; colours go with the square root of the value and \
         saturate at the largest mean over all images.",
        with_shape(context, &layer)
    );
    let body =
        paragraph(EXPLAINED) + &figure(&viewer.html("convergence-maps"), &caption) + &complaints;
    section("convergence", HEADING, &body)
}

fn viewer(context: &Context, frames: &[Frame]) -> Viewer {
    let counts: BTreeSet<usize> = frames.iter().map(|f| f.images).collect();
    let counts: Vec<usize> = counts.into_iter().collect();
    let most = counts.last().copied().unwrap_or(0);
    let channels = frames.iter().map(|f| f.file.shape[0]).min().unwrap_or(0);
    let names = ["strongest channel", "second strongest channel"];
    let variant = |(channel, name): (usize, &str)| {
        let last = frames.iter().filter(|f| f.images == most);
        let max = largest(last.flat_map(|f| plane(&f.pattern, channel)));
        let panel = |scheme: &str| {
            let map = |count: &usize| {
                let mut of = frames.iter();
                let frame = of.find(|f| f.file.scheme == scheme && f.images == *count)?;
                let width = frame.file.shape[2];
                Some(Quantised::of(plane(&frame.pattern, channel), width))
            };
            Panel {
                name: scheme.to_string(),
                note: String::new(),
                frames: counts.iter().map(map).collect(),
            }
        };
        Variant {
            name: name.to_string(),
            scale: Shade::Signed { max },
            rows: vec![Row {
                title: String::new(),
                panels: context.summary.schemes().into_iter().map(panel).collect(),
            }],
        }
    };
    Viewer {
        name: "convergence".into(),
        slider: "mean over".into(),
        frames: counts.iter().map(|&n| counted(n, "image")).collect(),
        steps: Vec::new(),
        choice: "channel".into(),
        variants: names
            .into_iter()
            .take(channels)
            .enumerate()
            .map(variant)
            .collect(),
        chosen: 0,
        unit: "feature units".into(),
        start: 0,
        play: 1200,
    }
}

fn plane(pattern: &Tensor<f32>, channel: usize) -> &[f32] {
    planes(pattern).nth(channel).unwrap_or_default()
}
