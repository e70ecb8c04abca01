//! Heatmaps that a page draws from numbers it carries: choices, a slider over frames, values to point at.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::heatmap::Colours;
use super::quantised::Quantised;
use super::table::escape_html;
use crate::error::{Error, Result};

/// A group of heatmaps that share controls.
#[derive(Clone, Debug, Serialize)]
pub struct Viewer {
    /// Name of files that are downloaded.
    pub name: String,
    /// What the slider moves over, for example `images`.
    pub slider: String,
    /// Names of the slider's positions; one position makes no slider.
    pub frames: Vec<String>,
    /// The step of training of each position, where a chart follows the slider.
    pub steps: Vec<u64>,
    /// What the choice is between, for example `layer`.
    pub choice: String,
    pub variants: Vec<Variant>,
    /// The choice at the start.
    pub chosen: usize,
    /// Unit of the values.
    pub unit: String,
    /// The slider's position at the start.
    pub start: usize,
    /// Milliseconds from frame to frame when played; 0 for no play button.
    pub play: usize,
}

/// What is shown for one choice.
#[derive(Clone, Debug, Serialize)]
pub struct Variant {
    pub name: String,
    pub scale: Shade,
    pub rows: Vec<Row>,
}

/// The colours that all maps of a variant share.
#[derive(Clone, Debug, Serialize)]
pub struct Shade {
    /// `diverging` from -`max` to `max`, or `sequential` from 0 to `max`.
    pub colours: &'static str,
    pub max: f64,
    /// Whether colours go with the square root, so that weak patterns can be seen beside strong ones.
    pub root: bool,
}

impl Shade {
    /// From -`max` over 0 to `max`, evenly.
    pub fn diverging(max: f64) -> Shade {
        Shade {
            colours: "diverging",
            max: above_zero(max),
            root: false,
        }
    }

    /// From -`max` over 0 to `max`, by the square root.
    pub fn diverging_root(max: f64) -> Shade {
        Shade {
            root: true,
            ..Shade::diverging(max)
        }
    }

    /// From 0 to `max`, by the square root.
    pub fn sequential(max: f64) -> Shade {
        Shade {
            colours: "sequential",
            max: above_zero(max),
            root: true,
        }
    }
}

fn above_zero(max: f64) -> f64 {
    if max.is_finite() && max > 0.0 {
        max
    } else {
        1.0
    }
}

/// Maps beside each other.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub title: String,
    pub panels: Vec<Panel>,
}

/// One map over all frames.
#[derive(Clone, Debug, Serialize)]
pub struct Panel {
    pub name: String,
    pub note: String,
    /// A map per frame; none where nothing was measured.
    pub frames: Vec<Option<Quantised>>,
}

impl Viewer {
    /// The viewer as HTML under the id `id`; the page's script brings it to life.
    ///
    /// # Errors
    /// Never in practice: JSON into memory does not fail.
    pub fn html(&self, id: &str) -> Result<String> {
        let id = escape_html(id);
        let data = data_block(&format!("{id}-data"), self)?;
        Ok(format!(
            "<div class=\"viewer\" id=\"{id}\" data-viewer=\"{id}-data\">\
             <noscript><p class=\"nothing\">This picture is drawn by the page's own script, which is \
             switched off.</p></noscript></div>\n{data}"
        ))
    }
}

/// A value as data inside the page.
///
/// # Errors
/// Never in practice: JSON into memory does not fail.
pub fn data_block(id: &str, value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(value).map_err(|error| {
        Error::invalid(
            "the page's data",
            error.to_string(),
            "this is a bug; report it",
        )
    })?;
    // Nothing inside may end the block, whatever a scheme is called.
    let json = json.replace('<', "\\u003c");
    Ok(format!(
        "<script type=\"application/json\" id=\"{id}\">{json}</script>\n"
    ))
}

/// The two colour maps of the page, 256 colours each.
///
/// # Errors
/// Never in practice: JSON into memory does not fail.
pub fn colour_tables() -> Result<String> {
    #[derive(Serialize)]
    struct Tables {
        sequential: String,
        diverging: String,
    }
    let table = |colours: Colours| {
        let bytes: Vec<u8> = (0..256)
            .flat_map(|i| {
                let [r, g, b, _] = colours.at(f64::from(i) / 255.0);
                [r, g, b]
            })
            .collect();
        STANDARD.encode(bytes)
    };
    data_block(
        "colours",
        &Tables {
            sequential: table(Colours::Sequential),
            diverging: table(Colours::Diverging),
        },
    )
}
