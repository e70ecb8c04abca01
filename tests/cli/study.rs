//! What the commands write and print, on workloads of a second.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use crate::support::{command, files, padgrad, results, succeed, timeless, tiny};
use padgrad::ppp::Region;
use padgrad::statistics::Interval;
use padgrad::study::finished::load_pattern;
use padgrad::study::growth::Comparison;
use padgrad::study::results::{Results, Row};
use padgrad::study::schema::unit;
use padgrad::train::checkpoint::Checkpoint;

const SCHEMES: [&str; 3] = ["zeros", "randn", "valid"];
/// Three steps make an epoch: the third step is the first epoch's end, and the sixth the end of training.
const STAGES: [&str; 6] = ["init", "step-1", "step-2", "epoch-1", "step-4", "final"];
/// Those whose networks are kept.
const KEPT: [&str; 1] = ["final"];
/// Those whose patterns are drawn.
const DRAWN: [&str; 2] = ["init", "final"];
const LAYERS: [usize; 5] = [0, 3, 7, 10, 14];
const STUDY: &str = "--padding zeros,randn,valid --epochs 2 --seed 5 --threads 1";

/// The folder of one study that several tests look at.
fn study() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-study");
        // What an earlier test run has left.
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir_all(&place).expect("a folder for tests");
        succeed(&place, tiny("study", &format!("{STUDY} --quiet --out run")));
        place.join("run")
    })
}

fn checkpoint(scheme: &str, stage: &str) -> PathBuf {
    study().join(format!("checkpoints/{scheme}-seed5-{stage}.safetensors"))
}

#[test]
fn a_study_leaves_exactly_the_files_of_a_run() {
    let mut expected: Vec<PathBuf> = [
        "checksums.sha256",
        "config.toml",
        "epochs.csv",
        "growth.csv",
        "results.json",
        "results.csv",
        "report.html",
        "patterns/overview.png",
    ]
    .map(PathBuf::from)
    .into();
    for scheme in SCHEMES {
        let network = format!("{scheme}-seed5");
        expected.push(format!("cells/{network}.json.gz").into());
        expected.push(format!("logs/{network}.jsonl").into());
        for images in [1, 4, 16, 40] {
            expected.push(format!("mist/{network}-final-{images}-images.npy.gz").into());
        }
        // One image with its surroundings, for the first pictures of the page; the control has nothing to show.
        if scheme != "valid" {
            expected.push(format!("mist/{network}-example.npy.gz").into());
        }
        for stage in KEPT {
            expected.push(format!("checkpoints/{network}-{stage}.safetensors").into());
        }
        for stage in STAGES {
            for layer in LAYERS {
                let stem = format!("patterns/{network}-{stage}-features.{layer}");
                if DRAWN.contains(&stage) {
                    expected.extend([format!("{stem}.npy").into(), format!("{stem}.png").into()]);
                } else {
                    expected.push(format!("{stem}.npy.gz").into());
                }
            }
        }
    }
    expected.sort();
    let found: Vec<PathBuf> = files(study()).into_keys().collect();
    assert_eq!(found, expected);
}

/// Two of the default study's six networks, trained on small batches of few images: every file is as large as there.
#[test]
fn the_folder_of_the_default_study_is_small() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // 79 steps an epoch, as of 5000 images in batches of 64.
    let flags = "study --train-images 158 --batch-size 2 --test-images 20 --images 40 --step-images 40 --quiet \
                 --padding circular,randn --out run";
    succeed(folder.path(), flags.split_whitespace());
    let run = folder.path().join("run");
    assert_eq!(results(&run).epochs[2].step, 3 * 79);
    let sizes = files(&run).into_values().map(|bytes| bytes.len());
    let bytes: usize = sizes.sum();
    assert!(3 * bytes < 25_000_000, "{bytes} for two networks");
}

#[test]
fn every_file_of_a_run_can_be_read() {
    let run = study();
    let results = results(run);
    let read = |name: &str| std::fs::read_to_string(run.join(name)).expect(name);
    let rows = read("results.csv");
    let header = "data,arch,scheme,under,seed,stage,epoch,step,layer,metric,region,distance,unit,images,value,lo,hi";
    assert_eq!(rows.lines().next(), Some(header));
    for row in &results.rows {
        assert!(!unit(&row.metric).is_empty(), "{} has no unit", row.metric);
    }
    assert_eq!(rows.lines().count(), 1 + results.rows.len());
    assert_eq!(read("epochs.csv").lines().count(), 1 + 3 * 2);
    assert_eq!(results.epochs.len(), 3 * 2);
    assert_eq!(read("growth.csv").lines().count(), 1 + results.growth.len());
    // 60 images in batches of 20, for two epochs of three networks.
    let logs = SCHEMES.map(|scheme| read(&format!("logs/{scheme}-seed5.jsonl")));
    let steps: Vec<serde_json::Value> = logs
        .iter()
        .flat_map(|log| log.lines())
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    assert_eq!(steps.len(), 3 * 2 * 3);
    assert!(
        steps
            .iter()
            .all(|step| step["loss"].is_f64() && step["scheme"].is_string())
    );
    let page = read("report.html");
    assert!(page.starts_with("<!") && page.trim_end().ends_with("</html>"));
    for pattern in &results.patterns {
        let map = load_pattern(run, pattern).expect("a pattern");
        assert_eq!(map.shape(), pattern.shape, "{}", pattern.npy);
        let drawn = pattern.images.is_none() && DRAWN.contains(&pattern.stage.as_str());
        assert_eq!(drawn, !pattern.png.is_empty(), "{}", pattern.npy);
        assert_eq!(drawn, pattern.npy.ends_with(".npy"), "{}", pattern.npy);
        if drawn {
            let picture = std::fs::read(run.join(&pattern.png)).expect("a heatmap");
            assert!(picture.starts_with(b"\x89PNG") && picture.ends_with(b"IEND\xaeB`\x82"));
        }
    }
    for scheme in SCHEMES {
        for stage in KEPT {
            let path = checkpoint(scheme, stage);
            let kept = Checkpoint::load(&path).expect("a checkpoint");
            kept.model(&path).expect("the network it describes");
            assert!(kept.optimizer.is_empty(), "{scheme} {stage}");
        }
    }
}

#[test]
fn the_control_without_padding_is_exactly_zero() {
    let run = study();
    let results = results(run);
    let of_control = |row: &&Row| {
        row.scheme == "valid" && row.layer.starts_with("features") && row.region == Region::Whole
    };
    let strength = |row: &&Row| ["mae_ppp", "mad"].contains(&row.metric.as_str());
    let zeros: Vec<&Row> = results
        .rows
        .iter()
        .filter(of_control)
        .filter(strength)
        .collect();
    assert_eq!(zeros.len(), STAGES.len() * LAYERS.len() * 2);
    for row in zeros {
        assert_eq!(
            row.value,
            Some(0.0),
            "{} {} {}",
            row.stage,
            row.layer,
            row.metric
        );
    }
    for pattern in results.patterns.iter().filter(|p| p.scheme == "valid") {
        let map = load_pattern(run, pattern).expect("a pattern");
        assert!(map.data().iter().all(|v| *v == 0.0), "{}", pattern.npy);
    }
    let padded = |row: &&Row| row.scheme == "zeros" && row.is_of("mae_ppp");
    assert!(
        results
            .rows
            .iter()
            .filter(padded)
            .all(|row| row.value > Some(0.0))
    );
}

#[test]
fn growth_is_told_against_each_schemes_own_initial_point() {
    let results = results(study());
    // Two padded schemes at five layers, two metrics compared in two ways; one seed gives no interval over seeds.
    assert_eq!(results.growth.len(), 2 * LAYERS.len() * 4);
    for row in &results.growth {
        assert_eq!((row.interval, row.seeds), (Interval::Images, 1));
        assert!(row.p_holm >= row.p && row.scheme != "valid");
        let at = |stage: &str| {
            let found = results.rows.iter().find(|r| {
                (&r.scheme, &r.layer, &r.metric) == (&row.scheme, &row.layer, &row.metric)
                    && r.stage == stage
                    && r.region == Region::Whole
            });
            found.and_then(|r| r.value).expect("a row")
        };
        let expected = match row.comparison {
            Comparison::Difference => at("final") - at("init"),
            Comparison::Factor => at("final") / at("init"),
        };
        let Some(found) = row.value else {
            // There is no factor between strengths that chance could give.
            assert!(row.metric.contains("rms") && row.comparison == Comparison::Factor);
            continue;
        };
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0));
        assert!(row.lo <= row.value && row.value <= row.hi);
    }
}

#[test]
fn measuring_in_between_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flags = format!("{STUDY} --quiet --measure ends --out ends");
    succeed(folder.path(), tiny("study", &flags));
    let ends_folder = folder.path().join("ends");
    let (ends, all) = (files(&ends_folder), files(study()));
    let tensors = |path: &Path| Checkpoint::load(path).expect("a checkpoint").tensors;
    let mut compared = 0;
    for (name, bytes) in &ends {
        if name.starts_with("checkpoints") || name.starts_with("patterns") {
            let drawing = name.ends_with("overview.png");
            let same = match name.starts_with("checkpoints") {
                // The settings that a checkpoint is bound to differ.
                true => tensors(&ends_folder.join(name)) == tensors(&study().join(name)),
                false => all[name] == *bytes,
            };
            assert!(drawing || same, "{}", name.display());
            compared += 1;
        }
    }
    assert!(compared > 2 * SCHEMES.len() * LAYERS.len());
}

#[test]
fn checkpoints_are_kept_as_asked_and_change_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wanted = results(study());
    let stages: [(&str, &[&str]); 3] = [
        ("last", &["final"]),
        ("all", &["init", "epoch-1", "final"]),
        // The first epoch with the highest test accuracy.
        ("best", &["epoch-1", "final"]),
    ];
    for (keep, expected) in stages {
        let flags = format!("{STUDY} --quiet --keep {keep} --out {keep}");
        succeed(folder.path(), tiny("study", &flags));
        let run = folder.path().join(keep);
        assert_eq!(results(&run).rows, wanted.rows, "{keep}");
        assert_eq!(results(&run).binding, wanted.binding, "{keep}");
        for scheme in SCHEMES {
            let name = |stage| format!("{scheme}-seed5-{stage}.safetensors");
            let accuracy = |epoch| {
                let mut epochs = wanted.epochs.iter();
                let row = epochs.find(|row| row.scheme == scheme && row.epoch == epoch);
                row.expect("an epoch").test_accuracy
            };
            let later = keep == "best" && accuracy(2) > accuracy(1);
            let expected = expected.iter().filter(|stage| !later || **stage == "final");
            let mut expected: Vec<_> = expected.map(|stage| PathBuf::from(name(stage))).collect();
            expected.sort();
            let kept = files(&run.join("checkpoints")).into_keys();
            let own = kept.filter(|path| path.to_string_lossy().starts_with(scheme));
            assert_eq!(own.collect::<Vec<_>>(), expected, "{keep} {scheme}");
        }
    }
}

#[test]
fn what_is_kept_may_change_when_a_run_is_gone_on_with() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flags = "--padding zeros,valid --measure ends --quiet --out run";
    succeed(
        folder.path(),
        tiny("study", &format!("{flags} --shard 1/2")),
    );
    let more = [
        "study", "--resume", "--quiet", "--out", "run", "--keep", "all",
    ];
    succeed(folder.path(), more);
    let run = folder.path().join("run");
    let kept = files(&run.join("checkpoints")).into_keys();
    let kept: Vec<String> = kept.map(|name| name.display().to_string()).collect();
    assert_eq!(
        kept,
        [
            "valid-seed0-final.safetensors",
            "valid-seed0-init.safetensors",
            "zeros-seed0-final.safetensors"
        ]
    );
    let config = std::fs::read_to_string(run.join("config.toml")).expect("config.toml");
    assert!(config.contains("keep = \"all\""), "{config}");
    succeed(folder.path(), ["verify", "run"]);
    // Any other setting may not.
    let output = padgrad(
        folder.path(),
        ["study", "--resume", "--out", "run", "--epochs", "2"],
    );
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("train.epochs is 1 and 2 now"), "{told}");
}

#[test]
fn a_run_is_never_overwritten() {
    let before = files(study());
    let place = study().parent().expect("its place");
    for command in ["study", "train"] {
        let output = padgrad(place, tiny(command, "--padding zeros --out run"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains("run: it exists already")
                && told.contains("go on with the run there by --resume"),
            "{told}"
        );
    }
    assert!(files(study()) == before, "a refused run has changed files");
}

#[test]
fn the_written_configuration_reproduces_the_run_on_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = study().join("config.toml");
    let config = config.to_str().expect("a path in UTF-8");
    let again = [
        "study",
        "--quiet",
        "--threads",
        "2",
        "--out",
        "again",
        "--config",
        config,
    ];
    succeed(folder.path(), again);
    let again = folder.path().join("again");
    assert_eq!(timeless(results(&again)), timeless(results(study())));
    let (new, old) = (files(&again), files(study()));
    assert!(new.keys().eq(old.keys()));
    for (name, bytes) in &new {
        let timed = [
            "results.json",
            "epochs.csv",
            "report.html",
            "checksums.sha256",
        ];
        let timed = name.starts_with("cells") || timed.iter().any(|t| name == Path::new(t));
        let same = old[name] == *bytes || timed;
        assert!(same, "{} differs", name.display());
    }
}

#[test]
fn flags_override_the_configuration_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text =
        "arch = \"small\"\nseed = 3\npadding = [\"reflect\"]\n[train]\nepochs = 7\nlr = 0.125\n";
    std::fs::write(folder.path().join("my.toml"), text).expect("a write");
    succeed(
        folder.path(),
        tiny("train", "--config my.toml --epochs 0 --seed 4 --out run"),
    );
    let written =
        std::fs::read_to_string(folder.path().join("run/config.toml")).expect("config.toml");
    let config: toml::Table = written.parse().expect("TOML");
    let integer = |value: &toml::Value| value.as_integer();
    assert_eq!(integer(&config["seed"]), Some(4));
    assert_eq!(integer(&config["train"]["epochs"]), Some(0));
    assert_eq!(integer(&config["data"]["train_images"]), Some(60));
    assert_eq!(config["train"]["lr"].as_float(), Some(0.125));
    assert_eq!(config["padding"][0].as_str(), Some("reflect"));
    let kept = folder
        .path()
        .join("run/checkpoints/reflect-seed4-init.safetensors");
    assert!(kept.is_file());
}

#[test]
fn json_goes_to_stdout_and_progress_to_stderr() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = succeed(
        folder.path(),
        tiny("study", "--padding zeros --json --out run"),
    );
    let printed: Results = serde_json::from_slice(&output.stdout).expect("results in JSON");
    assert_eq!(printed, results(&folder.path().join("run")));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("[1/1] zeros, seed 0: epoch 1 of 1"), "{told}");
    let trained = succeed(folder.path(), tiny("train", "--quiet --json --out trained"));
    let printed: serde_json::Value = serde_json::from_slice(&trained.stdout).expect("JSON");
    let path = printed["checkpoint"].as_str().expect("a path");
    assert!(folder.path().join(path).is_file());
    for list in ["schemes", "data"] {
        let output = succeed(folder.path(), [list, "--json"]);
        let entries: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(
            entries.as_array().is_some_and(|entries| entries.len() > 5),
            "{list}"
        );
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn quiet_is_silent_on_stderr_and_no_subcommand_is_the_study() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flags = "--padding zeros --measure ends --quiet";
    for (name, out) in [("study", "a"), ("", "b")] {
        let mut args = tiny("study", &format!("{flags} --out {out}"));
        args.retain(|arg| !name.is_empty() || arg != "study");
        let output = succeed(folder.path(), args);
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stdout.is_empty());
    }
    let [a, b] = ["a", "b"].map(|out| results(&folder.path().join(out)));
    assert_eq!(a.rows, b.rows);
    assert!(!a.rows.is_empty());
}

#[test]
fn measuring_a_kept_network_gives_what_the_study_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let found = results(study());
    for scheme in SCHEMES {
        let path = checkpoint(scheme, "final");
        let path = path.to_str().expect("a path in UTF-8");
        let args = [
            "measure",
            "--quiet",
            "--images",
            "40",
            "--checkpoint",
            path,
            "--out",
            scheme,
        ];
        succeed(folder.path(), args);
        let measured = results(&folder.path().join(scheme));
        let of_final =
            |row: &&Row| row.scheme == scheme && row.stage == "final" && row.layer != "model";
        let expected: Vec<Row> = found.rows.iter().filter(of_final).cloned().collect();
        assert!(
            !expected.is_empty() && measured.rows == expected,
            "{scheme}"
        );
        let example = usize::from(scheme != "valid");
        assert_eq!(measured.patterns.len(), LAYERS.len() + example);
    }
}

#[test]
fn a_trained_network_can_be_measured_under_any_padding() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trained = succeed(
        folder.path(),
        tiny("train", "--padding reflect --quiet --out run"),
    );
    let printed = String::from_utf8_lossy(&trained.stdout);
    assert!(printed.contains("test accuracy") && printed.contains("reflect-seed0-final"));
    let checkpoint = "run/checkpoints/reflect-seed0-final.safetensors";
    let common = [
        "measure",
        "--quiet",
        "--images",
        "40",
        "--checkpoint",
        checkpoint,
    ];
    let own = succeed(folder.path(), common);
    assert!(String::from_utf8_lossy(&own.stdout).contains("PPP under reflect on 40 images"));
    let other = ["--padding", "zeros", "--layers", "features.3", "--json"];
    let output = succeed(folder.path(), common.iter().chain(&other));
    let printed: Results = serde_json::from_slice(&output.stdout).expect("results in JSON");
    assert!(printed.layers.len() == 1 && printed.layers[0].scheme == "zeros");
}

#[test]
fn a_run_that_is_killed_keeps_what_was_finished() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut child = command(folder.path())
        .args(tiny("study", "--padding zeros --seeds 500 --out run"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("padgrad can be started");
    let first = folder.path().join("run/results.json");
    while !first.is_file() {
        assert!(
            child.try_wait().expect("a state").is_none(),
            "it ended too early"
        );
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let kept = results(&folder.path().join("run"));
    // Networks are trained side by side, so any of them may have ended first.
    assert!(kept.rows.iter().any(|row| row.stage == "final"));
    for pattern in &kept.patterns {
        load_pattern(&folder.path().join("run"), pattern).expect("a whole pattern");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for args in [
        &["schemes"][..],
        &["schemes", "--json"],
        &["data"],
        &["--help"],
    ] {
        let mut child = command(folder.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("padgrad can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && told.is_empty(),
            "{args:?}: {told}"
        );
    }
}
