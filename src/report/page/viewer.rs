//! Heatmaps that a page draws from values that it carries: choices, a slider over frames, values to point at.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::quantised::Quantised;
use crate::report::plot::colours::{Colour, Colours, Shade};
use crate::report::text::escape_html;
use crate::tensor::Tensor;

/// A group of heatmaps that share controls.
#[derive(Clone, Debug, Default, Serialize)]
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
    #[serde(serialize_with = "scale")]
    pub scale: Shade,
    pub rows: Vec<Row>,
}

/// The colours of a variant as the page's script reads them: `diverging` from -`max` to `max` or `sequential` from
/// 0 to `max`, evenly or by the square root.
fn scale<S: Serializer>(shade: &Shade, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Scale {
        colours: &'static str,
        max: f64,
        root: bool,
    }
    let max = match *shade {
        Shade::Log { max, .. } | Shade::Strength { max } => max,
        Shade::Signed { max } | Shade::Even { max } => max,
    };
    let scale = Scale {
        colours: match shade.colours() {
            Colours::Sequential => "sequential",
            Colours::Diverging => "diverging",
        },
        max: if max.is_finite() && max > 0.0 {
            max
        } else {
            1.0
        },
        root: !matches!(shade, Shade::Even { .. }),
    };
    scale.serialize(serializer)
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
    /// Maps without a slider and without a choice.
    pub fn still(name: &str, unit: &str, only: Variant) -> Viewer {
        Viewer {
            name: name.into(),
            frames: vec![String::new()],
            variants: vec![only],
            unit: unit.into(),
            ..Viewer::default()
        }
    }

    /// The viewer as HTML under the id `id`; the page's script brings it to life.
    pub fn html(&self, id: &str) -> String {
        let id = escape_html(id);
        let data = data_block(&format!("{id}-data"), self);
        format!(
            "<div class=\"viewer\" id=\"{id}\" data-viewer=\"{id}-data\">\
             <noscript><p class=\"nothing\">This picture is drawn by the page's own script, which is \
             switched off.</p></noscript></div>\n{data}"
        )
    }
}

impl Panel {
    /// A panel of a single frame.
    pub fn still(name: impl Into<String>, note: String, map: &Tensor<f32>) -> Panel {
        Panel {
            name: name.into(),
            note,
            frames: vec![Some(Quantised::of_map(map))],
        }
    }
}

/// A value as data inside the page.
pub fn data_block(id: &str, value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("structs of texts and values have a JSON form");
    // Nothing inside may end the block, whatever a scheme is called.
    let json = json.replace('<', "\\u003c");
    format!("<script type=\"application/json\" id=\"{id}\">{json}</script>\n")
}

/// The two colour maps of the page, 256 colours each.
pub fn colour_tables() -> String {
    #[derive(Serialize)]
    struct Tables {
        sequential: String,
        diverging: String,
    }
    let table = |colours: Colours| {
        let bytes: Vec<u8> = (0..256)
            .flat_map(|i| {
                let Colour(r, g, b) = colours.at(f64::from(i) / 255.0);
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
