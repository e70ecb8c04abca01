//! The parts of a map over which metrics are averaged.

/// A set of positions of an h×w map, and the prefix under which its metrics are reported.
pub(super) struct Region {
    /// Empty for the whole map.
    pub prefix: &'static str,
    /// Empty, or `_d3` for the ring of positions three pixels from the nearest border.
    pub suffix: String,
    pub positions: Vec<usize>,
}

/// Pixels between a position and the nearest border; 0 on the border.
fn distance(position: usize, h: usize, w: usize) -> usize {
    let (y, x) = (position / w, position % w);
    y.min(x).min(h - 1 - y).min(w - 1 - x)
}

/// The whole map; every ring of equal distance to the border; the corners, the edges between them and
/// the interior.
pub(super) fn regions(h: usize, w: usize) -> Vec<Region> {
    let select = |prefix, suffix: String, keep: &dyn Fn(usize) -> bool| Region {
        prefix,
        suffix,
        positions: (0..h * w).filter(|&p| keep(p)).collect(),
    };
    let corner =
        |p: usize| (p / w == 0 || p / w == h - 1) && (p.is_multiple_of(w) || p % w == w - 1);
    let on_border = |p: usize| distance(p, h, w) == 0;
    let mut all = vec![
        select("", String::new(), &|_| true),
        select("corner_", String::new(), &corner),
        select("edge_", String::new(), &|p| on_border(p) && !corner(p)),
        select("interior_", String::new(), &|p| !on_border(p)),
    ];
    for d in 0..h.min(w).div_ceil(2) {
        all.push(select("profile_", format!("_d{d}"), &|p| {
            distance(p, h, w) == d
        }));
    }
    all.retain(|region| !region.positions.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_and_border_parts_cover_the_map_once() {
        for (h, w) in [(1, 1), (2, 3), (5, 4), (7, 7)] {
            let all = regions(h, w);
            let cover = |prefixes: &[&str]| {
                let parts = all.iter().filter(|r| prefixes.contains(&r.prefix));
                let mut positions: Vec<usize> = parts.flat_map(|r| r.positions.clone()).collect();
                positions.sort_unstable();
                positions
            };
            let every: Vec<usize> = (0..h * w).collect();
            assert_eq!(cover(&["profile_"]), every, "{h}×{w}");
            assert_eq!(cover(&["corner_", "edge_", "interior_"]), every, "{h}×{w}");
        }
        let sizes: Vec<usize> = regions(5, 4).iter().map(|r| r.positions.len()).collect();
        assert_eq!(sizes, [20, 4, 10, 6, 14, 6]);
    }
}
