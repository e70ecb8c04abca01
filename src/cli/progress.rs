//! Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet.

use std::io::IsTerminal;

use super::output::tell;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How a command shows how far it is.
pub struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Progress {
    /// Progress for a command that is `quiet` or not.
    pub fn new(quiet: bool) -> Progress {
        let on_terminal = !quiet && std::io::stderr().is_terminal();
        Progress {
            bar: on_terminal.then(ProgressBar::hidden),
            quiet,
        }
    }

    /// Progress by lines alone, for work that goes on beside other work.
    pub fn lines(quiet: bool) -> Progress {
        Progress { bar: None, quiet }
    }

    /// Begins a phase of `total` units.
    pub fn phase(&mut self, name: &str, total: usize, unit: &str) {
        let Some(bar) = &mut self.bar else { return };
        bar.finish_and_clear();
        let template =
            format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {unit} {{per_sec}} {{eta}} left");
        *bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_message(name.to_string());
    }

    /// So many units of the phase are done.
    pub fn at(&self, done: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        match &self.bar {
            _ if self.quiet => {}
            Some(bar) => bar.suspend(|| tell(text)),
            None => tell(text),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
