//! The patterns themselves: where they are strong, and their strongest channels.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Context, figure, nothing, paragraph, section};
use crate::error::Result;
use crate::report::heatmap::{self, Colours, Picture, Scale};
use crate::report::number::short;
use crate::report::results::PatternFile;
use crate::report::summary::{FINAL, INIT};
use crate::report::table::escape_html;
use crate::tensor::Tensor;

const HEADING: &str = "The patterns";
/// Side in CSS pixels to which the largest map of a layer is enlarged.
const TILE: usize = 112;
const CHANNELS: usize = 9;

/// A pattern of the run, or why it cannot be shown.
struct Shown<'a> {
    file: &'a PatternFile,
    pattern: std::result::Result<Tensor<f32>, String>,
}

/// The patterns of the first, a middle and the last layer, and the strongest channels of the last.
pub fn pictures(context: &Context) -> Result<String> {
    let Some(seed) = context.results.patterns.iter().map(|p| p.seed).min() else {
        let body = nothing("This run kept no patterns.");
        return Ok(section("patterns", HEADING, &body));
    };
    let mut body = paragraph(&format!(
        "Each square is the feature map of a layer, seen from above; its colour is the strength of \
         the pattern at that position, the root mean square over channels. A layer's maps share \
         one scale, so they can be compared. Grey marks numbers that are not finite. Shown is seed \
         {seed}."
    ));
    let layers = first_middle_last(&pattern_layers(context));
    for (number, layer) in layers.iter().enumerate() {
        let shown = load(context, layer, seed);
        body += &strength_figure(layer, &shown)?;
        if number + 1 == layers.len() {
            body += &channel_sheets(layer, &shown)?;
        }
    }
    Ok(section("patterns", HEADING, &body))
}

/// The layers that have patterns, in network order.
fn pattern_layers<'a>(context: &Context<'a>) -> Vec<&'a str> {
    let of_network = context
        .results
        .layers
        .iter()
        .map(|layer| layer.name.as_str());
    let of_patterns = context.results.patterns.iter().map(|p| p.layer.as_str());
    let kept: Vec<&str> = of_patterns.clone().collect();
    let mut layers: Vec<&str> = Vec::new();
    for layer in of_network.chain(of_patterns) {
        if kept.contains(&layer) && !layers.contains(&layer) {
            layers.push(layer);
        }
    }
    layers
}

fn first_middle_last<'a>(layers: &[&'a str]) -> Vec<&'a str> {
    match layers.len() {
        0..=3 => layers.to_vec(),
        n => vec![layers[0], layers[n / 2], layers[n - 1]],
    }
}

fn load<'a>(context: &Context<'a>, layer: &str, seed: u64) -> Vec<Shown<'a>> {
    let wanted = |p: &&PatternFile| {
        p.is_of_all_images()
            && p.layer == layer
            && p.seed == seed
            && (p.stage == INIT || p.stage == FINAL)
    };
    let files = context.results.patterns.iter().filter(wanted);
    files
        .map(|file| Shown {
            file,
            pattern: (context.load)(file)
                .map_err(|error| error.to_string())
                .and_then(drawable),
        })
        .collect()
}

fn drawable(pattern: Tensor<f32>) -> std::result::Result<Tensor<f32>, String> {
    match pattern.shape() {
        [_, _, _] if !pattern.is_empty() => Ok(pattern),
        shape => Err(format!("a pattern of shape {shape:?} cannot be drawn")),
    }
}

/// The strength maps of one layer: a card per scheme with before and after.
fn strength_figure(layer: &str, shown: &[Shown]) -> Result<String> {
    let maps: Vec<Option<Tensor<f32>>> = shown
        .iter()
        .map(|s| s.pattern.as_ref().ok().map(heatmap::strength))
        .collect();
    let known = || maps.iter().flatten();
    let scale = Scale::from_zero(known().flat_map(|map| map.data()));
    let side = known().flat_map(|map| map.shape()).copied().max();
    let zoom = (TILE / side.unwrap_or(1)).max(1);

    let mut cards = String::from("<div class=\"cards\">\n");
    for scheme in schemes(shown) {
        cards += &format!(
            "<div class=\"card\"><h4>{}</h4><div class=\"tiles\">",
            escape_html(scheme)
        );
        for (entry, map) in shown
            .iter()
            .zip(&maps)
            .filter(|(s, _)| s.file.scheme == scheme)
        {
            cards += &tile(entry, map.as_ref(), scale, zoom)?;
        }
        cards += "</div></div>\n";
    }
    cards += "</div>\n";
    cards += &strength_bar(scale)?;
    let caption = format!(
        "Strength of the pattern at {layer}, before and after training. One scale for all maps of \
         this layer: from 0 (dark) to {} feature units (light), colours by the square root, so \
         that weak patterns can be seen too. Without padding (valid) maps have fewer positions.",
        short(scale.max)
    );
    let heading = format!("<h3>{}</h3>\n", escape_html(layer));
    Ok(heading + &figure(&cards, &caption))
}

fn schemes<'a>(shown: &[Shown<'a>]) -> Vec<&'a str> {
    let mut schemes: Vec<&str> = Vec::new();
    for entry in shown {
        if !schemes.contains(&entry.file.scheme.as_str()) {
            schemes.push(&entry.file.scheme);
        }
    }
    schemes
}

fn tile(shown: &Shown, map: Option<&Tensor<f32>>, scale: Scale, zoom: usize) -> Result<String> {
    let when = when(&shown.file.stage);
    let content = match (map, &shown.pattern) {
        (Some(map), _) => {
            let picture = heatmap::strength_tile(map, scale, zoom)?;
            let strongest = Scale::from_zero(map.data()).max;
            let zero = map.data().iter().all(|&value| value == 0.0);
            let strongest = if zero { 0.0 } else { strongest };
            let [channels, height, width] = shown.file.shape;
            let alt = format!(
                "Strength of the pattern of {} at {} {when}: {channels} channels of {height} by \
                 {width} positions, at most {} feature units.",
                shown.file.scheme,
                shown.file.layer,
                short(strongest)
            );
            let size = format!("max {}", short(strongest));
            image(&picture, &alt) + &format!("<span class=\"max\">{}</span>", escape_html(&size))
        }
        (None, Err(problem)) => nothing(&format!("not shown: {problem}")),
        (None, Ok(_)) => String::new(),
    };
    Ok(format!(
        "<div class=\"tile\"><span>{when}</span>{content}</div>"
    ))
}

fn when(stage: &str) -> &'static str {
    if stage == INIT { "before" } else { "after" }
}

/// The strongest channels of each scheme after training; folded away, as a closer look.
fn channel_sheets(layer: &str, shown: &[Shown]) -> Result<String> {
    let mut sheets = String::new();
    for entry in shown.iter().filter(|s| s.file.stage == FINAL) {
        let Ok(pattern) = &entry.pattern else {
            continue;
        };
        let picture = heatmap::channels_picture(pattern, CHANNELS)?;
        if pattern.data().iter().all(|&value| value == 0.0) {
            sheets += &paragraph(&format!(
                "{}: every channel is exactly 0.",
                entry.file.scheme
            ));
            continue;
        }
        let strongest = heatmap::strongest_channels(pattern, CHANNELS);
        let numbers: Vec<String> = strongest.iter().map(usize::to_string).collect();
        let scheme = &entry.file.scheme;
        let caption = format!(
            "{scheme}: channels {} (strongest first, row by row), from {} (blue) over 0 (pale) to \
             {} feature units (red).",
            numbers.join(", "),
            short(picture.scale.min),
            short(picture.scale.max)
        );
        let alt =
            format!("Strongest channels of the pattern of {scheme} at {layer} after training.");
        sheets += &figure(&image(&picture, &alt), &caption);
    }
    if sheets.is_empty() {
        return Ok(String::new());
    }
    Ok(format!(
        "<details><summary>The strongest channels at {} after training</summary>\n\
         <div class=\"sheets\">\n{sheets}</div></details>\n",
        escape_html(layer)
    ))
}

/// The picture inside the page, at its own size.
fn image(picture: &Picture, alt: &str) -> String {
    format!(
        "<img alt=\"{}\" width=\"{}\" height=\"{}\" src=\"data:image/png;base64,{}\">\n",
        escape_html(alt),
        picture.width,
        picture.height,
        STANDARD.encode(&picture.png)
    )
}

/// The colour bar of the strength maps with the numbers of its ends and middle.
fn strength_bar(scale: Scale) -> Result<String> {
    let bar = heatmap::colour_bar(Colours::Sequential, scale)?;
    Ok(format!(
        "<div class=\"bar\"><img alt=\"Colour scale\" src=\"data:image/png;base64,{}\">\
         <div><span>0</span><span>{}</span><span>{}</span></div><span>feature units</span></div>\n",
        STANDARD.encode(&bar.png),
        short(scale.max / 4.0),
        short(scale.max)
    ))
}
