//! Windowed operations written down as they are defined: a loop per output pixel, a formula per padded
//! pixel, nothing shared with the library.

use padgrad::tensor::Tensor;

/// What a tap of a window reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pixel {
    /// The pixel of the image with this flat index.
    Image(usize),
    /// A padded pixel that shows the pixel of the image with this flat index.
    Copy(usize),
    /// A padded pixel of this value.
    Number(f64),
    /// A padded pixel that does not count.
    Nothing,
}

/// Where coordinate `i` of an axis of `n` pixels is read; `Err` for a scheme that does not read.
///
/// Walks from the image to `i` one pixel at a time, turning round or jumping where the scheme says so.
pub fn source(scheme: &str, i: isize, n: usize) -> Option<usize> {
    let last = n as isize - 1;
    if (0..=last).contains(&i) {
        return Some(i as usize);
    }
    let (mut at, steps, mut direction) = if i < 0 {
        (0, -i, -1)
    } else {
        (last, i - last, 1)
    };
    for _ in 0..steps {
        let next = at + direction;
        let outside = !(0..=last).contains(&next);
        at = match (scheme, outside) {
            (_, false) => next,
            ("replicate", true) => at,
            ("circular", true) => last - at,
            ("symmetric", true) => {
                direction = -direction;
                at
            }
            ("reflect", true) => {
                direction = -direction;
                if n == 1 { at } else { at + direction }
            }
            _ => return None,
        };
    }
    Some(at as usize)
}

/// What the virtual coordinates (`y`, `x`) of an image of `size` show.
pub fn pixel(scheme: &str, [y, x]: [isize; 2], size: [usize; 2]) -> Pixel {
    let inside = |i: isize, n: usize| (0..n as isize).contains(&i);
    if inside(y, size[0]) && inside(x, size[1]) {
        return Pixel::Image(y as usize * size[1] + x as usize);
    }
    match scheme.split_once(':') {
        Some((_, value)) => return Pixel::Number(value.parse().expect("constant:v")),
        None if scheme == "zeros" => return Pixel::Number(0.0),
        None if scheme == "partial" => return Pixel::Nothing,
        None => {}
    }
    let axis = |i, n| source(scheme, i, n).unwrap_or_else(|| panic!("no formula for {scheme}"));
    Pixel::Copy(axis(y, size[0]) * size[1] + axis(x, size[1]))
}

/// A window that walks over an image: sizes per axis (rows, columns).
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    /// Pixels at the top and left.
    pub before: [usize; 2],
    /// Pixels at the bottom and right.
    pub after: [usize; 2],
}

impl Walk {
    /// Output rows and columns: positions are counted until the window runs out of the padded image.
    pub fn output(&self, size: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|a| {
            let padded = self.before[a] + size[a] + self.after[a];
            let last_tap = |o: usize| o * self.stride[a] + (self.kernel[a] - 1) * self.dilation[a];
            (0..).take_while(|&o| last_tap(o) < padded).count()
        })
    }

    /// For every output pixel what its taps read, both row by row.
    pub fn taps(&self, scheme: &str, size: [usize; 2]) -> Vec<Vec<Pixel>> {
        let [rows, columns] = self.output(size);
        let mut all = Vec::new();
        for oy in 0..rows {
            for ox in 0..columns {
                let mut taps = Vec::new();
                for ky in 0..self.kernel[0] {
                    for kx in 0..self.kernel[1] {
                        let y = oy * self.stride[0] + ky * self.dilation[0];
                        let x = ox * self.stride[1] + kx * self.dilation[1];
                        let at =
                            [(y, 0), (x, 1)].map(|(v, a)| v as isize - self.before[a] as isize);
                        taps.push(pixel(scheme, at, size));
                    }
                }
                all.push(taps);
            }
        }
        all
    }
}

fn value(pixel: Pixel, map: &[f64]) -> Option<f64> {
    match pixel {
        Pixel::Image(i) | Pixel::Copy(i) => Some(map[i]),
        Pixel::Number(v) => Some(v),
        Pixel::Nothing => None,
    }
}

/// Adds `grad` to the pixel that was read; a copy passes it on unless the padding is detached.
fn send(pixel: Pixel, grad: f64, map_grad: &mut [f64], detached: bool) {
    match pixel {
        Pixel::Image(i) => map_grad[i] += grad,
        Pixel::Copy(i) if !detached => map_grad[i] += grad,
        _ => {}
    }
}

/// An output and the gradients of ⟨cotangent, output⟩.
pub struct Result {
    pub y: Tensor<f64>,
    /// Of the input and, for a convolution, of weight and bias.
    pub grads: Vec<Tensor<f64>>,
}

fn sizes(x: &Tensor<f64>) -> ([usize; 2], [usize; 2]) {
    let &[n, c, h, w] = x.shape() else {
        panic!("an image [N, C, H, W] is needed")
    };
    ([n, c], [h, w])
}

/// A scheme as `name` and whether `+detach` follows.
fn detached(scheme: &str) -> (&str, bool) {
    match scheme.strip_suffix("+detach") {
        Some(name) => (name, true),
        None => (scheme, false),
    }
}

/// Convolution of x [N, C, H, W] with weight [O, C/groups, Kh, Kw] and bias [O].
pub fn conv2d(
    [x, weight, bias]: [&Tensor<f64>; 3],
    scheme: &str,
    walk: &Walk,
    groups: usize,
    cotangent: impl Fn(&[usize]) -> Tensor<f64>,
) -> Result {
    let ([n, c], size) = sizes(x);
    let (scheme, detached) = detached(scheme);
    let (out_channels, per_group) = (weight.shape()[0], c / groups);
    let (taps, [rows, columns]) = (walk.taps(scheme, size), walk.output(size));
    let (pixels, area, k) = (
        taps.len(),
        size[0] * size[1],
        walk.kernel[0] * walk.kernel[1],
    );
    let mut y = Tensor::zeros(&[n, out_channels, rows, columns]);
    let cotangent = cotangent(y.shape());
    let mut grads: Vec<Tensor<f64>> = [x, weight, bias].map(|t| Tensor::zeros(t.shape())).into();
    for (sample, o) in (0..n).flat_map(|s| (0..out_channels).map(move |o| (s, o))) {
        let group = o / (out_channels / groups);
        for (p, taps) in taps.iter().enumerate() {
            let counted = taps.iter().filter(|&&t| t != Pixel::Nothing).count();
            if counted == 0 {
                continue;
            }
            let ratio = k as f64 / counted as f64;
            let out = (sample * out_channels + o) * pixels + p;
            let g = cotangent.data()[out];
            let mut sum = 0.0;
            for channel in 0..per_group {
                let map = (sample * c + group * per_group + channel) * area;
                for (t, &tap) in taps.iter().enumerate() {
                    let w = (o * per_group + channel) * k + t;
                    let Some(v) = value(tap, &x.data()[map..][..area]) else {
                        continue;
                    };
                    sum += weight.data()[w] * v;
                    grads[1].data_mut()[w] += g * ratio * v;
                    let map_grad = &mut grads[0].data_mut()[map..][..area];
                    send(tap, g * ratio * weight.data()[w], map_grad, detached);
                }
            }
            y.data_mut()[out] = sum * ratio + bias.data()[o];
            grads[2].data_mut()[o] += g;
        }
    }
    Result { y, grads }
}

/// The two pools.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Max,
    Average,
}

/// Pooling; under `zeros` a padded pixel is never the maximum, under `partial` it never counts.
pub fn pool2d(
    kind: Kind,
    x: &Tensor<f64>,
    scheme: &str,
    walk: &Walk,
    cotangent: impl Fn(&[usize]) -> Tensor<f64>,
) -> Result {
    let ([n, c], size) = sizes(x);
    let (mut scheme, detached) = detached(scheme);
    if kind == Kind::Max && scheme == "zeros" {
        scheme = "partial";
    }
    let (taps, [rows, columns]) = (walk.taps(scheme, size), walk.output(size));
    let area = size[0] * size[1];
    let mut y = Tensor::zeros(&[n, c, rows, columns]);
    let cotangent = cotangent(y.shape());
    let mut dx = Tensor::zeros(x.shape());
    for map in 0..n * c {
        let image = &x.data()[map * area..][..area];
        let map_grad = &mut dx.data_mut()[map * area..][..area];
        for (p, taps) in taps.iter().enumerate() {
            let out = map * taps_len(&y) + p;
            let read: Vec<(Pixel, f64)> = taps
                .iter()
                .filter_map(|&t| Some((t, value(t, image)?)))
                .collect();
            let g = cotangent.data()[out];
            y.data_mut()[out] = match kind {
                Kind::Average => {
                    let share = 1.0 / read.len().max(1) as f64;
                    for &(tap, _) in &read {
                        send(tap, g * share, map_grad, detached);
                    }
                    read.iter().map(|(_, v)| v).sum::<f64>() * share
                }
                Kind::Max => {
                    let (tap, largest) = maximum(&read);
                    send(tap, g, map_grad, detached);
                    largest
                }
            };
        }
    }
    Result { y, grads: vec![dx] }
}

fn taps_len(y: &Tensor<f64>) -> usize {
    y.shape()[2] * y.shape()[3]
}

/// The first NaN if there is one, else the first of the largest.
fn maximum(read: &[(Pixel, f64)]) -> (Pixel, f64) {
    let nan = read.iter().find(|(_, v)| v.is_nan());
    let largest = read
        .iter()
        .map(|(_, v)| *v)
        .fold(f64::NEG_INFINITY, f64::max);
    let first = read.iter().find(|(_, v)| *v == largest);
    *nan.or(first).expect("a window that reads something")
}

/// The padded image: a window of one tap.
pub fn pad2d(
    x: &Tensor<f64>,
    scheme: &str,
    before: [usize; 2],
    after: [usize; 2],
    cotangent: impl Fn(&[usize]) -> Tensor<f64>,
) -> Result {
    let walk = Walk {
        kernel: [1; 2],
        stride: [1; 2],
        dilation: [1; 2],
        before,
        after,
    };
    pool2d(Kind::Average, x, scheme, &walk, cotangent)
}
