//! The tables of values of every kind of run, as its page and its figures show them.

use super::grid::{Ends, Field, Grid};
use crate::ppp::Metric;
use crate::study::claims::CONTENT;
use crate::study::posenet::target_and_tap;
use crate::study::reliability::measures::Measure;
use crate::study::results::{Results, Row, RunKind};
use crate::study::schema::{CROP_DISAGREEMENT, TEST_ACCURACY};
use crate::study::summary::{FINAL, INIT, Summary};
use crate::study::surgery::SHARES;

/// A table with its name among files and its colours.
pub struct Named<'r> {
    /// Name of a file.
    pub name: &'static str,
    pub grid: Grid<'r>,
    /// What its values are.
    pub unit: &'static str,
    /// The ends of its colours; none where its columns have different units.
    pub ends: Option<Ends>,
}

impl Named<'_> {
    /// The table for a page.
    pub fn html(&self) -> String {
        match self.ends {
            Some(ends) => self.grid.shaded(ends),
            None => self.grid.plain(),
        }
    }
}

/// Tables that are being gathered; those without a value are left out.
struct Gathered<'r>(Vec<Named<'r>>);

impl<'r> Gathered<'r> {
    fn add(&mut self, [name, unit]: [&'static str; 2], grid: Grid<'r>, ends: Option<Ends>) {
        if !grid.rows.is_empty() {
            self.0.push(Named {
                name,
                unit,
                grid,
                ends,
            });
        }
    }
}

/// The tables of a run, in the order in which its page shows them.
pub fn grids(results: &Results) -> Vec<Named<'_>> {
    let mut gathered = Gathered(Vec::new());
    match results.kind {
        RunKind::Swap => swap(results, &mut gathered),
        RunKind::Surgery => surgery(results, &mut gathered),
        RunKind::Location => location(results, &mut gathered),
        RunKind::PosENet => posenet(results, &mut gathered),
        RunKind::Shift => shift(results, &mut gathered),
        RunKind::Reliability => reliability(results, &mut gathered),
        _ => {}
    }
    gathered.0
}

/// The rows of a metric.
fn rows_of<'r>(results: &'r Results, metric: &str) -> Vec<&'r Row> {
    results.rows.iter().filter(|r| r.is_of(metric)).collect()
}

const SCHEME: Field = |r| &r.scheme;
const LAYER: Field = |r| &r.layer;

fn swap<'r>(results: &'r Results, gathered: &mut Gathered<'r>) {
    let layer = Summary::new(results).last_layer().unwrap_or_default();
    let mut content = rows_of(results, CONTENT);
    content.retain(|row| row.layer == layer);
    let strength = format!("Pattern against the spread of content (nRMS) at {layer}");
    let accuracy = rows_of(results, TEST_ACCURACY);
    let changed = rows_of(results, Metric::ImpactChanged.name());
    let shown = Ends::Shown;
    for (name, caption, rows, factor, ends) in [
        (
            ["accuracy", "test accuracy [%]; columns: run under"],
            "Test accuracy [%]",
            accuracy,
            100.0,
            shown,
        ),
        (
            ["pattern", "nRMS; columns: run under"],
            &strength,
            content,
            1.0,
            Ends::FromZero,
        ),
        (
            ["predictions", "predictions changed [%]; columns: run under"],
            "Predictions that padding changes [%]",
            changed,
            100.0,
            Ends::FromZero,
        ),
    ] {
        let grid = Grid {
            caption: format!("{caption}: trained under (rows), run under (columns)"),
            corner: "trained under",
            rows,
            by: [SCHEME, |r| r.under.as_deref().unwrap_or(&r.scheme)],
            factor,
        };
        gathered.add(name, grid, Some(ends));
    }
}

fn surgery<'r>(results: &'r Results, gathered: &mut Gathered<'r>) {
    let operated: Field = |row| match row.under.as_deref() {
        None => "with its own padding",
        Some("optimal") => "with true surroundings",
        Some("valid") => "with nothing in its place",
        Some(other) => other,
    };
    let mut add = |name, caption: &str, rows, column, ends| {
        let grid = Grid {
            caption: caption.into(),
            corner: "trained under",
            rows,
            by: [SCHEME, column],
            factor: 100.0,
        };
        gathered.add(name, grid, ends);
    };
    let rows = rows_of(results, TEST_ACCURACY);
    add(
        ["accuracy", "test accuracy [%]"],
        "Test accuracy [%]",
        rows,
        operated,
        Some(Ends::Shown),
    );
    let caption = "Change of accuracy without padding, on the same images [percentage points]";
    let rows = rows_of(results, "accuracy_change");
    add(["accuracy-change", ""], caption, rows, operated, None);
    let is_share = |row: &&Row| SHARES.contains(&row.metric.as_str());
    let (all, by_layer): (Vec<&Row>, Vec<&Row>) =
        (results.rows.iter().filter(is_share)).partition(|row| row.layer == "model");
    let threshold: Field = |row| {
        let [affected, third, half, _] = SHARES;
        match row.metric.as_str() {
            metric if metric == affected => "affected, from 0.1 on",
            metric if metric == third => "from 0.3 on",
            metric if metric == half => "from 0.5 on",
            _ => "border detectors, from 0.8 on",
        }
    };
    let percent = Some(Ends::To(100.0));
    let caption =
        "Channels of all layers, by how far padding moves their border from their inside [%]";
    add(
        ["channels", "channels [%]"],
        caption,
        all,
        threshold,
        percent,
    );
    let [affected, .., detectors] = SHARES;
    let of = |metric| by_layer.iter().copied().filter(move |r| r.metric == metric);
    let caption =
        "Padding-affected channels (from 0.1 on) [%], by layer from the input to the output";
    add(
        ["affected-by-layer", "affected channels [%]"],
        caption,
        of(affected).collect(),
        LAYER,
        percent,
    );
    let caption = "Border detectors (from 0.8 on) [%], by layer from the input to the output";
    add(
        ["detectors-by-layer", "border detectors [%]"],
        caption,
        of(detectors).collect(),
        LAYER,
        percent,
    );
}

fn location<'r>(results: &'r Results, gathered: &mut Gathered<'r>) {
    let column: Field = |row| match row.metric.as_str() {
        "similar_accuracy" => "positions as in training",
        "dissimilar_accuracy" => "positions exchanged",
        "gap" => "gap",
        "fresh_similar_accuracy" => "fresh images, positions as in training",
        "fresh_dissimilar_accuracy" => "fresh images, positions exchanged",
        "ceiling" => "ceiling on fresh images",
        other => other,
    };
    let rows = results.rows.iter();
    let (epochs, rows): (Vec<&Row>, Vec<&Row>) =
        rows.partition(|row| row.metric == "epochs_trained");
    let caption = "Accuracy on both tests, their gap, and the best accuracy that any weights can have on fresh images [%]";
    let grid = Grid {
        caption: caption.into(),
        corner: "padding",
        rows,
        by: [SCHEME, column],
        factor: 100.0,
    };
    gathered.add(["location", "accuracy [%]"], grid, Some(Ends::To(100.0)));
    let trained = Grid {
        caption: "Epochs until training was stopped".into(),
        corner: "padding",
        rows: epochs,
        by: [SCHEME, |_| "epochs"],
        factor: 1.0,
    };
    gathered.add(["epochs", ""], trained, None);
}

fn posenet<'r>(results: &'r Results, gathered: &mut Gathered<'r>) {
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
    let mut add = |name, caption: String, rows, column| {
        let grid = Grid {
            caption,
            corner: "features of",
            rows,
            by: [SCHEME, column],
            factor: 1.0,
        };
        gathered.add([name, "SPC"], grid, Some(Ends::To(1.0)));
    };
    for (stage, names, caption) in [
        (
            INIT,
            ["spc-untrained", "spc-untrained-by-layer"],
            "SPC on features of untrained networks, by target",
        ),
        (
            FINAL,
            ["spc-trained", "spc-trained-by-layer"],
            "SPC on features of trained networks and on the image alone, by target",
        ),
    ] {
        let of_stage = results
            .rows
            .iter()
            .filter(|r| r.is_of("spc") && r.stage == stage);
        let (rows, by_layer): (Vec<&Row>, Vec<&Row>) =
            of_stage.partition(|r| tap(r) == "all layers");
        add(names[0], caption.into(), rows, target);
        let across = by_layer.into_iter().filter(|r| target(r) == "ramp across");
        let caption = format!("{caption}: the ramp across, read from each layer alone");
        add(names[1], caption, across.collect(), tap);
    }
}

fn shift<'r>(results: &'r Results, gathered: &mut Gathered<'r>) {
    let one: Field = |_| "pairs that disagree";
    for (name, metric, caption, factor, column) in [
        (
            ["equivariance", "equivariance [dB]"],
            "equivariance_db",
            "Equivariance [dB], by layer from the input to the output",
            1.0,
            LAYER,
        ),
        (
            ["crops", "pairs that disagree [%]"],
            CROP_DISAGREEMENT,
            "Same pixel, different crops: pairs that disagree [%]",
            100.0,
            one,
        ),
    ] {
        let grid = Grid {
            caption: caption.into(),
            corner: "trained under",
            rows: rows_of(results, metric),
            by: [SCHEME, column],
            factor,
        };
        gathered.add(name, grid, Some(Ends::FromZero));
    }
}

fn reliability<'r>(results: &'r Results, gathered: &mut Gathered<'r>) {
    let (planted, tested): (Vec<&Row>, Vec<&Row>) =
        (results.rows.iter()).partition(|r| r.metric == "planted_response");
    let column: Field = |row| match row.metric.as_str() {
        "null_value" => "without position",
        "value" => "real networks",
        "sign_flip_claims" => "claims under random signs [share]",
        "nulls" => "readings without position",
        "false_positive_rate" => "false positives [share]",
        "seed_spread" => "spread over seeds",
        "rank_correlation" => "rank correlation with strength",
        "per_tenfold" => "rise with a signal ten times as strong [factor]",
        "lowest_detected" => "lowest strength detected",
        other => other,
    };
    let strength: Field = |r| r.stage.strip_prefix("strength-").unwrap_or(&r.stage);
    let measure: Field = |r| Measure::title_of(&r.layer);
    for (name, caption, rows, column) in [
        (
            ["measures", ""],
            "Each measure put to the test",
            tested,
            column,
        ),
        (
            ["planted", ""],
            "Response to a planted signal, by its strength",
            planted,
            strength,
        ),
    ] {
        let grid = Grid {
            caption: caption.into(),
            corner: "measure",
            rows,
            by: [measure, column],
            factor: 1.0,
        };
        gathered.add(name, grid, None);
    }
}
