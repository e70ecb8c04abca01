//! Images with their surroundings, on which PPP is measured; they need not be those of the training.

use std::ops::Range;

use rayon::prelude::*;

use super::pixels::Pixels;
use super::source::check_values;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The widest margin that can be asked for, in pixels.
const WIDEST_MARGIN: usize = 1 << 14;

/// Images whose surroundings are known.
pub trait WideImages: Send + Sync {
    /// What they are called in messages.
    fn name(&self) -> &str {
        "wide images"
    }

    /// The shape [C, H, W] of an image without its margin.
    fn shape(&self) -> [usize; 3];

    /// How many there are; `None` where they never end.
    fn count(&self) -> Option<usize>;

    /// Images `range` with `margin` more pixels on each side; image i does not depend on the range.
    ///
    /// # Errors
    /// Where there are not as many, or not with such a margin.
    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide>;
}

/// Images with a margin of their true surroundings.
#[derive(Clone, Debug)]
pub struct Wide {
    /// [N, C, H + 2m, W + 2m].
    pub images: Tensor<f32>,
    /// The class of each image's middle; `None` where there are no classes.
    pub labels: Vec<Option<usize>>,
}

/// Wide images in memory.
///
/// ```
/// use padgrad::data::{WideImages, WideTensors};
/// use padgrad::tensor::Tensor;
/// let images = Tensor::from_vec((0..25).map(|v| v as f32).collect(), &[1, 1, 5, 5]);
/// let wide = WideTensors::new(images, 2)?;
/// assert_eq!((wide.shape(), wide.count()), ([1, 1, 1], Some(1)));
/// assert_eq!(wide.wide(0..1, 0)?.images.data(), [12.0]);
/// assert!(wide.wide(0..1, 3).is_err());
/// # Ok::<(), padgrad::error::Error>(())
/// ```
///
/// The values are taken as they are; as part of a data set that standardises its images
/// ([`Dataset::with_wide`](super::Dataset::with_wide)) they are standardised as well.
#[derive(Clone, Debug)]
pub struct WideTensors {
    images: Tensor<f32>,
    margin: usize,
}

impl WideTensors {
    /// Images [N, C, H + 2·margin, W + 2·margin].
    ///
    /// # Errors
    /// Where they have other axes, the margin leaves no image, or a value is not finite.
    pub fn new(images: Tensor<f32>, margin: usize) -> Result<WideTensors> {
        check_values("wide images", &images)?;
        let smallest = images.shape()[2].min(images.shape()[3]);
        if margin.checked_mul(2).is_none_or(|both| both >= smallest) {
            let problem = format!("a margin of {margin} leaves nothing of {smallest} pixels");
            return Err(Error::invalid(
                "wide images",
                problem,
                "give a smaller margin",
            ));
        }
        Ok(WideTensors { images, margin })
    }
}

impl WideImages for WideTensors {
    fn shape(&self) -> [usize; 3] {
        let [_, c, h, w] = self.images.nchw("wide images");
        [c, h - 2 * self.margin, w - 2 * self.margin]
    }

    fn count(&self) -> Option<usize> {
        Some(self.images.shape()[0])
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        check(self, &range, margin)?;
        let Some(cut) = self.margin.checked_sub(margin) else {
            let problem = format!(
                "a margin of {margin} is asked for and {} are there",
                self.margin
            );
            let remedy = "give wider images, or a network with a smaller receptive field";
            return Err(Error::invalid(self.name(), problem, remedy));
        };
        let [_, c, h, w] = self.images.nchw("wide images");
        let rows = self.images.data()[range.start * c * h * w..range.end * c * h * w].chunks(w);
        let inside = |y: usize| (cut..h - cut).contains(&(y % h));
        let kept = rows.enumerate().filter(|(y, _)| inside(*y));
        let values = kept
            .flat_map(|(_, row)| &row[cut..w - cut])
            .copied()
            .collect();
        let shape = [range.len(), c, h - 2 * cut, w - 2 * cut];
        Ok(Wide {
            images: Tensor::from_vec(values, &shape),
            labels: vec![None; range.len()],
        })
    }
}

/// Checks that there are as many images and that the margin is not absurd.
pub(super) fn check<W: WideImages + ?Sized>(
    images: &W,
    range: &Range<usize>,
    margin: usize,
) -> Result<()> {
    let refuse = |problem, remedy| Err(Error::invalid(images.name(), problem, remedy));
    if margin > WIDEST_MARGIN {
        let problem = format!("a margin of {margin} pixels is more than {WIDEST_MARGIN}");
        let remedy = "choose a smaller margin, or a network with a smaller receptive field";
        return refuse(problem, remedy);
    }
    match images.count() {
        Some(count) if range.end > count => refuse(
            format!("{} were asked for, but there are {count}", range.end),
            "ask for fewer, or, on pictures, use windows at random positions, which never run out",
        ),
        _ => Ok(()),
    }
}

/// Wide images of bytes, each painted by `paint`, in units of 255.
pub(super) fn gather<W: WideImages>(
    images: &W,
    range: Range<usize>,
    margin: usize,
    paint: impl Fn(usize) -> Result<(Vec<u8>, Option<usize>)> + Send + Sync,
) -> Result<Wide> {
    check(images, &range, margin)?;
    let [c, h, w] = images.shape();
    let shape = [range.len(), c, h + 2 * margin, w + 2 * margin];
    let painted: Vec<_> = range.into_par_iter().map(paint).collect::<Result<_>>()?;
    let mut data = Vec::with_capacity(shape.iter().product());
    let mut labels = Vec::with_capacity(painted.len());
    for (image, label) in painted {
        data.extend(image);
        labels.push(label);
    }
    let images = Pixels { data, shape }.to_tensor();
    Ok(Wide { images, labels })
}
