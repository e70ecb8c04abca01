//! Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::log;
use crate::study::progress::Event;

/// Where there is no terminal, work that takes longer than this says how far it is, and then again after each period.
const PERIODS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];

/// How a command shows how far it is; the bar goes away with it.
pub struct Terminal {
    shown: Mutex<Shown>,
    quiet: bool,
}

/// What is shown at the moment.
enum Shown {
    /// A bar of one phase after the other.
    Phases(ProgressBar),
    /// One bar of everything.
    Whole(ProgressBar),
    /// Lines.
    Lines(Pace),
}

impl Terminal {
    /// Progress for a command that is `quiet` or not.
    pub fn new(quiet: bool) -> Terminal {
        let shown = match !quiet && std::io::stderr().is_terminal() {
            true => Shown::Phases(ProgressBar::hidden()),
            false => Shown::Lines(Pace::default()),
        };
        Terminal {
            shown: Mutex::new(shown),
            quiet,
        }
    }

    /// Shows an event.
    pub fn show(&self, event: Event) {
        if self.quiet {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = event.line() {
            return match &*shown {
                Shown::Lines(_) => log(line),
                Shown::Phases(bar) | Shown::Whole(bar) => bar.suspend(|| log(line)),
            };
        }
        match (&mut *shown, event) {
            (_, Event::Line(_) | Event::Epoch { .. }) => {}
            (Shown::Lines(pace), Event::Overall { done, total, unit }) => {
                pace.whole = true;
                if let Some(line) = pace.line(Instant::now(), done, total, unit) {
                    log(line);
                }
            }
            (Shown::Lines(pace), Event::Phase { total, unit, .. }) => pace.begin(total, unit),
            (Shown::Lines(pace), Event::At(done)) => {
                if let Some((total, unit)) = pace.phase.clone().filter(|_| !pace.whole)
                    && let Some(line) = pace.line(Instant::now(), done, total, &unit)
                {
                    log(line);
                }
            }
            (Shown::Phases(bar), Event::Phase { name, total, unit }) => {
                bar.finish_and_clear();
                *bar = begun(name, total, unit);
            }
            (Shown::Phases(bar), Event::At(done)) => bar.set_position(done as u64),
            (Shown::Phases(bar), Event::Overall { total, unit, .. }) => {
                bar.finish_and_clear();
                *shown = Shown::Whole(begun("all cells", total, unit));
            }
            (Shown::Whole(bar), Event::Phase { name, .. }) => bar.set_message(name.to_string()),
            (Shown::Whole(bar), Event::Overall { done, total, .. }) => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
            }
            (Shown::Whole(_), Event::At(_)) => {}
        }
    }
}

fn begun(name: &str, total: usize, unit: &str) -> ProgressBar {
    let template = format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {unit} {{per_sec}} {{eta}} left");
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message(name.to_string());
    bar
}

/// When it was last said how far the work, or its phase, is.
#[derive(Default)]
struct Pace {
    /// When the work began, and when the next line is due.
    times: Option<[Instant; 2]>,
    /// Of how much the phase is, and of what, where it is a phase that is watched.
    phase: Option<(usize, String)>,
    /// Whether it is known how far the work is as a whole, so that its phases are not watched.
    whole: bool,
}

impl Pace {
    /// A phase begins.
    fn begin(&mut self, total: usize, unit: &str) {
        if !self.whole {
            self.phase = Some((total, unit.to_string()));
            let now = Instant::now();
            self.times = Some([now, now + PERIODS[0]]);
        }
    }

    /// A line, where one is due: the share that is done, the rate and the time left.
    fn line(&mut self, now: Instant, done: usize, total: usize, unit: &str) -> Option<String> {
        let [begun, due] = self.times.get_or_insert([now, now + PERIODS[0]]);
        if now < *due || done == 0 {
            return None;
        }
        *due = now + PERIODS[1];
        // What comes first, as measuring before the first step, is no sign of the pace.
        if done < total / 1000 {
            return Some(format!("{done} of {total} {unit} done"));
        }
        let rate = done as f64 / (now - *begun).as_secs_f64();
        let percent = 100 * done / total.max(1);
        let left = rough(total.saturating_sub(done) as f64 / rate);
        Some(format!(
            "{percent}% done, {}, about {left} left",
            pace_of(rate, unit)
        ))
    }
}

/// A rate as people say it.
fn pace_of(rate: f64, unit: &str) -> String {
    match rate {
        ..0.1 => format!("{:.1} {unit}/min", 60.0 * rate),
        ..10.0 => format!("{rate:.1} {unit}/s"),
        _ => format!("{rate:.0} {unit}/s"),
    }
}

/// A time as people say it.
fn rough(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let shown = self.shown.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Shown::Phases(bar) | Shown::Whole(bar) = shown {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_now_and_then_with_rate_and_time_left() {
        let mut pace = Pace::default();
        let begun = Instant::now();
        let mut at =
            |seconds, done| pace.line(begun + Duration::from_secs(seconds), done, 60_000, "images");
        assert_eq!((at(0, 0), at(9, 900)), (None, None));
        assert_eq!(
            at(10, 1000).as_deref(),
            Some("1% done, 100 images/s, about 10 min left")
        );
        assert_eq!(at(39, 5000), None);
        assert_eq!(
            at(50, 50_000).as_deref(),
            Some("83% done, 1000 images/s, about 10 s left")
        );
        assert_eq!([89.0, 91.0, 9000.0].map(rough), ["89 s", "2 min", "2.5 h"]);
        assert_eq!(pace_of(0.05, "networks"), "3.0 networks/min");
    }

    #[test]
    fn no_time_left_is_told_before_a_thousandth_is_done() {
        let mut pace = Pace::default();
        let [first, second] = PERIODS;
        let now = Instant::now();
        assert_eq!(pace.line(now, 0, 60_000, "images"), None);
        let early = pace.line(now + first, 59, 60_000, "images");
        assert_eq!(early.as_deref(), Some("59 of 60000 images done"));
        let later = pace.line(now + first + second, 60, 60_000, "images");
        let words = "0% done, 1.5 images/s, about 11.1 h left";
        assert_eq!(later.as_deref(), Some(words));
    }

    #[test]
    fn phases_are_watched_unless_the_whole_is_known() {
        let mut pace = Pace::default();
        pace.begin(120, "networks");
        let later = Instant::now() + Duration::from_secs(1000);
        let line = pace.line(later, 20, 120, "networks").expect("a line");
        assert!(
            line.starts_with("16% done, 1.2 networks/min, about 83 min left"),
            "{line}"
        );
        pace.whole = true;
        pace.begin(7, "images");
        assert_eq!(pace.phase, Some((120, "networks".into())));
    }
}
