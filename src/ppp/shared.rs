//! What the blocks of images share: the pattern's power and its sign, from products of different blocks.

use rayon::prelude::*;

use crate::statistics::{BLOCKS, Measured, Power, Products, jackknife_error, quantile_975};

/// The products of the blocks' means of D at every position, averaged over channels.
pub(super) struct ProductMaps {
    /// Those of block b with block c ≤ b at b(b+1)/2 + c, [h·w] each.
    pairs: Vec<Vec<f64>>,
}

impl ProductMaps {
    /// Those of `blocks`, [C·h·w] each, on maps of `positions` positions.
    pub fn new(blocks: &[Vec<f64>], positions: usize) -> ProductMaps {
        let pairs: Vec<[usize; 2]> = (0..blocks.len())
            .flat_map(|b| (0..=b).map(move |c| [b, c]))
            .collect();
        let of_pair = |[b, c]: [usize; 2]| {
            let mut map = vec![0.0; positions];
            let planes = blocks[b].chunks(positions).zip(blocks[c].chunks(positions));
            let channels = planes.len() as f64;
            for (own, other) in planes {
                let products = own.iter().zip(other).map(|(a, b)| a * b);
                map.iter_mut().zip(products).for_each(|(sum, p)| *sum += p);
            }
            map.iter_mut().for_each(|sum| *sum /= channels);
            map
        };
        ProductMaps {
            pairs: pairs.into_par_iter().map(of_pair).collect(),
        }
    }

    /// The power of the pattern over some positions.
    pub fn power(&self, positions: &[usize]) -> Power {
        let mut products: Products = [[0.0; BLOCKS]; BLOCKS];
        let pairs = (0..BLOCKS).flat_map(|b| (0..=b).map(move |c| [b, c]));
        for ([b, c], map) in pairs.zip(&self.pairs) {
            let total: f64 = positions.iter().map(|p| map[*p]).sum();
            products[b][c] = total / positions.len() as f64;
            products[c][b] = products[b][c];
        }
        Power::new(&products)
    }
}

/// The power of the pattern over all of the blocks' means.
pub(super) fn power_of(blocks: &[Vec<f64>]) -> Power {
    let len = blocks.first().map_or(0, Vec::len) as f64;
    let mut products: Products = [[0.0; BLOCKS]; BLOCKS];
    for (b, own) in blocks.iter().enumerate() {
        for (c, other) in blocks[..=b].iter().enumerate() {
            let total: f64 = own.iter().zip(other).map(|(a, b)| a * b).sum();
            products[b][c] = total / len;
            products[c][b] = products[b][c];
        }
    }
    Power::new(&products)
}

/// The mean over channels of a map [C·h·w].
pub(super) fn channel_mean(map: &[f64], [channels, h, w]: [usize; 3]) -> Vec<f64> {
    let mut mean = vec![0.0; h * w];
    for plane in map.chunks((h * w).max(1)) {
        let values = plane.iter().map(|value| value / channels as f64);
        mean.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
    }
    mean
}

/// avg over blocks, channels and positions of sign(Σ of the other blocks)·M_b: |P| without what chance adds.
///
/// The sign shares no image with the value, so that its expectation is 0 without a pattern, and avg|P| where the
/// signs are certain. Its variance is that of the blocks' own terms where they are, and twice that without
/// a pattern, as every product of two blocks is in two terms; the jackknife's is once and four times. The
/// geometric mean of the two is right at both ends. It has about twice the degrees of freedom of either, as
/// the variance of its logarithm is half of theirs.
pub(super) fn unbiased_mae(blocks: &[Vec<f64>]) -> Measured {
    let g = blocks.len();
    let len = blocks.first().map_or(0, Vec::len);
    let total: Vec<f64> = (0..len)
        .into_par_iter()
        .map(|i| blocks.iter().map(|block| block[i]).sum())
        .collect();
    // The term of `own` when the sign is without `other` too; `other` = `own` leaves nothing further out.
    let term = |own: usize, other: usize| {
        let signs = total.iter().zip(&blocks[own]).zip(&blocks[other]);
        let values = signs.map(|((total, own_value), other_value)| {
            let rest = total - own_value;
            let rest = if other == own {
                rest
            } else {
                rest - other_value
            };
            match rest == 0.0 {
                true => 0.0,
                false => own_value * rest.signum(),
            }
        });
        values.sum::<f64>() / len as f64
    };
    let terms: Vec<Vec<f64>> = (0..g)
        .into_par_iter()
        .map(|other| (0..g).map(|own| term(own, other)).collect())
        .collect();
    let own: Vec<f64> = (0..g).map(|b| terms[b][b]).collect();
    let value = own.iter().sum::<f64>() / g as f64;
    let without: Vec<f64> = (0..g)
        .map(|left_out| {
            let rest = (0..g).filter(|b| *b != left_out);
            rest.map(|b| terms[left_out][b]).sum::<f64>() / (g - 1) as f64
        })
        .collect();
    let squares: f64 = own.iter().map(|v| (v - value).powi(2)).sum();
    let naive = (squares / (g * (g - 1)) as f64).sqrt();
    let half = quantile_975(2 * (g - 1)) * (naive * jackknife_error(&without)).sqrt();
    Measured {
        lo: Some(value - half).filter(|v| v.is_finite()),
        hi: Some(value + half).filter(|v| v.is_finite()),
        ..Measured::exact(value)
    }
}

/// The mean of D² in a ring of positions, and with each block of images left out.
pub(super) struct Ring {
    pub power: f64,
    pub without: Vec<f64>,
}

/// From how many rings on, each `stride` pixels of the image wide, the root of mean D² stays below
/// `tau`·√avg(var(B)).
///
/// Its lower end is where the rings' lower ends stay below, its upper end where the upper ones do: those
/// of the jackknife of log(mean D² / avg(var(B))). There is no value where even the innermost does not.
pub(super) fn halo(rings: &[Ring], content: &Ring, tau: f64, stride: f64) -> Measured {
    let from = |end: f64| {
        let stays = rings.iter().rev().take_while(|ring| {
            let logarithms = ring.without.iter().zip(&content.without);
            let logarithms: Vec<f64> = logarithms.map(|(r, c)| (r / c).ln()).collect();
            let ratio = ring.power / content.power;
            // Rings without any D have no logarithm, and no doubt.
            let error = match ring.power > 0.0 && end != 0.0 {
                true => end * quantile_975(BLOCKS - 1) * jackknife_error(&logarithms),
                false => 0.0,
            };
            ratio * error.exp() < tau * tau
        });
        let stays = stays.count();
        (stays > 0).then(|| (rings.len() - stays) as f64 * stride)
    };
    let [value, lo, hi] = [0.0, -1.0, 1.0].map(from);
    Measured { value, lo, hi }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::tensor::Tensor;

    /// The means of the blocks: unit noise around `strength` of alternating sign.
    fn blocks(seed: u64, strength: f64) -> Vec<Vec<f64>> {
        let mut rng = Seed(seed).rng();
        let noise = || Tensor::<f64>::randn(&[60], &mut rng);
        let alternating = |(i, v): (usize, f64)| v + strength * (-1f64).powi(i as i32);
        let block = |noise: Tensor<f64>| noise.into_vec().into_iter().enumerate();
        std::iter::repeat_with(noise)
            .take(BLOCKS)
            .map(|noise| block(noise).map(alternating).collect())
            .collect()
    }

    #[test]
    fn the_unbiased_mae_covers_nothing_and_a_strong_pattern_alike() {
        for strength in [0.0, 2.0] {
            const TIMES: u64 = 300;
            let holds = |seed: &u64| {
                let found = unbiased_mae(&blocks(*seed, strength));
                found.lo < Some(strength) && Some(strength) < found.hi
            };
            let held = (0..TIMES).filter(holds).count();
            // 95% of 300 are 285, give or take 2.6 standard deviations of 3.8.
            assert!(
                (275..=295).contains(&held),
                "{held} of {TIMES} at {strength}"
            );
        }
    }

    #[test]
    fn a_halo_begins_where_the_rings_stay_below() {
        let ring = |power: f64, doubt: f64| Ring {
            power,
            without: (0..BLOCKS)
                .map(|b| power * (1.0 + doubt * if b % 2 == 0 { 1.0 } else { -1.0 }))
                .collect(),
        };
        let content = ring(4.0, 0.0);
        let rings = [
            ring(1.0, 0.0),
            ring(0.01, 0.0),
            ring(0.05, 0.03),
            ring(0.0, 0.0),
        ];
        // τ²·4 is 0.04: the ring at distance 2 is above it, and by its interval just as well below.
        let found = halo(&rings, &content, 0.1, 2.0);
        assert_eq!(
            [found.value, found.lo, found.hi],
            [Some(6.0), Some(2.0), Some(6.0)]
        );
        assert_eq!(halo(&rings[..1], &content, 0.1, 2.0).value, None);
        assert_eq!(halo(&rings, &content, 2.0, 2.0).value, Some(0.0));
    }

    #[test]
    fn the_power_is_that_of_the_pattern() {
        let blocks = blocks(5, 2.0);
        let power = ProductMaps::new(&blocks, 30).power(&(0..30).collect::<Vec<_>>());
        let [lo, hi] = power.interval();
        assert!(lo < 4.0 && 4.0 < hi && hi < 6.0, "{lo} {hi}");
        // Pair by pair from the formula.
        let mut direct = 0.0;
        for (b, own) in blocks.iter().enumerate() {
            for (_, other) in blocks.iter().enumerate().filter(|(c, _)| *c != b) {
                direct += own.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
            }
        }
        assert!((power.value - direct / (380.0 * 60.0)).abs() < 1e-12);
    }
}
