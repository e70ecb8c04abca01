//! The patterns of a run, read once and kept by scheme, layer and stage.

use super::context::Context;
use crate::report::page::elements::nothing;
use crate::study::finished::load_pattern;
use crate::study::results::PatternFile;
use crate::tensor::Tensor;

/// The patterns of the run's first seed.
pub struct Patterns<'a> {
    pub seed: u64,
    found: Vec<(&'a PatternFile, Tensor<f32>)>,
    layers: Vec<&'a str>,
    /// Why some cannot be shown, each reason once.
    problems: Vec<String>,
}

impl<'a> Patterns<'a> {
    /// Reads them; one that cannot be read is named, and stops nothing.
    pub fn read(context: &Context<'a>) -> Option<Patterns<'a>> {
        let files = || {
            let files = context.results.patterns.iter();
            files.filter(|file| file.is_of_all_images())
        };
        let seed = files().map(|file| file.seed).min()?;
        let mut patterns = Patterns {
            seed,
            found: Vec::new(),
            layers: in_network_order(context, files()),
            problems: Vec::new(),
        };
        for file in files().filter(|file| file.seed == seed) {
            match read(context, file) {
                Ok(pattern) => patterns.found.push((file, pattern)),
                Err(problem) => patterns.problems.push(problem),
            }
        }
        Some(patterns)
    }

    /// The layers that have patterns, in network order.
    pub fn layers(&self) -> &[&'a str] {
        &self.layers
    }

    /// The pattern [C, h, w] of a scheme at a layer and stage.
    pub fn get(&self, scheme: &str, layer: &str, stage: &str) -> Option<&Tensor<f32>> {
        let wanted = |file: &PatternFile| {
            file.scheme == scheme && file.layer == layer && file.stage == stage
        };
        let found = self.found.iter().find(|(file, _)| wanted(file))?;
        Some(&found.1)
    }

    /// Says what is missing.
    pub fn complaints(&self) -> String {
        let said = self.problems.iter().take(3);
        said.map(|problem| nothing(&format!("A pattern is not shown: {problem}")))
            .collect()
    }
}

/// Reads the pattern of an entry, or says why it cannot be drawn.
pub fn read(context: &Context, file: &PatternFile) -> Result<Tensor<f32>, String> {
    let pattern = load_pattern(context.dir, file).map_err(|error| error.to_string())?;
    match pattern.shape() {
        [_, _, _] if !pattern.is_empty() => Ok(pattern),
        shape => Err(format!("a pattern of shape {shape:?} cannot be drawn")),
    }
}

fn in_network_order<'a>(
    context: &Context<'a>,
    files: impl Iterator<Item = &'a PatternFile> + Clone,
) -> Vec<&'a str> {
    let named = context.summary.layers().into_iter();
    let kept: Vec<&str> = files.map(|file| file.layer.as_str()).collect();
    let mut layers: Vec<&str> = Vec::new();
    for layer in named.chain(kept.iter().copied()) {
        if kept.contains(&layer) && !layers.contains(&layer) {
            layers.push(layer);
        }
    }
    layers
}
