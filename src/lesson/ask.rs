//! A request of the page and its answer.

use serde::{Deserialize, Serialize};

use super::average::{Average, AverageStart};
use super::content;
use super::deeper::Deeper;
use super::edge::Edge;
use super::gradients::{Gradcheck, Gradient};
use super::map::{Map, within};
use super::planted::Soil;
use super::training::{TrainStart, Training};
use crate::error::{Error, Result};

/// Of a request, what it asks for; the rest is that scene's own.
#[derive(Deserialize)]
struct Asked {
    ask: String,
}

/// A texture, its values about 0 with a deviation of about 1.
#[derive(Deserialize)]
struct Picture {
    index: usize,
    side: usize,
}

/// The page's networks, which stay between requests.
#[derive(Default)]
pub struct Lesson {
    average: Option<Average>,
    training: Option<Training>,
    soil: Option<Soil>,
}

impl Lesson {
    /// The answer to a request, both JSON; an error is an object with the one member `error`.
    ///
    /// ```
    /// use padgrad::lesson::Lesson;
    /// let asked = r#"{"ask": "gradcheck", "padding": "reflect", "broken": "halo-dropped"}"#;
    /// assert!(Lesson::default().answer(asked).contains(r#""passed":false"#));
    /// ```
    pub fn answer(&mut self, request: &str) -> String {
        let answer = read(request).and_then(|Asked { ask }| self.of(&ask, request));
        let told = |error: Error| serde_json::to_string(&error.to_string()).unwrap_or_default();
        answer.unwrap_or_else(|error| format!("{{\"error\":{}}}", told(error)))
    }

    fn of(&mut self, ask: &str, request: &str) -> Result<String> {
        match ask {
            "picture" => {
                let Picture { index, side } = read(request)?;
                within("side", side, [8, 128])?;
                let (image, _) = content::images("test", index..index.saturating_add(1), side, 0);
                json(&Map::mean_of(&image))
            }
            "edge" => json(&read::<Edge>(request)?.answer()?),
            "deeper" => json(&read::<Deeper>(request)?.answer()?),
            "gradient" => json(&read::<Gradient>(request)?.answer()?),
            "gradcheck" => json(&read::<Gradcheck>(request)?.answer()?),
            "average-start" => {
                self.average = Some(read::<AverageStart>(request)?.start()?);
                json(&())
            }
            "average-next" => json(&begun(&mut self.average)?.next(&read(request)?)?),
            "train-start" => {
                self.training = Some(read::<TrainStart>(request)?.start()?);
                json(&content::classes())
            }
            "train-steps" => json(&begun(&mut self.training)?.steps(&read(request)?)?),
            "train-look" => json(&begun(&mut self.training)?.look()?),
            "plant" => json(&self.soil()?.found(&read(request)?)?),
            "plant-read" => json(&self.soil()?.read(&read(request)?)?),
            other => {
                let problem = format!("`{other}` is not known");
                Err(Error::usage("request", problem, "ask what there is"))
            }
        }
    }

    fn soil(&mut self) -> Result<&Soil> {
        if self.soil.is_none() {
            self.soil = Some(Soil::new()?);
        }
        begun(&mut self.soil).map(|soil| &*soil)
    }
}

fn begun<T>(what: &mut Option<T>) -> Result<&mut T> {
    let missing = || Error::usage("request", "nothing was begun", "ask for the start first");
    what.as_mut().ok_or_else(missing)
}

fn read<'a, T: Deserialize<'a>>(request: &'a str) -> Result<T> {
    let wrong =
        |error: serde_json::Error| Error::usage("request", error.to_string(), "ask what there is");
    serde_json::from_str(request).map_err(wrong)
}

fn json<T: Serialize>(answer: &T) -> Result<String> {
    let failed =
        |error: serde_json::Error| Error::invalid("answer", error.to_string(), "report it");
    serde_json::to_string(answer).map_err(failed)
}
