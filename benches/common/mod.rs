//! The works to time, as the table shared with the peers lists them, and how to time them.

mod conv;
mod network;

use std::time::Instant;

const TABLE: &str = include_str!("../peers/works.csv");

/// One row of the table.
pub struct Work {
    pub name: &'static str,
    kind: &'static str,
    sizes: Vec<(&'static str, &'static str)>,
    /// Whether it is compared by the clock, not by its memory.
    pub timed: bool,
    /// The work of padgrad's own that it is compared with, `torch` for a peer.
    pub against: &'static str,
}

/// Every work of the table, in its order.
pub fn works() -> Vec<Work> {
    let work = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, kind, sizes, quantity, against, _quick] = fields[..] else {
            panic!("works.csv: not six fields: {line}")
        };
        let size = |text: &'static str| text.split_once('=').expect("key=value in works.csv");
        Work {
            name,
            kind,
            sizes: sizes.split(' ').map(size).collect(),
            timed: quantity == "time",
            against,
        }
    };
    TABLE.lines().skip(1).map(work).collect()
}

/// What is timed.
pub type Run = dyn Fn() + Send + Sync;

/// Something to run again and again.
pub struct Ready {
    pub run: Box<Run>,
    /// Floating-point operations, two per multiply-add, where the work is little else.
    pub gflop: Option<f64>,
}

impl Work {
    /// Draws the data. A new kind of work is a file here, an arm here and a class in the peer.
    pub fn prepare(&self) -> Ready {
        match self.kind {
            "conv" => conv::prepare(self),
            "network" => network::prepare(self),
            kind => panic!("no such kind of work: {kind}"),
        }
    }

    fn find(&self, key: &str) -> Option<&'static str> {
        let size = self.sizes.iter().find(|(k, _)| *k == key);
        size.map(|(_, value)| *value)
    }

    fn text(&self, key: &str) -> &'static str {
        self.find(key)
            .unwrap_or_else(|| panic!("{} lacks {key}", self.name))
    }

    fn number(&self, key: &str) -> usize {
        self.text(key).parse().expect("a number in works.csv")
    }

    /// The number at `key`, or `default` where the row has none.
    fn number_or(&self, key: &str, default: usize) -> usize {
        self.find(key).map_or(default, |_| self.number(key))
    }
}

/// The milliseconds of each of `reps` runs, in the pool of threads as the command runs its networks: from
/// outside, every pass of a layer would wait for another thread to begin and to end it.
pub fn time(run: &Run, reps: usize) -> Vec<f64> {
    let one = |_| {
        let start = Instant::now();
        run();
        1e3 * start.elapsed().as_secs_f64()
    };
    rayon::scope(|_| (0..reps).map(one).collect())
}

/// The quartiles: lower, median, upper.
pub fn quartiles(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [1, 2, 3].map(|q| times[(times.len() - 1) * q / 4])
}
