//! Tables of differences between networks paired by seed, with Holm's correction over the paddings.

use padgrad::statistics::{Inference, holm};

use super::tables::{digits, distinct, header, line, mean, spread};
use super::{Line, Wanted, csv, value};

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
            let columns = [
                ("scheme", scheme),
                ("seed", seed),
                ("stage", stage),
                ("metric", "nrms"),
            ];
            value(lines, &columns)
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
        let of = |which: usize| mean_at(&pairs, which).exp();
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
    let mut found = Vec::new();
    for under in distinct(&with, "scheme") {
        let of = |seed: &&str| {
            let own = ("scheme", under);
            let trained = [("under", under), ("seed", *seed)];
            Some([
                value(&before, &[own, ("seed", *seed), ("stage", "init")])?,
                value(&without, &trained)?,
                value(&with, &[own, trained[0], trained[1]])?,
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
        let of = |which: usize| digits(mean_at(&seeds, which));
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
        value(&lines, &[("scheme", scheme), ("seed", seed)]).map(|found| factor * found)
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

/// The mean of one entry over networks.
fn mean_at<const N: usize>(networks: &[[f64; N]], which: usize) -> f64 {
    let values: Vec<f64> = networks.iter().map(|network| network[which]).collect();
    mean(&values)
}

/// The p values of what was found, in turn, after Holm's correction for all of it.
fn corrected<'i>(found: impl Iterator<Item = Option<&'i Inference>>) -> std::vec::IntoIter<String> {
    let p: Vec<f64> = found.flatten().map(|found| found.p).collect();
    let texts: Vec<String> = holm(&p).into_iter().map(digits).collect();
    texts.into_iter()
}
