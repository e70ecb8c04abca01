//! How work says how far it has come: events, given to a closure of whoever waits for it.

/// Something that happens during work that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Something that is worth a line of a log.
    Line(&'a str),
}

/// Receives every [`Event`], from whichever thread it comes. Cells that are worked on side by side send no phases,
/// which would mix.
///
/// ```
/// use padgrad::study::progress::{Event, Progress};
///
/// let print: &Progress = &|event| {
///     if let Event::Line(text) = event {
///         println!("{text}");
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
