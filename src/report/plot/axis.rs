//! Axes: where a value goes and which ticks help to read it.

use crate::report::text::short;
use crate::study::summary::Estimate;

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Equal differences take equal room.
    Linear,
    /// Equal differences take equal room; ticks are integers.
    Counts,
    /// Equal ratios take equal room. What is not above 0 has no logarithm: it is drawn on a line of
    /// its own below the axis, labelled 0.
    Log,
    /// Steps of training: 0 and then equal ratios, so that the first steps can be distinguished.
    Steps,
}

/// Room below the logarithmic part for the line of zeros, as a share of that part.
const ZERO_ROOM: f64 = 0.14;
/// Decades up to which a logarithmic axis has ticks at 1.5, 2, 3, 5 and 7 too, at 2 and 5, and at 3.
const LEAST_DECADES: f64 = 0.7;
const FEW_DECADES: f64 = 1.6;
const SOME_DECADES: f64 = 3.2;
/// How far apart the ticks of steps are at least.
const STEPS_APART: f64 = 0.095;

/// An axis over a range of values; positions run from 0 at its start to 1 at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    spread: Spread,
    /// Ends of the axis, in logarithms if the axis has them.
    start: f64,
    end: f64,
    /// Share of the length below the logarithmic part.
    zero_room: f64,
    /// Ticks: position and label.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis on which all finite `values` have a position.
    pub fn over(values: &[f64], spread: Spread) -> Axis {
        let finite = values.iter().copied().filter(|v| v.is_finite());
        match spread {
            Spread::Log => Axis::log(&finite.collect::<Vec<f64>>()),
            Spread::Steps => Axis::steps(&finite.collect::<Vec<f64>>()),
            Spread::Linear | Spread::Counts => Axis::linear(finite, spread),
        }
    }

    /// An axis for estimates and their intervals, and for the values `also`.
    pub fn for_estimates(
        estimates: impl Iterator<Item = Estimate> + Clone,
        also: &[f64],
        spread: Spread,
    ) -> Axis {
        let mut values: Vec<f64> = estimates.clone().map(|e| e.value).collect();
        // An interval that reaches 0 must not stretch a logarithmic axis over many decades.
        let positive = values.iter().copied().filter(|v| *v > 0.0);
        let least = positive.fold(f64::INFINITY, f64::min);
        let ends = estimates.flat_map(|e| [e.lo, e.hi]).flatten();
        values.extend(ends.filter(|end| spread != Spread::Log || *end > least * 0.5));
        values.extend(also);
        Axis::over(&values, spread)
    }

    fn linear(values: impl Iterator<Item = f64>, spread: Spread) -> Axis {
        let (low, high) = ends(values).unwrap_or((0.0, 1.0));
        let step = tick_step((high - low) / 6.0, spread);
        // Whole counts start and end at data; other values at ticks, which are easier to read.
        let (start, end) = match spread {
            Spread::Counts => (low, high.max(low + 1.0)),
            _ => (
                (low / step).floor() * step,
                ((high / step).ceil() * step).max((low / step).floor() * step + step),
            ),
        };
        let mut axis = Axis::bare(spread, start, end);
        let first = (start / step).ceil() as i64;
        let last = (end / step + 1e-9).floor() as i64;
        axis.ticks = (first..=last)
            .map(|i| i as f64 * step)
            .map(|value| (axis.position(value), tick_label(value, step)))
            .collect();
        axis
    }

    fn log(values: &[f64]) -> Axis {
        let positive = values.iter().copied().filter(|v| *v > 0.0).map(f64::log10);
        let (low, high) = ends(positive).unwrap_or((-1.0, 0.0));
        let margin = ((high - low) * 0.05).max(0.05);
        let mut axis = Axis::bare(Spread::Log, low - margin, high + margin);
        if values.iter().any(|v| *v <= 0.0) {
            axis.zero_room = ZERO_ROOM / (1.0 + ZERO_ROOM);
            axis.ticks.push((0.0, "0".to_string()));
        }
        let decades = axis.end - axis.start;
        let factors: &[f64] = match decades {
            _ if decades <= LEAST_DECADES => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            _ if decades <= FEW_DECADES => &[1.0, 2.0, 5.0],
            _ if decades <= SOME_DECADES => &[1.0, 3.0],
            _ => &[1.0],
        };
        let every = (decades / 6.0).ceil().max(1.0) as i32;
        for decade in axis.start.floor() as i32..=axis.end.ceil() as i32 {
            for factor in factors {
                let value = factor * 10f64.powi(decade);
                let inside = (axis.start..=axis.end).contains(&value.log10());
                if inside && decade.rem_euclid(every) == 0 {
                    axis.ticks.push((axis.position(value), log_label(value)));
                }
            }
        }
        axis
    }

    fn steps(values: &[f64]) -> Axis {
        let end = values.iter().copied().fold(1.0, f64::max);
        let mut axis = Axis::bare(Spread::Steps, 0.0, end.ln_1p());
        let powers = std::iter::successors(Some(1.0), |step| Some(step * 2.0));
        let mut known: Vec<f64> = powers.take_while(|step| step * 1.8 < end).collect();
        // Small steps lie close together: no label where it would touch the one before.
        let mut last = f64::NEG_INFINITY;
        known.insert(0, 0.0);
        known.push(end);
        for step in known {
            let position = axis.position(step);
            if position - last >= STEPS_APART {
                axis.ticks.push((position, tick_label(step, 1.0)));
                last = position;
            }
        }
        axis
    }

    fn bare(spread: Spread, start: f64, end: f64) -> Axis {
        Axis {
            spread,
            start,
            end,
            zero_room: 0.0,
            ticks: Vec::new(),
        }
    }

    /// The position of a finite `value`; held to the axis if it lies beyond.
    pub fn position(&self, value: f64) -> f64 {
        let share = |v: f64| ((v - self.start) / (self.end - self.start)).clamp(0.0, 1.0);
        match self.spread {
            Spread::Linear | Spread::Counts => share(value),
            Spread::Steps => share(value.max(0.0).ln_1p()),
            Spread::Log if value > 0.0 => {
                self.zero_room + (1.0 - self.zero_room) * share(value.log10())
            }
            Spread::Log => 0.0,
        }
    }

    /// The position of an end of an interval: one that is not above 0 reaches the lower end of the
    /// logarithmic part, not the line of zeros, which is for values.
    pub fn position_of_end(&self, value: f64) -> f64 {
        self.position(value).max(self.zero_room)
    }

    /// Whether a value has no logarithm and stands on the line of zeros.
    pub fn is_on_zero(&self, value: f64) -> bool {
        self.spread == Spread::Log && value <= 0.0
    }

    /// Where the logarithmic part starts, if there is a line of zeros below it.
    pub fn zero_break(&self) -> Option<f64> {
        (self.zero_room > 0.0).then_some(self.zero_room)
    }
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, v| match ends {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least `raw`.
fn tick_step(raw: f64, spread: Spread) -> f64 {
    let raw = match spread {
        Spread::Counts => raw.max(1.0),
        _ if raw > 0.0 => raw,
        _ => 1.0,
    };
    let power = 10f64.powf(raw.log10().floor());
    let fits = |factor: &f64| factor * power >= raw * (1.0 - 1e-9);
    let factor = [1.0, 2.0, 5.0].into_iter().find(fits).unwrap_or(10.0);
    factor * power
}

fn tick_label(value: f64, step: f64) -> String {
    if !(1e-4..1e5).contains(&step) {
        return short(value);
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let label = format!("{value:.decimals$}");
    if label.trim_start_matches('-').parse() == Ok(0.0) {
        "0".to_string()
    } else {
        label
    }
}

/// 0.01, 1, 200: as short as the value allows; powers of ten beyond.
fn log_label(value: f64) -> String {
    if (1e-4..1e6).contains(&value) {
        let decimals = (-value.log10().floor()).max(0.0) as usize;
        let label = format!("{value:.decimals$}");
        // 1.5 and the like need a digit more.
        let shown: f64 = label.parse().unwrap_or(value);
        match (shown / value - 1.0).abs() < 1e-9 {
            true => label,
            false => format!("{value:.*}", decimals + 1),
        }
    } else {
        format!("{value:.0e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        let linear = Axis::over(&[0.0, 0.93], Spread::Linear);
        assert_eq!(labels(&linear), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let counts = Axis::over(&[0.0, 3.0], Spread::Counts);
        assert_eq!(labels(&counts), ["0", "1", "2", "3"]);
        let log = Axis::over(&[0.2, 3.0], Spread::Log);
        assert_eq!(labels(&log), ["0.2", "0.5", "1", "2"]);
        let log = Axis::over(&[1.0, 2.2], Spread::Log);
        assert_eq!(labels(&log), ["1", "1.5", "2"]);
        let log = Axis::over(&[0.02, 3.0], Spread::Log);
        assert_eq!(labels(&log), ["0.03", "0.1", "0.3", "1", "3"]);
        let log = Axis::over(&[0.002, 30.0], Spread::Log);
        assert_eq!(labels(&log), ["0.01", "0.1", "1", "10"]);
    }

    #[test]
    fn zeros_have_a_line_below_the_logarithmic_part() {
        let axis = Axis::over(&[0.0, 0.1, 10.0], Spread::Log);
        assert_eq!(axis.ticks[0], (0.0, "0".to_string()));
        assert_eq!(axis.position(0.0), 0.0);
        let zero_break = axis.zero_break().expect("a line of zeros");
        assert!(axis.position(0.1) > zero_break);
        assert_eq!(axis.position_of_end(-1.0), zero_break);
        assert!(
            (axis.position(1.0) * 2.0 - axis.position(0.1) - axis.position(10.0)).abs() < 1e-12
        );
    }

    #[test]
    fn no_values_one_value_and_values_off_the_axis_still_make_an_axis() {
        for spread in [Spread::Linear, Spread::Counts, Spread::Log] {
            for values in [&[][..], &[0.0], &[5.0], &[f64::NAN, f64::INFINITY]] {
                let axis = Axis::over(values, spread);
                let position = axis.position(values.first().copied().unwrap_or(1.0).min(9.0));
                assert!(
                    (0.0..=1.0).contains(&position),
                    "{spread:?} {values:?}: {position}"
                );
            }
        }
    }
}
