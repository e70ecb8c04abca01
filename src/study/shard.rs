//! A part of a grid, for one of several machines.

use std::fmt;
use std::str::FromStr;

/// Every n-th cell, from the i-th on: `2/4` is the second of four parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// All cells.
    pub const WHOLE: Shard = Shard { number: 1, of: 1 };

    /// Whether cell `index`, counted from 0, belongs to this part.
    pub fn has(&self, index: usize) -> bool {
        index % self.of == self.number - 1
    }
}

impl Default for Shard {
    fn default() -> Shard {
        Shard::WHOLE
    }
}

/// How a study is worked on: how much of it, how many cells side by side, and beside which others.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// The cells of this part of all.
    pub shard: Shard,
    /// Cells side by side; one per thread, as far as memory allows, where this says nothing.
    pub jobs: Option<usize>,
    /// Whether cells that were made with another instruction set, finished by an earlier run, may stand beside these;
    /// their values differ in the last digits.
    pub any_isa: bool,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((number, of)) if 1 <= number && number <= of => Ok(Shard { number, of }),
            _ => Err("write it as i/n with i from 1 to n, for example 2/4".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_the_cells_out() {
        let mut owners = [0; 10];
        for text in ["1/3", "2/3", "3/3"] {
            let shard: Shard = text.parse().expect("a shard");
            (0..10)
                .filter(|&i| shard.has(i))
                .for_each(|i| owners[i] += 1);
        }
        assert_eq!(owners, [1; 10]);
        assert!((0..10).all(|i| Shard::WHOLE.has(i)));
        for text in ["", "1", "0/3", "4/3", "1/0", "-1/3", "a/b", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
