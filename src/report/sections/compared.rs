//! Several studies on one page.

use super::context::Context;
use super::overview::{growth, strength};
use crate::ppp::Metric;
use crate::report::finding::finding;
use crate::report::headline::headline;
use crate::report::page::elements::{paragraph, section};
use crate::report::table::{Cell, Table};
use crate::study::claims::{CONTENT, FEATURE_UNITS};
use crate::study::finished::Run;
use crate::study::results::Results;
use crate::study::schema::TEST_ACCURACY;
use crate::study::summary::{FINAL, INIT, Summary};

/// The studies side by side; nothing where there is one.
pub fn studies(context: &Context) -> String {
    let is_study = |run: &&&Run| run.results.kind == context.results.kind;
    let others: Vec<&&Run> = context.others.iter().filter(is_study).collect();
    if others.is_empty() {
        return String::new();
    }
    let mut table = Table::new(
        "Every scheme of every run at the last measured layer of its network",
        &[
            "run",
            "scheme",
            "layer",
            "test accuracy [%]",
            "RMS-PPP before",
            "RMS-PPP after",
            "RMS-PPP change",
            "nRMS after",
            "nRMS change",
            "coherence",
        ],
    );
    add(&mut table, "this page's run", context.results);
    let mut findings = String::new();
    for run in others {
        add(&mut table, &run.name, &run.results);
        findings += &paragraph(&format!("{}: {}", run.name, headline(&run.results)));
        findings += &paragraph(&format!("In numbers: {}", finding(&run.results)));
    }
    let body = findings + &table.html();
    section("runs", "The runs side by side", &body)
}

fn add(table: &mut Table, name: &str, results: &Results) {
    let summary = Summary::new(results);
    let Some(layer) = summary.last_layer() else {
        return;
    };
    for scheme in summary.schemes() {
        let at = |layer, metric| summary.estimate(scheme, FINAL, layer, metric);
        let accuracy = at("model", TEST_ACCURACY).map(|e| e.scaled(100.0));
        table.push(vec![
            Cell::text(name),
            Cell::text(scheme),
            Cell::text(layer),
            Cell::estimate(accuracy),
            strength(&summary, (scheme, INIT, layer, FEATURE_UNITS)),
            strength(&summary, (scheme, FINAL, layer, FEATURE_UNITS)),
            growth(results, scheme, layer, FEATURE_UNITS),
            strength(&summary, (scheme, FINAL, layer, CONTENT)),
            growth(results, scheme, layer, CONTENT),
            Cell::estimate(at(layer, Metric::Coherence.name())),
        ]);
    }
}
