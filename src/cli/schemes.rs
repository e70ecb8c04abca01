//! `padgrad schemes`.

use clap::Args;
use serde_json::json;

use super::output::{print_json, say};
use crate::error::Result;
use crate::padding::{Scheme, schemes};

/// Flags of the command.
#[derive(Args)]
pub struct SchemesArgs {
    /// Machine-readable results on stdout
    #[arg(long)]
    json: bool,
    /// A Markdown table, as in the README
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

/// Lists the registry.
pub fn run(args: &SchemesArgs) -> Result<()> {
    if args.json {
        let entry = |s: &Scheme| {
            json!({
                "name": written(s), "aliases": s.aliases, "picture": s.picture,
                "values": s.values, "gradient": s.gradient, "source": s.source,
            })
        };
        return print_json(&schemes().iter().map(entry).collect::<Vec<_>>());
    }
    if args.markdown {
        return say(markdown().trim_end());
    }
    say(listing())
}

/// Every scheme in four lines, and how a padding is written.
fn listing() -> String {
    let mut text = String::from("Each scheme on a row ABCDEF, three pixels on each side:\n\n");
    for scheme in schemes() {
        let names = [&[written(scheme).as_str()], scheme.aliases]
            .concat()
            .join(", ");
        text += &format!(
            "{names:<28}  {}\n  values    {}\n  gradient  {}\n  source    {}\n\n",
            scheme.picture, scheme.values, scheme.gradient, scheme.source
        );
    }
    text + "A scheme per axis: rows/columns, for example replicate/circular, replicate above and below and\n\
            circular left and right; a corner takes the rows' map of the columns' map.\n\n\
            valid is no padding. A scheme with +detach stops gradients at the padded values.\n\
            An extent follows an @: reflect@2, zeros@full, circular@same, replicate@1,2,0,3\n\
            (top,left,bottom,right). Without one, a model's layers keep the size of their maps."
}

fn written(scheme: &Scheme) -> String {
    match scheme.argument {
        Some(argument) => format!("{}:{argument}", scheme.name),
        None => scheme.name.to_string(),
    }
}

/// The table that the README shows.
pub fn markdown() -> String {
    let mut table =
        String::from("| scheme | on ABCDEF | values | gradient |\n| --- | --- | --- | --- |\n");
    for s in schemes() {
        let cell = |text: &str| text.replace('|', "\\|");
        table += &format!(
            "| `{}` | `{}` | {} | {} |\n",
            written(s),
            cell(s.picture),
            cell(s.values),
            cell(s.gradient)
        );
    }
    table
        + "| `rows/columns` | | a scheme per axis, for example `replicate/circular`; a corner takes the rows' map of \
           the columns' map | along each axis that of its scheme |\n"
}
