//! Blocks of pixels that become channels, and channels that become blocks of pixels.

use super::super::builder::{Builder, OnMap};
use super::super::call::Call;
use super::super::slot::{Bound, Slot};
use super::binary::{apart, together};
use crate::autodiff::ops;
use crate::kernels::Scalar;
use crate::kernels::interpolation::Interpolation;
use crate::nn::layers::{Concat, DepthToSpace, Resample2d};
use crate::nn::{Kind, Value};

/// The largest side of blocks that become channels; each of their pixels is a node.
const LARGEST_BLOCK: usize = 32;

/// [N, C, rows, r, columns, s] to [N, C, rows·r, columns·s].
pub fn pixels_from_channels<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    map: [usize; 2],
    to: &[usize],
) -> Option<Slot> {
    let rank = x.shape.len();
    let [h, w] = map;
    if w < h || to.len() < 3 || rank < h + 2 {
        return None;
    }
    let product = |part: &[usize]| part.iter().product::<usize>();
    let (r, s) = (product(&x.shape[h + 1..w]), product(&x.shape[w + 1..]));
    let last = to.len() - 2;
    let fits = to[last..] == [x.shape[h] * r, x.shape[w] * s]
        && product(&to[1..last]) == product(&x.shape[1..h]);
    if !fits {
        return None;
    }
    let block = DepthToSpace { block: [r, s] };
    Some(Slot {
        value: builder.add(block, &[x.value]),
        shape: to.to_vec(),
        map: Some([last, last + 1]),
        batched: true,
    })
}

/// [N, C, rows·r, columns·s] to [N, C, rows, r, columns, s], however the axes beside rows and columns are split.
///
/// Nothing says which part of an axis is the block and which the grid; that the last is, is how a pixel unshuffle, a
/// pool or the patches of a transformer are written. Of several ways to read a shape the smallest block is taken.
pub fn channels_from_pixels<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    map: [usize; 2],
    to: &[usize],
) -> Option<Slot> {
    let [h, w] = map;
    if w < h {
        return None;
    }
    let product = |part: &[usize]| part.iter().product::<usize>();
    let sizes = [&x.shape[1..h], &x.shape[h + 1..w], &x.shape[w + 1..]].map(product);
    let block = |axis: usize, side: usize| match to[axis] {
        0 => None,
        n => x.shape[side].is_multiple_of(n).then(|| x.shape[side] / n),
    };
    let read = |(a, b): (usize, usize)| {
        let (r, s) = (block(a, h)?, block(b, w)?);
        let fits = product(&to[1..a]) == sizes[0]
            && product(&to[a + 1..b]) == r * sizes[1]
            && product(&to[b + 1..]) == s * sizes[2];
        (fits && r.max(s) <= LARGEST_BLOCK).then_some((r * s, [r, s], [a, b]))
    };
    let pairs = (1..to.len()).flat_map(|a| (a + 1..to.len()).map(move |b| (a, b)));
    let (_, [r, s], found) = pairs.filter_map(read).min()?;
    let value = apart_by_offset(builder, x, [r, s]);
    let blocks = Slot {
        value,
        shape: to.to_vec(),
        map: Some(found),
        batched: true,
    };
    // The offsets are in front, and each belongs behind the axes before its side.
    let [before, between, behind] = sizes;
    Some(builder.pixelwise(Kind::Other, &blocks, move |x| {
        let apart = apart(x, &[r, s, before, between, behind]);
        together(ops::permute(&apart, &[0, 3, 1, 4, 2, 5, 6, 7]), 5)
    }))
}

/// The pixels of every block, one offset after the other, as channels in front of those that there are.
fn apart_by_offset<T: Scalar>(builder: &mut Builder<T>, x: &Slot, [r, s]: [usize; 2]) -> Value {
    let [h, w] = x.size();
    let mut parts = Vec::new();
    for row in 0..r {
        for column in 0..s {
            let axes = [
                Interpolation::strided(row, r, h / r),
                Interpolation::strided(column, s, w / s),
            ];
            parts.push(builder.add(Resample2d { axes }, &[x.value]));
        }
    }
    builder.add(Concat, &parts)
}

/// `DepthToSpace`.
pub fn depth_to_space<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let x = builder.images(x)?;
    let block = usize::try_from(call.node.int("blocksize", 0)).unwrap_or(0);
    let (channels, pixels) = (x.channels(), block.saturating_mul(block));
    if pixels == 0 || channels % pixels != 0 {
        return Err(format!(
            "blocks of {block}×{block} pixels from {channels} channels"
        ));
    }
    let mut arranged = x.clone();
    if call.node.text("mode", "DCR") == "DCR" {
        let left = channels / pixels;
        arranged = builder.pixelwise(Kind::Other, &x, move |x| {
            let apart = apart(x, &[pixels, left]);
            together(ops::permute(&apart, &[0, 2, 1, 3, 4]), 2)
        });
    }
    let value = builder.add(DepthToSpace { block: [block; 2] }, &[arranged.value]);
    let [h, w] = x.size();
    let shape = vec![1, channels / pixels, h * block, w * block];
    Ok(Some(vec![Bound::Live(Slot { value, shape, ..x })]))
}

/// `SpaceToDepth`: every pixel of the blocks as channels.
pub fn space_to_depth<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let x = builder.images(x)?;
    let block = usize::try_from(call.node.int("blocksize", 0)).unwrap_or(0);
    let [h, w] = x.size();
    if !(1..=LARGEST_BLOCK).contains(&block) || h % block != 0 || w % block != 0 {
        return Err(format!("blocks of {block}×{block} pixels of {h}×{w}"));
    }
    let size = [h / block, w / block];
    let value = apart_by_offset(builder, &x, [block; 2]);
    let channels = x.channels() * block * block;
    let shape = vec![1, channels, size[0], size[1]];
    Ok(Some(vec![Bound::Live(Slot { value, shape, ..x })]))
}
