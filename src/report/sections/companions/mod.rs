//! What other commands measured: swaps of the padding, surgery, probes of position, reliability.

mod companion;
mod surgery;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::context::Context;
use crate::ppp::Region;
use crate::probes::posenet::PUBLISHED;
use crate::report::grid::{Ends, Field, Grid};
use crate::report::learned;
use crate::report::page::elements::{figure, paragraph};
use crate::report::table::{Cell, Table};
use crate::study::claims::CONTENT;
use crate::study::posenet::target_and_tap;
use crate::study::results::{Results, Row};
use crate::study::summary::{Estimate, FINAL, INIT, Summary};
use companion::{Companion, rows_of};

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
        page += &match run.results.kind.as_str() {
            "swap" => run.section(
                "swap",
                "Exchanging the padding of a trained network",
                &swap(run.results),
            ),
            "learned" => run.section(
                "learned",
                "Is the pattern learned?",
                &trained_or_not(run.results),
            ),
            "surgery" => run.section("surgery", "Taking the padding out", &surgery::section(&run)),
            "probe location" => run.section(
                "location",
                "Does a network use location?",
                &location(run.results),
            ),
            "probe posenet" => run.section(
                "posenet",
                "How well can position be read off?",
                &posenet(run.results),
            ),
            "probe shift" => run.section("shift", "What a shift changes", &shift(run.results)),
            "reliability" => run.section(
                "reliability",
                "How reliable are the measures?",
                &reliability(&run),
            ),
            _ => String::new(),
        };
    }
    page
}

fn swap(results: &Results) -> String {
    let mut body = paragraph(
        "Each network was trained under one padding (rows) and then run under every other (columns). A network \
         that relies on its padding loses accuracy when the padding is exchanged: compare each row with its framed \
         value, where the network runs under its own padding.",
    );
    let by: [Field; 2] = [|r| &r.scheme, |r| r.under.as_deref().unwrap_or(&r.scheme)];
    let layer = Summary::new(results).last_layer().unwrap_or_default();
    let mut content = rows_of(results, CONTENT);
    content.retain(|row| row.layer == layer);
    let strength = format!("Pattern against the spread of content (nRMS) at {layer}");
    for (caption, rows, factor, ends) in [
        (
            "Test accuracy [%]",
            rows_of(results, "test_accuracy"),
            100.0,
            Ends::Shown,
        ),
        (&strength, content, 1.0, Ends::FromZero),
        (
            "Predictions that padding changes [%]",
            rows_of(results, "impact_changed"),
            100.0,
            Ends::FromZero,
        ),
    ] {
        if !rows.is_empty() {
            let caption = format!("{caption}: trained under (rows), run under (columns)");
            let grid = Grid {
                caption: &caption,
                corner: "trained under",
                rows: &rows,
                by,
                factor,
            };
            body += &grid.shaded(ends);
        }
    }
    body
}

fn trained_or_not(results: &Results) -> String {
    let body = paragraph(
        "A network that somebody trained is measured beside the same network with fresh weights, on the same \
         photographs, under the padding that it was trained with and under others. What training made of the pattern \
         lies outside of the spread of the untrained networks.",
    );
    let table = learned::table(results).map_or_else(String::new, |table| table.html());
    body + &table + &paragraph(&learned::sentence(results))
}

fn location(results: &Results) -> String {
    let body = paragraph(
        "A small network must say whether a red square lies to the left of a green one. In training, each answer \
         appears at a position of its own; in the dissimilar test the positions are exchanged. A network that uses \
         location then fails, and the gap between the two accuracies measures how much it does.",
    );
    let column: Field = |row| match row.metric.as_str() {
        "similar_accuracy" => "positions as in training",
        "dissimilar_accuracy" => "positions exchanged",
        "gap" => "gap",
        "fresh_similar_accuracy" => "fresh images, positions as in training",
        "fresh_dissimilar_accuracy" => "fresh images, positions exchanged",
        "ceiling" => "ceiling on fresh images",
        other => other,
    };
    let (epochs, rows): (Vec<&Row>, Vec<&Row>) = results
        .rows
        .iter()
        .partition(|row| row.metric == "epochs_trained");
    let grid = Grid {
        caption: "Accuracy on both tests, their gap, and the best accuracy that any weights can have on fresh images [%]",
        corner: "padding",
        rows: &rows,
        by: [|r| &r.scheme, column],
        factor: 100.0,
    };
    let trained = Grid {
        caption: "Epochs until training was stopped",
        rows: &epochs,
        by: [|r| &r.scheme, |_| "epochs"],
        factor: 1.0,
        ..grid
    };
    body + &grid.shaded(Ends::To(100.0)) + &trained.plain()
}

fn posenet(results: &Results) -> String {
    let mut body = paragraph(
        "A small readout looks at the features of a frozen network and must say where in the image each of them \
         lies. The more it gains over reading the image alone, the more the features say about position. SPC is the \
         rank correlation with the truth: 0 where position cannot be read at all, 1 where it is read perfectly. The \
         targets are a ramp across, a ramp downwards, a hill in the middle, and stripes along either axis.",
    );
    let target: Field = |row| match target_and_tap(&row.layer).map_or("", |(target, _)| target) {
        "hor" => "ramp across",
        "ver" => "ramp downwards",
        "gau" => "hill",
        "horstp" => "stripes across",
        "verstp" => "stripes downwards",
        _ => &row.layer,
    };
    let tap: Field = |row| match target_and_tap(&row.layer) {
        Some((_, Some(tap))) => tap,
        _ => "all layers",
    };
    let spc = rows_of(results, "spc");
    for (stage, caption) in [
        (INIT, "SPC on features of untrained networks, by target"),
        (
            FINAL,
            "SPC on features of trained networks and on the image alone, by target",
        ),
    ] {
        let of_stage = spc.iter().copied().filter(|r| r.stage == stage);
        let (rows, by_layer): (Vec<&Row>, Vec<&Row>) =
            of_stage.partition(|r| tap(r) == "all layers");
        if !rows.is_empty() {
            let grid = Grid {
                caption,
                corner: "features of",
                rows: &rows,
                by: [|r| &r.scheme, target],
                factor: 1.0,
            };
            body += &grid.shaded(Ends::To(1.0));
        }
        let across: Vec<&Row> = by_layer
            .into_iter()
            .filter(|r| target(r) == "ramp across")
            .collect();
        if !across.is_empty() {
            let grid = Grid {
                caption: &format!("{caption}: the ramp across, read from each layer alone"),
                corner: "features of",
                rows: &across,
                by: [|r| &r.scheme, tap],
                factor: 1.0,
            };
            body += &grid.shaded(Ends::To(1.0));
        }
    }
    body + &published_posenet()
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
    let mut body = paragraph(
        "Measures that need no true surroundings. Equivariance compares the features of a shifted image with the \
         shifted features: the range of the features against the difference, in decibels; more is better, and a layer \
         without a value is exact, not a bit differs. The other asks overlapping crops of one picture for the same \
         pixel, and counts the pairs of crops that disagree. Where images have surroundings of their own, the object is also moved \
         towards the border, and accuracy is counted by its distance from it.",
    );
    for (metric, caption, factor, column) in [
        (
            "equivariance_db",
            "Equivariance [dB], by layer from the input to the output",
            1.0,
            (|r| &r.layer) as Field,
        ),
        (
            "crop_disagreement",
            "Same pixel, different crops: pairs that disagree [%]",
            100.0,
            |_| "pairs that disagree",
        ),
    ] {
        let rows = rows_of(results, metric);
        if !rows.is_empty() {
            let grid = Grid {
                caption,
                corner: "trained under",
                rows: &rows,
                by: [|r| &r.scheme, column],
                factor,
            };
            body += &grid.plain();
        }
    }
    body + &placed(results)
}

/// The accuracy by the distance of the object from the border, a row per scheme.
fn placed(results: &Results) -> String {
    let rows = rows_of(results, "placed_accuracy");
    let distances: BTreeSet<usize> = rows.iter().filter_map(|r| r.region.distance()).collect();
    if distances.is_empty() {
        return String::new();
    }
    let titles: Vec<String> = distances.iter().map(|d| format!("{d} px")).collect();
    let titles: Vec<&str> = std::iter::once("trained under")
        .chain(titles.iter().map(String::as_str))
        .collect();
    let caption = "Accuracy [%], by the pixels between the object and the border of the image";
    let mut table = Table::new(caption, &titles);
    for scheme in Summary::new(results).schemes() {
        let here = distances.iter().map(|&distance| {
            let at = |r: &&&Row| r.scheme == scheme && r.region == Region::Ring(distance);
            let here: Vec<&Row> = rows.iter().filter(at).copied().collect();
            Cell::percent(Estimate::across(&here))
        });
        table.push(std::iter::once(Cell::text(scheme)).chain(here).collect());
    }
    table.html()
}

fn reliability(run: &Companion) -> String {
    let mut body = paragraph(
        "How far each measure can be trusted: what it shows where there is no position information, how often it \
         claims some there all the same, how much it differs between seeds, and whether it grows with a signal \
         planted on purpose.",
    );
    let (planted, tested): (Vec<&Row>, Vec<&Row>) = run
        .results
        .rows
        .iter()
        .partition(|r| r.metric == "planted_response");
    let column: Field = |row| match row.metric.as_str() {
        "null_value" => "without position",
        "value" => "real networks",
        "sign_flip_claims" => "claims under random signs [share]",
        "false_positive_rate" => "false positives [share]",
        "seed_spread" => "spread over seeds",
        "rank_correlation" => "rank correlation with strength",
        "per_tenfold" => "rise with a signal ten times as strong [factor]",
        "lowest_detected" => "lowest strength detected",
        other => other,
    };
    let tables = [
        ("Each measure put to the test", tested, column),
        (
            "Response to a planted signal, by its strength",
            planted,
            |r: &Row| r.stage.strip_prefix("strength-").unwrap_or(&r.stage),
        ),
    ];
    for (caption, rows, column) in tables {
        if !rows.is_empty() {
            let by: [Field; 2] = [|r| &r.layer, column];
            let grid = Grid {
                caption,
                corner: "measure",
                rows: &rows,
                by,
                factor: 1.0,
            };
            body += &grid.plain();
        }
    }
    body + &drawn_response(run.dir)
}

/// The chart that the run left in its folder, if it did.
fn drawn_response(dir: &Path) -> String {
    let Ok(svg) = fs::read(dir.join("reliability.svg")) else {
        return String::new();
    };
    // As a picture, a drawing from elsewhere can run no script on this page.
    let picture = format!(
        "<img class=\"drawing\" alt=\"The response of each measure to planted signals of growing strength\" \
         src=\"data:image/svg+xml;base64,{}\">\n",
        STANDARD.encode(svg)
    );
    figure(
        &picture,
        "The response of each measure to planted signals of growing strength; the table above holds its values.",
    )
}
