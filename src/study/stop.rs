//! Work that ends early because somebody asks for it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::data::{Dataset, Wide, WideImages};
use crate::error::{Error, Result};

/// A request to stop, which may come from another thread; clones share it.
///
/// Work that is given one ends its step, keeps what it takes to go on from there, and gives
/// [`Error::Interrupted`].
///
/// ```
/// use padgrad::study::stop::Stop;
///
/// let stop = Stop::default();
/// assert!(stop.check().is_ok());
/// stop.clone().request();
/// assert!(stop.check().is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether work may go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] once a stop is asked for.
    pub fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Error::interrupted("resume the run to go on")),
            false => Ok(()),
        }
    }
}

/// Images of a data set, which end when a stop is asked for.
pub(super) struct UntilStopped<'a> {
    pub data: &'a Dataset,
    pub stop: &'a Stop,
}

impl WideImages for UntilStopped<'_> {
    fn name(&self) -> &str {
        &self.data.name
    }

    fn shape(&self) -> [usize; 3] {
        self.data.shape()
    }

    fn count(&self) -> Option<usize> {
        self.data.count()
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        self.stop.check()?;
        self.data.wide(range, margin)
    }
}
