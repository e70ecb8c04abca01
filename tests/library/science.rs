//! The tables of the science page that come from files in `benches/science`: the page says what the files say.
//!
//! `PADGRAD_REBUILD=1 cargo test --release --test library science::` writes them into the page again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PAGE: &str = "src/guide/science.md";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The lines of a table without quoted fields, by the names of its columns.
fn csv(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = at("benches/science").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_string));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines
        .map(|line| header.iter().cloned().zip(line).collect())
        .collect()
}

/// Three significant digits.
fn short(text: &str) -> String {
    let Ok(value) = text.parse::<f64>() else {
        return "–".into();
    };
    if value == 0.0 {
        return "0".into();
    }
    let digits = 2 - value.abs().log10().floor() as i32;
    if digits > 5 {
        return format!("{value:.1e}");
    }
    format!("{value:.*}", digits.max(0) as usize)
}

/// nRMS at the last layer of a network, trained and untrained, under every padding.
fn learned(name: &str) -> String {
    let rows = csv(&format!("learned-{name}.csv"));
    let of_maps = rows.iter().filter(|row| row["metric"] == "nrms");
    let last = of_maps.clone().next_back().expect("a layer")["layer"].clone();
    let mut table = format!(
        "| {name}, `{last}`, under | trained | untrained | trained / untrained | p (Holm) |\n\
         | --- | --- | --- | --- | --- |\n"
    );
    for row in of_maps.filter(|row| row["layer"] == last) {
        let own = if row["own"] == "true" {
            " (its own)"
        } else {
            ""
        };
        let of = |column: &str| short(&row[column]);
        table += &format!(
            "| {}{own} | {} [{}, {}] | {} | ×{} [{}, {}] | {} |\n",
            row["under"],
            of("trained"),
            of("trained_lo"),
            of("trained_hi"),
            of("untrained"),
            of("factor"),
            of("lo"),
            of("hi"),
            of("p_holm"),
        );
    }
    table
}

/// The location test by the published protocol: mean and population standard deviation in percent over all networks.
fn location() -> String {
    let rows = csv("location-published.csv");
    let mut table = String::from(
        "| padding | networks | similar, training images | published | dissimilar, training images | published | \
         similar, fresh | dissimilar, fresh | ceiling | epochs |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (padding, published) in [
        ("valid", ["100.0 ± 0.0", "0.2 ± 0.1"]),
        ("zeros", ["99.8 ± 0.1", "8.4 ± 0.7"]),
        ("circular", ["73.7 ± 1.0"; 2]),
        ("zeros@full", ["89.7 ± 0.5"; 2]),
    ] {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row["padding"] == padding)
            .collect();
        let values = |column: &str| -> Vec<f64> {
            let each = own.iter().map(|row| row[column].parse().expect("a number"));
            each.collect()
        };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let percent = |column: &str| {
            let values = values(column);
            let middle = mean(&values);
            let squares: Vec<f64> = values.iter().map(|v| (v - middle).powi(2)).collect();
            format!(
                "{:.1} ± {:.1}",
                100.0 * middle,
                100.0 * mean(&squares).sqrt()
            )
        };
        table += &format!(
            "| {padding} | {} | {} | {} | {} | {} | {} | {} | {:.2} | {:.0} |\n",
            own.len(),
            percent("similar"),
            published[0],
            percent("dissimilar"),
            published[1],
            percent("fresh_similar"),
            percent("fresh_dissimilar"),
            100.0 * mean(&values("ceiling")),
            mean(&values("epochs")),
        );
    }
    table
}

/// What stands between the marks of a table, which names the function and the file that it comes from.
fn rebuilt(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<!-- table: ") {
        let (name, after) = after.split_once(" -->\n").expect("the end of a mark");
        let (_, after) = after
            .split_once("<!-- end -->")
            .expect("the end of a table");
        let table = match name.split_once(' ') {
            Some(("learned", network)) => learned(network),
            None if name == "location" => location(),
            _ => panic!("no table is called {name:?}"),
        };
        text += &format!("{before}<!-- table: {name} -->\n\n{table}\n<!-- end -->");
        rest = after;
    }
    text + rest
}

#[test]
fn the_page_says_what_the_files_say() {
    let page = std::fs::read_to_string(at(PAGE)).expect("the page");
    let rebuilt = rebuilt(&page);
    if std::env::var_os("PADGRAD_REBUILD").is_some() {
        std::fs::write(at(PAGE), &rebuilt).expect("the page is written");
    }
    assert!(
        page == rebuilt,
        "the tables of {PAGE} are not those of benches/science"
    );
}

#[test]
fn values_have_three_digits() {
    for (text, wanted) in [
        ("0.2844", "0.284"),
        ("12.345", "12.3"),
        ("1234.5", "1234"),
        ("0.00002", "2.0e-5"),
        ("", "–"),
        ("0.0", "0"),
    ] {
        assert_eq!(short(text), wanted);
    }
}
