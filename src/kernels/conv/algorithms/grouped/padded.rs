//! Maps turned on their way in and out: a vector per pixel, a lane per group.

use std::ops::Range;

use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::memory::Buffer;
use crate::kernels::conv::shared::strip::Source;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::transpose::{Target, Transpose};
use crate::padding::{HALO, Window};

/// Pixels that are turned at once, to stay in the first-level cache.
const AT_ONCE: usize = 128;

/// The maps with the same number in neighbouring groups of an image.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    image: usize,
    pub groups: &'a Range<usize>,
    member: usize,
}

impl<'a> Place<'a> {
    /// The first map of every group.
    pub fn new(image: usize, groups: &'a Range<usize>) -> Place<'a> {
        Place {
            image,
            groups,
            member: 0,
        }
    }

    /// The map with this number in every group.
    pub fn member(self, member: usize) -> Place<'a> {
        Place { member, ..self }
    }
}

/// How the maps of a batch lie.
#[derive(Clone, Copy)]
pub struct Maps {
    per_image: usize,
    per_group: usize,
    pixels: usize,
}

impl Maps {
    /// Those of the input.
    pub fn input(shape: &ConvShape) -> Maps {
        Maps {
            per_image: shape.channels,
            per_group: shape.group_channels(),
            pixels: shape.input_pixels(),
        }
    }

    /// Those of the output.
    pub fn output(shape: &ConvShape) -> Maps {
        Maps {
            per_image: shape.out_channels,
            per_group: shape.group_out_channels(),
            pixels: shape.output_pixels(),
        }
    }

    /// The map of the first group of a place; the others' lie [`Maps::step`] apart.
    pub fn first(&self, at: &Place) -> usize {
        at.image * self.per_image + at.groups.start * self.per_group + at.member
    }

    /// From the map of a group to that of the next.
    pub fn step(&self) -> usize {
        self.per_group
    }

    /// Where the pixels of a place start.
    pub fn start(&self, at: &Place) -> usize {
        self.first(at) * self.pixels
    }

    /// Turns `pixels` of the maps of a place.
    pub fn turn<S: Simd>(
        &self,
        simd: S,
        values: &[f32],
        at: &Place,
        pixels: Range<usize>,
        to: &mut [f32],
    ) {
        simd.vectorize(Transpose {
            rows: at.groups.len(),
            columns: pixels.len(),
            from: &values[self.start(at) + pixels.start..],
            from_stride: self.per_group * self.pixels,
            to: to.into(),
            to_stride: S::LANES,
        });
    }

    /// Turns vectors back, to the pixels of neighbouring groups from `to` on.
    pub fn turn_back<S: Simd>(&self, simd: S, at: &Place, vectors: &[f32], to: Target) {
        simd.vectorize(Transpose {
            rows: vectors.len() / S::LANES,
            columns: at.groups.len(),
            from: vectors,
            from_stride: S::LANES,
            to,
            to_stride: self.per_group * self.pixels,
        });
    }
}

/// Maps that are read through a border.
#[derive(Clone, Copy)]
pub struct Padded<'a> {
    pub maps: Maps,
    pub values: &'a [f32],
    pub border: &'a Border<'a, f32>,
}

/// Padded rows that read neighbouring rows of the map, or all the halo.
struct Rows<'a> {
    first: usize,
    sources: &'a [i32],
}

impl<'a> Padded<'a> {
    /// The input of a pass.
    pub fn input(source: Source<'a>) -> Padded<'a> {
        Padded {
            maps: Maps::input(source.shape),
            values: source.x,
            border: source.border,
        }
    }

    /// Where a tap lies, from the start of its window.
    pub fn tap<S: Simd>(&self, window: &Window, tap: usize) -> usize {
        let [y, x] = [tap / window.kernel[1], tap % window.kernel[1]];
        self.rows::<S>(y * window.dilation[0]) + x * window.dilation[1] * S::LANES
    }

    /// Numbers of so many padded rows.
    pub fn rows<S: Simd>(&self, rows: usize) -> usize {
        rows * self.border.axes[1].padded() * S::LANES
    }

    /// Fills a strip with padded rows `rows` of a place, leaving out the border where it is `prepared`.
    pub fn fill<S: Simd>(
        &self,
        simd: S,
        at: &Place,
        rows: Range<usize>,
        prepared: bool,
        strip: &mut [f32],
        turned: &mut Buffer,
    ) {
        let [down, across] = self.border.axes;
        let ring = match self.border.halo {
            Halo::Constant(_) => 0,
            Halo::Ring(_, frame) => frame.len() * S::LANES,
        };
        let at_once = (AT_ONCE / across.n.max(1)).max(1);
        let turned = turned.take(ring + at_once * across.n * S::LANES);
        let (ring, turned) = turned.split_at_mut(ring);
        self.turn_ring(simd, at, ring);
        let within = if prepared {
            down.inside()
        } else {
            0..down.padded()
        };
        let first = rows.start.clamp(within.start, within.end);
        let filled = first..rows.end.clamp(first, within.end);
        let neighbours = |a: &i32, b: &i32| match *a {
            HALO => *b == HALO,
            a => *b == a + 1,
        };
        let mut first = filled.start;
        for run in down.source[filled].chunk_by(neighbours) {
            for sources in run.chunks(at_once) {
                let strip = &mut strip[self.rows::<S>(first - rows.start)..];
                let rows = Rows { first, sources };
                if sources[0] != HALO {
                    self.fill_inside(simd, at, &rows, [strip, turned]);
                }
                if !prepared {
                    self.fill_border::<S>(&rows, strip, [turned, ring]);
                }
                first += sources.len();
            }
        }
    }

    /// Turns the ring where there is one.
    fn turn_ring<S: Simd>(&self, simd: S, at: &Place, ring: &mut [f32]) {
        let Halo::Ring(values, frame) = self.border.halo else {
            return;
        };
        let maps = Maps {
            pixels: frame.len(),
            ..self.maps
        };
        maps.turn(simd, values, at, 0..frame.len(), ring);
    }

    /// Fills what rows hold of the map, and leaves it turned.
    fn fill_inside<S: Simd>(
        &self,
        simd: S,
        at: &Place,
        rows: &Rows,
        [strip, turned]: [&mut [f32]; 2],
    ) {
        let across = &self.border.axes[1];
        let (first, count) = (rows.sources[0] as usize, rows.sources.len());
        let pixels = first * across.n..(first + count) * across.n;
        self.maps.turn(simd, self.values, at, pixels, turned);
        simd.vectorize(CopyRows {
            rows: count,
            len: across.n * S::LANES,
            from: turned,
            from_stride: across.n * S::LANES,
            to: (&mut strip[across.before * S::LANES..]).into(),
            to_stride: self.rows::<S>(1),
        });
    }

    /// Fills what rows hold of the border, given the pixels of the map and of the ring.
    fn fill_border<S: Simd>(&self, rows: &Rows, strip: &mut [f32], [turned, ring]: [&[f32]; 2]) {
        let across = &self.border.axes[1];
        let strips = strip.chunks_exact_mut(self.rows::<S>(1).max(1));
        for (i, (&source, strip)) in rows.sources.iter().zip(strips).enumerate() {
            let inside = match source {
                HALO => 0..0,
                _ => across.inside(),
            };
            for column in (0..inside.start).chain(inside.end..across.padded()) {
                let to = &mut strip[column * S::LANES..][..S::LANES];
                let (from, place) = match (source, across.source[column], self.border.halo) {
                    (HALO, _, Halo::Constant(value)) | (_, HALO, Halo::Constant(value)) => {
                        to.fill(value);
                        continue;
                    }
                    (HALO, _, Halo::Ring(_, frame)) | (_, HALO, Halo::Ring(_, frame)) => {
                        (ring, frame.slot(rows.first + i, column))
                    }
                    (_, x, _) => (turned, i * across.n + x as usize),
                };
                to.copy_from_slice(&from[place * S::LANES..][..S::LANES]);
            }
        }
    }
}
