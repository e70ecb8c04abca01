use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, Sampled, Sampling, misfit};

/// Pixels from channels: y\[n,c, i·r + k, j·s + l\] = x\[n, (c·r + k)·s + l, i, j\] for blocks of r×s pixels.
///
/// # Shapes
/// [N, C·r·s, H, W] to [N, C, H·r, W·s].
///
/// # Errors
/// Building a network fails where r·s does not divide the channels.
///
/// # Source
/// Shi et al., *Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel CNN*, CVPR 2016.
#[derive(Clone, Copy, Debug)]
pub struct DepthToSpace {
    /// Rows and columns of the block that the channels of a pixel become.
    pub block: [usize; 2],
}

impl<T: Scalar> Layer<T> for DepthToSpace {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Sampled(Sampled(self.block.map(Sampling::Repeat)))
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        let [rows, columns] = self.block;
        match inputs {
            [[channels, ..]] if rows * columns > 0 && channels % (rows * columns) == 0 => {
                Ok(channels / (rows * columns))
            }
            _ => Err(misfit(
                path,
                format!(
                    "blocks of {rows}×{columns} pixels cannot be made of {inputs:?} (channels, rows, columns)"
                ),
                "give it a multiple of the block's pixels as channels",
            )),
        }
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let x = &inputs[0];
        let [n, c, h, w] = x.value.value().nchw("depth_to_space");
        let [rows, columns] = self.block;
        let reached = Sampled(self.block.map(Sampling::Repeat)).reached(x, cx)?;
        let channels = c / (rows * columns);
        let apart = ops::reshape(&x.value, &[n, channels, rows, columns, h, w]);
        let among = ops::permute(&apart, &[0, 1, 4, 2, 5, 3]);
        let whole = Feature {
            value: ops::reshape(&among, &[n, channels, h * rows, w * columns]),
            margin: reached.margin,
            size: reached.size,
        };
        Ok(whole)
    }
}
