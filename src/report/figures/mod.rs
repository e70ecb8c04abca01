//! The figures of a paper: widths in millimetres, one file each, for every kind of run.

mod maps;

use super::charts::{self, RMS};
use super::grids::grids;
use super::plot::canvas::Drawing;
use super::probe_charts::{self, Drawn};
use crate::error::{Error, Result};
use crate::study::finished::{LoadPattern, Run};
use crate::study::results::{Results, RunKind};
use crate::study::summary::{FINAL, Summary, stages};

/// Width of a figure over one column and over both, in millimetres.
const SINGLE: f64 = 84.0;
const DOUBLE: f64 = 174.0;
/// CSS pixels of a drawing over one column.
const SINGLE_PIXELS: f64 = 470.0;
/// What figures are drawn of.
const DRAWN: &str = "name a run with something measured: study, measure, swap, surgery, learned, reliability, probe \
                     location, probe posenet or probe shift; or the JSON of a check";

/// A figure with its file's name and its width on paper.
pub struct Figure {
    /// Name of its file, without an ending.
    pub name: String,
    /// Its width on paper.
    pub millimetres: f64,
    /// What it shows.
    pub drawing: Drawing,
}

impl Figure {
    /// A drawing at the size of text that all figures share, over both columns at most.
    pub(super) fn new(name: impl Into<String>, drawing: Drawing) -> Figure {
        Figure {
            name: name.into(),
            millimetres: (SINGLE * drawing.width / SINGLE_PIXELS).min(DOUBLE),
            drawing,
        }
    }
}

/// The figures of a finished run.
///
/// # Errors
/// Where a pattern cannot be read, or there is nothing of which a figure is drawn.
pub fn figures_of(run: &Run) -> Result<Vec<Figure>> {
    let figures = figures(&run.results, &|file| run.load(file))?;
    if figures.is_empty() {
        let problem = format!(
            "a run of `{}`, of which there is no figure",
            run.results.kind
        );
        return Err(Error::file(&run.dir, problem, DRAWN));
    }
    Ok(figures)
}

/// The figures of a run; what was not measured is left out.
///
/// # Errors
/// Where a pattern cannot be read.
pub fn figures(results: &Results, load: &LoadPattern) -> Result<Vec<Figure>> {
    let summary = Summary::new(results);
    let mut figures = Vec::new();
    if matches!(results.kind, RunKind::Study | RunKind::Measure) {
        figures.extend(of_training(results, &summary));
        let maps = maps::maps(results, &summary, load)?;
        figures.extend(maps.map(|drawing| Figure {
            millimetres: DOUBLE,
            ..Figure::new("maps", drawing)
        }));
    }
    for found in grids(results) {
        // Columns of different units have no colours in common, and no figure.
        let Some(matrix) = found.ends.and_then(|ends| found.grid.matrix(ends)) else {
            continue;
        };
        let drawing = matrix.drawing(&found.grid.caption, found.unit);
        figures.push(Figure::new(found.name, drawing));
    }
    for chart in probe_charts::charts(results) {
        let drawing = match &chart.drawn {
            Drawn::Dots(dots) => dots.drawing(chart.title),
            Drawn::Lines(lines) => lines.drawing(chart.title),
        };
        figures.push(Figure::new(chart.name, drawing));
    }
    Ok(figures)
}

/// What a study shows of the last layer, as far as it was measured.
fn of_training(results: &Results, summary: &Summary) -> Vec<Figure> {
    let stages = stages(results);
    let mut figures = Vec::new();
    if let Some(layer) = summary.last_layer() {
        let formation = charts::over_steps(summary, &stages, layer, &RMS);
        if let Some(chart) = formation.filter(|_| stages.len() > 1) {
            let title = format!("RMS-PPP at {layer} over training steps");
            figures.push(Figure::new("formation", chart.drawing(&title)));
        }
        if let Some(chart) = charts::profile(summary, FINAL, layer, &RMS) {
            let title = format!("RMS-PPP at {layer} by distance");
            figures.push(Figure::new("reach", chart.drawing(&title)));
        }
        let change = charts::change(summary, layer, &RMS);
        if let Some(chart) = change.filter(|_| stages.len() > 1) {
            let title = format!("RMS-PPP at {layer} before and after training");
            figures.push(Figure::new("before-and-after", chart.drawing(&title)));
        }
    }
    if let Some(chart) = charts::accuracy(summary, &results.epochs) {
        let drawing = chart.drawing("Test accuracy after each epoch");
        figures.push(Figure::new("accuracy", drawing));
    }
    figures
}
