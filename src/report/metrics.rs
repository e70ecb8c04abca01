//! What was measured of features that anybody computed: the finding in a sentence, and every metric.

use super::check::units::{percent, pixels};
use super::table::{Cell, TEXT_WIDTH, Table, wrap};
use super::text::{interval, short};
use crate::ppp::{LayerMeasurement, Metric, Region};
use crate::study::summary::Estimate;

/// The finding, and the table, of `images` images with `channels` channels, whose positions are `stride` pixels of the
/// image apart; the halo ends at `tau`.
pub fn text(
    found: &LayerMeasurement,
    images: usize,
    channels: usize,
    (stride, tau): (f64, f64),
) -> String {
    let said = [pattern(found), halo(found, stride, tau)].join(" ");
    let mut parts = vec![wrap(&said, TEXT_WIDTH)];
    let kept = found.pattern.shape()[0];
    if kept < channels {
        let text = format!(
            "So that memory does not grow, {kept} of the {channels} channels, evenly spread, stand for all."
        );
        parts.push(wrap(&text, TEXT_WIDTH));
    }
    parts.push(table(found, images).text());
    parts.join("\n\n")
}

/// Whether there is a pattern, and how strong it is.
fn pattern(found: &LayerMeasurement) -> String {
    if !found.power.is_above_chance() {
        return "Padding leaves no pattern here that is measurably the same for every image: what there is, chance gives \
                as well."
            .into();
    }
    let nrms = found.get(Metric::NRms).and_then(Estimate::of_network);
    let nrms = nrms.map(|nrms| nrms.scaled(100.0));
    let strength = nrms.map_or(String::new(), |nrms| {
        let doubt =
            interval(&nrms).map_or(String::new(), |doubt| format!(", 95% interval {doubt}"));
        format!(
            ", as strong as {}% of the content's spread (nrms{doubt})",
            short(nrms.value)
        )
    });
    let share = found
        .value(Metric::Coherence)
        .map_or(String::new(), |share| {
            format!(
                " It is {}% of all that padding does to these features (coherence).",
                short(100.0 * share)
            )
        });
    format!(
        "Padding leaves a pattern here that is the same for every image (PPP){strength}.{share}"
    )
}

/// From where on padding does little.
fn halo(found: &LayerMeasurement, stride: f64, tau: f64) -> String {
    let tau = percent(tau);
    match found.value(Metric::Halo) {
        Some(0.0) => {
            format!(
                "Not even at the border does padding change features by {tau} of the content's spread."
            )
        }
        Some(halo) => {
            let positions = match stride == 1.0 {
                true => String::new(),
                false => format!(", {} px of the map", pixels(halo / stride)),
            };
            format!(
                "The halo, the distance from the border beyond which padding changes features by less than {tau} of the content's spread, is {} px of the image{positions}.",
                pixels(halo)
            )
        }
        None => format!(
            "Up to the very middle padding changes features by {tau} of the content's spread or more."
        ),
    }
}

fn table(found: &LayerMeasurement, images: usize) -> Table {
    let caption = format!("Padded features against those under true surroundings, {images} images");
    let mut table = Table::new(caption, &["metric", "value"]);
    for (quantity, measured) in found.metrics.iter() {
        let metric = quantity.metric.name();
        let part = match quantity.region {
            Region::Whole => String::new(),
            Region::Ring(distance) => format!(" at distance {distance}"),
            part => format!(" of the {}", part.name()),
        };
        table.push(vec![
            Cell::text(format!("{metric}{part}")),
            Cell::estimate(Estimate::of_network(measured)),
        ]);
    }
    table
}
