//! `padgrad figures`: a run's charts and maps as files for a paper.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::say;
use crate::error::{Error, Result};
use crate::files::write_atomic;
use crate::report;
use crate::study::checksums::add_to_list;
use crate::study::finished::Run;

/// Dots per inch of pictures.
const DPI: f64 = 300.0;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct FiguresArgs {
    /// Folders of finished runs
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// File format
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    format: Format,
    /// Folder to write to; figures of several runs carry the run's name [default: figures in the first run]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Format {
    /// Drawings, to be scaled and edited
    Svg,
    /// Pictures of 300 dots per inch
    Png,
}

/// Writes the figures.
pub fn run(args: &FiguresArgs) -> Result<()> {
    let runs: Vec<Run> = args.runs.iter().map(Run::read).collect::<Result<_>>()?;
    let out = match (&args.out, args.runs.first()) {
        (Some(out), _) => out.clone(),
        (None, Some(first)) => first.join("figures"),
        (None, None) => PathBuf::from("figures"),
    };
    std::fs::create_dir_all(&out).map_err(|e| Error::io(&out, "create", e))?;
    for run in &runs {
        let load = |file: &_| run.load(file);
        for figure in report::figures(&run.results, &load)? {
            let stem = match runs.len() {
                1 => figure.name.to_string(),
                _ => format!("{}-{}", run.name, figure.name),
            };
            let (path, bytes) = match args.format {
                Format::Svg => {
                    let text = figure.drawing.file(figure.millimetres);
                    (out.join(format!("{stem}.svg")), text.into_bytes())
                }
                Format::Png => {
                    let bytes = figure.drawing.png(figure.millimetres, DPI)?;
                    (out.join(format!("{stem}.png")), bytes)
                }
            };
            write_atomic(&path, &bytes)?;
            args.runs
                .iter()
                .try_for_each(|run| add_to_list(run, &path))?;
            say(format!(
                "{}  {:.0} mm wide",
                path.display(),
                figure.millimetres
            ))?;
        }
    }
    Ok(())
}
