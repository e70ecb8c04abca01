//! Gradients of 3×3 kernels with a quarter of the multiplications: Winograd's minimal filtering
//! F(4×4, 3×3) (Lavin and Gray, CVPR 2016, arXiv 1509.09308).
//!
//! Begin with `lines`, the transforms, and `planes`, the products.
//!
//! The map is cut into tiles of 4×4 output pixels. Both factors of the product are transformed to 36
//! *planes*, of which each is a plain matrix product over the tiles; what comes out is transformed
//! back. A sum then mixes what its tile reads, so this is never used forward: there an output pixel
//! must depend on its taps alone.

mod frame;
mod grad_input;
mod grad_weight;
mod lines;
mod planes;
mod ring;

use std::ops::Range;

use crate::kernels::conv::passes::Problem;
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::{Block, blocks};
pub use grad_input::accepts as accepts_grad_input;

/// Output pixels along the side of a tile.
const SIDE: usize = 4;

/// Padded pixels that the side of a tile reads.
const SPAN: usize = 6;

/// Matrix products, one per element of a transformed tile.
const PLANES: usize = SPAN * SPAN;

/// Tiles at once, such that their planes stay in the second-level cache or near it.
const TILES: usize = 64;

/// Whether windows are those of the tiles.
pub fn accepts(problem: &Problem) -> bool {
    let window = &problem.shape.window;
    [window.kernel, window.stride, window.dilation] == [[3, 3], [1, 1], [1, 1]]
}

/// The tiles of a map.
#[derive(Clone, Copy, Debug)]
struct Grid {
    down: usize,
    across: usize,
}

impl Grid {
    fn new(map: [usize; 2]) -> Grid {
        let [down, across] = map.map(|n| n.div_ceil(SIDE));
        Grid { down, across }
    }

    fn tiles(&self) -> usize {
        self.down * self.across
    }

    /// Blocks of about `target` tiles, their rows counted in tiles.
    fn blocks(&self, shape: &ConvShape, images: Range<usize>, target: usize) -> Vec<Block> {
        let tiles = ConvShape {
            output: [self.down, self.across],
            ..*shape
        };
        blocks(&tiles, images, target)
    }

    /// The pixels that the tiles of a block cover, of a map of `rows` rows.
    fn pixels(&self, tiles: &Block, rows: usize) -> Block {
        let [first, end] = [tiles.rows.start, tiles.rows.end].map(|row| row * SIDE);
        Block {
            images: tiles.images.clone(),
            rows: first..end.min(rows),
        }
    }
}
