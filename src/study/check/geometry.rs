//! What follows from a network's windows alone: reach, uneven padding, sizes without it, and how often pixels are read.

use serde::Serialize;

use super::findings::{Reach, Uneven};
use super::stages::stages;
use crate::error::Result;
use crate::nn::{LayerInfo, LayerWindow, Model};
use crate::study::subject::Subject;

/// How far from a size the nearest even ones are looked for.
const FAR: usize = 128;

/// What the network can see, whatever its weights.
pub(super) fn reach(model: &Model<f32>, stages: &[LayerInfo]) -> Result<Reach> {
    let fields = stages.iter().flat_map(|stage| stage.field.size);
    Ok(Reach {
        pixels: model.needed_margin()?,
        receptive_field: fields.fold(1.0, f64::max),
        global: model.layers()?.iter().any(|layer| layer.global),
    })
}

/// The layers on which padding acts unevenly.
pub(super) fn uneven(model: &Model<f32>) -> Result<Vec<Uneven>> {
    let [_, h, w] = model.input();
    let windows = model.windows([h, w])?.into_iter();
    let of_layer = |window: LayerWindow| Uneven {
        rows: window.padding_read(0),
        columns: window.padding_read(1),
        never_read: [0, 1].map(|axis| window.never_read(axis)),
        name: window.name,
    };
    Ok(windows.filter(|w| !w.is_even()).map(of_layer).collect())
}

/// The nearest sides, below and above `side`, of images on which every layer is even; `side` itself is either.
pub(super) fn even_sizes(model: &Model<f32>, side: usize) -> [Option<usize>; 2] {
    let even = |side: &usize| {
        let windows = model.windows([*side; 2]);
        windows.is_ok_and(|windows| windows.iter().all(LayerWindow::is_even))
    };
    let below = (side.saturating_sub(FAR).max(1)..=side).rev().find(even);
    [below, (side..=side + FAR).find(even)]
}

/// What is known of a network without data.
#[derive(Clone, Debug, Serialize)]
pub struct Lint {
    /// Its name.
    pub network: String,
    /// The side of the images.
    pub side: usize,
    /// The layers with a window, in the order in which they run.
    pub layers: Vec<LintedLayer>,
    /// Pixels of surroundings that its last map depends on.
    pub needed_margin: usize,
    /// How often the image's pixels are read, stage by stage.
    pub stages: Vec<LintedStage>,
    /// The nearest sides of images at which no layer is uneven: the next below and the next above.
    pub even_sizes: [Option<usize>; 2],
}

/// A layer with a window.
#[derive(Clone, Debug, Serialize)]
pub struct LintedLayer {
    /// Dotted name.
    pub name: String,
    /// Rows and columns of the kernel, dilation included.
    pub span: [usize; 2],
    /// Stride per axis.
    pub stride: [usize; 2],
    /// The padding.
    pub padding: String,
    /// Rows and columns of its input.
    pub input: [usize; 2],
    /// Rows and columns of its output.
    pub output: [usize; 2],
    /// r per axis: rows at the bottom and columns at the right, padded ones first, that nothing reads.
    pub unread: [usize; 2],
    /// Those of them that are no padding.
    pub never_read: [usize; 2],
    /// Padded rows read above and below, columns left and right.
    pub padding_read: [[usize; 2]; 2],
    /// Whether padding acts on both ends alike and every row is read.
    pub even: bool,
    /// Rows and columns of the image that an output position sees.
    pub receptive_field: [f64; 2],
}

/// How often the image's pixels are read at a stage.
#[derive(Clone, Debug, Serialize)]
pub struct LintedStage {
    /// Dotted name.
    pub name: String,
    /// Rows and columns of its output.
    pub size: [usize; 2],
    /// In how many rows of positions each row of the image takes part; a pixel takes part in the product of its
    /// row's and its column's.
    pub rows: Vec<usize>,
    /// The same for columns.
    pub columns: Vec<usize>,
}

/// Looks at a network without data, on images of its own size.
///
/// # Errors
/// Where a window does not fit.
pub fn lint(subject: &Subject) -> Result<Lint> {
    let model = &subject.model;
    let [_, h, w] = model.input();
    let infos = model.layers()?;
    let field = |name: &str| {
        let info = infos.iter().find(|info| info.name == name);
        info.map_or([1.0; 2], |info| info.field.size)
    };
    let of_layer = |window: LayerWindow| LintedLayer {
        span: [0, 1].map(|axis| window.windowed.window.span(axis)),
        stride: window.windowed.window.stride,
        padding: window.windowed.padding.to_string(),
        input: window.input,
        output: window.output,
        unread: window.unread,
        never_read: [0, 1].map(|axis| window.never_read(axis)),
        padding_read: [0, 1].map(|axis| window.padding_read(axis)),
        even: window.is_even(),
        receptive_field: field(&window.name),
        name: window.name,
    };
    let of_stage = |stage: LayerInfo| {
        let [rows, columns] = model.foveation([h, w], &stage.name)?;
        Ok(LintedStage {
            size: [stage.shape[1], stage.shape[2]],
            name: stage.name,
            rows,
            columns,
        })
    };
    Ok(Lint {
        network: subject.name.clone(),
        side: h,
        layers: model.windows([h, w])?.into_iter().map(of_layer).collect(),
        needed_margin: model.needed_margin()?,
        stages: stages(model)?
            .into_iter()
            .map(of_stage)
            .collect::<Result<_>>()?,
        even_sizes: even_sizes(model, h),
    })
}
