//! The sections of the page, in the order of reading; each is one function from the run to HTML.

mod backflow;
mod companions;
mod compared;
pub mod context;
mod convergence;
mod example;
mod formation;
mod lead;
mod method;
pub mod overview;
mod patterns;
mod reach;
mod taps;

use super::finding::finding;
use super::headline::headline;
use super::page::elements::{paragraph, section};
use crate::study::results::RunKind;
use context::Context;

/// The finding with every interval.
fn numbers(context: &Context) -> String {
    let parts = [headline(context.results), finding(context.results)];
    let body: String = parts.iter().map(|text| paragraph(text)).collect();
    section("numbers", "In numbers", &body)
}

/// All sections.
pub fn all(context: &Context) -> String {
    let (lead, own) = (lead::picture(context), companions::all(context));
    let background = taps::where_padding_comes_from() + &backflow::what_flows_back();
    // What a kind of run never has is left out; what it is about comes first.
    let sections = match context.results.kind {
        RunKind::Study => vec![
            lead,
            numbers(context),
            convergence::mist_clears(context),
            background,
            formation::forms(context),
            reach::profiles(context),
            overview::comparison(context),
            compared::studies(context),
            own,
        ],
        RunKind::Measure => vec![
            lead,
            own,
            reach::profiles(context),
            overview::comparison(context),
            background,
        ],
        _ => vec![own, lead, background],
    };
    sections.concat() + &method::metrics() + &method::how_it_was_made(context)
}
