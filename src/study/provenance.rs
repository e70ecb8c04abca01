//! When, by what and on what a run was made.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::kernels::Isa;

/// Version of this padgrad.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that it was built from, with `+` and a digest where the sources differed from it; `unknown` where it was
/// built without git.
pub const COMMIT: &str = env!("PADGRAD_COMMIT");

/// The instruction set that the kernels use.
pub fn isa() -> &'static str {
    Isa::active().name()
}

/// The processor's name as the system tells it, or its architecture.
pub fn cpu() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = told.lines().filter_map(|line| line.split_once(':'));
    let model = lines.find(|(key, _)| key.trim() == "model name");
    model.map_or(std::env::consts::ARCH.into(), |(_, name)| {
        name.trim().to_string()
    })
}

/// The time, UTC, as in `2026-11-30T15:20:48Z`.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    in_words(since.map_or(0, |since| since.as_secs()))
}

/// The date of a time in seconds since 1970.
fn in_words(seconds: u64) -> String {
    let (mut day, of_day) = (seconds / 86_400, seconds % 86_400);
    let leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [
        31,
        28 + u64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let (month, day) = (month + 1, day + 1);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_796_051_048, "2026-11-30T15:04:08Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(in_words(seconds), expected);
        }
    }
}
