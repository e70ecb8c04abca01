//! What other commands measured: swaps of the padding, surgery, probes of position, reliability.

mod companion;
mod surgery;

use super::context::Context;
use crate::probes::posenet::PUBLISHED;
use crate::report::grids::{Named, grids};
use crate::report::page::elements::{chart, paragraph};
use crate::report::probe_charts::{self, Chart, Drawn};
use crate::report::table::{Cell, Table};
use crate::report::{learned, swap};
use crate::study::results::{Results, RunKind};
use crate::study::schema::PLACED_ACCURACY;
use crate::study::summary::Summary;
use companion::Companion;

/// A section per kind of run that the page was given.
pub fn all(context: &Context) -> String {
    let own = Companion {
        name: "",
        dir: context.dir,
        results: context.results,
    };
    let others = context.others.iter().map(|run| Companion {
        name: &run.name,
        dir: &run.dir,
        results: &run.results,
    });
    let mut page = String::new();
    for run in std::iter::once(own).chain(others) {
        page += &match run.results.kind {
            RunKind::Swap => run.section(
                "swap",
                "Exchanging the padding of a trained network",
                &swap(run.results),
            ),
            RunKind::Learned => run.section(
                "learned",
                "Is the pattern learned?",
                &trained_or_not(run.results),
            ),
            RunKind::Measure => run.section("layers", "Layer by layer", &charts(run.results)),
            RunKind::Surgery => {
                run.section("surgery", "Taking the padding out", &surgery::section(&run))
            }
            RunKind::Location => run.section(
                "location",
                "Does a network use location?",
                &location(run.results),
            ),
            RunKind::PosENet => run.section(
                "posenet",
                "How well can position be read off?",
                &posenet(run.results),
            ),
            RunKind::Shift => run.section("shift", "What a shift changes", &shift(run.results)),
            RunKind::Reliability => run.section(
                "reliability",
                "How reliable are the measures?",
                &reliability(run.results),
            ),
            _ => String::new(),
        };
    }
    page
}

fn swap(results: &Results) -> String {
    let body = paragraph(
        "Each network was trained under one padding (rows) and then run under every other (columns). A network \
         that relies on its padding loses accuracy when the padding is exchanged: compare each row with its framed \
         value, where the network runs under its own padding.",
    );
    body + &tables(results) + &paragraph(&swap::sentence(results))
}

/// The charts of a run, beside each other.
fn charts(results: &Results) -> String {
    let figure = |found: &Chart| {
        let drawing = match &found.drawn {
            Drawn::Dots(dots) => dots.drawing(found.title),
            Drawn::Lines(lines) => lines.drawing(found.title),
        };
        chart(found.name, found.title, &drawing, "")
    };
    let charts: String = probe_charts::charts(results).iter().map(figure).collect();
    match charts.is_empty() {
        true => charts,
        false => format!("<div class=\"plots\">\n{charts}</div>\n"),
    }
}

/// The tables of a run.
fn tables(results: &Results) -> String {
    grids(results).iter().map(Named::html).collect()
}

fn trained_or_not(results: &Results) -> String {
    let body = paragraph(
        "A network that somebody trained is measured beside the same network with fresh weights, on the same \
         photographs, under the padding that it was trained with and under others. Training changed the pattern where \
         it lies outside the spread of the untrained networks.",
    );
    let table = learned::table(results).map_or_else(String::new, |table| table.html());
    body + &charts(results) + &table + &paragraph(&learned::sentence(results))
}

fn location(results: &Results) -> String {
    let body = paragraph(
        "A small network must say whether a red square lies to the left of a green one. In training, each answer \
         appears at a position of its own; in the dissimilar test the positions are exchanged. A network that uses \
         location then fails, and the gap between the two accuracies measures how much it does.",
    );
    body + &charts(results) + &tables(results)
}

fn posenet(results: &Results) -> String {
    let body = paragraph(
        "A small readout looks at the features of a frozen network and must say where in the image each of them \
         lies. The more it gains over reading the image alone, the more the features say about position. SPC is the \
         rank correlation with the truth: 0 where position cannot be read at all, 1 where it is read perfectly. The \
         targets are a ramp across, a ramp downwards, a hill in the middle, and stripes along either axis.",
    );
    body + &tables(results) + &published_posenet()
}

/// The paper's rows, for reference.
fn published_posenet() -> String {
    let caption = "Published for reference (Islam et al. 2020): ImageNet weights, readouts trained on DUT-S and tested \
                   on PASCAL-S";
    let mut table = Table::new(
        caption,
        &["features of", "ramp across", "ramp downwards", "hill"],
    );
    for row in PUBLISHED {
        let values = row
            .spc
            .map(|spc| spc.map_or_else(Cell::none, |v| Cell::text(format!("{v:.3}"))));
        table.push([Cell::text(row.name)].into_iter().chain(values).collect());
    }
    table.html()
}

fn shift(results: &Results) -> String {
    let body = paragraph(
        "Measures that need no true surroundings. Equivariance compares the features of a shifted image with the \
         shifted features: the range of the features against the difference, in decibels; more is better, and a layer \
         without a value is exact, not a bit differs. The other asks overlapping crops of one picture for the same \
         pixel, and counts the pairs of crops that disagree. Where images have surroundings of their own, the object \
         is also moved towards the border, and accuracy is counted by its distance from it.",
    );
    body + &charts(results) + &tables(results) + &placed(results)
}

/// The accuracy by the distance of the object from the border, a row per scheme.
fn placed(results: &Results) -> String {
    let summary = Summary::new(results);
    let distances = summary.distances("output", PLACED_ACCURACY);
    if distances.is_empty() {
        return String::new();
    }
    let titles: Vec<String> = distances.iter().map(|d| format!("{d} px")).collect();
    let titles: Vec<&str> = std::iter::once("trained under")
        .chain(titles.iter().map(String::as_str))
        .collect();
    let caption = "Accuracy [%], by the pixels between the object and the border of the image";
    let mut table = Table::new(caption, &titles);
    for scheme in summary.schemes() {
        let here = distances
            .iter()
            .map(|&distance| Cell::percent(summary.at_distance(scheme, PLACED_ACCURACY, distance)));
        table.push(std::iter::once(Cell::text(scheme)).chain(here).collect());
    }
    table.html()
}

fn reliability(results: &Results) -> String {
    let body = paragraph(
        "How far each measure can be trusted: what it shows where there is no position information, how often it \
         claims some there all the same, how much it differs between seeds, and whether it grows with a signal \
         planted on purpose.",
    );
    body + &charts(results) + &tables(results)
}
