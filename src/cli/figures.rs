//! `padgrad figures`: the charts and maps of runs and checks as files for a paper.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output::say;
use crate::error::{Error, Result};
use crate::files::write_atomic;
use crate::report::{self, Figure, check};
use crate::study::check::Check;
use crate::study::checksums::add_to_list;
use crate::study::finished::Run;

/// Dots per inch of pictures.
const DPI: f64 = 300.0;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct FiguresArgs {
    /// Folders of finished runs, or files of what check --json printed
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// File formats, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "svg")]
    format: Vec<Format>,
    /// Folder to write to; figures of several runs carry the run's name [default: figures in or beside the first]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Format {
    /// Drawings, to be scaled and edited
    Svg,
    /// Drawings, as LaTeX takes them
    Pdf,
    /// Pictures of 300 dots per inch
    Png,
}

/// Writes the figures.
pub fn run(args: &FiguresArgs) -> Result<()> {
    let drawn = args.runs.iter().map(|path| drawn(path));
    let drawn: Vec<(String, Vec<Figure>)> = drawn.collect::<Result<_>>()?;
    let folders: Vec<&Path> = args.runs.iter().map(|path| folder(path)).collect();
    let first = folders.first().copied().unwrap_or(Path::new(""));
    let out = args.out.clone().unwrap_or_else(|| first.join("figures"));
    std::fs::create_dir_all(&out).map_err(|e| Error::io(&out, "create", e))?;
    for (name, figure) in drawn
        .iter()
        .flat_map(|(n, all)| all.iter().map(move |f| (n, f)))
    {
        let stem = match drawn.len() {
            1 => figure.name.clone(),
            _ => format!("{name}-{}", figure.name),
        };
        let (drawing, wide) = (&figure.drawing, figure.millimetres);
        for format in &args.format {
            let (ending, bytes) = match format {
                Format::Svg => ("svg", drawing.file(wide).into_bytes()),
                Format::Pdf => ("pdf", drawing.pdf(wide)),
                Format::Png => ("png", drawing.png(wide, DPI)?),
            };
            let path = out.join(format!("{stem}.{ending}"));
            write_atomic(&path, &bytes)?;
            folders.iter().try_for_each(|run| add_to_list(run, &path))?;
            say(format!("{}  {wide:.0} mm wide", path.display()))?;
        }
    }
    Ok(())
}

/// The name and the figures of a run or of a check.
fn drawn(path: &Path) -> Result<(String, Vec<Figure>)> {
    if path.is_file() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        return Ok((stem.into_owned(), check::figures(&Check::read(path)?)));
    }
    let run = Run::read(path)?;
    let figures = report::figures_of(&run)?;
    Ok((run.name, figures))
}

/// The folder of a run, or that in which a check lies.
fn folder(path: &Path) -> &Path {
    match path.is_file() {
        true => path.parent().unwrap_or(path),
        false => path,
    }
}
