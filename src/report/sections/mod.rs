//! The sections of the page, in the order of reading; each is one function from the run to HTML.

mod backflow;
mod companions;
mod compared;
pub mod context;
mod convergence;
mod formation;
mod lead;
mod method;
pub mod overview;
mod patterns;
mod reach;
mod taps;

use context::Context;

/// All sections.
pub fn all(context: &Context) -> String {
    let sections = [
        lead::picture(context),
        convergence::mist_clears(context),
        taps::where_padding_comes_from(),
        backflow::what_flows_back(),
        formation::forms(context),
        reach::profiles(context),
        overview::comparison(context),
        compared::studies(context),
        companions::all(context),
        method::metrics(),
        method::how_it_was_made(context),
    ];
    sections.concat()
}
