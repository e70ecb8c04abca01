//! Which pixels of an axis an interpolation reads, and with which weights: index maths alone.

/// How the values between pixels are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filter {
    /// The nearest pixel.
    Nearest(Rounding),
    /// Between two neighbours.
    Linear,
    /// Keys' cubic with this parameter a (−0.5 or −0.75), between four.
    Cubic(f64),
}

/// Which pixel is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// The lower of two at the same distance.
    HalfDown,
    /// The upper of two at the same distance.
    HalfUp,
    /// The one before.
    Floor,
    /// The one behind.
    Ceil,
}

/// The interpolation of one axis: output o reads around position (o + `shift`)·`step` + `origin`.
///
/// Source: ONNX's operator Resize, <https://onnx.ai/onnx/operators/onnx__Resize.html>; Keys, *Cubic convolution
/// interpolation*, IEEE Trans. ASSP 29, 1981.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interpolation {
    /// Outputs.
    pub outputs: usize,
    /// What is added to an output's index.
    pub shift: f64,
    /// Inputs per output, as numerator and denominator.
    pub step: [f64; 2],
    /// The position of index 0, shifted.
    pub origin: f64,
    /// How values are found.
    pub filter: Filter,
    /// Whether the filter grows with the step where that is above 1.
    pub antialias: bool,
    /// Whether pixels beyond the edge get no weight; else they repeat the edge.
    pub exclude_outside: bool,
}

impl Interpolation {
    /// Output o reads `start` + o·`step`.
    pub fn strided(start: usize, step: usize, outputs: usize) -> Interpolation {
        Interpolation {
            outputs,
            shift: 0.0,
            step: [step as f64, 1.0],
            origin: start as f64,
            filter: Filter::Nearest(Rounding::Floor),
            antialias: false,
            exclude_outside: false,
        }
    }

    /// Inputs per output.
    pub fn ratio(&self) -> f64 {
        self.step[0] / self.step[1]
    }

    /// The position at which output `o` reads.
    pub fn position(&self, o: isize) -> f64 {
        (o as f64 + self.shift) * self.step[0] / self.step[1] + self.origin
    }

    /// The pixels that output `o` reads on an axis without ends, with their weights; none has the weight 0.
    pub fn taps(&self, o: isize) -> Vec<(isize, f64)> {
        let at = self.position(o);
        let (radius, weight): (f64, &dyn Fn(f64) -> f64) = match self.filter {
            Filter::Nearest(rounding) => return vec![(rounding.nearest(at), 1.0)],
            Filter::Linear => (1.0, &|x: f64| (1.0 - x.abs()).max(0.0)),
            Filter::Cubic(a) => (2.0, &move |x: f64| cubic(a, x.abs())),
        };
        let stretch = match self.antialias {
            true => self.ratio().max(1.0),
            false => 1.0,
        };
        let (first, last) = (
            (at - radius * stretch).ceil(),
            (at + radius * stretch).floor(),
        );
        let taps = (first as isize..=last as isize)
            .map(|i| (i, weight((i as f64 - at) / stretch)))
            .filter(|(_, weight)| *weight != 0.0);
        let mut taps: Vec<(isize, f64)> = taps.collect();
        if self.antialias {
            normalise(&mut taps);
        }
        taps
    }

    /// The taps of output `o` where there are the pixels `first`..=`last` alone.
    pub fn taps_within(&self, o: isize, [first, last]: [isize; 2]) -> Vec<(isize, f64)> {
        let mut taps = self.taps(o);
        if self.exclude_outside || self.antialias {
            let before = taps.len();
            taps.retain(|(i, _)| (first..=last).contains(i));
            if taps.len() < before {
                normalise(&mut taps);
            }
        }
        taps.iter_mut()
            .for_each(|(i, _)| *i = (*i).clamp(first, last));
        taps
    }
}

impl Rounding {
    fn nearest(self, at: f64) -> isize {
        let found = match self {
            Rounding::HalfDown => (at - 0.5).ceil(),
            Rounding::HalfUp => (at + 0.5).floor(),
            Rounding::Floor => at.floor(),
            Rounding::Ceil => at.ceil(),
        };
        found as isize
    }
}

fn cubic(a: f64, x: f64) -> f64 {
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

fn normalise(taps: &mut [(isize, f64)]) {
    let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
    taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half_pixel(inputs: usize, outputs: usize, filter: Filter) -> Interpolation {
        Interpolation {
            outputs,
            shift: 0.5,
            step: [inputs as f64, outputs as f64],
            origin: -0.5,
            filter,
            antialias: false,
            exclude_outside: false,
        }
    }

    #[test]
    fn weights_sum_to_one_wherever_they_fall() {
        for filter in [Filter::Linear, Filter::Cubic(-0.75)] {
            for (inputs, outputs) in [(4, 7), (7, 4), (5, 10), (3, 3)] {
                for antialias in [false, true] {
                    let axis = Interpolation {
                        antialias,
                        ..half_pixel(inputs, outputs, filter)
                    };
                    for o in -3..outputs as isize + 3 {
                        let sum: f64 = axis.taps(o).iter().map(|t| t.1).sum();
                        assert!((sum - 1.0).abs() < 1e-12, "{axis:?} {o}: {sum}");
                    }
                }
            }
        }
    }

    #[test]
    fn at_the_edge_pixels_repeat_or_are_left_out() {
        let linear = half_pixel(4, 8, Filter::Linear);
        assert_eq!(linear.taps(0), [(-1, 0.25), (0, 0.75)]);
        assert_eq!(linear.taps_within(0, [0, 3]), [(0, 0.25), (0, 0.75)]);
        let excluded = Interpolation {
            exclude_outside: true,
            ..linear
        };
        assert_eq!(excluded.taps_within(0, [0, 3]), [(0, 1.0)]);
    }
}
