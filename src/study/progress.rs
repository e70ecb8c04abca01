//! How work says how far it has come: events, given to a closure of whoever waits for it.

use std::borrow::Cow;

use crate::train::EpochRecord;

/// Something that happens during work that takes time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// A phase of `total` units begins, for example of steps or images.
    Phase {
        /// What is done.
        name: &'a str,
        /// Of how much.
        total: usize,
        /// What is counted, in the plural.
        unit: &'a str,
    },
    /// This many units of the phase are done.
    At(usize),
    /// How far the work has come as a whole, cells side by side included.
    Overall {
        /// What is done.
        done: usize,
        /// Of how much, as far as is known.
        total: usize,
        /// What is counted, in the plural.
        unit: &'a str,
    },
    /// A network was trained for one more epoch.
    Epoch {
        /// Which network, as `[1/6] zeros, seed 0`.
        cell: &'a str,
        /// How many epochs it is trained for.
        epochs: usize,
        /// How the epoch went.
        record: &'a EpochRecord,
    },
    /// Something else that is worth a line of a log.
    Line(&'a str),
}

impl<'a> Event<'a> {
    /// What a log says of it; `None` for what is only how far the work has come.
    pub fn line(self) -> Option<Cow<'a, str>> {
        match self {
            Event::Line(text) => Some(text.into()),
            Event::Epoch {
                cell,
                epochs,
                record,
            } => {
                let [train, test] = [record.train, record.test].map(|score| 100.0 * score.accuracy);
                let line = format!(
                    "{cell}: epoch {} of {epochs}, loss {:.3}, accuracy {train:.1}% on training and {test:.1}% on test \
                     images, {:.1} s",
                    record.epoch, record.train.loss, record.seconds
                );
                Some(line.into())
            }
            Event::Phase { .. } | Event::At(_) | Event::Overall { .. } => None,
        }
    }
}

/// Receives every [`Event`], from whichever thread it comes. Cells that are worked on side by side send no phases,
/// which would mix.
///
/// ```
/// use padgrad::study::progress::{Event, Progress};
///
/// let print: &Progress = &|event| {
///     if let Some(line) = event.line() {
///         println!("{line}");
///     }
/// };
/// print(Event::Line("epoch 1 of 3"));
/// ```
pub type Progress<'a> = dyn Fn(Event<'_>) + Sync + 'a;

/// The progress of work that nobody watches.
pub fn silent(_: Event<'_>) {}

/// Begins a phase.
pub(super) fn phase(progress: &Progress, name: &str, total: usize, unit: &str) {
    progress(Event::Phase { name, total, unit });
}
