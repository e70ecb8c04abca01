//! What follows from a network's windows alone: reach, uneven padding, sizes without it, and how often pixels are read.

use serde::Serialize;

use super::findings::{Reach, Uneven};
use super::stages::stages;
use crate::error::{Error, Result};
use crate::nn::{LayerInfo, LayerWindow, Model};
use crate::study::subject::Subject;

/// Positions of layers times rows of the image, or columns, that are gone through.
const MOST_PAIRS: f64 = 2e9;
/// How far from a size the nearest even ones are looked for.
const FAR: usize = 128;

/// What the network can see, whatever its weights.
pub(super) fn reach(model: &Model<f32>, stages: &[LayerInfo]) -> Result<Reach> {
    let fields = stages.iter().flat_map(|stage| stage.field.size);
    Ok(Reach {
        pixels: model.needed_margin()?,
        receptive_field: fields.fold(1.0, f64::max),
        global: stages.iter().any(|stage| stage.global),
    })
}

/// Rows and columns of windows whose middle no padding can reach, where the network takes them.
pub(super) fn larger(subject: &Subject, stages: &[LayerInfo]) -> Result<Option<[usize; 2]>> {
    let [_, h, w] = subject.model.input();
    let steps = stages.iter().map(|stage| stage.field.stride[0]);
    let step = steps.fold(1.0, f64::max).ceil() as usize;
    let around = (subject.model.needed_margin()? + step).next_multiple_of(step);
    let size = [h, w].map(|side| side + 2 * around);
    let global = stages.iter().any(|stage| stage.global);
    Ok((!global && subject.windows(size).is_ok()).then_some(size))
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

/// The nearest rows, and the nearest columns, below and above those of the network's images, on which every layer is even;
/// its own are either where they are.
pub(super) fn even_sizes(subject: &Subject) -> [[Option<usize>; 2]; 2] {
    let [_, h, w] = subject.model.input();
    let along = |axis: usize, own: usize| {
        let even = |side: &usize| {
            let mut size = [h, w];
            size[axis] = *side;
            // Both axes of a square, which costs no more and may need it: some layers take square maps alone.
            let size = if h == w { [*side; 2] } else { size };
            let all_even = |all: Vec<LayerWindow>| all.iter().all(|w| w.is_even_along(axis));
            subject.may_be_even(size, axis) && subject.windows(size).is_ok_and(all_even)
        };
        let below = (own.saturating_sub(FAR).max(1)..=own).rev().find(even);
        [below, (own..=own + FAR).find(even)]
    };
    let rows = along(0, h);
    [rows, if h == w { rows } else { along(1, w) }]
}

/// What is known of a network without data.
#[derive(Clone, Debug, Serialize)]
pub struct Lint {
    /// Its name.
    pub network: String,
    /// What of its file is left out, in words.
    pub left_out: Option<String>,
    /// What lies behind a layer that mixes all positions, in words: no true surroundings get there.
    pub behind: Option<String>,
    /// Rows and columns of the images.
    pub size: [usize; 2],
    /// The layers with a window, in the order in which they run.
    pub layers: Vec<LintedLayer>,
    /// Pixels of surroundings that its last map depends on.
    pub needed_margin: usize,
    /// How often the image's pixels are read, stage by stage.
    pub stages: Vec<LintedStage>,
    /// The nearest rows, and the nearest columns, of images at which no layer is uneven: the next below and above.
    pub even_sizes: [[Option<usize>; 2]; 2],
}

/// A layer with a window.
#[derive(Clone, Debug, Serialize)]
pub struct LintedLayer {
    /// Dotted name.
    pub name: String,
    /// Rows and columns of the kernel, dilation included.
    pub span: [usize; 2],
    /// Rows and columns of the input from one position to the next; below 1 where maps grow.
    pub stride: [f64; 2],
    /// The padding; none of a transposed convolution or an interpolation.
    pub padding: Option<String>,
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
    /// Pixels around the image that its output depends on.
    pub margin: usize,
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

/// Pixels around the image that a layer depends on, by what its outermost positions see.
fn margin(layer: &LayerInfo, image: [usize; 2]) -> usize {
    let beyond = |axis: usize| {
        let field = &layer.field;
        let last = (layer.shape[1 + axis] - 1) as f64 * field.stride[axis];
        let behind = field.offset[axis] + last + field.size[axis] - image[axis] as f64;
        behind.max(-field.offset[axis])
    };
    beyond(0).max(beyond(1)).max(0.0).ceil() as usize
}

/// Looks at a network without data, on images of its own size.
///
/// # Errors
/// Where a window does not fit.
pub fn lint(subject: &Subject) -> Result<Lint> {
    let model = &subject.model;
    let [_, h, w] = model.input();
    let infos = model.layers()?;
    // Every position of every layer against every row of the image, then every column.
    let pairs: f64 = infos
        .iter()
        .map(|l| (l.shape[1] * h).max(l.shape[2] * w) as f64)
        .sum();
    if pairs > MOST_PAIRS {
        let problem = format!("{h}×{w} pixels and {} layers are too many", infos.len());
        return Err(Error::usage("size", problem, "give smaller images"));
    }
    let info = |name: &str| infos.iter().find(|info| info.name == name);
    let of_layer = |window: LayerWindow| LintedLayer {
        span: window.span,
        stride: window.stride,
        padding: window.padding.map(|padding| padding.to_string()),
        input: window.input,
        output: window.output,
        unread: window.unread,
        never_read: [0, 1].map(|axis| window.never_read(axis)),
        padding_read: [0, 1].map(|axis| window.padding_read(axis)),
        even: window.is_even(),
        receptive_field: info(&window.name).map_or([1.0; 2], |info| info.field.size),
        margin: info(&window.name).map_or(0, |info| margin(info, [h, w])),
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
        left_out: subject.left_out.clone(),
        behind: subject.behind.clone(),
        size: [h, w],
        layers: model.windows([h, w])?.into_iter().map(of_layer).collect(),
        needed_margin: model.needed_margin()?,
        stages: stages(subject)?
            .into_iter()
            .map(of_stage)
            .collect::<Result<_>>()?,
        even_sizes: even_sizes(subject),
    })
}
