//! `canvas`: stationary random textures on a plane without an end.
//!
//! An image is a window of a plane that is its own. The plane is *sparse convolution noise* (Lewis,
//! SIGGRAPH 1989; with wave packets as marks, Gabor noise: Lagae et al., SIGGRAPH 2009): the sum of
//! marks at the points of a Poisson process,
//!
//! ```text
//! field(y, x) = Σ_k height_k · w(y - y_k) · w(x - x_k) · cos 2π(wave_k · (y - y_k, x - x_k) + phase_k)
//! w(d) = (1 - d²/R²)⁴ for |d| < R, else 0
//! ```
//!
//! The points are drawn square by square, a Poisson number in each, which is the same as a Poisson
//! process over the whole plane: the squares leave no trace. So the field is stationary: its law is
//! the same everywhere, and no statistic of the images tells where in a window a pixel lies.
//! Whatever position a network's features show, it got elsewhere. A pixel depends on its plane's
//! seed and its own coordinates alone, so any window, with any margin, shows the same pixels in the
//! same place.

mod source;
mod texture;

use rand::RngExt;
use rayon::prelude::*;

use super::pixels::{Labelled, Pixels};
use crate::rng::{Rng, Seed, mix};
pub(super) use source::{Paintings, Planes};
pub use texture::COUNT;
use texture::{HOLE_RADIUS, Mark, Marks, between, cos_sin, names};

/// The names of the ten textures, in label order.
pub fn class_names() -> Vec<String> {
    names().map(str::to_string).collect()
}

/// The label of image `index` of either set: the classes take turns.
pub fn label(index: usize) -> usize {
    index % COUNT
}

/// A set of planes: the training or the test set.
#[derive(Clone, Copy, Debug)]
pub struct Gallery {
    seed: Seed,
    channels: usize,
}

/// A rectangle of whole pixels of a plane; row and column 0 are where the image starts.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Its first row.
    pub top: i64,
    /// Its first column.
    pub left: i64,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
}

impl Window {
    /// The image of `size`×`size` pixels with `margin` more on each side.
    pub fn around(size: usize, margin: usize) -> Window {
        Window {
            top: -(margin as i64),
            left: -(margin as i64),
            height: size + 2 * margin,
            width: size + 2 * margin,
        }
    }
}

impl Gallery {
    /// The planes of the set called `split` under the seed of a configuration.
    pub fn new(seed: Seed, split: &str, channels: usize) -> Gallery {
        Gallery {
            seed: seed.child("canvas").child(split),
            channels,
        }
    }

    /// Bytes of image `index` of the set, `[C, H, W]`.
    pub fn paint(&self, index: usize, window: Window) -> Vec<u8> {
        Plane::new(self.seed.child(index), label(index), self.channels).paint(window)
    }

    /// Images `indices` as they appear through `window`, painted on all cores.
    pub fn paint_all(&self, indices: std::ops::Range<usize>, window: Window) -> Pixels {
        let shape = [indices.len(), self.channels, window.height, window.width];
        let mut data = vec![0; shape.iter().product()];
        if !data.is_empty() {
            data.par_chunks_mut(shape[1..].iter().product())
                .enumerate()
                .for_each(|(i, image)| {
                    image.copy_from_slice(&self.paint(indices.start + i, window));
                });
        }
        Pixels { data, shape }
    }

    /// The first `count` images with their labels.
    pub fn images(&self, count: usize, size: usize) -> Labelled {
        Labelled {
            images: self.paint_all(0..count, Window::around(size, 0)),
            labels: (0..count).map(label).collect(),
        }
    }
}

/// One texture on its plane, with the colours that it is painted in.
struct Plane {
    seed: Seed,
    marks: Marks,
    shade: Marks,
    ink: Vec<Ink>,
    noise: f32,
}

/// How one channel shows the fields of a plane.
struct Ink {
    mean: f32,
    marks: f32,
    shade: f32,
}

impl Plane {
    fn new(seed: Seed, label: usize, channels: usize) -> Plane {
        let mut rng = seed.child("look").rng();
        let marks = Marks::of_class(label, &mut rng);
        let shade = Marks::shade(&mut rng);
        let contrast = between(24.0, 44.0, &mut rng);
        let shadow = between(4.0, 20.0, &mut rng);
        let marks_colour = direction(channels, &mut rng);
        let shade_colour = direction(channels, &mut rng);
        let ink = (0..channels)
            .map(|c| Ink {
                mean: between(98.0, 158.0, &mut rng) as f32,
                marks: (contrast * marks_colour[c]) as f32,
                shade: (shadow * shade_colour[c]) as f32,
            })
            .collect();
        let noise = between(6.0, 30.0, &mut rng) as f32;
        Plane {
            seed,
            marks,
            shade,
            ink,
            noise,
        }
    }

    fn paint(&self, window: Window) -> Vec<u8> {
        let marks = field(&self.marks, self.seed.child("marks"), window);
        let shade = field(&self.shade, self.seed.child("shade"), window);
        let grain = self.seed.child("noise");
        let area = window.height * window.width;
        let mut bytes = vec![0; self.ink.len() * area];
        for i in 0..area {
            let y = window.top + (i / window.width) as i64;
            let x = window.left + (i % window.width) as i64;
            let mut word = pixel_word(grain, y, x);
            for (c, ink) in self.ink.iter().enumerate() {
                // 16 bits of the pixel's word per channel, uniform in [-1, 1).
                let noise = (word & 0xffff) as f32 / 32768.0 - 1.0;
                word >>= 16;
                let value =
                    ink.mean + ink.marks * marks[i] + ink.shade * shade[i] + self.noise * noise;
                // The conversion saturates, so this rounds to the nearest byte.
                bytes[c * area + i] = (value + 0.5) as u8;
            }
        }
        bytes
    }
}

/// 64 random bits that belong to one pixel of a plane.
fn pixel_word(seed: Seed, y: i64, x: i64) -> u64 {
    mix(seed.child(y as u64).0 ^ (x as u64))
}

/// A random direction among the colours, light or dark in all of them, with mean square 1.
///
/// Light against dark is as likely as dark against light, so the mean colour tells no class.
fn direction(channels: usize, rng: &mut Rng) -> Vec<f64> {
    let sign = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    let v: Vec<f64> = (0..channels).map(|_| between(0.3, 1.0, rng)).collect();
    let square: f64 = v.iter().map(|c| c * c).sum();
    let scale = sign * (channels as f64 / square).sqrt();
    v.iter().map(|c| c * scale).collect()
}

/// The sum of all marks at every pixel of `window`, with mean 0 and variance 1 over the plane.
///
/// The marks are visited in the order of the squares in which they were drawn, so a pixel's sum has
/// the same order of additions whatever window it is seen through.
fn field(marks: &Marks, seed: Seed, window: Window) -> Vec<f32> {
    let mut canvas = Splatter::new(marks, window);
    let side = marks.radius;
    let squares = |start: f64, length: usize| {
        let first = ((start - side - 1.0) / side).floor() as i64;
        let last = ((start + length as f64 + side + 1.0) / side).floor() as i64;
        first..=last
    };
    let none = (-marks.density).exp();
    for row in squares(window.top as f64, window.height) {
        for column in squares(window.left as f64, window.width) {
            let mut rng = seed.child(row as u64).child(column as u64).rng();
            // Knuth's Poisson draw: uniform factors until the product falls below e^-mean.
            let mut left = rng.random::<f64>();
            while left > none {
                canvas.add(&marks.mark(row as f64 * side, column as f64 * side, &mut rng));
                left *= rng.random::<f64>();
            }
        }
    }
    canvas.field
}

/// Adds marks to the pixels of a window.
///
/// A mark is a product of a function of y and one of x, cos(a + b) = cos a cos b - sin a sin b
/// included, so only one row and one column of it are ever evaluated.
struct Splatter {
    field: Vec<f32>,
    window: Window,
    radius: f64,
    hole: f64,
    along_x: Vec<[f32; 2]>,
}

impl Splatter {
    fn new(marks: &Marks, window: Window) -> Splatter {
        Splatter {
            field: vec![-marks.mean as f32; window.height * window.width],
            window,
            radius: marks.radius,
            hole: marks.hole,
            along_x: Vec::with_capacity(2 * marks.radius as usize + 2),
        }
    }

    fn add(&mut self, mark: &Mark) {
        self.stamp(mark, self.radius, mark.height);
        if self.hole != 0.0 {
            self.stamp(mark, self.radius * HOLE_RADIUS, -self.hole * mark.height);
        }
    }

    fn stamp(&mut self, mark: &Mark, radius: f64, height: f64) {
        let Window {
            top,
            left,
            height: rows,
            width,
        } = self.window;
        let y = mark.y - top as f64;
        let x = mark.x - left as f64;
        let columns = within(x, radius, width);
        if columns.is_empty() {
            return;
        }
        self.along_x.clear();
        for column in columns.clone() {
            // From the plane's coordinates, not the window's: the same bits through any window.
            let d = (left + column as i64) as f64 - mark.x;
            self.along_x.push(packet(d, radius, mark.wave_x, 0.0, 1.0));
        }
        for row in within(y, radius, rows) {
            let d = (top + row as i64) as f64 - mark.y;
            let [even, odd] = packet(d, radius, mark.wave_y, mark.phase, height);
            let start = row * width + columns.start;
            let pixels = &mut self.field[start..start + columns.len()];
            for (pixel, [cos, sin]) in pixels.iter_mut().zip(&self.along_x) {
                *pixel += even * cos - odd * sin;
            }
        }
    }
}

/// Pixels of 0..`length` that may lie closer than `radius` to `centre`, and perhaps one more.
fn within(centre: f64, radius: f64, length: usize) -> std::ops::Range<usize> {
    let clamp = |v: f64| v.clamp(0.0, length as f64) as usize;
    clamp((centre - radius).floor())..clamp((centre + radius).ceil() + 1.0)
}

/// height · w(d) · (cos, sin) 2π(wave·d + phase) at a distance d along one axis.
fn packet(d: f64, radius: f64, wave: f64, phase: f64, height: f64) -> [f32; 2] {
    let t = (d / radius) as f32;
    let base = (1.0 - t * t).max(0.0);
    let window = base * base * (base * base) * height as f32;
    let (cos, sin) = cos_sin((wave * d + phase) as f32);
    [window * cos, window * sin]
}
