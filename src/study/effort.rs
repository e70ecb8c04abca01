//! How much work a study is, in images that pass through a network.

use std::sync::atomic::{AtomicU64, Ordering};

use super::config::{Plan, RunConfig};
use super::progress::{Event, Progress};
use crate::data::Dataset;

/// A count of images, shared by all that work on them.
pub struct Effort<'a> {
    /// Where it is reported, and everything else.
    pub progress: &'a Progress<'a>,
    total: AtomicU64,
    done: AtomicU64,
}

impl<'a> Effort<'a> {
    /// `total` images that are still to be done.
    pub fn new(progress: &'a Progress<'a>, total: u64) -> Effort<'a> {
        let effort = Effort {
            progress,
            total: AtomicU64::new(total),
            done: AtomicU64::new(0),
        };
        effort.tell();
        effort
    }

    fn tell(&self) {
        let [done, total] = [&self.done, &self.total].map(|n| n.load(Ordering::Relaxed) as usize);
        (self.progress)(Event::Overall {
            done,
            total: total.max(done),
            unit: "images",
        });
    }

    /// The part of it that is one cell's.
    pub fn share(&self, images: u64) -> Share<'_> {
        Share {
            all: self,
            planned: AtomicU64::new(images),
            done: AtomicU64::new(0),
        }
    }
}

/// The images of one cell; at its end those that were planned and not needed count no more.
pub struct Share<'a> {
    all: &'a Effort<'a>,
    planned: AtomicU64,
    done: AtomicU64,
}

impl Share<'_> {
    /// Some more are done.
    pub fn add(&self, images: usize) {
        self.done.fetch_add(images as u64, Ordering::Relaxed);
        self.all.done.fetch_add(images as u64, Ordering::Relaxed);
        self.all.tell();
    }

    /// Only `left` are to be done, as an earlier process has done the others.
    pub fn only(&self, left: u64) {
        let before = self.planned.swap(left, Ordering::Relaxed);
        // Both are counts of the same images, and a wrapped difference is added back by wrapping.
        let change = left.wrapping_sub(before);
        self.all.total.fetch_add(change, Ordering::Relaxed);
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.only(self.done.load(Ordering::Relaxed));
    }
}

/// The images that pass through the network of a cell after `step` steps: in training, in tests, in measurements.
pub fn images_after(step: u64, plan: Plan, config: &RunConfig, data: &Dataset) -> u64 {
    let (images, batch) = (data.train.len(), config.train.batch_size.max(1));
    let per_epoch = (images / batch + usize::from(images % batch > 1)).max(1);
    let (step, epochs) = (step as usize, config.train.epochs);
    let steps = (per_epoch * epochs).saturating_sub(step);
    let tests = data.test.len();
    let ends = epochs.saturating_sub(step / per_epoch);
    let trained = steps * images / per_epoch + ends * tests;
    if plan == Plan::Train {
        return trained as u64;
    }
    let moments = config.moments(per_epoch);
    let epochs = (step / per_epoch + 1..epochs).filter(|&epoch| moments.has_epoch(epoch));
    // The first moment and the last are measured whatever the schedule.
    let whole = epochs.count() + 1 + usize::from(step == 0);
    let brief = (0..u64::BITS).map(|power| 1u64 << power);
    let brief = brief.filter(|&s| s > step as u64 && s < (step + steps) as u64);
    let brief = brief.filter(|&s| moments.has_step(s)).count();
    (trained + whole * (config.images + tests) + brief * config.images_of_a_step()) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn what_is_not_needed_counts_no_more() {
        let told = Mutex::new(Vec::new());
        let note = |event: Event| {
            if let Event::Overall { done, total, .. } = event {
                told.lock().expect("no panic").push((done, total));
            }
        };
        let effort = Effort::new(&note, 100);
        let (one, other) = (effort.share(60), effort.share(40));
        one.only(20);
        one.add(10);
        drop(one);
        other.add(40);
        other.add(5);
        drop(other);
        assert_eq!(
            *told.lock().expect("no panic"),
            [(0, 100), (10, 60), (50, 50), (55, 55)]
        );
    }
}
