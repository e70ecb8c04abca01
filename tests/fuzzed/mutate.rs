//! Inputs that are made of seeds by small changes, each a function of its number alone.

/// More bytes than this no input has, unless its seed does.
const LONGEST: usize = 1 << 14;
/// Values at which readers go wrong.
const TELLING: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    u64::MAX / 2,
    u64::MAX / 2 + 1,
    u64::MAX,
];

/// Makes inputs of seeds.
pub struct Mutator<'s> {
    seeds: &'s [Vec<u8>],
}

/// SplitMix64.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A short range inside `length`.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = [4, 16, length][self.below(3)];
        start..(start + self.below(most + 1)).min(length)
    }
}

impl<'s> Mutator<'s> {
    /// One for these seeds, at least one.
    pub fn new(seeds: &'s [Vec<u8>]) -> Mutator<'s> {
        Mutator { seeds }
    }

    /// The input of this number.
    pub fn input(&self, number: u64) -> Vec<u8> {
        let mut draws = Draws(number);
        let mut bytes = self.seeds[draws.below(self.seeds.len())].clone();
        let longest = LONGEST.max(bytes.len());
        for _ in 0..1 << draws.below(5) {
            self.change(&mut bytes, &mut draws);
        }
        bytes.truncate(longest);
        bytes
    }

    fn change(&self, bytes: &mut Vec<u8>, draws: &mut Draws) {
        let range = draws.range(bytes.len());
        let at = draws.below(bytes.len());
        match draws.below(9) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << draws.below(8),
            1 if !bytes.is_empty() => bytes[at] = draws.next() as u8,
            2 => drop(bytes.drain(range)),
            3 => {
                let part = bytes[range].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let other = &self.seeds[draws.below(self.seeds.len())];
                let part = other[draws.range(other.len())].to_vec();
                let end = (at + part.len()).min(bytes.len());
                bytes.splice(at..end, part);
            }
            5 => {
                let value = TELLING[draws.below(TELLING.len())].to_le_bytes();
                let mut value = value[..1 << draws.below(4)].to_vec();
                if draws.below(2) == 0 {
                    value.reverse();
                }
                let end = (at + value.len()).min(bytes.len());
                bytes.splice(at..end, value);
            }
            6 => {
                let value = TELLING[draws.below(TELLING.len())];
                let text = [
                    value.to_string(),
                    format!("-{value}"),
                    format!("{value}e300"),
                ];
                let text = text[draws.below(3)].clone();
                let digits = bytes[at.min(bytes.len())..]
                    .iter()
                    .take_while(|b| b.is_ascii_digit());
                let end = at + digits.count();
                bytes.splice(at..end, text.into_bytes());
            }
            7 => bytes.truncate(at),
            _ => {
                let length = draws.below(16);
                let new: Vec<u8> = (0..length).map(|_| draws.next() as u8).collect();
                bytes.splice(at..at, new);
            }
        }
    }
}
