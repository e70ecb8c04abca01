//! Shape arithmetic: counts, row-major strides and NumPy's broadcasting rule.

/// The number of elements of a shape; an empty shape is a scalar and has one.
pub fn numel(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// Row-major strides, in elements.
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The shape that two shapes broadcast to, or `None` where they do not fit.
///
/// Axes are aligned at the right; a missing axis or one of size 1 is repeated.
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| {
        (axis + shape.len())
            .checked_sub(rank)
            .map_or(1, |own| shape[own])
    };
    (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

/// Strides with which `shape` is read as if it had the shape `to`: 0 along every repeated axis.
pub fn broadcast_strides(shape: &[usize], to: &[usize]) -> Vec<usize> {
    let own = strides(shape);
    let missing = to.len() - shape.len();
    (0..to.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(i) if shape[i] != 1 => own[i],
            _ => 0,
        })
        .collect()
}

/// A shape split around the axes `axes`, as (outer, reduced, inner) element counts.
///
/// # Panics
/// If the axes are not a contiguous ascending range within the shape.
#[track_caller]
pub fn split_at_axes(shape: &[usize], axes: std::ops::Range<usize>) -> (usize, usize, usize) {
    assert!(
        axes.start <= axes.end && axes.end <= shape.len(),
        "axes {axes:?} do not lie within the shape {shape:?}"
    );
    (
        numel(&shape[..axes.start]),
        numel(&shape[axes.clone()]),
        numel(&shape[axes.end..]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_numpy() {
        type Case<'a> = (&'a [usize], &'a [usize], Option<&'a [usize]>);
        let cases: [Case; 6] = [
            (&[2, 3], &[3], Some(&[2, 3])),
            (&[2, 1], &[1, 4], Some(&[2, 4])),
            (&[], &[5], Some(&[5])),
            (&[4, 1, 2, 2], &[3, 1, 1], Some(&[4, 3, 2, 2])),
            (&[2], &[3], None),
            (&[0, 1], &[1], Some(&[0, 1])),
        ];
        for (a, b, want) in cases {
            assert_eq!(broadcast(a, b).as_deref(), want, "{a:?} with {b:?}");
            assert_eq!(broadcast(b, a).as_deref(), want, "{b:?} with {a:?}");
        }
    }

    #[test]
    fn strides_of_repeated_axes_are_zero() {
        assert_eq!(strides(&[2, 3, 4]), [12, 4, 1]);
        assert_eq!(broadcast_strides(&[3, 1], &[2, 3, 4]), [0, 1, 0]);
    }

    #[test]
    fn axes_split_a_shape_in_three() {
        assert_eq!(split_at_axes(&[2, 3, 4, 5], 1..3), (2, 12, 5));
        assert_eq!(split_at_axes(&[2, 3], 0..2), (1, 6, 1));
    }
}
