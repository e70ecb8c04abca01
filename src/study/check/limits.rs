//! Whether a network keeps to its limits.

use super::config::Limits;
use super::findings::{Findings, Interval, Verdict};
use crate::words::counted;

impl Verdict {
    /// Holds what is found under the network's own padding against limits; what another padding gives is said beside it.
    ///
    /// `lacking` says what of the network could not be measured: nothing passes then.
    pub fn of(
        own: &Findings,
        other: Option<&Findings>,
        lacking: &[&str],
        limits: &Limits,
    ) -> Verdict {
        let mut verdict = Verdict {
            padding: own.padding.clone(),
            ..Verdict::default()
        };
        let under = format!("under its own padding, {}", own.padding);
        let beside = |say: &dyn Fn(&Findings) -> String| {
            other.map_or(String::new(), |other| {
                format!("; under {}: {}", other.padding, say(other))
            })
        };
        if limits.is_any() {
            for what in lacking {
                let text = format!(
                    "not all of the network was measured: {what}; end it before that to check the rest alone (until)"
                );
                verdict.note(false, text);
            }
        }
        if let Some(most) = limits.max_rings {
            let (rings, in_words) = worst(own);
            let others = beside(&|found| worst(found).1);
            let text = format!("{in_words} {under}, at most {most} allowed{others}");
            verdict.note(rings <= most, text);
        }
        if let Some(most) = limits.max_halo {
            let text = format!(
                "{} {under}, at most {most} pixels allowed{}",
                halo(own),
                beside(&halo)
            );
            verdict.note(own.halo.value.is_some_and(|halo| halo <= most), text);
        }
        if let (Some(most), Some(share)) = (limits.max_changed, changed(own)) {
            let name = own.outputs.first().map_or("", |first| first.name.as_str());
            let share_of = |found: &Findings| {
                let share = changed(found).and_then(|changed| changed.value);
                share.map_or("unknown".to_string(), |share| {
                    format!("{:.1}%", 100.0 * share)
                })
            };
            let text = format!(
                "{} of the predictions of output {name} changed {under}, at most {:.1}% allowed{}",
                share_of(own),
                100.0 * most,
                beside(&share_of)
            );
            verdict.note(share.value.is_some_and(|share| share <= most), text);
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

/// The most spoiled rings that a stage has, in words too.
fn worst(found: &Findings) -> (usize, String) {
    let worst = (found.stages.iter()).max_by_key(|stage| stage.spoiled_rings());
    let rings = worst.map_or(0, |stage| stage.spoiled_rings());
    let name = worst.map_or("", |stage| stage.name.as_str());
    (
        rings,
        format!("{} at {name}", counted(rings, "spoiled ring")),
    )
}

fn halo(found: &Findings) -> String {
    match found.halo.value {
        Some(halo) => format!(
            "a halo of {halo} {}",
            if halo == 1.0 { "pixel" } else { "pixels" }
        ),
        None => "no halo suffices".to_string(),
    }
}

/// How many predictions of the first output change.
fn changed(found: &Findings) -> Option<&Interval> {
    found.outputs.first()?.effect.changed()
}

#[cfg(test)]
mod tests {
    use super::super::findings::{Effect, OutputFindings};
    use super::*;

    fn found(padding: &str, halo: Option<f64>, changed: Option<f64>) -> Findings {
        let interval = |value| Interval {
            value,
            lo: None,
            hi: None,
        };
        let effect = Effect::Classes {
            changed: interval(changed),
            logit_shift: Interval::default(),
        };
        let name = "logits".to_string();
        Findings {
            padding: padding.to_string(),
            stages: Vec::new(),
            halo: interval(halo),
            outputs: vec![OutputFindings { name, effect }],
            pattern: None,
        }
    }

    fn limits(max_halo: Option<f64>, max_changed: Option<f64>) -> Limits {
        Limits {
            max_rings: None,
            max_halo,
            max_changed,
        }
    }

    #[test]
    fn limits_are_held_against_the_own_padding_and_the_other_is_said() {
        let own = found("zeros", Some(8.0), Some(0.2));
        let other = found("reflect", Some(2.0), Some(0.01));
        let limits = limits(Some(4.0), Some(0.1));
        let verdict = Verdict::of(&own, Some(&other), &[], &limits);
        assert_eq!(verdict.padding, "zeros");
        assert_eq!(
            verdict.exceeded,
            [
                "a halo of 8 pixels under its own padding, zeros, at most 4 pixels allowed; under reflect: a halo of 2 pixels",
                "20.0% of the predictions of output logits changed under its own padding, zeros, at most 10.0% allowed; under \
                 reflect: 1.0%",
            ]
        );
        assert!(Verdict::of(&other, Some(&own), &[], &limits).passes());
    }

    #[test]
    fn nothing_passes_that_is_not_measured() {
        let own = found("zeros", Some(0.0), None);
        let lacking = ["node a (operator Sin): this operator is not known"];
        let asked = limits(Some(4.0), None);
        assert!(Verdict::of(&own, None, &[], &asked).passes());
        let verdict = Verdict::of(&own, None, &lacking, &asked);
        assert!(!verdict.passes() && verdict.exceeded[0].contains("operator Sin"));
        let unasked = Verdict::of(&own, None, &lacking, &Limits::default());
        assert!(unasked.passes() && !unasked.was_asked());
        // A share that is not known is not below a limit.
        assert!(!Verdict::of(&own, None, &[], &limits(None, Some(1.0))).passes());
    }
}
