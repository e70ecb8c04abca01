//! Colours, and how values become colours.

use colorous::{MAGMA, RED_BLUE};

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Stands for the page's text colour; SVG says `currentColor` in its place.
pub const INK: Colour = Colour(0x1c, 0x21, 0x26);

impl Colour {
    /// As CSS writes it, `#d55e00`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The colour as an opaque pixel.
    pub fn rgba(self) -> [u8; 4] {
        [self.0, self.1, self.2, 255]
    }

    /// The colour with an opacity from 0 to 1.
    pub fn opaque(self, opacity: f64) -> Paint {
        Paint {
            colour: self,
            opacity,
        }
    }

    /// Whether black can be read on it better than white: by the relative luminance of WCAG 2, at which the
    /// better of the two has a contrast of 4.5 or more on every colour.
    pub fn is_light(self) -> bool {
        /// Where the contrasts of black and of white are equal.
        const EVEN: f64 = 0.179;
        let [r, g, b] = [self.0, self.1, self.2].map(|part| {
            let part = f64::from(part) / 255.0;
            match part <= 0.040_45 {
                true => part / 12.92,
                false => ((part + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b > EVEN
    }
}

/// A colour with its opacity from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    /// The colour.
    pub colour: Colour,
    /// From 0, which cannot be seen, to 1.
    pub opacity: f64,
}

/// A map from 0..=1 to colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Dark to light, perceptually even.
    Sequential,
    /// Blue below one half, red above, near white in the middle; safe for the common colour-blindnesses.
    Diverging,
}

impl Colours {
    /// The colour at `position`, held to 0..=1.
    pub fn at(self, position: f64) -> Colour {
        let position = position.clamp(0.0, 1.0);
        let colour = match self {
            Colours::Sequential => MAGMA.eval_continuous(position),
            Colours::Diverging => RED_BLUE.eval_continuous(1.0 - position),
        };
        Colour(colour.r, colour.g, colour.b)
    }
}

/// How values become colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shade {
    /// Dark to light with the logarithm, from `min` to `max`; what lies beyond takes the end's colour.
    Log {
        /// The darkest value.
        min: f64,
        /// The lightest value.
        max: f64,
    },
    /// Dark to light with the square root, from 0 to `max`, so that a pattern of a tenth of the strength can still
    /// be seen; the middle colour stands for a quarter of `max`.
    Strength {
        /// The magnitude of the last colour.
        max: f64,
    },
    /// Blue below 0, red above, from -max to max, with the square root of the magnitude.
    Signed {
        /// The magnitude of the last colour.
        max: f64,
    },
    /// The same, evenly.
    Even {
        /// The magnitude of the last colour.
        max: f64,
    },
}

impl Shade {
    /// Where `value` lies on the colour bar, from 0 to 1.
    pub fn position(self, value: f64) -> f64 {
        let position = match self {
            Shade::Log { min, max } => (value.max(min) / min).ln() / (max / min).ln(),
            Shade::Strength { max } => (value.max(0.0) / max).sqrt(),
            Shade::Signed { max } => 0.5 + 0.5 * (value.abs() / max).sqrt().copysign(value),
            Shade::Even { max } => 0.5 + 0.5 * value / max,
        };
        position.clamp(0.0, 1.0)
    }

    /// The colours of the bar.
    pub fn colours(self) -> Colours {
        match self {
            Shade::Log { .. } | Shade::Strength { .. } => Colours::Sequential,
            Shade::Signed { .. } | Shade::Even { .. } => Colours::Diverging,
        }
    }

    /// The colour of a value.
    pub fn of(self, value: f64) -> Colour {
        self.colours().at(self.position(value))
    }

    /// The values written under the colour bar.
    pub fn ticks(self) -> Vec<f64> {
        match self {
            Shade::Log { min, max } => {
                let decades = (max / min).log10().round() as i32;
                let step = (decades / 4).max(1) as usize;
                let ticks = (0..=decades).step_by(step);
                ticks.map(|d| min * 10f64.powi(d)).collect()
            }
            Shade::Strength { max } => [0.0, 0.25, 1.0].map(|t| t * max).into(),
            Shade::Signed { max } => [-1.0, -0.25, 0.0, 0.25, 1.0].map(|t| t * max).into(),
            Shade::Even { max } => [-1.0, 0.0, 1.0].map(|t| t * max).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_values_are_red_and_blue_and_zero_is_pale() {
        let Colour(r, _, b) = Shade::Even { max: 2.0 }.of(2.0);
        assert!(r > 90 && b < 60);
        let Colour(r, _, b) = Shade::Even { max: 2.0 }.of(-2.0);
        assert!(b > 90 && r < 60);
        let Colour(r, g, b) = Shade::Signed { max: 2.0 }.of(0.0);
        assert!([r, g, b].iter().all(|&part| part > 230));
    }

    #[test]
    fn colours_go_with_the_logarithm_or_the_root() {
        let log = Shade::Log {
            min: 1e-12,
            max: 1.0,
        };
        assert!((log.position(1e-6) - 0.5).abs() < 1e-12);
        assert_eq!([log.position(0.0), log.position(7.0)], [0.0, 1.0]);
        assert_eq!(log.ticks().len(), 5);
        let signed = Shade::Signed { max: 4.0 };
        assert_eq!(
            [-4.0, -1.0, 0.0, 1.0].map(|v| signed.position(v)),
            [0.0, 0.25, 0.5, 0.75]
        );
        assert_eq!(Shade::Strength { max: 8.0 }.position(2.0), 0.5);
    }
}
