//! Maps transposed to pixels, all channels of a pixel side by side, with room for tiles that hang over.

use crate::kernels::conv::algorithms::winograd::lines::{Line, Transform};
use crate::kernels::conv::algorithms::winograd::planes::Planes;
use crate::kernels::conv::algorithms::winograd::{Grid, SIDE, SPAN};
use crate::kernels::conv::packing::Columns;
use crate::kernels::conv::shared::block::Block;
use crate::kernels::conv::shared::memory::Buffer;
use crate::kernels::simd::Simd;
use crate::kernels::simd::transpose::Transpose;

/// Rows of pixels of several maps.
pub struct Maps<'a> {
    pub pixels: &'a [f32],
    /// From one map to the next.
    pub stride: usize,
    pub rows: usize,
    pub across: usize,
    /// The pixel of the frame on which the first lies.
    pub lead: [usize; 2],
}

/// The pixels that a block of tiles covers, with their channels side by side.
pub struct Frame {
    images: usize,
    /// Rows and columns of tiles.
    tiles: [usize; 2],
    pub rows: usize,
    pub across: usize,
}

impl Frame {
    /// The pixels of a block's tiles, and `more` beyond the last in every line.
    pub fn new(grid: Grid, block: &Block, more: usize) -> Frame {
        Frame {
            images: block.images.len(),
            tiles: [block.rows.len(), grid.across],
            rows: block.rows.len() * SIDE + more,
            across: grid.across * SIDE + more,
        }
    }

    pub fn tiles(&self) -> usize {
        self.images * self.tiles[0] * self.tiles[1]
    }

    /// Pixels per image.
    pub fn image(&self) -> usize {
        self.rows * self.across
    }

    /// From one row of pixels to the next, and from one pixel to the next.
    pub fn strides(&self, columns: &Columns) -> [usize; 2] {
        [self.across * columns.width, columns.width]
    }

    /// Where every tile starts in the frame, and in the planes of transformed tiles.
    pub fn offsets(&self, columns: &Columns) -> Vec<[u32; 2]> {
        let [down, across] = self.tiles;
        let offset = |tile: usize| {
            let (image, row, column) =
                (tile / (down * across), tile / across % down, tile % across);
            let pixel = image * self.image() + row * SIDE * self.across + column * SIDE;
            [pixel, tile].map(|offset| (offset * columns.width) as u32)
        };
        (0..self.tiles()).map(offset).collect()
    }

    /// Transforms the tiles of the maps that `columns` are of every image.
    pub fn transform<'a, S: Simd, L: Line<FROM, SPAN>, const FROM: usize>(
        &self,
        simd: S,
        line: L,
        columns: &Columns,
        maps: impl Fn(usize) -> Maps<'a>,
        buffer: &'a mut Buffer,
        (to, planes): (&mut [f32], Planes),
    ) {
        let transposed = self.transpose(simd, columns, buffer, maps);
        simd.vectorize(Transform::new(
            line,
            (transposed, self.strides(columns)),
            (to, planes.strides()),
            &self.offsets(columns),
            columns.vectors,
        ));
    }

    /// Transposes the maps that `columns` are of every image; what lies around them is zero.
    fn transpose<'a, S: Simd>(
        &self,
        simd: S,
        columns: &Columns,
        buffer: &'a mut Buffer,
        maps: impl Fn(usize) -> Maps<'a>,
    ) -> &'a [f32] {
        let width = columns.width;
        let transposed = buffer.take(self.images * self.image() * width);
        for (n, transposed) in transposed
            .chunks_exact_mut(self.image() * width)
            .enumerate()
        {
            let maps = maps(n);
            if [maps.rows, maps.across] == [self.rows, self.across] {
                maps.transpose(simd, columns, transposed);
                continue;
            }
            transposed.fill(0.0);
            for row in 0..maps.rows {
                let first = ((maps.lead[0] + row) * self.across + maps.lead[1]) * width;
                simd.vectorize(Transpose {
                    rows: columns.count,
                    columns: maps.across,
                    from: &maps.pixels[row * maps.across..],
                    from_stride: maps.stride,
                    to: (&mut transposed[first..]).into(),
                    to_stride: width,
                });
            }
        }
        transposed
    }
}

impl Maps<'_> {
    fn transpose<S: Simd>(&self, simd: S, columns: &Columns, to: &mut [f32]) {
        if columns.count < columns.width {
            to.fill(0.0);
        }
        simd.vectorize(Transpose {
            rows: columns.count,
            columns: self.rows * self.across,
            from: self.pixels,
            from_stride: self.stride,
            to: to.into(),
            to_stride: columns.width,
        });
    }
}
