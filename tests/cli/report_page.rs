//! The whole report from a made-up study.

use crate::report_fixture::{SCHEMES, study, write_patterns};
use padgrad::report::charts::{self, Measure, Spread};
use padgrad::report::text::escape_html;
use padgrad::report::{figures, finding, headline, html, of_runs, plain, scheme_table};
use padgrad::study::csv::{epochs_csv, results_csv};
use padgrad::study::finished::Run;
use padgrad::study::results::{Layer, PatternFile, Results, Row, RunKind};
use padgrad::study::summary::{Summary, stages};

fn page(results: &Results) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    html(results, folder.path()).expect("a page")
}

#[test]
fn the_page_shows_every_scheme_and_the_finding() {
    let mut results = study(3);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_patterns(&mut results, folder.path());
    std::fs::write(folder.path().join("config.toml"), "epochs = 12 # <b>").expect("a write");
    let page = html(&results, folder.path()).expect("a page");
    for scheme in SCHEMES {
        assert!(
            page.contains(&format!("<th scope=\"row\">{scheme}</th>")),
            "{scheme}"
        );
    }
    assert!(page.contains(&escape_html(&finding(&results))));
    let first = format!(
        "<p class=\"headline\">{}</p>",
        escape_html(&plain(&results))
    );
    assert!(page.contains(&first));
    let numbers = format!("<p>{}</p>", escape_html(&headline(&results)));
    assert!(
        page.find(&first) < page.find(&numbers),
        "the plain sentence comes first"
    );
    assert!(page.contains("epochs = 12 # &lt;b&gt;"));
    // Six layers, each as strength and as one channel, in two stages of six schemes; the first look; two
    // frames of two channels; gradients.
    let maps = 6 * 2 * 2 * 6 + 2 * 6 + 2 * 2 + padgrad::padding::schemes().len() + 1;
    assert_eq!(page.matches("\"exponent\":").count(), maps);
    assert!(!page.contains("not shown"), "a pattern is missing");
    assert!(page.len() < 5 << 20, "{} bytes", page.len());
}

#[test]
fn the_page_loads_nothing() {
    let mut results = study(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_patterns(&mut results, folder.path());
    let page = html(&results, folder.path()).expect("a page");
    for loader in ["<link", "<iframe", "@import", "url(", "import("] {
        assert!(!page.contains(loader), "{loader}");
    }
    // Pictures are part of the page.
    assert_eq!(page.matches("<img").count(), 5);
    assert_eq!(page.matches(" src=\"data:image/png;base64,").count(), 5);
    assert_eq!(page.matches(" src=").count(), 5);
    assert!(page.contains("default-src 'none'"));
    // Scripts are the page's own and its data.
    let scripts = page.matches("<script").count();
    let data = page.matches("<script type=\"application/json\"").count();
    assert_eq!(scripts, data + 1);
    assert_eq!(
        page.matches("<svg class").count(),
        page.matches("role=\"img\" tabindex=\"0\" aria-label=\"")
            .count()
    );
}

#[test]
fn what_ppp_is_is_shown_in_pictures_of_the_run() {
    let mut results = study(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_patterns(&mut results, folder.path());
    let page = html(&results, folder.path()).expect("a page");
    for words in [
        "This is all that the network sees.",
        "here by zeros",
        "its true surroundings",
        "what padding changed at features.17",
        "The mean of A − B at features.17 over 1000 images",
    ] {
        assert!(page.contains(words), "{words}");
    }
    results.patterns.retain(|file| file.margin.is_none());
    let without = html(&results, folder.path()).expect("a page");
    assert!(!without.contains("class=\"strip\"") && !without.contains("<img"));
}

#[test]
fn networks_that_failed_to_train_are_said_at_the_top() {
    let mut results = study(1);
    assert!(!page(&results).contains("class=\"failed\""));
    results.rows.push(Row {
        scheme: "zeros".into(),
        stage: "final".into(),
        layer: "model".into(),
        metric: "ended_at_majority".into(),
        value: Some(1.0),
        ..Row::default()
    });
    let page = page(&results);
    let at = |what: &str| page.find(what).expect(what);
    assert!(at("1 network failed to train") < at("class=\"headline\""));
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "<script>alert('1')</script>\"&";
    let mut results = study(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_patterns(&mut results, folder.path());
    for file in results.patterns.iter_mut().filter(|f| f.scheme == "zeros") {
        file.scheme = hostile.to_string();
    }
    for row in &mut results.rows {
        if row.scheme == "zeros" {
            row.scheme = hostile.to_string();
        }
        if row.layer == "features.17" {
            row.layer = hostile.to_string();
        }
    }
    for layer in &mut results.layers {
        if layer.scheme == "zeros" {
            layer.scheme = hostile.to_string();
        }
        if layer.name == "features.17" {
            layer.name = hostile.to_string();
        }
    }
    for epoch in results.epochs.iter_mut().filter(|e| e.scheme == "zeros") {
        epoch.scheme = hostile.to_string();
    }
    results.version = hostile.to_string();
    results.command = hostile.to_string();
    results.patterns.push(PatternFile {
        scheme: hostile.to_string(),
        seed: 0,
        stage: "final".to_string(),
        epoch: 12,
        layer: hostile.to_string(),
        shape: [1, 1, 1],
        images: None,
        margin: None,
        npy: format!("../{hostile}"),
        png: String::new(),
        sha256: String::new(),
        binding: String::new(),
    });
    let page = html(&results, folder.path()).expect("a page");
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("&lt;script&gt;"));
    assert!(page.contains("\\u003cscript>alert"), "in the page's data");
    assert!(page.contains("is not inside the run folder"));
}

#[test]
fn a_study_with_nothing_in_it_still_makes_a_page() {
    let mut empty = study(1);
    empty.layers.clear();
    empty.rows.clear();
    empty.epochs.clear();
    empty.growth.clear();
    let page = page(&empty);
    assert!(page.contains("there is no finding"));
    assert!(page.contains("not measured at any layer"));
    assert!(page.contains("This run kept no averages over fewer images."));
}

#[test]
fn a_measurement_without_training_makes_a_page() {
    let mut results = study(1);
    results.rows.retain(|row| row.stage == "final");
    results.epochs.clear();
    results.growth.clear();
    let page = page(&results);
    assert!(page.contains("is not known here"));
    assert!(page.contains("is not known from this run"));
    results.kind = RunKind::Measure;
    let page = self::page(&results);
    assert!(
        page.contains("6 layers of this network show a position pattern"),
        "{}",
        plain(&results)
    );
}

#[test]
fn the_table_fits_the_terminal() {
    let results = study(3);
    let summary = Summary::new(&results);
    let layer = summary.last_layer().expect("a measured layer");
    let text = scheme_table(&results, layer).text();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    // zeros: 0.08·(1 + 0.45·12) against 0.08, with an interval, in both units.
    assert_eq!(text.matches("×6.40 [6.08, 6.72]").count(), 2, "{text}");
    assert!(text.contains("interval over seeds"), "{text}");
}

#[test]
fn a_chart_draws_every_scheme_and_the_control_at_exactly_zero() {
    let results = study(3);
    let summary = Summary::new(&results);
    let measure = Measure {
        metric: "rms_ppp",
        label: "RMS-PPP",
        spread: Spread::Log,
    };
    let stages = stages(&results);
    let chart = charts::over_steps(&summary, &stages, "features.17", &measure).expect("measured");
    let names: Vec<&str> = chart.series.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, SCHEMES);
    let control = chart.series.last().expect("the control");
    assert!(control.style.dashed);
    assert!(
        control
            .points
            .iter()
            .all(|point| point.y.value == 0.0 && point.measurable)
    );
    let steps: Vec<f64> = control.points.iter().map(|point| point.x).collect();
    let known: Vec<f64> = stages.iter().map(|stage| stage.step as f64).collect();
    assert_eq!(steps, known);
    let svg = chart.drawing("what it shows").svg();
    for name in SCHEMES {
        assert!(
            svg.contains(&format!(">{name}</text>")),
            "{name} is not in the legend"
        );
    }
    assert!(charts::over_steps(&summary, &stages, "features.99", &measure).is_none());
}

#[test]
fn a_curve_shows_where_chance_could_give_as_much_and_where_images_were_fewer() {
    let mut results = study(1);
    let weak = |row: &&mut Row| row.scheme == "zeros" && row.stage == "epoch-2";
    for row in results.rows.iter_mut().filter(weak) {
        row.lo = Some(0.0);
    }
    let summary = Summary::new(&results);
    let stages = stages(&results);
    let chart = charts::over_steps(&summary, &stages, "features.17", &charts::RMS);
    let chart = chart.expect("measured");
    let hollow: Vec<f64> = (chart.series.iter().flat_map(|series| &series.points))
        .filter(|point| !point.measurable)
        .map(|point| point.x)
        .collect();
    assert_eq!(hollow, [200.0]);
    // A line more, as that of zeros is in two stretches.
    let svg = chart.drawing("what it shows").svg();
    let whole = study(1);
    let whole = charts::over_steps(&Summary::new(&whole), &stages, "features.17", &charts::RMS);
    let lines = |svg: &str| svg.matches(" stroke-width=\"2\"").count();
    assert_eq!(
        lines(&svg),
        lines(&whole.expect("measured").drawing("").svg()) + 1
    );

    let said = "measured on the first 100 of the 1000 images";
    assert!(!page(&results).contains(said));
    let early = |row: &&mut Row| row.scheme == "zeros" && row.stage == "epoch-1";
    results
        .rows
        .iter_mut()
        .filter(early)
        .for_each(|row| row.images = Some(100));
    assert!(page(&results).contains(said));
}

#[test]
fn profiles_are_in_order_of_distance() {
    let results = study(1);
    let measure = Measure {
        metric: "rms_ppp",
        label: "RMS-PPP",
        spread: Spread::Log,
    };
    let summary = Summary::new(&results);
    // Sixteen distances: as text, 10 would come before 2.
    let chart = charts::profile(&summary, "final", "features.0", &measure);
    let chart = chart.expect("measured");
    let distances: Vec<f64> = chart.series[0].points.iter().map(|point| point.x).collect();
    assert_eq!(distances, (0..16).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn tables_for_other_tools_have_a_line_per_row() {
    let results = study(2);
    let lines = results_csv(&results).lines().count();
    assert_eq!(lines, 1 + results.rows.len());
    assert_eq!(
        epochs_csv(&results.epochs).lines().count(),
        1 + results.epochs.len()
    );
}

#[test]
fn values_that_no_axis_holds_do_not_stop_the_page() {
    let mut results = study(2);
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        1e300,
        1e-300,
    ];
    for (row, value) in results.rows.iter_mut().zip(odd.iter().cycle()) {
        let row: &mut Row = row;
        row.value = Some(*value);
        row.hi = Some(f64::INFINITY);
    }
    page(&results);
}

#[test]
fn figures_have_their_size_on_paper() {
    let mut results = study(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_patterns(&mut results, folder.path());
    let load = |file: &PatternFile| padgrad::npy::read(folder.path().join(&file.npy));
    let figures = figures(&results, &load).expect("figures");
    let names: Vec<&str> = figures.iter().map(|f| f.name.as_str()).collect();
    let expected = ["formation", "reach", "before-and-after", "accuracy", "maps"];
    assert_eq!(names, expected);
    for figure in &figures {
        let file = figure.drawing.file(figure.millimetres);
        let width = format!("width=\"{}mm\"", figure.millimetres);
        assert!(file.contains(&width), "{}", figure.name);
        let png = figure
            .drawing
            .png(figure.millimetres, 100.0)
            .expect("a picture");
        assert!(png.starts_with(b"\x89PNG"), "{}", figure.name);
        let pixels = u32::from_be_bytes([png[16], png[17], png[18], png[19]]);
        let inches = figure.millimetres / 25.4;
        assert_eq!(
            f64::from(pixels),
            (100.0 * inches).round(),
            "{}",
            figure.name
        );
        let pdf = figure.drawing.pdf(figure.millimetres);
        assert!(
            pdf.starts_with(b"%PDF-") && pdf.len() < 200_000,
            "{}",
            figure.name
        );
    }
}

#[test]
fn every_kind_of_run_has_figures() {
    let none = |_: &PatternFile| unreachable!("no pattern is named");
    for (kind, [layer, metric], under, expected) in [
        (
            RunKind::Swap,
            ["model", "test_accuracy"],
            Some("zeros"),
            "accuracy",
        ),
        (RunKind::Swap, ["conv", "nrms"], Some("zeros"), "pattern"),
        (
            RunKind::Surgery,
            ["model", "test_accuracy"],
            Some("optimal"),
            "with-and-without",
        ),
        (
            RunKind::Surgery,
            ["conv", "padding_affected_0.1"],
            Some("optimal"),
            "affected-by-layer",
        ),
        (RunKind::PosENet, ["hor", "spc"], None, "spc-trained"),
        (
            RunKind::Location,
            ["model", "similar_accuracy"],
            None,
            "gap",
        ),
        (
            RunKind::Shift,
            ["conv", "equivariance_db"],
            None,
            "equivariance",
        ),
        (
            RunKind::Shift,
            ["model", "crop_disagreement"],
            None,
            "disagreement",
        ),
        (RunKind::Learned, ["conv", "nrms"], None, "learned"),
        (
            RunKind::Reliability,
            ["nrms", "planted_response"],
            None,
            "response",
        ),
        (
            RunKind::Reliability,
            ["nrms", "false_positive_rate"],
            None,
            "false-positives",
        ),
        (RunKind::Measure, ["conv", "nrms"], None, "layers"),
    ] {
        let mut results = Results::new(kind, "padgrad", 40);
        results.layers.push(Layer {
            scheme: "zeros".into(),
            name: "conv".into(),
            shape: [1, 1, 1],
        });
        let stage = match metric {
            "planted_response" => "strength-0.1",
            _ => "final",
        };
        for metric in [metric, "rms_ppp"] {
            results.rows.push(Row {
                scheme: "zeros".into(),
                under: under.map(String::from),
                layer: layer.into(),
                metric: metric.into(),
                stage: stage.into(),
                value: Some(0.5),
                ..Row::default()
            });
        }
        let found = figures(&results, &none).expect("figures");
        let names: Vec<&str> = found.iter().map(|f| f.name.as_str()).collect();
        assert!(names.contains(&expected), "{kind}, {metric}: {names:?}");
        let svg = found[0].drawing.file(found[0].millimetres);
        assert!(svg.contains("0.5") || svg.contains("50"), "{kind}: {svg}");
    }
    let other = Results::new(RunKind::Location, "padgrad", 40);
    assert!(figures(&other, &none).expect("no figure").is_empty());
}

#[test]
fn other_runs_add_their_sections() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut swap = Results::new(RunKind::Swap, "padgrad swap runs/study-001", 100);
    for (under, value) in [("zeros", 0.875), ("circular", 0.625)] {
        swap.rows.push(Row {
            scheme: "zeros".into(),
            under: Some(under.into()),
            layer: "model".into(),
            metric: "test_accuracy".into(),
            stage: "final".into(),
            value: Some(value),
            ..Row::default()
        });
    }
    let tried = Results::new(RunKind::Reliability, "padgrad reliability", 100);
    let mut runs = Vec::new();
    for (name, results) in [
        ("swap-001", &swap),
        ("reliability-001", &tried),
        ("study-001", &study(1)),
        ("study-002", &study(1)),
    ] {
        let dir = folder.path().join(name);
        std::fs::create_dir_all(&dir).expect("a folder");
        let text = serde_json::to_string(results).expect("JSON");
        std::fs::write(dir.join("results.json"), text).expect("a write");
        runs.push(Run::read(&dir).expect("a run"));
    }
    let page = of_runs(&runs).expect("a page");
    assert!(page.contains("Exchanging the padding of a trained network (swap-001)"));
    assert!(page.contains(">87.5</td><td class=\"shaded\""), "coloured");
    assert!(page.contains("<td class=\"shaded framed\""), "its own");
    assert!(page.contains("<th scope=\"row\">study-002</th>"));
    assert!(
        page.contains(&escape_html(&finding(&study(1)))),
        "a study leads, wherever it is named"
    );
    assert_eq!(of_runs(&[]).map_err(|e| e.exit_code()), Err(2));
    let missing = Run::read(folder.path().join("nowhere")).err();
    assert!(missing.is_some_and(|e| e.to_string().contains("nowhere")));
}

/// Run with `--ignored` to look at the page; it prints where it is.
#[test]
#[ignore = "writes a page to look at"]
fn write_a_page_to_look_at() {
    for seeds in [1, 3] {
        let mut results = study(seeds);
        let folder = std::env::temp_dir().join(format!("padgrad-made-up-study-{seeds}"));
        std::fs::create_dir_all(&folder).expect("a writable folder");
        write_patterns(&mut results, &folder);
        std::fs::write(folder.join("config.toml"), "[train]\nepochs = 12\n").expect("a write");
        let page = html(&results, &folder).expect("a page");
        std::fs::write(folder.join("report.html"), page).expect("a write");
        let summary = Summary::new(&results);
        let layer = summary.last_layer().expect("a layer");
        println!(
            "{}\n\n{}\n\n{}",
            headline(&results),
            finding(&results),
            scheme_table(&results, layer).text()
        );
        println!("{}", folder.join("report.html").display());
    }
}
