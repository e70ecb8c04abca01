//! `padgrad gradcheck`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::common::Common;
use super::output::{print_json, say};
use crate::error::{Error, Result};
use crate::files::write_atomic;
use crate::gradcheck::{Broken, Region, Sweep};
use crate::gradcheck::{ErrorMap, Group, Outcome, Worst};
use crate::padding::Padding;
use crate::report::plot::sheet::{Shade, Sheet, Tile};
use crate::report::table::{Cell, Table};

/// Groups whose worst element is written out below the table.
const EXPLAINED: usize = 8;

/// Flags of the command.
#[derive(Args)]
pub struct GradcheckArgs {
    /// This operation alone, for example conv2d
    #[arg(long, value_name = "NAME")]
    op: Option<String>,
    /// This padding alone, for example reflect or circular+detach@2
    #[arg(long, value_name = "SCHEME")]
    padding: Option<Padding>,
    /// This stride alone
    #[arg(long, value_name = "N")]
    stride: Option<usize>,
    /// This dilation alone
    #[arg(long, value_name = "N")]
    dilation: Option<usize>,
    /// Square kernels of this size alone
    #[arg(long, value_name = "N")]
    kernel: Option<usize>,
    /// Square images of this size alone
    #[arg(long, value_name = "N")]
    size: Option<usize>,
    /// Draw the errors at each pixel, border against interior, as a PNG
    #[arg(long, value_name = "FILE.png")]
    map: Option<PathBuf>,
    /// Write every case as .npy files with an index.json: inputs, output, cotangent, gradients
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Plant a mistake to see it caught: halo-dropped, halo-counted-once, transposed-axes, off-by-one or
    /// missing-bias
    #[arg(long = "break", value_name = "KIND")]
    broken: Option<Broken>,
    /// Seed of cotangents and samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    pub common: Common,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    passed: bool,
    cases: usize,
    failed: usize,
    elements: usize,
    kinks: usize,
    seconds: f64,
    #[serde(rename = "break")]
    broken: Option<&'static str>,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// Checks gradients against finite differences, prints a table, and fails where one is wrong.
///
/// # Errors
/// Where a choice cannot be, the map cannot be written, or a gradient is wrong.
pub fn run(args: &GradcheckArgs) -> Result<()> {
    let start = Instant::now();
    let outcome = args.sweep().run()?;
    let seconds = start.elapsed().as_secs_f64();
    if args.common.json {
        print_json(&Summary {
            passed: outcome.passed(),
            cases: outcome.cases(),
            failed: outcome.failed(),
            elements: outcome.elements(),
            kinks: outcome.kinks(),
            seconds,
            broken: args.broken.map(Broken::name),
            outcome: &outcome,
        })?;
    } else {
        let table = text(&outcome, args.broken);
        say(format!("{table}{} in {seconds:.1} s", summary(&outcome)))?;
    }
    if let Some(path) = &args.map {
        write_atomic(path, &map(&outcome.maps, args.broken)?)?;
    }
    if let Some(folder) = &args.export {
        let cases = args.sweep().export(folder)?;
        if !args.common.json {
            say(format!("{cases} cases in {}", folder.display()))?;
        }
    }
    verdict(&outcome, args.broken)
}

impl GradcheckArgs {
    fn sweep(&self) -> Sweep {
        Sweep {
            op: self.op.clone(),
            padding: self.padding,
            stride: self.stride,
            dilation: self.dilation,
            kernel: self.kernel,
            size: self.size,
            broken: self.broken,
            seed: self.seed,
        }
    }
}

fn verdict(outcome: &Outcome, broken: Option<Broken>) -> Result<()> {
    if outcome.passed() {
        return Ok(());
    }
    let found = format!(
        "{} of {} cases are wrong",
        outcome.failed(),
        outcome.cases()
    );
    Err(match broken {
        Some(kind) => Error::invalid("gradcheck", found, format!("--break {kind} was caught")),
        None => Error::invalid(
            "gradcheck",
            found,
            "this is a bug; report it with the table",
        ),
    })
}

fn summary(outcome: &Outcome) -> String {
    let verdict = if outcome.passed() { "passed" } else { "FAILED" };
    format!(
        "{verdict}: {} of {} cases wrong, {} elements, {} at a kink",
        outcome.failed(),
        outcome.cases(),
        outcome.elements(),
        outcome.kinks()
    )
}

/// A table per operation that has a border, one for all others, and the worst of what failed.
fn text(outcome: &Outcome, broken: Option<Broken>) -> String {
    let mut text = String::new();
    if let Some(kind) = broken {
        text += &format!("Every gradient below has a planted mistake: {kind}.\n\n");
    }
    let (bordered, plain): (Vec<&Group>, Vec<&Group>) =
        outcome.groups.iter().partition(|g| g.padding.is_some());
    if !plain.is_empty() {
        text += &table("Operations on cases of their own", &plain).text();
        text += "\n";
    }
    for groups in bordered.chunk_by(|a, b| a.op == b.op) {
        let caption = format!("{} over paddings and geometries", groups[0].op);
        text += &table(&caption, groups).text();
        text += "\n";
    }
    let failed = outcome.groups.iter().filter(|g| g.failed > 0);
    let explained = failed.clone().take(EXPLAINED);
    text += &explained.map(explanation).collect::<String>();
    if failed.clone().count() > EXPLAINED {
        text += &format!("… and {} more.\n\n", failed.count() - EXPLAINED);
    }
    text
}

fn table(caption: &str, groups: &[&Group]) -> Table {
    let columns = ["", "cases", "wrong", "elements", "kinks", "error", "where"];
    let mut table = Table::new(caption, &columns);
    for group in groups {
        let count = |n: usize| Cell::text(n.to_string());
        let worst = group.worst.as_ref().map(|w| &w.element);
        table.push(vec![
            Cell::text(group.padding.as_deref().unwrap_or(group.op)),
            count(group.cases),
            count(group.failed),
            count(group.elements),
            count(group.kinks),
            worst.map_or_else(Cell::none, |e| Cell::text(format!("{:.0e}", e.error))),
            worst.map_or_else(Cell::none, |e| Cell::text(region_name(e.region))),
        ]);
    }
    table
}

fn region_name(region: Region) -> &'static str {
    match region {
        Region::Border => "border",
        Region::Interior => "interior",
        Region::NoImage => "–",
    }
}

/// The worst element of a group that failed, and how border and interior compare.
fn explanation(group: &Group) -> String {
    let name = match &group.padding {
        Some(padding) => format!("{} {padding}", group.op),
        None => group.op.to_string(),
    };
    let (border, interior) = (&group.border, &group.interior);
    let mut text = format!("{name}: {} of {} cases wrong", group.failed, group.cases);
    if group.adjoint_failed > 0 {
        text += &format!(", {} by the adjoint identity", group.adjoint_failed);
    }
    text += &format!(
        "\n  wrong elements: {} of {} in the border, {} of {} in the interior\n",
        border.failed, border.checked, interior.failed, interior.checked
    );
    if let Some(Worst { case, element: e }) = &group.worst {
        text += &format!("  worst: input {} at {:?} of {case}\n", e.input, e.index);
        text += &format!(
            "    analytic {:.9e}, numeric {:.9e}\n",
            e.analytic, e.numeric
        );
    }
    text + "\n"
}

/// The maps of every scheme on one logarithmic scale, always the same, so that two pictures compare.
fn map(maps: &[ErrorMap], broken: Option<Broken>) -> Result<Vec<u8>> {
    if maps.is_empty() {
        return Err(Error::usage(
            "--map",
            "no operation with a border was checked",
            "choose conv2d, pad2d, avg_pool2d or max_pool2d, or leave --op out",
        ));
    }
    let planted = broken.map(|kind| format!(" with a planted mistake: {kind}"));
    let sheet = Sheet {
        title: format!("Errors of image gradients{}", planted.unwrap_or_default()),
        explanation: vec![
            "One square per pixel of the image: mean difference between the gradient that padgrad \
             computes and the finite difference, over all operations and geometries of a scheme \
             with a border of one pixel, or the one asked for. The outermost squares are the border."
                .to_string(),
            "Even and dark is right: what is left is the rounding of the finite difference. Bright squares \
             in the border mean that a gradient through the padding is wrong; under reflect, whose padding \
             shows the second row and column, they lie there. Grey: not checked."
                .to_string(),
        ],
        tiles: maps.iter().map(tile).collect(),
        columns: maps.len().min(6),
        zoom: (192 / maps[0].size).clamp(8, 40),
        values: false,
        shade: Shade::Log { min: 1e-12, max: 1.0 },
        legend: "mean |analytic - numeric|, logarithmic".to_string(),
    };
    sheet.png()
}

fn tile(map: &ErrorMap) -> Tile {
    let last = map.size - 1;
    let mean = |wanted: bool| {
        let border = |i: &usize| {
            let (y, x) = (i / map.size, i % map.size);
            (y.min(x) == 0 || y.max(x) == last) == wanted
        };
        let cells = (0..map.mean_error.len())
            .filter(border)
            .map(|i| map.mean_error[i]);
        let known: Vec<f64> = cells.filter(|v| !v.is_nan()).collect();
        match known.len() {
            0 => "-".to_string(),
            n => format!("{:.0e}", known.iter().sum::<f64>() / n as f64),
        }
    };
    Tile {
        title: map.padding.clone(),
        note: format!("border {}, inside {}", mean(true), mean(false)),
        width: map.size,
        cells: map.mean_error.iter().copied().map(Some).collect(),
        window: None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: GradcheckArgs,
    }

    fn args(line: &str) -> GradcheckArgs {
        Line::parse_from(line.split_whitespace()).args
    }

    #[test]
    fn a_planted_mistake_is_an_error_with_exit_code_one_and_a_right_gradient_is_none() {
        let line = "gradcheck --op conv2d --padding reflect@1 --size 4 --stride 1 --dilation 1";
        assert!(run(&args(line)).is_ok());
        let caught = run(&args(&format!("{line} --break halo-dropped"))).expect_err("caught");
        assert_eq!(caught.exit_code(), 1);
        assert!(
            caught.to_string().contains("halo-dropped was caught"),
            "{caught}"
        );
        let unknown = run(&args("gradcheck --op conv3d")).expect_err("unknown");
        assert_eq!(unknown.exit_code(), 2);
    }

    #[test]
    fn the_table_says_what_failed_and_where() {
        let line = "gradcheck --op conv2d --padding circular@1 --size 5 --stride 1 --dilation 1 \
                    --break halo-dropped";
        let args = args(line);
        let outcome = args.sweep().run().expect("a sweep");
        let text = text(&outcome, args.broken);
        for words in [
            "planted mistake: halo-dropped",
            "in the border, 0 of",
            "circular@1",
            "border",
        ] {
            assert!(text.contains(words), "{words:?} is not in\n{text}");
        }
        assert!(
            text.lines().all(|line| line.chars().count() <= 110),
            "{text}"
        );
    }

    #[test]
    fn the_map_is_written_or_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("map.png");
        let with_map = |line: &str| args(&format!("{line} --map {}", path.display()));
        assert!(run(&with_map("gradcheck --op exp")).is_err());
        assert!(!path.exists());
        assert!(run(&with_map("gradcheck --op pad2d --size 3")).is_ok());
        assert!(std::fs::read(&path).expect("a map").starts_with(b"\x89PNG"));
    }
}
