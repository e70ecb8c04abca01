//! Tables of differences between networks paired by seed, with Holm's correction over the paddings.

use padgrad::statistics::{Inference, holm};

use super::tables::{digits, distinct, header, line, mean, number, spread};
use super::{Line, Wanted, csv};

/// How much more a pattern grew (nRMS at `layer`) in the networks of this file than in those of `against`, networks
/// paired by padding and seed; Holm's correction over the paddings.
pub fn effect(wanted: &Wanted) -> String {
    let here = wanted.lines(&["against"]);
    let there = Wanted {
        file: wanted.get("against").into(),
        ..wanted.clone()
    };
    let there = there.lines(&["against"]);
    let grown = |lines: &[Line], scheme: &str, seed: &str| {
        let at = |stage: &str| {
            let is = |l: &&Line| l["scheme"] == scheme && l["seed"] == seed && l["stage"] == stage;
            lines
                .iter()
                .filter(is)
                .find(|l| l["metric"] == "nrms")
                .map(|l| number(l, "value"))
        };
        Some((at("final")? / at("init")?).ln())
    };
    let mut found = Vec::new();
    for scheme in distinct(&here, "scheme") {
        let of = |seed: &&str| Some([grown(&here, scheme, seed)?, grown(&there, scheme, seed)?]);
        let pairs: Vec<[f64; 2]> = distinct(&here, "seed").iter().filter_map(of).collect();
        let differences: Vec<f64> = pairs.iter().map(|[a, b]| a - b).collect();
        found.push((scheme, pairs, Inference::of_mean(&differences)));
    }
    let mut p = corrected(found.iter().map(|f| f.2.as_ref()));
    let mut table = header(&[
        "padding",
        "seeds",
        "grows here",
        "grows there",
        "here / there",
        "p (Holm)",
    ]);
    for (scheme, pairs, inference) in found {
        let of =
            |which: usize| mean(&pairs.iter().map(|pair| pair[which]).collect::<Vec<_>>()).exp();
        let (factor, p) = match inference {
            Some(found) => (spread("×", found.exp()), p.next().unwrap_or_default()),
            None => (format!("×{}", digits(of(0) / of(1))), "–".into()),
        };
        table += &line(&[
            scheme.into(),
            pairs.len().to_string(),
            format!("×{}", digits(of(0))),
            format!("×{}", digits(of(1))),
            factor,
            p,
        ]);
    }
    table
}

/// nRMS at `layer` under every padding of a swap: of networks as they begin (`untrained`, a study's file), of those
/// trained without any padding (`control`, their swap) and of those trained with it, paired by seed; Holm's correction
/// over the paddings.
pub fn control(wanted: &Wanted) -> String {
    let layer = wanted.get("layer");
    let [with, without, before] = [
        wanted.file.as_str(),
        wanted.get("control"),
        wanted.get("untrained"),
    ]
    .map(|file| {
        let mut lines = csv(file);
        lines.retain(|line| line["layer"] == layer && line["metric"] == "nrms");
        lines
    });
    let value = |lines: &[Line], is: &dyn Fn(&Line) -> bool| {
        let found: Vec<f64> = lines
            .iter()
            .filter(|l| is(l))
            .map(|l| number(l, "value"))
            .collect();
        (found.len() == 1).then(|| found[0])
    };
    let mut found = Vec::new();
    for under in distinct(&with, "scheme") {
        let of = |seed: &&str| {
            let trained = |l: &Line| l["under"] == under && l["seed"] == *seed;
            Some([
                value(&before, &|l| {
                    l["scheme"] == under && l["seed"] == *seed && l["stage"] == "init"
                })?,
                value(&without, &trained)?,
                value(&with, &|l| l["scheme"] == under && trained(l))?,
            ])
        };
        let seeds: Vec<[f64; 3]> = distinct(&with, "seed").iter().filter_map(of).collect();
        let logarithms: Vec<f64> = seeds
            .iter()
            .map(|[_, without, with]| (with / without).ln())
            .collect();
        found.push((under, seeds, Inference::of_mean(&logarithms)));
    }
    let mut p = corrected(found.iter().map(|f| f.2.as_ref()));
    let mut table = header(&[
        "run under",
        "untrained",
        "trained without padding",
        "trained with it",
        "with / without",
        "p (Holm)",
    ]);
    for (under, seeds, inference) in found {
        let of = |which: usize| {
            digits(mean(
                &seeds.iter().map(|seed| seed[which]).collect::<Vec<_>>(),
            ))
        };
        let (factor, p) = match inference {
            Some(found) => (spread("×", found.exp()), p.next().unwrap_or_default()),
            None => ("–".into(), "–".into()),
        };
        table += &line(&[under.into(), of(0), of(1), of(2), factor, p]);
    }
    table
}

/// `metric` of every padding less that of zeros, networks paired by seed; Holm's correction over the paddings.
pub fn against_zeros(wanted: &Wanted) -> String {
    let factor = wanted.factor();
    let lines = wanted.lines(&["factor"]);
    let of = |scheme: &str, seed: &str| {
        let found = lines
            .iter()
            .find(|l| l["scheme"] == scheme && l["seed"] == seed);
        found.map(|l| factor * number(l, "value"))
    };
    let mut found = Vec::new();
    for scheme in distinct(&lines, "scheme")
        .into_iter()
        .filter(|s| *s != "zeros")
    {
        let pair = |seed: &&str| Some(of(scheme, seed)? - of("zeros", seed)?);
        let differences: Vec<f64> = distinct(&lines, "seed").iter().filter_map(pair).collect();
        found.push((scheme, mean(&differences), Inference::of_mean(&differences)));
    }
    let mut p = corrected(found.iter().map(|f| f.2.as_ref()));
    let mut table = header(&["padding", "less zeros", "p (Holm)"]);
    for (scheme, difference, inference) in found {
        table += &match inference {
            Some(found) => line(&[
                scheme.into(),
                spread("", found),
                p.next().unwrap_or_default(),
            ]),
            None => line(&[scheme.into(), digits(difference), "–".into()]),
        };
    }
    table
}

/// The p values of what was found, in turn, after Holm's correction for all of it.
fn corrected<'i>(found: impl Iterator<Item = Option<&'i Inference>>) -> std::vec::IntoIter<String> {
    let p: Vec<f64> = found.flatten().map(|found| found.p).collect();
    let texts: Vec<String> = holm(&p).into_iter().map(digits).collect();
    texts.into_iter()
}
