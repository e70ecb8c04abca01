//! Windows of maps so small that a vector holds a whole one.

use super::transpose::Target;
use super::vector::{MOST_LANES, Routine, Simd};
use crate::kernels::affine::Affine;

/// out\[map\]\[i\] ← start + Σ over taps of factor · source\[map\]\[indices\[tap\]\[i\]\], one chain of multiply-adds
/// each, for output channels that read one map each.
pub struct WholeSums<'a> {
    /// How often the output channels come again, one image after the other.
    pub images: usize,
    pub channels: usize,
    /// Output channels per channel.
    pub multiplier: usize,
    /// Elements of a map that is read, and of one that is written; a vector holds either.
    pub pixels: [usize; 2],
    /// The maps one after the other.
    pub source: &'a [f32],
    /// A vector per tap; LANES + any stands for the halo.
    pub indices: &'a [[u32; MOST_LANES]],
    pub halo: f32,
    /// One per output channel and tap.
    pub factors: &'a [f32],
    /// One per output channel, else 0.
    pub start: Option<&'a [f32]>,
    /// One per output channel, where sums are normalised.
    pub norms: Option<&'a [Affine<f32>]>,
    pub relu: bool,
    /// The maps one after the other.
    pub out: Target<'a>,
}

impl Routine for WholeSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match self.indices.len() {
            9 => self.taps::<S, 9>(simd),
            _ => self.taps::<S, 0>(simd),
        }
    }
}

impl WholeSums<'_> {
    /// All maps for `K` taps, or for any number of them where `K` is 0.
    #[inline(always)]
    fn taps<S: Simd, const K: usize>(self, simd: S) {
        let [read, written] = self.pixels;
        let (taps, out_channels) = (self.indices.len(), self.channels * self.multiplier);
        let maps = self.images * out_channels;
        assert!(read <= S::LANES && written <= S::LANES && S::LANES <= MOST_LANES);
        assert!(self.source.len() >= self.images * self.channels * read);
        assert!(self.out.len() >= maps * written && self.factors.len() >= out_channels * taps);
        assert!(self.start.is_none_or(|start| start.len() >= out_channels));
        assert!(self.norms.is_none_or(|norms| norms.len() >= out_channels));
        let halo = simd.splat(self.halo);
        let held: [S::Indices; K] = std::array::from_fn(|k| simd.indices(&self.indices[k]));
        for image in 0..self.images {
            for channel in 0..self.channels {
                let map = (image * self.channels + channel) * read;
                let map = source_vector(simd, self.source, map);
                for out_channel in channel * self.multiplier..(channel + 1) * self.multiplier {
                    let mut sum =
                        simd.splat(self.start.map_or(0.0, |start| start[out_channel] + 0.0));
                    let factors = &self.factors[out_channel * taps..][..taps];
                    for (k, &factor) in factors.iter().enumerate() {
                        let indices = match K {
                            0 => simd.indices(&self.indices[k]),
                            _ => held[k],
                        };
                        sum =
                            simd.mul_add(simd.splat(factor), simd.pick([map, halo], indices), sum);
                    }
                    sum = self.epilogue(simd, out_channel, sum);
                    let index = (image * out_channels + out_channel) * written;
                    // SAFETY: the target was checked to hold all maps; what a vector writes beyond its
                    // own is written again later, and it does not end beyond the last.
                    unsafe {
                        let to = self.out.start().add(index);
                        if index + S::LANES <= maps * written {
                            simd.store(to, sum);
                        } else {
                            let mut last = [0.0; MOST_LANES];
                            simd.store(last.as_mut_ptr(), sum);
                            std::ptr::copy_nonoverlapping(last.as_ptr(), to, written);
                        }
                    }
                }
            }
        }
    }

    /// What becomes of the sums of an output channel.
    #[inline(always)]
    fn epilogue<S: Simd>(&self, simd: S, out_channel: usize, mut sum: S::Vector) -> S::Vector {
        if let Some(norms) = self.norms {
            let Affine { mean, scale, bias } = norms[out_channel];
            sum = simd.normalise(sum, [mean, scale, bias].map(|of| simd.splat(of)));
        }
        match self.relu {
            true => simd.rectify(sum),
            false => sum,
        }
    }
}

/// The vector from an index on, with zeros beyond the last element.
#[inline(always)]
fn source_vector<S: Simd>(simd: S, source: &[f32], index: usize) -> S::Vector {
    if index + S::LANES <= source.len() {
        // SAFETY: the vector was just checked to lie within the source.
        return unsafe { simd.load(source.as_ptr().add(index)) };
    }
    let mut last = [0.0; MOST_LANES];
    let rest = &source[index..];
    last[..rest.len()].copy_from_slice(rest);
    // SAFETY: no vector is longer than that.
    unsafe { simd.load(last.as_ptr()) }
}
