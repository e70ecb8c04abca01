//! `swap` and `surgery` on two tiny networks.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{files, padgrad, results, succeed, tiny};
use padgrad::npy;
use padgrad::study::results::{Results, Row};

/// The folder of a study of three schemes.
fn study() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-compare");
        // What an earlier test run has left.
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir_all(&place).expect("a folder for tests");
        let flags = "--padding zeros,circular,valid --measure ends --quiet --out run";
        succeed(&place, tiny("study", flags));
        place.join("run")
    })
}

fn value(results: &Results, find: impl Fn(&Row) -> bool) -> f64 {
    let row = results.rows.iter().find(|row| find(row)).expect("a row");
    row.value.expect("a value")
}

#[test]
fn a_swap_runs_every_network_under_every_padding() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = study().to_str().expect("a path in UTF-8");
    // Flags may stand in a file; those that are given here override it.
    let file = format!("quiet = true\nimages = 39\ncheckpoints = [{run:?}]\n");
    std::fs::write(folder.path().join("swap.toml"), file).expect("a write");
    let flags = "swap --config swap.toml --images 40 --out swap";
    let output = succeed(folder.path(), flags.split(' '));
    assert!(output.stderr.is_empty());
    let found = results(&folder.path().join("swap"));
    assert_eq!(found.images, 40);
    let schemes = ["circular", "valid", "zeros"];
    let own = results(study());
    for trained in schemes {
        for under in schemes {
            let here = |row: &Row| row.scheme == trained && row.under.as_deref() == Some(under);
            value(&found, |row| here(row) && row.is_of("test_accuracy"));
            let pattern = value(&found, |r| here(r) && r.is_of("mae_ppp"));
            assert_eq!(pattern == 0.0, under == "valid", "{trained} under {under}");
        }
        // The diagonal is the network as it was trained and measured.
        for metric in ["test_accuracy", "nmae", "impact_logit_shift"] {
            let diagonal = value(&found, |r| {
                r.scheme == trained && r.under.as_deref() == Some(trained) && r.is_of(metric)
            });
            let measured = value(&own, |r| {
                r.scheme == trained && r.stage == "final" && r.is_of(metric)
            });
            assert_eq!(diagonal, measured, "{trained} {metric}");
        }
    }
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.contains("trained under") && told.contains("This swap cannot say"),
        "{told}"
    );
}

#[test]
fn surgery_tells_what_padding_was_good_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = study().to_str().expect("a path in UTF-8");
    let flags = [
        "surgery",
        "--quiet",
        "--images",
        "40",
        "--out",
        "cut",
        "--checkpoints",
        run,
    ];
    let before = files(study());
    let output = succeed(folder.path(), flags);
    assert!(
        files(study()) == before,
        "surgery has changed the run it looked at"
    );
    let found = results(&folder.path().join("cut"));
    for scheme in ["zeros", "circular", "valid"] {
        for under in [None, Some("optimal"), Some("valid")] {
            let here = |r: &Row| r.scheme == scheme && r.under.as_deref() == under;
            value(&found, |r| here(r) && r.is_of("test_accuracy"));
        }
    }
    let shares: Vec<&Row> = found
        .rows
        .iter()
        .filter(|r| r.is_of("padding_affected_0.1"))
        .collect();
    assert!(shares.len() > 3 && shares.iter().all(|r| r.under.as_deref() == Some("optimal")));
    // A border detector is affected, and the whole network's share lies among those of its layers.
    for row in &shares {
        let same = |r: &Row| (&r.scheme, &r.layer) == (&row.scheme, &row.layer);
        let detectors = value(&found, |r| same(r) && r.is_of("border_detectors_0.8"));
        assert!(row.value >= Some(detectors), "{}", row.layer);
    }
    assert!(shares.iter().any(|r| r.layer == "model"));
    // A network without padding loses nothing with it, and padding affects none of its channels.
    for row in shares.iter().filter(|r| r.scheme == "valid") {
        assert_eq!(row.value, Some(0.0), "{}", row.layer);
    }
    assert!(
        shares
            .iter()
            .any(|r| r.scheme == "zeros" && r.value > Some(0.0))
    );
    let change = |r: &Row| r.scheme == "valid" && r.is_of("accuracy_change");
    assert_eq!(value(&found, change), 0.0);
    for pattern in &found.patterns {
        let path = folder.path().join("cut").join(&pattern.npy);
        let map = npy::read::<f32>(path).expect("a pattern");
        assert_eq!(map.shape(), pattern.shape);
        assert!(folder.path().join("cut").join(&pattern.png).is_file());
    }
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.contains("padding removed, true surroundings") && told.contains("detectors ≥ 0.8"),
        "{told}"
    );
}

#[test]
fn networks_that_cannot_be_compared_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let other = "--size 20 --quiet --epochs 0 --out other";
    succeed(place, tiny("train", &format!("--padding zeros {other}")));
    let run = study().to_str().expect("a path in UTF-8");
    let one = format!("{run}/checkpoints/zeros-seed0-final.safetensors");
    let early = "other/checkpoints/zeros-seed0-init.safetensors";
    for command in ["swap", "surgery"] {
        for (paths, expected) in [
            (&[one.as_str(), early][..], "data.size is 24 and 20"),
            (&[one.as_str(), run], "both hold zeros-seed0"),
            (&["other"], "no final checkpoint"),
            (&["nowhere"], "nowhere"),
        ] {
            let flags = [command, "--images", "40", "--out", "x", "--checkpoints"];
            let output = padgrad(place, flags.iter().chain(paths));
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(
                !output.status.success() && told.contains(expected),
                "{command}: {told}"
            );
            assert!(
                told.lines().count() == 1 && !place.join("x").exists(),
                "{told}"
            );
        }
    }
}
