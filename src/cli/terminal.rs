//! Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::log;
use crate::study::progress::Event;

/// How a command shows how far it is; the bar goes away with it.
pub struct Terminal {
    bar: Option<Mutex<ProgressBar>>,
    quiet: bool,
}

impl Terminal {
    /// Progress for a command that is `quiet` or not.
    pub fn new(quiet: bool) -> Terminal {
        let on_terminal = !quiet && std::io::stderr().is_terminal();
        Terminal {
            bar: on_terminal.then(|| Mutex::new(ProgressBar::hidden())),
            quiet,
        }
    }

    /// Shows an event.
    pub fn show(&self, event: Event) {
        let Some(bar) = &self.bar else {
            match event {
                Event::Line(text) if !self.quiet => log(text),
                _ => return,
            }
            return;
        };
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Phase { name, total, unit } => {
                bar.finish_and_clear();
                *bar = begun(name, total, unit);
            }
            Event::At(done) => bar.set_position(done as u64),
            Event::Line(text) => bar.suspend(|| log(text)),
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

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            let bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
            bar.finish_and_clear();
        }
    }
}
