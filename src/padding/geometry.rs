//! How far a border reaches: windows, sides and extents.

use std::fmt;

use crate::error::{Error, Result};

/// The most pixels per side that a text may ask for: as many as the largest image has.
const MOST_PIXELS: usize = 4096;

/// The window of a convolution or a pool, per axis (rows, columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Kernel size k.
    pub kernel: [usize; 2],
    /// Stride s.
    pub stride: [usize; 2],
    /// Dilation d.
    pub dilation: [usize; 2],
}

impl Window {
    /// A square window of stride 1 and dilation 1.
    pub fn square(kernel: usize) -> Window {
        Window {
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
        }
    }

    /// How many input pixels a window covers along `axis`: d·(k-1) + 1.
    ///
    /// # Panics
    /// If kernel or dilation is 0.
    #[track_caller]
    pub fn span(&self, axis: usize) -> usize {
        assert!(
            self.kernel[axis] > 0 && self.dilation[axis] > 0,
            "a window needs a positive kernel and dilation, not kernel {:?} and dilation {:?}",
            self.kernel,
            self.dilation
        );
        self.dilation[axis] * (self.kernel[axis] - 1) + 1
    }

    /// Output size along `axis` for a padded input of size `padded`: ⌊(padded - span) / s⌋ + 1, or
    /// `None` where the window does not fit.
    ///
    /// # Panics
    /// If kernel, dilation or stride is 0.
    #[track_caller]
    pub fn output(&self, axis: usize, padded: usize) -> Option<usize> {
        assert!(
            self.stride[axis] > 0,
            "a window needs a positive stride, not stride {:?}",
            self.stride
        );
        padded
            .checked_sub(self.span(axis))
            .map(|room| room / self.stride[axis] + 1)
    }
}

/// Padding per side, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sides {
    /// Rows above.
    pub top: usize,
    /// Columns before the first.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns behind the last.
    pub right: usize,
}

impl Sides {
    /// The same padding on every side.
    pub fn uniform(p: usize) -> Sides {
        Sides {
            top: p,
            left: p,
            bottom: p,
            right: p,
        }
    }

    /// The pixels before the first row (`axis` 0) or column (`axis` 1).
    pub fn before(&self, axis: usize) -> usize {
        [self.top, self.left][axis]
    }

    /// The pixels after the last row (`axis` 0) or column (`axis` 1).
    pub fn after(&self, axis: usize) -> usize {
        [self.bottom, self.right][axis]
    }

    /// The size of a map of `size` with its padding.
    pub fn padded(&self, size: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| self.before(axis) + size[axis] + self.after(axis))
    }

    /// Whether nothing is padded.
    pub fn is_none(&self) -> bool {
        *self == Sides::default()
    }
}

/// The geometry half of a padding: how many pixels are added on each side.
///
/// | extent | written | pixels per side |
/// | --- | --- | --- |
/// | `Valid` | `valid` | none |
/// | `Uniform(p)` | `2` | p, PyTorch's integer padding |
/// | `Same` | `same` | output ⌈n/s⌉; the odd pixel goes to the bottom or right |
/// | `SameLower` | `same-lower` | as `Same`, but the odd pixel goes to the top or left |
/// | `Full` | `full` | d·(k-1), so that every overlap of kernel and image counts |
/// | `Explicit` | `1,2,0,3` | top, left, bottom, right |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// None.
    Valid,
    /// The same on every side.
    Uniform(usize),
    /// What gives an output of ⌈n/s⌉.
    Same,
    /// The same, the odd pixel first.
    SameLower,
    /// d·(k-1).
    Full,
    /// Each side by itself.
    Explicit {
        /// Rows above.
        top: usize,
        /// Columns before the first.
        left: usize,
        /// Rows below.
        bottom: usize,
        /// Columns behind the last.
        right: usize,
    },
}

impl From<usize> for Extent {
    /// As many pixels on every side.
    fn from(pixels: usize) -> Extent {
        Extent::Uniform(pixels)
    }
}

impl From<[usize; 2]> for Extent {
    /// Rows above and below, columns left and right.
    fn from([rows, columns]: [usize; 2]) -> Extent {
        Extent::from([rows, columns, rows, columns])
    }
}

impl From<[usize; 4]> for Extent {
    /// Top, left, bottom, right.
    fn from([top, left, bottom, right]: [usize; 4]) -> Extent {
        Extent::Explicit {
            top,
            left,
            bottom,
            right,
        }
    }
}

impl From<Sides> for Extent {
    fn from(sides: Sides) -> Extent {
        Extent::from([sides.top, sides.left, sides.bottom, sides.right])
    }
}

impl Extent {
    /// The sides for a `window` on a map of `size` (rows, columns).
    pub fn sides(&self, window: &Window, size: [usize; 2]) -> Sides {
        match *self {
            Extent::Valid => Sides::default(),
            Extent::Uniform(p) => Sides::uniform(p),
            Extent::Full => {
                let [v, h] = [0, 1].map(|axis| window.span(axis) - 1);
                Sides {
                    top: v,
                    left: h,
                    bottom: v,
                    right: h,
                }
            }
            Extent::Same => {
                let [v, h] = [0, 1].map(|axis| same_total(window, axis, size[axis]));
                Sides {
                    top: v / 2,
                    left: h / 2,
                    bottom: v - v / 2,
                    right: h - h / 2,
                }
            }
            Extent::SameLower => {
                let same = Extent::Same.sides(window, size);
                Sides {
                    top: same.bottom,
                    left: same.right,
                    bottom: same.top,
                    right: same.left,
                }
            }
            Extent::Explicit {
                top,
                left,
                bottom,
                right,
            } => Sides {
                top,
                left,
                bottom,
                right,
            },
        }
    }

    /// The sides where there is no window, as in a plain pad.
    ///
    /// # Panics
    /// For `Same`, `SameLower` and `Full`, which are defined by a window.
    #[track_caller]
    pub fn sides_without_window(&self, operation: &str) -> Sides {
        assert!(
            !self.needs_window(),
            "{operation}: the extent `{self}` is defined by a kernel; give the pixels per side, \
             for example Extent::Uniform(1)"
        );
        self.sides(&Window::square(1), [1, 1])
    }

    /// Whether it is defined by a window.
    pub fn needs_window(&self) -> bool {
        matches!(self, Extent::Same | Extent::SameLower | Extent::Full)
    }

    /// Reads `valid`, `same`, `same-lower`, `full`, one number, or four numbers `top,left,bottom,right`.
    pub fn parse(text: &str) -> Result<Extent> {
        match text {
            "valid" => return Ok(Extent::Valid),
            "same" => return Ok(Extent::Same),
            "same-lower" => return Ok(Extent::SameLower),
            "full" => return Ok(Extent::Full),
            _ => {}
        }
        let pixels = |n: &str| n.trim().parse().ok().filter(|&n| n <= MOST_PIXELS);
        let numbers: Option<Vec<usize>> = text.split(',').map(pixels).collect();
        match numbers.as_deref() {
            Some(&[p]) => Ok(Extent::Uniform(p)),
            Some(&[top, left, bottom, right]) => Ok(Extent::from([top, left, bottom, right])),
            _ => Err(Error::usage(
                "padding extent",
                format!("`{text}` is not one"),
                format!(
                    "use valid, same, same-lower, full, a number of pixels up to {MOST_PIXELS}, or \
                     top,left,bottom,right"
                ),
            )),
        }
    }
}

fn same_total(window: &Window, axis: usize, n: usize) -> usize {
    let covered = (n.div_ceil(window.stride[axis]).max(1) - 1) * window.stride[axis];
    (covered + window.span(axis)).saturating_sub(n)
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Extent::Valid => write!(f, "valid"),
            Extent::Uniform(p) => write!(f, "{p}"),
            Extent::Same => write!(f, "same"),
            Extent::SameLower => write!(f, "same-lower"),
            Extent::Full => write!(f, "full"),
            Extent::Explicit {
                top,
                left,
                bottom,
                right,
            } => {
                write!(f, "{top},{left},{bottom},{right}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(k: usize, s: usize, d: usize) -> Window {
        Window {
            kernel: [k; 2],
            stride: [s; 2],
            dilation: [d; 2],
        }
    }

    #[test]
    fn same_keeps_ceil_n_over_s_and_puts_the_odd_pixel_last() {
        for (k, s, d, n) in [
            (3, 1, 1, 8),
            (2, 1, 1, 5),
            (4, 3, 1, 10),
            (3, 2, 2, 7),
            (1, 2, 1, 4),
        ] {
            let w = window(k, s, d);
            let sides = Extent::Same.sides(&w, [n, n]);
            assert_eq!(
                w.output(0, sides.padded([n, n])[0]),
                Some(n.div_ceil(s)),
                "k{k} s{s} d{d} n{n}"
            );
            assert!(sides.bottom - sides.top <= 1);
        }
        let even = Extent::Same.sides(&window(4, 1, 1), [6, 6]);
        assert_eq!((even.top, even.bottom), (1, 2));
        let lower = Extent::SameLower.sides(&window(4, 1, 1), [6, 6]);
        assert_eq!((lower.top, lower.bottom), (2, 1));
    }

    #[test]
    fn full_is_the_span_less_one() {
        assert_eq!(
            Extent::Full.sides(&window(3, 1, 2), [5, 5]),
            Sides::uniform(4)
        );
    }

    #[test]
    fn extents_are_read_as_they_are_written() {
        for text in ["valid", "same", "same-lower", "full", "2", "1,2,0,3"] {
            assert_eq!(
                Extent::parse(text).map(|e| e.to_string()).ok().as_deref(),
                Some(text)
            );
        }
        for text in ["", "-1", "1,2", "huge", "4097", "99999999999999999999"] {
            assert!(Extent::parse(text).is_err(), "{text:?}");
        }
    }
}
