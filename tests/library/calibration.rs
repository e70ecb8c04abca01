//! Do the intervals of PPP's strengths hold what they say? Simulated features with a known pattern.
//!
//! `cargo test --release --test library calibration:: -- --nocapture` prints the table; with `--ignored` too, the whole
//! grid that stands in the guide.

use padgrad::rng::{Rng, Seed};
use padgrad::statistics::{BLOCKS, Power, Products};
use rand::RngExt;

/// Channels times positions of the simulated features.
const VALUES: usize = 48;
/// How strongly the second network's noise is correlated with that of the first on the same image.
const SHARED: f64 = 0.7;
/// How many times as strong its pattern is.
const GROWTH: f64 = 1.5;
/// The content's variance, and how much of it is D's noise.
const CONTENT: [f64; 2] = [1.0, 0.25];

/// A case of the grid.
#[derive(Clone, Copy, Debug)]
struct Case {
    images: usize,
    /// The pattern's power, as a multiple of the standard deviation of its estimate without a pattern.
    strength: f64,
    /// The correlation of the noise between any two values of an image.
    values: f64,
    /// The correlation of the noise between images of a scene, of which each block of images has one.
    scenes: f64,
}

/// How often, of `times`, each interval held the truth.
#[derive(Clone, Copy, Default)]
struct Coverage {
    times: usize,
    held: [usize; 4],
    claims: usize,
    /// Of a difference between the two networks.
    changes: usize,
}

/// The intervals that are tested; RMS-PPP's is that of E through a root, so that it holds when E's does.
const TESTED: [&str; 4] = ["E, RMS-PPP", "nRMS", "RMS difference", "nRMS difference"];

/// Standard normal values, by the polar method of Marsaglia.
fn normal(rng: &mut Rng) -> f64 {
    loop {
        let (x, y) = (
            2.0 * rng.random::<f64>() - 1.0,
            2.0 * rng.random::<f64>() - 1.0,
        );
        let r = x * x + y * y;
        if r > 0.0 && r < 1.0 {
            return x * (-2.0 * r.ln() / r).sqrt();
        }
    }
}

/// Noise of unit variance: a part all values share, and one of each, skewed as rectified features are.
fn noise(rng: &mut Rng, values: f64) -> [f64; VALUES] {
    let common = values.sqrt() * normal(rng);
    std::array::from_fn(|_| {
        let own = -rng.random::<f64>().max(f64::MIN_POSITIVE).ln() - 1.0;
        common + (1.0 - values).sqrt() * own
    })
}

/// Both powers of two networks on the same simulated images.
fn simulate(case: Case, pattern: &[f64; VALUES], rng: &mut Rng) -> [[Power; 2]; 2] {
    let zero = || vec![[0.0; VALUES]; BLOCKS];
    let (mut first, mut second, mut content, mut squares) = (zero(), zero(), zero(), zero());
    let per_block: Vec<usize> = (0..BLOCKS)
        .map(|b| {
            (0..case.images)
                .filter(|i| i * BLOCKS / case.images == b)
                .count()
        })
        .collect();
    for b in 0..BLOCKS {
        let scenes = [noise(rng, case.values), noise(rng, case.values)];
        for _ in 0..per_block[b] {
            let mut of_image = |scene: &[f64; VALUES]| {
                let own = noise(rng, case.values);
                let (shared, rest) = (case.scenes.sqrt(), (1.0 - case.scenes).sqrt());
                let mixed: [f64; VALUES] =
                    std::array::from_fn(|k| shared * scene[k] + rest * own[k]);
                mixed
            };
            let (one, other) = (of_image(&scenes[0]), of_image(&scenes[1]));
            let n = per_block[b] as f64;
            for k in 0..VALUES {
                let partner = SHARED * one[k] + (1.0 - SHARED * SHARED).sqrt() * other[k];
                first[b][k] += (pattern[k] + one[k]) / n;
                second[b][k] += (GROWTH * pattern[k] + partner) / n;
                let [all, of_noise] = CONTENT;
                let value = of_noise.sqrt() * one[k] + (all - of_noise).sqrt() * normal(rng);
                content[b][k] += value;
                squares[b][k] += value * value;
            }
        }
    }
    let variance = |without: Option<usize>| {
        let kept: Vec<usize> = (0..BLOCKS).filter(|b| Some(*b) != without).collect();
        let n = kept.iter().map(|b| per_block[*b]).sum::<usize>() as f64;
        let of_value = |k: usize| {
            let total: f64 = kept.iter().map(|b| content[*b][k]).sum();
            let of_squares: f64 = kept.iter().map(|b| squares[*b][k]).sum();
            (of_squares - total * total / n) / (n - 1.0)
        };
        (0..VALUES).map(of_value).sum::<f64>() / VALUES as f64
    };
    let without: Vec<f64> = (0..BLOCKS).map(|b| variance(Some(b))).collect();
    [first, second].map(|means| {
        let mut products: Products = [[0.0; BLOCKS]; BLOCKS];
        for (b, own) in means.iter().enumerate() {
            for (c, other) in means.iter().enumerate() {
                let terms = own.iter().zip(other).map(|(a, b)| a * b);
                products[b][c] = terms.sum::<f64>() / VALUES as f64;
            }
        }
        let power = Power::new(&products);
        let relative = power.over(variance(None), &without);
        [power, relative]
    })
}

fn cover(case: Case, times: usize) -> Coverage {
    let mut found = Coverage::default();
    let len = VALUES as f64;
    // Σ λ² over the eigenvalues of one image's noise; a scene's images are as fewer independent ones.
    let (first, others) = (1.0 - case.values + case.values * len, 1.0 - case.values);
    let squares = first * first + (len - 1.0) * others * others;
    let scene = (case.images / BLOCKS) as f64;
    let effective = case.images as f64 / (1.0 + (scene - 1.0) * case.scenes);
    let power = case.strength * (2.0 * squares).sqrt() / effective / len;
    for time in 0..times {
        let mut rng = Seed(2026).child(time).child(case.images).rng();
        // Every other pattern lies along what the values' noise shares.
        let direction: [f64; VALUES] = match time % 2 {
            0 => [1.0; VALUES],
            _ => std::array::from_fn(|_| normal(&mut rng)),
        };
        let size = direction.iter().map(|d| d * d).sum::<f64>() / len;
        let pattern = direction.map(|d| d * (power / size).sqrt());
        let [[own, own_relative], [other, other_relative]] = simulate(case, &pattern, &mut rng);
        let root = power.sqrt();
        let holds = |lo: f64, hi: f64, truth: f64| usize::from(lo <= truth && truth <= hi);
        let of_power = |power: &Power, truth: f64| {
            let [lo, hi] = power.interval();
            holds(lo, hi, truth)
        };
        let of_difference = |later: &Power, earlier: &Power, truth: f64| {
            let found = later.minus(earlier);
            holds(found.lo, found.hi, truth)
        };
        let held = [
            of_power(&own, power),
            of_power(&own_relative, power / CONTENT[0]),
            of_difference(&other, &own, (GROWTH - 1.0) * root),
            of_difference(&other_relative, &own_relative, (GROWTH - 1.0) * root),
        ];
        found
            .held
            .iter_mut()
            .zip(held)
            .for_each(|(sum, one)| *sum += one);
        found.claims += usize::from(own.is_claimed());
        found.changes += usize::from(other.minus(&own).p <= 0.05);
        found.times += 1;
    }
    found
}

/// Prints the table of a grid and gives its coverages.
fn table(cases: &[Case], times: usize) -> Vec<Coverage> {
    println!(
        "| images | strength | values | scenes | {} | claimed | change |",
        TESTED.join(" | ")
    );
    println!(
        "| --- | --- | --- | --- |{} --- | --- |",
        " --- |".repeat(TESTED.len())
    );
    let row = |case: &Case| {
        let found = cover(*case, times);
        let percent = |count: usize| format!("{:.1}", 100.0 * count as f64 / times as f64);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            case.images,
            case.strength,
            case.values,
            case.scenes,
            found.held.map(percent).join(" | "),
            percent(found.claims),
            percent(found.changes)
        );
        found
    };
    cases.iter().map(row).collect()
}

fn grid(images: &[usize], strengths: &[f64], values: &[f64], scenes: &[f64]) -> Vec<Case> {
    let mut cases = Vec::new();
    for &images in images {
        for &strength in strengths {
            for &values in values {
                cases.extend(scenes.iter().map(|&scenes| Case {
                    images,
                    strength,
                    values,
                    scenes,
                }));
            }
        }
    }
    cases
}

/// Fails where a share cannot, by its sampling error alone, lie between `least` and `most`.
#[track_caller]
fn assert_share(what: &str, count: usize, of: usize, least: f64, most: f64) {
    // 3.3 standard deviations: one in a thousand, as there are dozens of shares.
    let doubt = |share: f64| 3.3 * (share * (1.0 - share) / of as f64).sqrt();
    let share = count as f64 / of as f64;
    assert!(
        share >= least - doubt(least) && share <= most + doubt(most),
        "{what}: {share} of {of}"
    );
}

/// Checks every case and, with less sampling error, their union.
fn check(cases: &[Case], found: &[Coverage]) {
    for (i, what) in TESTED.iter().enumerate() {
        let (mut held, mut times) = (0, 0);
        for (case, coverage) in cases.iter().zip(found) {
            let of_case = format!("{what} {case:?}");
            assert_share(&of_case, coverage.held[i], coverage.times, 0.93, 0.97);
            held += coverage.held[i];
            times += coverage.times;
        }
        assert_share(what, held, times, 0.94, 0.97);
    }
    for (case, coverage) in cases.iter().zip(found).filter(|(c, _)| c.strength == 0.0) {
        for (what, claims) in [("claims", coverage.claims), ("changes", coverage.changes)] {
            let of_case = format!("{what} {case:?}");
            assert_share(&of_case, claims, coverage.times, 0.045, 0.055);
        }
    }
}

#[test]
fn intervals_hold_the_truth_in_95_of_100_cases() {
    let cases = grid(&[40, 200], &[0.0, 2.0, 100.0], &[0.0, 0.3], &[0.0, 0.5]);
    let found = table(&cases, 400);
    check(&cases, &found);
}

#[test]
#[ignore = "minutes: the table of the guide"]
fn intervals_hold_the_truth_over_the_whole_grid() {
    let cases = grid(
        &[40, 100, 500, 2000],
        &[0.0, 1.0, 3.0, 10.0, 100.0],
        &[0.0, 0.1, 0.5],
        &[0.0, 0.5],
    );
    let found = table(&cases, 400);
    check(&cases, &found);
}
