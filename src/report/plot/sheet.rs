//! Maps side by side in one PNG that needs no caption: titles, notes, values and a colour bar with its ticks are
//! part of the picture.

use super::colours::Colour;
pub use super::colours::Shade;
use super::font::width;
use super::pixels::write;
use super::raster::{Raster, Rgba};
use crate::error::{Error, Result};
use crate::report::text::lines_that;

const PAPER: Colour = Colour(255, 255, 255);
const INK: Colour = Colour(20, 20, 20);
const SOFT_INK: Colour = Colour(95, 95, 95);
const BLANK: Rgba = [214, 221, 228, 255];
const BLANK_LINE: Rgba = [165, 176, 188, 255];
const NO_VALUE: Rgba = [150, 150, 150, 255];
const FRAME: Rgba = [0, 120, 60, 255];
const MARGIN: usize = 24;
/// Sizes of the title and of everything else, in pixels.
const TITLE: f64 = 26.0;
const TEXT: f64 = 18.0;
const BAR: [usize; 2] = [480, 18];

/// A value of the colour bar as it is written below it.
fn tick(shade: Shade, value: f64) -> String {
    match shade {
        Shade::Log { .. } => format!("{value:.0e}"),
        _ => decimal(value, 2),
    }
}

/// A value with at most this many decimals, and none where they are zeros.
fn decimal(value: f64, decimals: i32) -> String {
    let unit = 10f64.powi(decimals);
    // Adding 0 turns -0 into 0.
    format!("{}", (value * unit).round() / unit + 0.0)
}

/// A map with what is written around it.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Written over the map.
    pub title: String,
    /// Written under the map, as many lines as it takes.
    pub note: String,
    /// Cells per row.
    pub width: usize,
    /// Row by row; `None` is a cell outside of what the map shows, NaN one without a value.
    pub cells: Vec<Option<f64>>,
    /// A window drawn over the map: first row, first column, rows, columns.
    pub window: Option<[usize; 4]>,
}

/// Tiles of one size in rows, under a title and an explanation, above a colour bar.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Written above everything.
    pub title: String,
    /// The lines under the title.
    pub explanation: Vec<String>,
    /// The maps, row by row.
    pub tiles: Vec<Tile>,
    /// Tiles per row.
    pub columns: usize,
    /// Pixels per cell.
    pub zoom: usize,
    /// Whether values are written into the cells.
    pub values: bool,
    /// How values become colours.
    pub shade: Shade,
    /// What the colours mean.
    pub legend: String,
}

impl Sheet {
    /// The sheet as a PNG file.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is nothing to draw, or too much for a PNG.
    pub fn png(&self) -> Result<Vec<u8>> {
        let Some(layout) = Layout::of(self) else {
            return Err(Error::invalid(
                "a sheet of maps",
                "there is no map",
                "check more",
            ));
        };
        let mut raster = Raster::new(layout.width, layout.height);
        raster.fill(0, 0, layout.width, layout.height, PAPER.rgba());
        let mut top = MARGIN;
        for (text, size) in &layout.head {
            let colour = if *size == TITLE { INK } else { SOFT_INK };
            put(&mut raster, [MARGIN, top], text, *size, colour);
            top += line(*size);
        }
        for (i, tile) in self.tiles.iter().enumerate() {
            let left = MARGIN + i % self.columns * (layout.tile[0] + MARGIN);
            let top = layout.tiles_top + i / self.columns * (layout.tile[1] + MARGIN);
            self.draw_tile(&mut raster, tile, [left, top]);
        }
        self.draw_bar(&mut raster, layout.bar_top);
        raster.png(None)
    }

    fn draw_tile(&self, raster: &mut Raster, tile: &Tile, [left, top]: [usize; 2]) {
        let room = tile.width * self.zoom;
        let size = fitting(&tile.title, room);
        put(raster, [left, top], &tile.title, size, INK);
        let (top, zoom) = (top + line(TEXT), self.zoom);
        for (i, &cell) in tile.cells.iter().enumerate() {
            let at = [left + i % tile.width * zoom, top + i / tile.width * zoom];
            self.draw_cell(raster, cell, at);
        }
        if let Some([row, column, rows, columns]) = tile.window {
            let corner = [left + column * zoom, top + row * zoom];
            frame(raster, corner, [columns * zoom, rows * zoom]);
        }
        let mut top = top + tile.cells.len().div_ceil(tile.width) * zoom + 8;
        for text in wrapped(&tile.note, TEXT, room) {
            put(raster, [left, top], &text, TEXT, SOFT_INK);
            top += line(TEXT);
        }
    }

    fn draw_cell(&self, raster: &mut Raster, cell: Option<f64>, [left, top]: [usize; 2]) {
        let side = self.zoom - 1;
        let Some(value) = cell else {
            raster.fill(left, top, side, side, BLANK);
            for i in 0..side {
                let (x, y) = (left + i, top + side - 1 - i);
                raster.fill(x, y, 2.min(left + side - x), 1, BLANK_LINE);
            }
            return;
        };
        if value.is_nan() {
            raster.fill(left, top, side, side, NO_VALUE);
            return;
        }
        let colour = self.shade.of(value);
        raster.fill(left, top, side, side, colour.rgba());
        if self.values && value != 0.0 {
            let text = decimal(value, 1);
            let size = fitting(&text, side);
            let centred = |from: usize, taken: f64| from as f64 + (side as f64 - taken) / 2.0;
            let at = [centred(left, width(&text, size)), centred(top, size)];
            let ink = if colour.is_light() { INK } else { PAPER };
            write(raster, at, &text, size, ink);
        }
    }

    fn draw_bar(&self, raster: &mut Raster, top: usize) {
        put(raster, [MARGIN, top], &self.legend, TEXT, INK);
        let top = top + line(TEXT);
        let [length, thick] = BAR;
        for x in 0..length {
            let colour = self.shade.colours().at(x as f64 / (length - 1) as f64);
            raster.fill(MARGIN + x, top, 1, thick, colour.rgba());
        }
        for value in self.shade.ticks() {
            let x = MARGIN + (self.shade.position(value) * (length - 1) as f64) as usize;
            raster.fill(x, top + thick, 1, 5, INK.rgba());
            let text = tick(self.shade, value);
            let left = (x as f64 - width(&text, TEXT) / 2.0).max(MARGIN as f64 / 2.0);
            write(raster, [left, (top + thick + 8) as f64], &text, TEXT, INK);
        }
    }
}

/// Writes a text whose top left corner is a pixel's.
fn put(raster: &mut Raster, at: [usize; 2], text: &str, size: f64, colour: Colour) {
    write(raster, at.map(|side| side as f64), text, size, colour);
}

/// The size at which `text` fits into `room` pixels, if one that can be read does.
fn fitting(text: &str, room: usize) -> f64 {
    const SMALLEST: f64 = 9.0;
    (room as f64 / width(text, 1.0)).clamp(SMALLEST, TEXT)
}

/// `text` in lines that fit into `room` pixels.
fn wrapped(text: &str, size: f64, room: usize) -> Vec<String> {
    lines_that(text, |line| width(line, size) <= room as f64)
}

/// From one line of text to the next.
fn line(size: f64) -> usize {
    (1.3 * size).round() as usize
}

/// The outline of a rectangle, three pixels thick, around its inside.
fn frame(raster: &mut Raster, [left, top]: [usize; 2], [wide, tall]: [usize; 2]) {
    const THICK: usize = 3;
    raster.fill(left, top, wide, THICK, FRAME);
    raster.fill(left, top + tall - THICK, wide, THICK, FRAME);
    raster.fill(left, top, THICK, tall, FRAME);
    raster.fill(left + wide - THICK, top, THICK, tall, FRAME);
}

/// Where everything goes, in pixels.
struct Layout {
    width: usize,
    height: usize,
    /// The lines above the tiles and their sizes.
    head: Vec<(String, f64)>,
    tiles_top: usize,
    /// Width and height of a tile with its text.
    tile: [usize; 2],
    bar_top: usize,
}

impl Layout {
    /// `None` where there is nothing to draw.
    fn of(sheet: &Sheet) -> Option<Layout> {
        let first = sheet.tiles.first().filter(|t| !t.cells.is_empty())?;
        let map = [first.width, first.cells.len().div_ceil(first.width)].map(|n| n * sheet.zoom);
        let notes = sheet
            .tiles
            .iter()
            .map(|t| wrapped(&t.note, TEXT, map[0]).len());
        let texts = 1 + notes.max().unwrap_or(0);
        let tile = [map[0], map[1] + 8 + texts * line(TEXT)];
        let (columns, rows) = (sheet.columns, sheet.tiles.len().div_ceil(sheet.columns));
        let inner = (columns * (tile[0] + MARGIN) - MARGIN).max(BAR[0] + MARGIN);
        let sized = |text, size| {
            wrapped(text, size, inner)
                .into_iter()
                .map(move |t| (t, size))
        };
        let explanation = sheet.explanation.iter().flat_map(|text| sized(text, TEXT));
        let head: Vec<(String, f64)> = sized(&sheet.title, TITLE).chain(explanation).collect();
        let tiles_top =
            MARGIN + head.iter().map(|(_, size)| line(*size)).sum::<usize>() + MARGIN / 2;
        let bar_top = tiles_top + rows * (tile[1] + MARGIN);
        Some(Layout {
            width: inner + 2 * MARGIN,
            height: bar_top + 2 * line(TEXT) + BAR[1] + 8 + MARGIN,
            head,
            tiles_top,
            tile,
            bar_top,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short() {
        let short = [9.0, -0.001, 2.777_8, -0.5].map(|v| decimal(v, 1));
        assert_eq!(short, ["9", "0", "2.8", "-0.5"]);
        assert_eq!(decimal(-2.25, 2), "-2.25");
    }

    #[test]
    fn a_sheet_without_maps_is_an_error_and_one_with_gaps_is_not() {
        let tile = Tile {
            title: "a".to_string(),
            note: "one two".to_string(),
            width: 2,
            cells: vec![None, Some(f64::NAN), Some(-3.25), Some(0.0)],
            window: Some([0, 0, 2, 1]),
        };
        let sheet = |tiles| Sheet {
            title: "t".to_string(),
            explanation: vec!["e".to_string()],
            tiles,
            columns: 2,
            zoom: 12,
            values: true,
            shade: Shade::Signed { max: 4.0 },
            legend: "l".to_string(),
        };
        assert!(sheet(Vec::new()).png().is_err());
        let png = sheet(vec![tile.clone(), tile.clone(), tile])
            .png()
            .expect("a picture");
        assert!(png.starts_with(b"\x89PNG"));
    }
}
