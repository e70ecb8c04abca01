//! The page of a check: what was found, photographs with what padding spoils, and the stages by distance.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::figures::by_distance;
use super::pictures::{SPOILED, pictures};
use super::sentences::{headline, sentences};
use super::units::percent;
use super::words::{setting, table};
use crate::error::Result;
use crate::report::page::elements::{chart, figure, paragraph, section};
use crate::report::page::titled;
use crate::report::page::viewer::{Panel, Row, Variant, Viewer};
use crate::report::plot::colours::{Colour, Shade};
use crate::report::plot::raster::Raster;
use crate::report::text::escape_html;
use crate::study::check::{Check, Checked, Findings, Stage};
use crate::study::pattern::largest;
use crate::tensor::Tensor;

const TITLE: &str = "How far in padding spoils a network's features";
/// Photographs that are shown.
const SHOWN: usize = 4;
/// Pixels to a side that a picture has at least.
const SMALLEST: usize = 220;
/// Pixels to a side beyond which a picture is thinned.
const LARGEST: usize = 440;
const FRAME: Colour = Colour(0x1a, 0x7f, 0xc4);
/// Around what a crop by the halo leaves.
const LEFT: Colour = Colour(0x00, 0xb0, 0x50);

/// The page, one HTML file.
///
/// # Errors
/// Where a picture cannot be encoded.
pub fn page(checked: &Checked) -> Result<String> {
    let check = &checked.check;
    let verdict = match (check.verdict.was_asked(), check.verdict.passes()) {
        (false, _) => String::new(),
        (true, true) => "pass: ".into(),
        (true, false) => "FAIL: ".into(),
    };
    let header = format!(
        "<p class=\"headline\">{}</p>\n",
        escape_html(&(verdict + &headline(check)))
    );
    let mut body = section("photographs", "On the photographs", &photographs(checked)?);
    body += &section("words", "What was found", &words(check));
    if let Some(map) = &check.own.pattern {
        body += &section("pattern", "The pattern itself", &pattern(&check.own, map));
    }
    body += &section("stages", "Layer by layer", &stages(check, &check.own));
    if let Some(repadded) = &check.repadded {
        let heading = format!("The same weights under {}", repadded.padding);
        body += &section("repadded", &heading, &stages(check, repadded));
    }
    Ok(titled(TITLE, &header, &body))
}

fn words(check: &Check) -> String {
    let verdict = &check.verdict;
    let kept = verdict.kept.iter().map(|what| format!("pass: {what}"));
    let exceeded = verdict.exceeded.iter().map(|what| format!("FAIL: {what}"));
    let found = std::iter::once(setting(check)).chain(sentences(check));
    let lines: Vec<String> = kept.chain(exceeded).chain(found).collect();
    lines.iter().map(|line| paragraph(line)).collect::<String>() + &pictures(check)
}

fn photographs(checked: &Checked) -> Result<String> {
    let check = &checked.check;
    let deepest = check
        .own
        .stages
        .iter()
        .max_by(|a, b| a.spoiled_pixels().total_cmp(&b.spoiled_pixels()));
    let spoiled = deepest.map_or(0.0, Stage::spoiled_pixels) as usize;
    let halo = (check.own.halo.value).map(|halo| halo.ceil() as usize);
    let halo = halo.filter(|halo| *halo > 0 && check.size.iter().all(|side| 2 * halo < *side));
    let count = checked.photographs.len();
    let mut pictures = String::new();
    for shown in 0..SHOWN.min(count) {
        let at = shown * count / SHOWN.min(count);
        let image = checked.photographs.wide(at..at + 1, check.margin);
        let png = picture(image.data(), check, spoiled, halo)?;
        pictures += &format!(
            "<img alt=\"A photograph with the window, and the pixels that padding spoils\" src=\"data:image/png;base64,{}\">\n",
            STANDARD.encode(png)
        );
    }
    let name = deepest.map_or("", |stage| stage.name.as_str());
    let left = halo.map_or(String::new(), |halo| {
        let [h, w] = check.size.map(|side| side - 2 * halo);
        format!("Green: the {h}×{w} pixels that are right at every stage when the halo of {halo} pixels is cropped. ")
    });
    let caption = format!(
        "Blue: the windows that the network sees, of {0}×{1} pixels. Orange: the {spoiled} outer pixels of each that \
         padding spoils at {name}. {left}Around them: the {2} pixels of true surroundings that they are compared with.",
        check.size[0], check.size[1], check.margin
    );
    Ok(figure(
        &format!("<div class=\"plots\">\n{pictures}</div>\n"),
        &caption,
    ))
}

/// A window with its surroundings, [3, H, W] from 0 to 1, and what is spoiled.
fn picture(image: &[f32], check: &Check, spoiled: usize, halo: Option<usize>) -> Result<Vec<u8>> {
    let Check { size, margin, .. } = *check;
    let [h, w] = size.map(|side| side + 2 * margin);
    let (zoom, thin) = (SMALLEST.div_ceil(h.max(w)), h.max(w).div_ceil(LARGEST));
    let [rows, columns] = [h, w].map(|side| side / thin);
    let mut raster = Raster::new(columns * zoom, rows * zoom);
    for y in 0..rows {
        for x in 0..columns {
            let at = [y * thin, x * thin];
            let byte = |c: usize| (image[(c * h + at[0]) * w + at[1]] * 255.0).round() as u8;
            let colour = [byte(0), byte(1), byte(2), 255];
            raster.fill(x * zoom, y * zoom, zoom, zoom, colour);
            // Pixels to the nearest border of the window; none outside of it.
            let from = |axis: usize| {
                let inside = at[axis].checked_sub(margin)?;
                Some(inside.min((size[axis] - 1).checked_sub(inside)?))
            };
            let (colour, opacity) = match from(0).zip(from(1)).map(|(y, x)| y.min(x)) {
                Some(d) if d < thin => (FRAME, 0.9),
                Some(d) if halo.is_some_and(|halo| (halo..halo + thin).contains(&d)) => (LEFT, 0.9),
                Some(d) if d < spoiled => (SPOILED, 0.45),
                _ => continue,
            };
            for dy in 0..zoom {
                for dx in 0..zoom {
                    raster.blend(x * zoom + dx, y * zoom + dy, colour, opacity);
                }
            }
        }
    }
    raster.png(None)
}

/// The pattern of the last stage as a map.
fn pattern(found: &Findings, map: &Tensor<f32>) -> String {
    let Some(stage) = found.stages.last() else {
        return String::new();
    };
    let percents = map.map(|share| 100.0 * share);
    let max = largest(percents.data()).max(f64::MIN_POSITIVE);
    let [_, h, w] = stage.shape;
    let only = Variant {
        name: stage.name.clone(),
        scale: Shade::Even { max },
        rows: vec![Row {
            title: format!("{}, {h}×{w} positions", stage.name),
            panels: vec![Panel::still(
                format!("padding: {}", found.padding),
                String::new(),
                &percents,
            )],
        }],
    };
    let viewer = Viewer::still("check-pattern", "% of the content's spread", only);
    let seen = match stage.pattern {
        true => {
            "It is the same whatever the image shows, so that it tells the network where the border is."
        }
        false => "No pattern is measurable here: what is seen is what chance leaves.",
    };
    let caption = format!(
        "What padding adds to the features of {}, the last map, on average over all windows and channels: the \
         position-information pattern from padding (PPP). Red: more than true surroundings give; blue: less; pale: \
         nothing. {seen}",
        stage.name
    );
    figure(&viewer.html("check-pattern"), &caption)
}

fn stages(check: &Check, found: &Findings) -> String {
    let lines = by_distance(check, found);
    let description =
        "Line chart of what padding does against the distance from the border, one line per stage.";
    let caption = format!(
        "What padding does, ring by ring, against the spread of the content. A ring counts as spoiled above the broken \
         line at {}.",
        percent(check.tau)
    );
    table(check, found).html()
        + &chart(
            "check-stages",
            "What padding does, by distance from the border",
            &lines.drawing(description),
            &caption,
        )
}
