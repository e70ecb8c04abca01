//! The schemes side by side.

use super::context::{Context, ZERO_LINE, means};
use crate::ppp::Metric;
use crate::report::charts::{self, NRMS, RMS};
use crate::report::page::elements::{chart, figure, nothing, paragraph, section};
use crate::report::plot::lines::{Format, LineChart};
use crate::report::table::{Cell, Table};
use crate::report::text::short;
use crate::study::claims::{CONTENT, FEATURE_UNITS, shown_growth, shown_interval};
use crate::study::results::Results;
use crate::study::schema::TEST_ACCURACY;
use crate::study::summary::{Estimate, FINAL, INIT, Summary};
use crate::words::counted;

/// The table over schemes at the last layer, with charts of what it holds.
pub fn comparison(context: &Context) -> String {
    let heading = "The schemes side by side";
    let mut body = String::new();
    match context.layer {
        None => body += &nothing("The pattern was not measured at any layer."),
        Some(layer) => {
            body += &scheme_table(context.results, layer).html();
            body += &paragraph(&how_to_read(context));
            body += &charts_of(context, layer);
        }
    }
    section("schemes", heading, &body)
}

/// Before and after, every layer, accuracy.
fn charts_of(context: &Context, layer: &str) -> String {
    let summary = &context.summary;
    let mut body = String::from("<div class=\"plots\">\n");
    if let Some(change) = charts::change(summary, layer, &RMS) {
        let description =
            format!("RMS-PPP at {layer} of each scheme before and after training, with intervals.");
        let caption = format!(
            "Before (hollow) and after training (filled), with 95% intervals. Whether a change is \
             clear is decided by the difference on the same images, as listed above. Of what chance could give, the \
             marker stands at the upper end of the interval. {}",
            ZERO_LINE
                .replace("vertical", "horizontal")
                .replace("below", "left of")
        );
        let title = format!("RMS-PPP at {layer} before and after training");
        body += &chart(
            "before-and-after",
            &title,
            &change.drawing(&description),
            &caption,
        );
    }
    match charts::accuracy(summary, &context.results.epochs) {
        None => body += &nothing("This run trained no network."),
        Some(accuracy) => {
            let band = match summary.seeds().len() {
                0 | 1 => "",
                _ => " Bands: from the lowest to the highest seed.",
            };
            let caption = format!("Lines: {}.{band}", means(summary));
            let description = "Line chart of test accuracy against epochs for each scheme.";
            // The other chart names its schemes itself.
            let accuracy = LineChart {
                format: Format::Full,
                ..accuracy
            };
            let title = "Test accuracy after each epoch";
            body += &chart("accuracy", title, &accuracy.drawing(description), &caption);
        }
    }
    body += "</div>\n";
    body + &every_layer(context)
}

/// Small multiples: the curve of every layer on one axis.
fn every_layer(context: &Context) -> String {
    let small = charts::every_layer(&context.summary, &context.stages, &NRMS);
    if small.len() < 2 {
        return String::new();
    }
    let mut plots = String::from("<h3>nRMS at every measured layer over training steps</h3>\n");
    let key = (small.first()).map(|(_, chart)| LineChart {
        format: Format::Grouped,
        ..chart.clone()
    });
    plots += &key.map_or_else(String::new, |key| key.drawing("").shared_legend());
    plots += "<div class=\"small-charts\" data-name=\"every-layer\">\n";
    for (layer, chart) in &small {
        let description = format!("Line chart of nRMS at {layer} against training steps.");
        plots += &chart.drawing(&description).svg();
    }
    plots += "</div>\n";
    let caption = "nRMS, the pattern against the spread of image content, at every measured layer over training \
                   steps, from the input to the output of the network, all on one logarithmic axis. Layers differ in the size of their features, so feature units \
                   cannot be compared between them; nRMS can.";
    figure(&plots, caption)
}

/// One row per scheme: accuracy, and the pattern at `layer` before and after training.
///
/// The change is the factor from before to after, with the interval that [`finding`](crate::report::finding())
/// lists; the caption names what that is over.
pub fn scheme_table(results: &Results, layer: &str) -> Table {
    let summary = Summary::new(results);
    let over = shown_interval(results).name();
    let mut table = Table::new(
        format!(
            "Padding schemes at {layer}; after training unless a column says otherwise; the change from \
             before to after with its 95% interval over {over}; < where chance could give as much"
        ),
        &[
            "scheme",
            "test accuracy [%]",
            "RMS-PPP before",
            "RMS-PPP after",
            "RMS-PPP change",
            "nRMS before",
            "nRMS after",
            "nRMS change",
            "coherence",
            "predictions changed [%]",
            "MAE-PPP",
            "by chance",
        ],
    );
    for scheme in summary.schemes() {
        let at = |layer, metric| summary.estimate(scheme, FINAL, layer, metric);
        let percent = |layer, metric| at(layer, metric).map(|e| e.scaled(100.0));
        let growth = |metric| growth(results, scheme, layer, metric);
        let strength = |stage, metric| strength(&summary, (scheme, stage, layer, metric));
        table.push(vec![
            Cell::text(scheme),
            Cell::estimate(percent("model", TEST_ACCURACY)),
            strength(INIT, FEATURE_UNITS),
            strength(FINAL, FEATURE_UNITS),
            growth(FEATURE_UNITS),
            strength(INIT, CONTENT),
            strength(FINAL, CONTENT),
            growth(CONTENT),
            Cell::estimate(at(layer, Metric::Coherence.name())),
            Cell::estimate(percent("output", Metric::ImpactChanged.name())),
            Cell::estimate(at(layer, Metric::MaePpp.name())),
            value_only(at(layer, Metric::MaeFloor.name())),
        ]);
    }
    table
}

/// How a strength of a scheme changed at a layer, with its interval.
pub fn growth(results: &Results, scheme: &str, layer: &str, metric: &str) -> Cell {
    let schemes = shown_growth(results, layer, metric).into_iter();
    let change = schemes.filter(|change| change.scheme == scheme);
    let mut cells = change.map(|change| Cell::course(&change.course));
    cells.next().unwrap_or_else(Cell::none)
}

/// A strength, a dash where it was not measured; `of` is its scheme, stage, layer and metric.
pub fn strength(summary: &Summary, of: (&str, &str, &str, &str)) -> Cell {
    Cell::strength(summary, of).unwrap_or_else(Cell::none)
}

fn value_only(estimate: Option<Estimate>) -> Cell {
    estimate.map_or_else(Cell::none, |estimate| Cell::text(short(estimate.value)))
}

fn how_to_read(context: &Context) -> String {
    let images = counted(context.results.images, "image");
    let intervals = match context.summary.seeds().len() {
        0 | 1 => format!(
            "In brackets: the 95% interval over {images}. One seed was trained per scheme, so \
             differences between schemes may be differences between seeds."
        ),
        n => format!(
            "Values are means over {n} seeds; in brackets the 95% interval over seeds (Student's \
             t), on {images}."
        ),
    };
    format!(
        "{intervals} RMS-PPP is in feature units, the unit of the layer's own output; nRMS is RMS-PPP against the \
         spread of image content. Neither depends on how many images were measured. Where chance could give as much, \
         only what the strength is below is shown, and no factor is made with it. MAE-PPP is shown for comparison, \
         beside what the scatter between images alone gives: it falls with more images, so it is compared with \
         nothing else. A dash stands for what was not measured or does not exist. The row valid is the control: a network without padding, where the pattern must be 0."
    )
}
