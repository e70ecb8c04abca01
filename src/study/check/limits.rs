//! Whether a network keeps to its limits.

use super::config::Limits;
use super::findings::{Findings, Verdict};

impl Verdict {
    /// Holds findings against limits.
    pub fn of(found: &Findings, limits: &Limits) -> Verdict {
        let mut verdict = Verdict::default();
        if let Some(most) = limits.max_rings {
            let worst = found
                .stages
                .iter()
                .max_by_key(|stage| stage.spoiled_rings());
            if let Some(stage) = worst {
                let rings = stage.spoiled_rings();
                let text = format!(
                    "{rings} spoiled rings at {}, at most {most} allowed",
                    stage.name
                );
                verdict.note(rings <= most, text);
            }
        }
        if let Some(most) = limits.max_halo {
            let halo = found.halo.value;
            let text = match halo {
                Some(halo) => format!("a halo of {halo} pixels, at most {most} allowed"),
                None => format!("no halo suffices, at most {most} pixels allowed"),
            };
            verdict.note(halo.is_some_and(|halo| halo <= most), text);
        }
        let first = found.outputs.first();
        let changed = first.and_then(|output| output.effect.changed());
        if let (Some(most), Some(changed)) = (limits.max_changed, changed) {
            let share = changed.value.unwrap_or(0.0);
            let text = format!(
                "{:.1}% of the predictions changed, at most {:.1}% allowed",
                100.0 * share,
                100.0 * most
            );
            verdict.note(share <= most, text);
        }
        verdict
    }

    fn note(&mut self, keeps: bool, text: String) {
        match keeps {
            true => self.kept.push(text),
            false => self.exceeded.push(text),
        }
    }
}
