//! What PPP is, in pictures of the run itself: an image, its window, its true surroundings, and what padding changed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::context::Context;
use super::patterns::read;
use crate::error::Result;
use crate::report::plot::colours::{Colour, Shade};
use crate::report::plot::raster::Raster;
use crate::report::text::escape_html;
use crate::study::pattern::{channel, largest, strongest_channels};
use crate::study::results::PatternFile;
use crate::tensor::Tensor;
use crate::words::counted;

/// Pixels to a side that a picture has at least.
const LEGIBLE: usize = 240;
/// The edge of what the network sees.
const FRAME: Colour = Colour(0xff, 0xd2, 0x4d);
/// What padding makes up, in two greys.
const MADE_UP: [Colour; 2] = [Colour(0x9a, 0xa3, 0xac), Colour(0x86, 0x90, 0x9a)];

/// The pictures in a row; nothing where the run kept no image.
pub fn strip(context: &Context) -> String {
    pictures(context).unwrap_or_default()
}

fn pictures(context: &Context) -> Option<String> {
    let files = &context.results.patterns;
    let example = files.iter().find(|file| file.margin.is_some())?;
    let image = read(context, example).ok()?;
    let of_network =
        |file: &&PatternFile| (&file.scheme, file.seed) == (&example.scheme, example.seed);
    let frames = files
        .iter()
        .filter(of_network)
        .filter(|file| file.frame().is_some());
    let one = frames.clone().find(|file| file.frame() == Some(1));
    let all = frames.max_by_key(|file| file.frame());
    let scene = Scene::of(&image, example.margin?);
    let scheme = &example.scheme;
    let mut steps = vec![
        (
            scene.png(Around::Nothing),
            "An image. This is all that the network sees.".to_string(),
        ),
        (
            scene.png(Around::MadeUp),
            format!("A: run with padding. What lies beyond the edge is made up, here by {scheme}."),
        ),
        (
            scene.png(Around::True),
            "B: run with its true surroundings, the pixels that really lie around it.".into(),
        ),
    ];
    if all.is_none() {
        // A measurement keeps no frames: the strongest channel of the last layer.
        let own = |file: &&PatternFile| {
            file.is_of_all_images() && Some(file.layer.as_str()) == context.layer
        };
        let pattern = files.iter().filter(of_network).find(own)?;
        let maps = read(context, pattern).ok()?;
        let mean = channel(&maps, strongest_channels(&maps, 1).pop()?);
        let max = largest(mean.data()).max(f64::MIN_POSITIVE);
        let images = counted(context.results.images, "image");
        steps.push((
            map(&mean, Shade::Signed { max }),
            is_the_pattern(&pattern.layer, &images),
        ));
    }
    if let (Some(one), Some(all)) = (one, all) {
        let [first, mean] = [read(context, one).ok()?, read(context, all).ok()?];
        let [first, mean] = [channel(&first, 0), channel(&mean, 0)];
        let max = largest(mean.data()).max(f64::MIN_POSITIVE);
        let shade = Shade::Signed { max };
        steps.push((
            map(&first, shade),
            format!(
                "A − B: what padding changed at {}, one channel. Red is more, blue is less.",
                one.layer
            ),
        ));
        steps.push((
            map(&mean, shade),
            is_the_pattern(&all.layer, &counted(all.images.unwrap_or(0), "image")),
        ));
    }
    let mut items = String::new();
    for (number, (png, words)) in (1..).zip(steps) {
        let words = escape_html(&words);
        items += &format!(
            "<li><img alt=\"{words}\" src=\"data:image/png;base64,{}\"><p><b>{number}</b> {words}</p></li>\n",
            STANDARD.encode(png.ok()?)
        );
    }
    Some(format!(
        "<ol class=\"strip\" aria-label=\"What PPP is, in pictures\">\n{items}</ol>\n"
    ))
}

fn is_the_pattern(layer: &str, images: &str) -> String {
    format!(
        "The mean of A − B at {layer} over {images}, one channel. What stays is the same for every image: the position \
         pattern, PPP."
    )
}

/// What is drawn around the window.
#[derive(Clone, Copy, PartialEq)]
enum Around {
    Nothing,
    MadeUp,
    True,
}

/// An image with its surroundings, [C, H, W] from 0 to 1, of which a margin is drawn.
struct Scene<'a> {
    image: &'a Tensor<f32>,
    /// Pixels of surroundings in the image, and those that are drawn.
    margin: usize,
    shown: usize,
    /// Rows and columns of the window.
    window: [usize; 2],
}

impl Scene<'_> {
    fn of(image: &Tensor<f32>, margin: usize) -> Scene<'_> {
        let side = |axis: usize| image.shape()[axis].saturating_sub(2 * margin);
        let window = [side(1), side(2)];
        // More than half a window of surroundings would make the window small.
        let shown = margin.min(window[0].min(window[1]) / 2);
        Scene {
            image,
            margin,
            shown,
            window,
        }
    }

    fn png(&self, around: Around) -> Result<Vec<u8>> {
        let border = if around == Around::Nothing {
            0
        } else {
            self.shown
        };
        let [rows, columns] = self.window.map(|side| side + 2 * border);
        let zoom = (LEGIBLE / rows.max(columns).max(1)).max(1);
        let mut raster = Raster::new(columns * zoom, rows * zoom);
        for row in 0..rows {
            for column in 0..columns {
                let [y, x] = [row, column].map(|at| at + self.margin - border);
                let colour = match self.is_inside(y, x) || around == Around::True {
                    true => self.pixel(y, x),
                    false => MADE_UP[(row + column) % 2],
                };
                raster.fill(column * zoom, row * zoom, zoom, zoom, colour.rgba());
            }
        }
        if border > 0 {
            let [height, width] = self.window.map(|side| side * zoom);
            let (at, thick) = (border * zoom, 2);
            for offset in [0, height - thick] {
                raster.fill(at, at + offset, width, thick, FRAME.rgba());
            }
            for offset in [0, width - thick] {
                raster.fill(at + offset, at, thick, height, FRAME.rgba());
            }
        }
        raster.png(None)
    }

    fn is_inside(&self, y: usize, x: usize) -> bool {
        let within = |at: usize, side: usize| (self.margin..self.margin + side).contains(&at);
        within(y, self.window[0]) && within(x, self.window[1])
    }

    /// One channel is drawn in greys.
    fn pixel(&self, y: usize, x: usize) -> Colour {
        let [channels, height, width] = self.image.shape() else {
            return FRAME;
        };
        let of = |channel: usize| {
            let value = self.image.data()[(channel.min(channels - 1) * height + y) * width + x];
            (value.clamp(0.0, 1.0) * 255.0).round() as u8
        };
        Colour(of(0), of(1), of(2))
    }
}

fn map(map: &Tensor<f32>, shade: Shade) -> Result<Vec<u8>> {
    let [rows, columns] = [map.shape()[0], map.shape()[1]];
    let zoom = (LEGIBLE / rows.max(columns).max(1)).max(1);
    let mut raster = Raster::new(columns * zoom, rows * zoom);
    for (i, &value) in map.data().iter().enumerate() {
        let colour = shade.of(f64::from(value));
        let corner = [i % columns, i / columns].map(|at| at * zoom);
        raster.fill(corner[0], corner[1], zoom, zoom, colour.rgba());
    }
    raster.png(None)
}
