//! The input of a graph: which axis is what, and how large.

use super::constant::{Content, count};
use super::proto::ValueInfo;

/// The largest side of an image.
const LARGEST_SIDE: usize = 1 << 14;
/// The most channels that an image has where the order of the axes is in doubt.
const FEW_CHANNELS: i64 = 4;

/// The order of the axes of a file's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// [N, C, H, W].
    ChannelsFirst,
    /// [N, H, W, C]; the network takes [N, C, H, W] all the same.
    ChannelsLast,
    /// Any other shape: the network takes its elements as [N, elements, 1, 1].
    Whole,
}

/// What a file says of its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrance {
    /// Its name.
    pub name: String,
    /// The order of its axes.
    pub layout: Layout,
    /// The shape [C, H, W] for which the network was built.
    pub shape: [usize; 3],
    /// Rows and columns as the file fixes them; other sizes than these were asked for, or are chosen freely.
    pub fixed: [Option<usize>; 2],
    /// The axes as the file has them, with one image.
    pub axes: Vec<usize>,
    /// Whether its elements are bytes, so that white is 255.
    pub bytes: bool,
}

/// Which values an input holds.
pub(super) fn content(info: &ValueInfo) -> Content {
    let of = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    match of.map_or(1, |t| t.elem_type) {
        9 => Content::Boolean,
        2..=7 | 12 | 13 => Content::Integer,
        _ => Content::Float,
    }
}

impl Entrance {
    /// The input that is described, with images of `size` where it is given.
    ///
    /// # Errors
    /// Where a size or the channels are neither fixed nor given.
    pub(super) fn read(
        info: &ValueInfo,
        size: Option<[usize; 2]>,
        whole: bool,
    ) -> Result<Entrance, String> {
        let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
        let shape = tensor.and_then(|t| t.shape.as_ref());
        let dims: Vec<i64> =
            shape.map_or_else(Vec::new, |s| s.dim.iter().map(|d| d.dim_value).collect());
        let name = info.name.clone();
        let bytes = tensor.is_some_and(|t| t.elem_type == 2);
        let &[_, a, b, c] = dims.as_slice() else {
            return Entrance::of_whole(name, &dims);
        };
        if whole {
            return Entrance::of_whole(name, &dims);
        }
        let few = |n: i64| (1..=FEW_CHANNELS).contains(&n);
        let last = few(c) && !few(a);
        let (layout, channels, sides) = match last {
            true => (Layout::ChannelsLast, c, [a, b]),
            false => (Layout::ChannelsFirst, a, [b, c]),
        };
        let fixed = sides.map(|n| usize::try_from(n).ok().filter(|&n| n > 0));
        let wanted = match size {
            Some([h, w]) => [Some(h), Some(w)],
            None => fixed,
        };
        let [Some(h), Some(w)] = wanted else {
            return Err(format!(
                "its input `{name}` {dims:?} has no fixed rows and columns"
            ));
        };
        let channels = usize::try_from(channels)
            .ok()
            .filter(|&c| c > 0 && c <= LARGEST_SIDE);
        let channels = channels.ok_or_else(|| {
            format!("its input `{name}` {dims:?} has no fixed number of channels")
        })?;
        if [h, w].iter().any(|n| !(1..=LARGEST_SIDE).contains(n)) {
            return Err(format!("images of {h}×{w} pixels"));
        }
        Ok(Entrance {
            name,
            layout,
            shape: [channels, h, w],
            fixed,
            axes: match last {
                true => vec![1, h, w, channels],
                false => vec![1, channels, h, w],
            },
            bytes,
        })
    }

    /// An input that is no image, as one pixel of many channels.
    fn of_whole(name: String, dims: &[i64]) -> Result<Entrance, String> {
        let size = |&n: &i64| {
            usize::try_from(n)
                .ok()
                .filter(|n| (1..=LARGEST_SIDE).contains(n))
        };
        let axes: Option<Vec<usize>> = dims.iter().map(size).collect();
        let wrong = || format!("its input `{name}` {dims:?} is no image and not of a fixed size");
        let axes = axes.ok_or_else(wrong)?;
        let elements = count(&axes).filter(|&n| n < 1 << 28).ok_or_else(wrong)?;
        Ok(Entrance {
            name,
            layout: Layout::Whole,
            shape: [elements, 1, 1],
            fixed: [None; 2],
            axes,
            bytes: false,
        })
    }
}
