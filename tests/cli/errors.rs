//! What the commands say to input that cannot be used: one line, the right exit code, no trace on disk.

use std::path::Path;
use std::process::Output;

use crate::support::{files, padgrad, results, succeed, timeless, tiny};
use padgrad::study::results::{Results, Row, RunKind};
use padgrad::train::checkpoint::Checkpoint;

/// Checks that a command failed as it should: `code`, and one line that holds all of `expected`.
#[track_caller]
pub fn assert_refused(output: &Output, code: i32, expected: &[&str], what: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{what}: {told}");
    let one_line = told.starts_with("error: ") && told.lines().count() == 1;
    assert!(one_line, "{what} says {told:?}");
    assert!(!told.contains("bug"), "{what}: {told}");
    for part in expected {
        assert!(told.contains(part), "{what} does not say {part:?}: {told}");
    }
    assert!(output.stdout.is_empty(), "{what} prints results");
}

#[test]
fn impossible_flags_are_told_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases: &[(&str, &[&str])] = &[
        (
            "--epochs -1",
            &["--epochs -1", "no whole number", "0 or more"],
        ),
        (
            "--seeds two",
            &["--seeds two", "no whole number", "0 or more"],
        ),
        ("--lr fast", &["--lr fast", "no number"]),
        ("--epochs 0", &["epochs: 0 trains nothing", "at least 1"]),
        ("--epochs 99999999999999999999", &["--epochs", "too large"]),
        ("--epoch 3", &["--epoch", "'--epochs'"]),
        ("--batch-size 0", &["batch size: 0", "at least 2"]),
        ("--batch-size 1", &["batch size: 1", "batch norm"]),
        ("--images 5", &["images: 5", "at least 40"]),
        (
            "--images 18446744073709551615",
            &["images: 18446744073709551615", "at most"],
        ),
        ("--threads 0", &["--threads", "from 1 to"]),
        ("--threads 100000", &["--threads", "100000", "from 1 to"]),
        ("--size 0", &["size: 0", "1 to 4096"]),
        ("--size 1", &["features.6", "1×1", "larger images"]),
        ("--size 100000", &["size: 100000", "1 to 4096"]),
        ("--size 4096", &["GiB of memory", "smaller images"]),
        ("--arch x", &["`x`", "small, vgg11"]),
        (
            "--arch vgg11 --padding valid --size 32",
            &["features.11", "larger images"],
        ),
        (
            "--arch vgg11 --size 4",
            &["features.10", "2×2 window", "1×1"],
        ),
        ("--padding x", &["`x`", "zeros, constant:v, reflect"]),
        ("--padding zeros,", &["``", "zeros, constant:v"]),
        (
            "--padding reflekt",
            &["`reflekt`", "did you mean `reflect`?"],
        ),
        (
            "--padding valid@3",
            &["`valid@3`", "pads nothing", "use valid alone"],
        ),
        ("--arch vgg-11", &["`vgg-11`", "did you mean `vgg11`?"]),
        (
            "--data canvas-gray",
            &["`canvas-gray`", "did you mean `canvas-grey`?"],
        ),
        ("--optimizer adem", &["`adem`", "did you mean `adam`?"]),
        (
            "--layers feature.0",
            &["`feature.0`", "did you mean `features.0`?"],
        ),
        ("--padding zeros,zeros", &["zeros is named twice", "once"]),
        ("--padding zeros@99999999", &["99999999", "up to 4096"]),
        (
            "--padding zeros@18446744073709551615",
            &["18446744073709551615", "up to 4096"],
        ),
        ("--padding zeros@1,2", &["`1,2`", "top,left,bottom,right"]),
        (
            "--padding circular@1000",
            &["circular@1000", "GiB of memory", "less padding"],
        ),
        (
            "--padding constant:1e40",
            &["1e40", "32 bits", "constant:0.5"],
        ),
        ("--layers x", &["`x` is not a layer", "features.0"]),
        ("--seeds 0", &["seeds: 0", "at least 1"]),
        (
            "--seeds 18446744073709551615",
            &["seeds: 18446744073709551615", "at most"],
        ),
        (
            "--seed 18446744073709551614 --seeds 3",
            &["3 from 18446744073709551614", "room"],
        ),
        ("--lr nan", &["learning rate: NaN", "positive"]),
        ("--lr inf", &["learning rate: inf", "positive"]),
        ("--lr -1", &["learning rate: -1", "positive"]),
        ("--lr 0", &["learning rate: 0", "positive"]),
        ("--weight-decay nan", &["weight decay of sgd: NaN"]),
        (
            "--weight-decay -1",
            &["weight decay of sgd: -1", "from 0 on"],
        ),
        ("--label-smoothing 1", &["label smoothing: 1", "below 1"]),
        (
            "--optimizer lion",
            &["`lion`", "sgd, adam, adamw, adadelta"],
        ),
        ("--warmup 18446744073709551615", &["warm-up", "more epochs"]),
        ("--crop 18446744073709551615", &["crop", "up to 4096"]),
        ("--crop 1000", &["crop: 1000", "24×24", "at most 23"]),
        (
            "--arch small,small",
            &["arch: small is named twice", "once"],
        ),
        (
            "--data canvas,canvas",
            &["data: canvas is named twice", "once"],
        ),
        (
            "--images 60 --step-images 61",
            &["step_images: 61", "60 images"],
        ),
        ("--measure-every 0", &["measure_every: 0", "at least 1"]),
        ("--train-images 0", &["train_images: 0"]),
        ("--train-images 1", &["train_images: 1", "at least 2"]),
        (
            "--train-images 99999999999",
            &["99999999999", "ask for fewer"],
        ),
        ("--test-images 0", &["test_images: 0"]),
        ("--data imagenet", &["imagenet", "canvas-grey"]),
        ("--data folder:", &["folder:", "folder:photos"]),
        ("--data-dir .", &["data-dir", "canvas"]),
        ("--data mnist", &["size", "of their own"]),
        ("--windows nowhere", &["nowhere", "anywhere, centred"]),
        ("extra", &["'extra'"]),
        ("--out=", &["--out"]),
    ];
    for (flags, expected) in cases {
        let args = tiny(
            "study",
            &format!("--padding zeros --quiet --out run {flags}"),
        );
        assert_refused(&padgrad(folder.path(), args), 2, expected, flags);
        assert!(files(folder.path()).is_empty(), "{flags} leaves files");
    }
}

#[test]
fn a_configuration_file_is_told_by_its_name_and_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases: &[(&str, i32, &[&str])] = &[
        ("arch = \"small\"\nseeds = [1\n", 1, &["my.toml", "line 2"]),
        (
            "arch = \"small\"\n\nsedes = 3\n",
            1,
            &["my.toml", "line 3", "sedes", "did you mean `seeds`?"],
        ),
        (
            "seeds = \"three\"\n",
            1,
            &["my.toml", "line 1", "\"three\""],
        ),
        (
            "[train.schedule]\ndecay = \"constant\"\nwarm = 3\n",
            1,
            &["train.schedule.warm"],
        ),
        (
            "[train.optimizer]\nname = \"sgd\"\nmomentum = nan\n",
            2,
            &["momentum of sgd: NaN"],
        ),
        ("padding = []\n", 2, &["padding", "empty"]),
        ("\u{0}", 1, &["my.toml", "line 1"]),
    ];
    for (text, code, expected) in cases {
        std::fs::write(folder.path().join("my.toml"), text).expect("a write");
        let output = padgrad(folder.path(), ["--config", "my.toml", "--out", "run"]);
        assert_refused(&output, *code, expected, text);
    }
    std::fs::write(folder.path().join("my.toml"), b"\xff\xfe").expect("a write");
    let output = padgrad(folder.path(), ["--config", "my.toml"]);
    assert_refused(&output, 1, &["my.toml", "UTF-8"], "bytes");
    let output = padgrad(folder.path(), ["--config", "none.toml"]);
    assert_refused(
        &output,
        1,
        &["none.toml", "check the path"],
        "a missing file",
    );
}

#[test]
fn data_that_is_not_there_or_not_what_it_should_be_is_told_with_its_path() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        path
    };
    std::fs::write(place("idx/train-images-idx3-ubyte"), b"\0\0\x08\x03").expect("a write");
    std::fs::write(place("idx/train-labels-idx1-ubyte"), b"").expect("a write");
    std::fs::write(place("cut/train-images-idx3-ubyte.gz"), b"\x1f\x8b\x08\0").expect("a write");
    std::fs::write(place("cut/train-labels-idx1-ubyte.gz"), b"\x1f\x8b\x08\0").expect("a write");
    std::fs::write(place("cifar/test_batch.bin"), b"short").expect("a write");
    std::fs::write(place("cifar/data_batch_1.bin"), b"short").expect("a write");
    std::fs::write(place("text/a.png"), b"not a picture").expect("a write");
    std::fs::write(place("text/b.jpg"), b"").expect("a write");
    std::fs::create_dir(place("none")).expect("a folder");
    let cases: &[(&str, &[&str])] = &[
        ("--data mnist", &["mnist", "t10k-images-idx3-ubyte"]),
        (
            "--data mnist --data-dir nowhere",
            &["nowhere", "check the path"],
        ),
        ("--data mnist --data-dir idx", &["idx", "cut short"]),
        (
            "--data fashion-mnist --data-dir cut",
            &["train-images-idx3-ubyte.gz", "cut short"],
        ),
        (
            "--data cifar10 --data-dir cifar",
            &["data_batch_1.bin", "5 bytes", "unpack"],
        ),
        ("--data cifar100 --data-dir cifar", &["cifar", "test.bin"]),
        ("--data folder:none", &["none", "no pictures"]),
        ("--data folder:text", &["text/", "take it away"]),
        ("--data folder:nowhere", &["nowhere", "check the path"]),
    ];
    for (flags, expected) in cases {
        let args = format!("study --quiet --out run --padding zeros {flags}");
        let output = padgrad(folder.path(), args.split_whitespace());
        assert_refused(&output, 1, expected, flags);
        assert!(!folder.path().join("run").exists(), "{flags} leaves a run");
    }
}

#[test]
fn a_checkpoint_that_cannot_be_measured_is_told_and_leaves_no_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    succeed(
        folder.path(),
        tiny("train", "--padding zeros --epochs 0 --quiet --out run"),
    );
    let good = "run/checkpoints/zeros-seed0-init.safetensors";
    let bytes = std::fs::read(folder.path().join(good)).expect("the checkpoint");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("a write");
    };
    write("cut", &bytes[..bytes.len() / 2]);
    write("empty", b"");
    std::fs::create_dir(folder.path().join("bare")).expect("a folder");
    write("text", b"This is a text, and a long enough one at that.");
    let cases: &[(&str, &str, i32, &[&str])] = &[
        ("cut", "", 1, &["cut", "not a whole safetensors file"]),
        ("empty", "", 1, &["empty", "not a whole safetensors file"]),
        ("text", "", 1, &["text", "give a .safetensors file"]),
        ("none", "", 1, &["none", "check the path"]),
        (
            "run",
            "",
            1,
            &["run: it is a folder", "name one of its networks", good],
        ),
        ("bare", "", 1, &["bare: it is a folder without a network"]),
        (
            good,
            "--margin 3",
            2,
            &["margin: 3", "layer features.7", "a margin of 10"],
        ),
        (
            good,
            "--margin 18446744073709551615",
            2,
            &["margin: 18446744073709551615", "of 10"],
        ),
        (good, "--images 39", 2, &["images: 39", "at least 40"]),
        (good, "--layers conv9", 2, &["`conv9`", "features.0"]),
        (good, "--size 20", 2, &["[3, 20, 20]", "[3, 24, 24]"]),
        (
            good,
            "--arch vgg11 --padding zeros",
            2,
            &["features.20", "larger images"],
        ),
        (good, "--arch x", 2, &["`x`", "vgg11"]),
        (good, "--padding zeros@99999", 2, &["99999", "up to 4096"]),
        (good, "--out run", 2, &["run: it exists already"]),
        (
            good,
            "--out run/config.toml",
            2,
            &["run/config.toml: it exists already"],
        ),
        (
            good,
            "--out run/config.toml/x",
            1,
            &["run/config.toml", "another path"],
        ),
    ];
    for (checkpoint, flags, code, expected) in cases {
        let what = format!("{checkpoint} {flags}");
        let args = format!("measure --quiet --images 40 --checkpoint {checkpoint} --out o {flags}");
        let output = padgrad(folder.path(), args.split_whitespace());
        assert_refused(&output, *code, expected, &what);
        assert!(!folder.path().join("o").exists(), "{what} leaves a folder");
    }
    let required = padgrad(folder.path(), ["measure"]);
    assert_refused(&required, 2, &["--checkpoint"], "measure alone");
}

#[test]
fn a_loss_that_is_not_finite_names_step_and_layer_and_the_last_good_checkpoint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A study looks at the network after the first step, which has broken it; training meets it in the second.
    for (command, step) in [("study", "at step 1"), ("train", "at step 2")] {
        let args = tiny(
            command,
            &format!("--padding zeros --lr 1e30 --quiet --out {command}"),
        );
        let output = padgrad(folder.path(), args);
        let kept = format!("{command}/checkpoints/zeros-seed0-init.safetensors");
        let expected = [step, "layer features.", "lower the learning rate", &kept];
        assert_refused(&output, 1, &expected, command);
        let path = folder.path().join(kept);
        let checkpoint = Checkpoint::load(&path).expect("a good checkpoint");
        checkpoint.model(&path).expect("a good network");
    }
}

#[test]
fn one_network_that_diverges_is_told_and_the_others_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flags = "--padding constant:3.4e38,zeros --jobs 1 --out run";
    let output = succeed(folder.path(), tiny("study", flags));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("constant:3.4e38, seed 0: layer features."),
        "{told}"
    );
    assert!(told.contains("the other networks go on"), "{told}");
    let printed = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
    assert!(
        printed.contains("Left out, as their values stopped being finite: constant:"),
        "{printed}"
    );
    let kept = results(&folder.path().join("run"));
    assert_eq!(kept.diverged.len(), 1);
    assert!(kept.rows.iter().any(|row| row.stage == "final"));
    assert!(kept.rows.iter().all(|row| row.scheme == "zeros"));
    // It is not tried again, and what is known of it stays.
    let again = succeed(folder.path(), ["study", "--resume", "--out", "run"]);
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(told.contains("2 of 2 cells are finished already"), "{told}");
    assert_eq!(
        timeless(results(&folder.path().join("run"))),
        timeless(kept)
    );
}

#[cfg(unix)]
#[test]
fn paths_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let odd = OsStr::from_bytes(b"odd\xff\n");
    let mut args: Vec<&OsStr> = Vec::new();
    let flags = tiny("train", "--epochs 0 --json --quiet --out");
    args.extend(flags.iter().map(OsStr::new));
    args.push(odd);
    let output = succeed(folder.path(), args);
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok());
    let checkpoint = Path::new(odd).join("checkpoints/zeros-seed0-init.safetensors");
    assert!(folder.path().join(&checkpoint).is_file());
    let measure = ["measure", "--quiet", "--images", "40", "--checkpoint"].map(OsStr::new);
    succeed(
        folder.path(),
        measure.into_iter().chain([checkpoint.as_os_str()]),
    );
    // The name of a folder with data goes into config.toml, which is UTF-8.
    let inside = Path::new(odd).join("checkpoints");
    let data = ["train", "--data", "mnist", "--out", "x", "--data-dir"].map(OsStr::new);
    let output = padgrad(folder.path(), data.into_iter().chain([inside.as_os_str()]));
    assert_refused(
        &output,
        2,
        &["data-dir", "UTF-8", "rename"],
        "a folder of data",
    );
}

#[test]
fn pages_and_figures_of_runs_that_cannot_be_used_leave_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let write = |name: &str, text: &str| {
        let dir = place.join(name);
        std::fs::create_dir_all(&dir).expect("a folder");
        std::fs::write(dir.join("results.json"), text).expect("a write");
    };
    let good = serde_json::to_string(&Results::new(RunKind::Study, "padgrad study", 40));
    write("good", &good.expect("JSON"));
    let other = serde_json::to_string(&Results::new(RunKind::Location, "padgrad", 40));
    write("other", &other.expect("JSON"));
    let mut drawn = Results::new(RunKind::Swap, "padgrad swap", 40);
    drawn.rows.push(Row {
        metric: "test_accuracy".into(),
        value: Some(0.5),
        ..Row::default()
    });
    write("drawn", &serde_json::to_string(&drawn).expect("JSON"));
    write("damaged", "{\"kind\": \"study\", \"rows\": [");
    write("foreign", "{\"a\": 1}");
    std::fs::create_dir(place.join("empty")).expect("a folder");
    std::fs::write(place.join("file"), "").expect("a write");
    let before = files(place);
    let cases: &[(&str, i32, &[&str])] = &[
        ("report", 2, &["<RUN>"]),
        (
            "report nowhere",
            1,
            &["nowhere/results.json", "check the path"],
        ),
        (
            "report empty",
            1,
            &["empty", "no results.json", "finished run"],
        ),
        (
            "report file",
            1,
            &["file/results.json", "a file where a folder is needed"],
        ),
        (
            "report damaged",
            1,
            &["damaged/results.json", "line 1", "finished run"],
        ),
        ("report foreign", 1, &["foreign/results.json", "version"]),
        ("report good nowhere --out page.html", 1, &["nowhere"]),
        ("report good --out empty", 1, &["empty", "not a folder"]),
        (
            "report good --out nowhere/page.html",
            1,
            &["nowhere/page.html"],
        ),
        ("figures", 2, &["<RUN>"]),
        ("figures nowhere", 1, &["nowhere/results.json"]),
        ("figures empty --out figures", 1, &["no results.json"]),
        (
            "figures drawn damaged --out figures",
            1,
            &["damaged/results.json"],
        ),
        (
            "figures good",
            1,
            &[
                "good",
                "`study`, of which there is no figure",
                "swap",
                "check",
            ],
        ),
        (
            "figures other --out figures",
            1,
            &["other", "`probe location`", "study, measure"],
        ),
        ("figures file", 1, &["file", "check prints as JSON"]),
        ("figures good --format eps", 2, &["'eps'", "svg, pdf, png"]),
        ("figures drawn --out file", 1, &["file", "another path"]),
        ("lesson --out empty", 1, &["empty"]),
        ("lesson --out file/inside", 1, &["file", "another path"]),
        ("lesson --epochs 3", 2, &["'--epochs'"]),
    ];
    for (args, code, expected) in cases {
        let output = padgrad(place, args.split_whitespace());
        assert_refused(&output, *code, expected, args);
        assert!(files(place) == before, "{args} leaves something behind");
        assert!(!place.join("figures").exists(), "{args} leaves a folder");
    }
}
