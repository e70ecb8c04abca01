//! The ten textures: which marks a class scatters over its plane, and how one image varies them.

use rand::RngExt;

use crate::rng::Rng;

/// What a class scatters over the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Wave packets whose stripes all run in one direction of a list, chosen once per image.
    Stripes(&'static [f64]),
    /// Wave packets, each of which chooses its direction from a list.
    Weave(&'static [f64]),
    /// Wave packets in every direction.
    Grain { finest: f64, coarsest: f64 },
    /// Round bumps of one sign.
    Spots { smallest: f64, largest: f64 },
    /// Round bumps of one sign with a hole so deep that it is a spot of the other sign in a halo.
    Halos,
}

/// Directions of a wave vector, in turns; 0 is along a row, so its stripes stand upright.
const ALONG_ROWS: f64 = 0.0;
const ALONG_COLUMNS: f64 = 0.25;
const RISING: f64 = 0.125;
const FALLING: f64 = 0.375;

/// The classes in label order.
///
/// Each is closed under mirroring an image, so that a random flip is a fair augmentation.
const CLASSES: [(&str, Kind); 10] = [
    ("rows", Kind::Stripes(&[ALONG_COLUMNS])),
    ("columns", Kind::Stripes(&[ALONG_ROWS])),
    ("slants", Kind::Stripes(&[RISING, FALLING])),
    ("weave", Kind::Weave(&[ALONG_ROWS, ALONG_COLUMNS])),
    ("fine-grain", grain(3.5, 4.5)),
    ("coarse-grain", grain(6.5, 8.0)),
    ("specks", spots(1.8, 2.2)),
    ("small-spots", spots(3.4, 4.2)),
    ("large-spots", spots(8.0, 10.0)),
    ("halos", Kind::Halos),
];

const fn grain(finest: f64, coarsest: f64) -> Kind {
    Kind::Grain { finest, coarsest }
}

const fn spots(smallest: f64, largest: f64) -> Kind {
    Kind::Spots { smallest, largest }
}

/// The number of classes.
pub const COUNT: usize = CLASSES.len();

/// The names of the classes, in label order.
pub fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|&(name, _)| name)
}

/// The share of a halo's radius that the hole in it takes, and how deep the hole is.
pub const HOLE_RADIUS: f64 = 0.6;
pub const HOLE_DEPTH: f64 = 2.0;

/// ∫ (1 - t²)⁴ dt and ∫ (1 - t²)⁸ dt over \[-1, 1\]: the area of a window and of its square.
const WINDOW_AREA: f64 = 0.812_698_412_698_412_7;
const WINDOW_ENERGY: f64 = 0.599_076_740_253_210_9;
/// ∫ (1 - t²)⁴ (1 - t²/h²)⁴ dt over \[-h, h\] with h = [`HOLE_RADIUS`].
const HOLE_OVERLAP: f64 = 0.431_127_160_424_454_2;

/// How the marks of one image look and how thick they lie.
#[derive(Clone, Debug)]
pub struct Marks {
    /// A mark ends this many pixels from its centre, in x and in y.
    pub radius: f64,
    /// The mean number of marks in a square of side `radius`.
    pub density: f64,
    /// Subtracted from the sum of all marks, so that the mean over the plane is 0.
    pub mean: f64,
    /// Height of a mark with which the variance over the plane is 1.
    pub height: f64,
    /// Depth of the hole in each mark; 0 where there is none.
    pub hole: f64,
    wavelength: f64,
    directions: Directions,
    signed: bool,
}

#[derive(Clone, Debug)]
enum Directions {
    Any,
    Of { list: Vec<f64>, jitter: f64 },
}

/// One mark: a window around a point, with a wave in it.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Position in the plane, in pixels.
    pub y: f64,
    pub x: f64,
    /// Wave vector in turns per pixel; 0 for a bump without a wave.
    pub wave_y: f64,
    pub wave_x: f64,
    /// Phase at the centre, in turns.
    pub phase: f64,
    /// Height at the centre.
    pub height: f64,
}

impl Marks {
    /// The marks of an image of class `label`.
    pub fn of_class(label: usize, rng: &mut Rng) -> Marks {
        match CLASSES[label].1 {
            Kind::Stripes(list) => {
                let one = list[rng.random_range(0..list.len() as u32) as usize];
                Marks::waves(between(4.6, 6.2, rng), Directions::near(&[one], rng))
            }
            Kind::Weave(list) => Marks::waves(between(4.6, 6.2, rng), Directions::near(list, rng)),
            Kind::Grain { finest, coarsest } => {
                Marks::waves(between(finest, coarsest, rng), Directions::Any)
            }
            Kind::Spots { smallest, largest } => {
                let density = between(0.25, 0.4, rng);
                Marks::bumps(between(smallest, largest, rng), density, 0.0)
            }
            Kind::Halos => {
                Marks::bumps(between(10.0, 12.0, rng), between(0.4, 0.5, rng), HOLE_DEPTH)
            }
        }
    }

    /// Wide, faint bumps of either sign: light and shade, the same for every class.
    pub fn shade(rng: &mut Rng) -> Marks {
        Marks {
            signed: true,
            mean: 0.0,
            ..Marks::bumps(between(14.0, 20.0, rng), 0.5, 0.0)
        }
    }

    fn waves(wavelength: f64, directions: Directions) -> Marks {
        let density = 1.5;
        Marks {
            radius: 2.0 * wavelength,
            density,
            mean: 0.0,
            // A wave has half the energy of its window, whatever its phase.
            height: 1.0 / (density * WINDOW_ENERGY * WINDOW_ENERGY / 2.0).sqrt(),
            hole: 0.0,
            wavelength,
            directions,
            signed: false,
        }
    }

    fn bumps(radius: f64, density: f64, hole: f64) -> Marks {
        let square = |v: f64| v * v;
        let shrunk = square(HOLE_RADIUS) * hole;
        let area = square(WINDOW_AREA) * (1.0 - shrunk);
        let energy =
            square(WINDOW_ENERGY) * (1.0 + shrunk * hole) - 2.0 * hole * square(HOLE_OVERLAP);
        let height = 1.0 / (density * energy).sqrt();
        Marks {
            radius,
            density,
            mean: density * area * height,
            height,
            hole,
            wavelength: f64::INFINITY,
            directions: Directions::Any,
            signed: false,
        }
    }

    /// A mark in the square whose upper left corner is given.
    pub fn mark(&self, top: f64, left: f64, rng: &mut Rng) -> Mark {
        let y = top + self.radius * rng.random::<f64>();
        let x = left + self.radius * rng.random::<f64>();
        let (mut wave_y, mut wave_x, mut phase) = (0.0, 0.0, 0.0);
        if self.wavelength.is_finite() {
            let (cos, sin) = cos_sin(self.directions.draw(rng) as f32);
            wave_x = f64::from(cos) / self.wavelength;
            wave_y = f64::from(sin) / self.wavelength;
            phase = rng.random::<f64>();
        }
        let negative = self.signed && rng.random_bool(0.5);
        let height = if negative { -self.height } else { self.height };
        Mark {
            y,
            x,
            wave_y,
            wave_x,
            phase,
            height,
        }
    }
}

impl Directions {
    /// The listed directions, all tilted by the same small angle, which differs from image to image.
    fn near(list: &[f64], rng: &mut Rng) -> Directions {
        let tilt = between(-0.03, 0.03, rng);
        Directions::Of {
            list: list.iter().map(|d| d + tilt).collect(),
            jitter: 0.02,
        }
    }

    fn draw(&self, rng: &mut Rng) -> f64 {
        match self {
            Directions::Any => rng.random::<f64>(),
            Directions::Of { list, jitter } => {
                let chosen = list[rng.random_range(0..list.len() as u32) as usize];
                chosen + between(-jitter, *jitter, rng)
            }
        }
    }
}

/// A uniform draw in [`low`, `high`).
pub fn between(low: f64, high: f64, rng: &mut Rng) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// (cos 2πt, sin 2πt) with an error below 1e-4, from multiplications and additions alone.
///
/// A system's own sine may differ in the last bit from that of another, and so would the images.
pub fn cos_sin(turns: f32) -> (f32, f32) {
    (half_wave(turns + 0.25), half_wave(turns))
}

/// sin 2πt by its Taylor series around the nearest zero, of degree 7.
fn half_wave(turns: f32) -> f32 {
    let halves = (turns * 2.0).round();
    let x = (turns - halves * 0.5) * std::f32::consts::TAU;
    let square = x * x;
    let sine = x * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0)));
    if halves.rem_euclid(2.0) == 0.0 {
        sine
    } else {
        -sine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integral(f: impl Fn(f64) -> f64) -> f64 {
        let steps = 200_000;
        let width = 2.0 / f64::from(steps);
        (0..steps)
            .map(|i| f((f64::from(i) + 0.5) * width - 1.0) * width)
            .sum()
    }

    #[test]
    fn the_constants_are_the_integrals_they_claim_to_be() {
        let window = |t: f64| (1.0 - t * t).max(0.0).powi(4);
        let hole = |t: f64| window(t / HOLE_RADIUS);
        for (constant, found) in [
            (WINDOW_AREA, integral(window)),
            (WINDOW_ENERGY, integral(|t| window(t) * window(t))),
            (HOLE_OVERLAP, integral(|t| window(t) * hole(t))),
        ] {
            assert!((constant - found).abs() < 1e-8, "{constant} is {found}");
        }
    }

    #[test]
    fn the_sine_is_one() {
        for i in -3000..3000 {
            let turns = i as f32 / 1000.0;
            let (cos, sin) = cos_sin(turns);
            let angle = f64::from(turns) * std::f64::consts::TAU;
            assert!((f64::from(cos) - angle.cos()).abs() < 2e-4, "cos {turns}");
            assert!((f64::from(sin) - angle.sin()).abs() < 2e-4, "sin {turns}");
        }
    }
}
