//! The tables of the science page that come from files in `benches/science`: the page says what the files say.
//!
//! `PADGRAD_REBUILD=1 cargo test --release --test library science::` writes them into the page again.

mod paired;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A line of a file, by the names of its columns.
type Line = BTreeMap<String, String>;

const PAGE: &str = "src/guide/science.md";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The lines of a table without quoted fields, by the names of its columns.
fn csv(name: &str) -> Vec<Line> {
    let path = at("benches/science").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_string));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines
        .map(|line| header.iter().cloned().zip(line).collect())
        .collect()
}

/// The value of the first line that has these columns; nothing where it is empty, or there is no such line.
fn value(lines: &[Line], columns: &[(&str, &str)]) -> Option<f64> {
    let is = |line: &&Line| columns.iter().all(|(name, wanted)| line[*name] == *wanted);
    let text = &lines.iter().find(is)?["value"];
    (!text.is_empty()).then(|| text.parse().expect("a number"))
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

/// What a mark asks for: `<!-- table: grid swap.csv metric=nrms rows=scheme columns=under -->`.
#[derive(Clone, Debug)]
struct Wanted {
    kind: String,
    file: String,
    options: BTreeMap<String, String>,
}

impl Wanted {
    fn parse(mark: &str) -> Wanted {
        let mut words = mark.split(' ').map(str::to_string);
        let kind = words.next().expect("the kind of a table");
        let file = words.next().unwrap_or_else(|| panic!("{kind}: no file"));
        let option = |word: String| {
            let (name, value) = word.split_once('=').expect("name=value");
            (name.to_string(), value.to_string())
        };
        Wanted {
            kind,
            file,
            options: words.map(option).collect(),
        }
    }

    fn get(&self, option: &str) -> &str {
        let found = self.options.get(option);
        found.unwrap_or_else(|| panic!("{} {}: no {option}=", self.kind, self.file))
    }

    /// What values are multiplied by.
    fn factor(&self) -> f64 {
        let factor = self.options.get("factor");
        factor.map_or(1.0, |factor| factor.parse().expect("a factor"))
    }

    /// The lines of the file that have what the options say, those `besides` apart; a value is one or several with
    /// commas.
    fn lines(&self, besides: &[&str]) -> Vec<Line> {
        let mut lines = csv(&self.file);
        for (column, values) in &self.options {
            if !besides.contains(&column.as_str()) {
                lines.retain(|line| values.split(',').any(|v| v == line[column]));
            }
        }
        assert!(!lines.is_empty(), "{self:?}: no such lines");
        lines
    }

    fn table(&self) -> String {
        match self.kind.as_str() {
            "learned" => tables::learned(self),
            "location" => tables::location(self),
            "grid" => tables::grid(self),
            "growth" => tables::growth(self),
            "swap" => tables::swap(self),
            "control" => paired::control(self),
            "reliability" => tables::reliability(self),
            "effect" => paired::effect(self),
            "against-zeros" => paired::against_zeros(self),
            kind => panic!("no table is called {kind:?}"),
        }
    }
}

/// The page with what stands between the marks of tables made anew.
fn rebuilt(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<!-- table: ") {
        let (mark, after) = after.split_once(" -->\n").expect("the end of a mark");
        let (_, after) = after
            .split_once("<!-- end -->")
            .expect("the end of a table");
        let table = Wanted::parse(mark).table();
        text += &format!("{before}<!-- table: {mark} -->\n\n{table}\n<!-- end -->");
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

/// nRMS of one network at the layer that the page tells: trained under, run under, seed and stage.
fn nrms(file: &str, [scheme, under, seed, stage]: [&str; 4]) -> f64 {
    let layer = match file {
        "cifar.csv" => "layer3.2.conv2",
        _ => "features.14",
    };
    let wanted = [
        ("scheme", scheme),
        ("under", under),
        ("seed", seed),
        ("stage", stage),
        ("layer", layer),
        ("metric", "nrms"),
    ];
    value(&csv(file), &wanted).expect("a value")
}

/// By what factor nRMS of one network grew in training.
fn grown(file: &str, padding: &str, seed: &str) -> f64 {
    let [init, end] = ["init", "final"].map(|stage| nrms(file, [padding, "", seed, stage]));
    end / init
}

const SEEDS: [&str; 3] = ["0", "1", "2"];

/// What the page and the README say of photographs: in every one of the three networks the same way.
#[test]
fn a_part_is_learned_with_the_padding_and_a_part_comes_with_any_training() {
    let control = |under, seed| nrms("cifar-small-true-swap.csv", ["zeros", under, seed, "final"]);
    for seed in SEEDS {
        for padding in ["zeros", "reflect"] {
            let with = nrms("cifar-small-swap.csv", [padding, padding, seed, "final"]);
            assert!(
                with > 1.2 * control(padding, seed),
                "{padding}, seed {seed}"
            );
            let [own, mosaic] = ["cifar-small.csv", "cifar-small-mosaic.csv"]
                .map(|file| grown(file, padding, seed));
            assert!(own > mosaic, "{padding}, seed {seed}");
        }
        assert!(
            grown("cifar-small-rolled.csv", "zeros", seed) < 0.6,
            "seed {seed}"
        );
        let untrained = nrms("cifar-small.csv", ["reflect", "", seed, "init"]);
        assert!(control("reflect", seed) > 2.0 * untrained, "seed {seed}");
    }
}

#[test]
fn the_pattern_of_zeros_grows_in_small_and_falls_in_resnet20() {
    for seed in SEEDS {
        assert!(grown("cifar-small.csv", "zeros", seed) > 1.2, "seed {seed}");
        assert!(grown("cifar.csv", "zeros", seed) < 0.8, "seed {seed}");
    }
}

/// A network that others trained: its file, the layer of its table, and of how many layers under its own zeros the trained
/// one has less than untrained ones, clearly less, and clearly more.
const OTHERS: [(&str, &str, [usize; 4]); 5] = [
    ("learned-resnet20.csv", "layer3.2.conv2", [18, 17, 13, 1]),
    ("learned-resnet56.csv", "layer3.8.conv2", [54, 48, 20, 2]),
    (
        "learned-efficientnet_lite0.csv",
        "_blocks.10._expand_conv",
        [31, 9, 3, 18],
    ),
    ("learned-centerface.csv", "483", [43, 0, 0, 39]),
    ("learned-ppocr.csv", "p2o.Conv.18", [17, 0, 0, 17]),
];

/// Trained over untrained with its interval: of nRMS at one layer, or at all, under one padding.
fn learned(file: &str, layer: Option<&str>, under: &str) -> Vec<[f64; 3]> {
    let number = |row: &Line, column: &str| row[column].parse::<f64>().ok();
    let rows = csv(file);
    let of = rows.iter().filter(|row| {
        row["metric"] == "nrms" && row["under"] == under && layer.is_none_or(|l| l == row["layer"])
    });
    of.filter_map(|row| {
        Some([
            number(row, "factor")?,
            number(row, "lo")?,
            number(row, "hi")?,
        ])
    })
    .collect()
}

/// What the page says of networks that others trained: of which paddings it holds for all, and of how many layers.
#[test]
fn training_adds_to_the_pattern_under_paddings_that_five_networks_never_met() {
    let mut own = Vec::new();
    for (file, last, layers) in OTHERS {
        let at_last = |under: &str| learned(file, Some(last), under)[0];
        for (under, range) in [("reflect", 2.55..4.55), ("replicate", 1.5..4.1)] {
            let [factor, lo, _] = at_last(under);
            assert!(
                range.contains(&factor) && lo > 1.0,
                "{file}, {under}: {factor}, {lo}"
            );
        }
        for under in ["circular", "randn"] {
            let clearly = at_last(under)[1] > 1.0;
            assert_eq!(clearly, file != "learned-resnet20.csv", "{file}, {under}");
        }
        own.push(at_last("zeros").map(|end| end.partial_cmp(&1.0)));
        let compared = learned(file, None, "zeros");
        let count = |is: fn(&[f64; 3]) -> bool| compared.iter().filter(|row| is(row)).count();
        let found = [
            compared.len(),
            count(|[factor, ..]| *factor < 1.0),
            count(|[_, _, hi]| *hi < 1.0),
            count(|[_, lo, _]| *lo > 1.0),
        ];
        assert_eq!(found, layers, "{file}");
    }
    use std::cmp::Ordering::{Greater, Less};
    let all = |sign| {
        own.iter()
            .filter(|ends| ends.iter().all(|end| *end == Some(sign)))
            .count()
    };
    assert_eq!([all(Less), all(Greater)], [2, 2], "{own:?}");
    for (file, last, _) in &OTHERS[..2] {
        let [.., hi] = learned(file, Some(last), "partial")[0];
        assert!(hi < 0.3, "{file}: {hi}");
    }
    for (file, last, _) in &OTHERS[3..] {
        let [factor, lo, _] = learned(file, Some(last), "partial")[0];
        assert!(factor > 4.5 && lo > 2.0, "{file}: {factor}, {lo}");
    }
}

/// What the page says of the detectors' folded norms: behind them the ratios are the same.
#[test]
fn ratios_are_the_same_behind_the_norms_of_the_detectors() {
    for (file, layer) in [("centerface", "483"), ("ppocr", "p2o.Conv.18")] {
        for under in [
            "zeros",
            "reflect",
            "replicate",
            "circular",
            "randn",
            "partial",
        ] {
            let behind = format!("{layer}.norm");
            let [at, behind] = [("", layer), ("-norm", behind.as_str())].map(|(end, layer)| {
                learned(&format!("learned-{file}{end}.csv"), Some(layer), under)[0][0]
            });
            assert!(
                (behind / at - 1.0).abs() < 0.04,
                "{file}, {under}: {behind} and {at}"
            );
        }
    }
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
