//! nRMS by layer as bars of one letter each, for the terminal.

use super::table::{TEXT_WIDTH, wrap};
use crate::ppp::Region;
use crate::study::claims::CONTENT;
use crate::study::summary::{FINAL, Summary};

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// nRMS of the lowest and of the highest bar.
const LOW: f64 = 0.01;
const HIGH: f64 = 1.0;

/// One line per scheme: a bar per layer, from the input to the output of the network.
pub fn bars(summary: &Summary) -> String {
    let layers = summary.layers_with(CONTENT);
    if layers.is_empty() {
        return String::new();
    }
    let caption = format!(
        "nRMS, the pattern against the spread of image content, by layer after training, {} layers from input to \
         output: {} is {LOW} or less, {} is {HIGH} or more, · no pattern above chance.",
        layers.len(),
        BARS[0],
        BARS[7]
    );
    // A network deeper than the line is wide shows its last layers.
    let shown = &layers[layers.len().saturating_sub(TEXT_WIDTH / 2)..];
    let mut text = wrap(&caption, TEXT_WIDTH) + "\n\n";
    for scheme in summary.schemes() {
        let bar = |layer: &&str| {
            let estimate = summary.estimate(scheme, FINAL, layer, CONTENT);
            let of = (scheme, FINAL, *layer, CONTENT);
            let shown = estimate.filter(|_| summary.shows(Region::Whole, of));
            shown.map_or('·', |e| bar(e.value))
        };
        let name: String = scheme.chars().take(TEXT_WIDTH / 2 - 2).collect();
        text += &format!("{name:<12} {}\n", shown.iter().map(bar).collect::<String>());
    }
    text
}

fn bar(strength: f64) -> char {
    let share = ((strength / LOW).ln() / (HIGH / LOW).ln()).clamp(0.0, 1.0);
    BARS[(share * 7.0).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_rise_with_the_ratio() {
        assert_eq!(
            [0.001, 0.01, 0.1, 1.0, 3.0].map(bar),
            ['▁', '▁', '▅', '█', '█']
        );
    }
}
