//! The page that computes, as `padgrad lesson` writes it.

use std::fs;
use std::path::Path;

use padgrad::rng::Seed;

use crate::support::padgrad;

const MOST_BYTES_OF_MODULE: usize = 800_000;
const MOST_BYTES_OF_PAGE: usize = 3_000_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The digest of a source without its comments and tests, as `.ci/wasm` notes it.
fn digest(text: &str) -> String {
    let code = text.lines().take_while(|line| *line != "#[cfg(test)]");
    let code = code
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"));
    let code: Vec<&str> = code.collect();
    format!("{:016x}", Seed(0).child(code.join("\n").as_str()).0)
}

#[test]
fn the_module_is_not_older_than_its_sources() {
    let module = root().join("src/report/lesson/padgrad.wasm");
    let size = fs::metadata(&module).expect("the module").len();
    assert!(size <= MOST_BYTES_OF_MODULE as u64, "{size} bytes");
    let noted = module.with_extension("wasm.sources");
    let noted = fs::read_to_string(noted).expect("the digests of its sources");
    assert!(
        noted.lines().count() > 100,
        "{} sources",
        noted.lines().count()
    );
    for line in noted.lines() {
        let (was, path) = line.split_once(' ').expect("a digest and a path");
        let text = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert_eq!(was, digest(&text), "{path} has changed: run .ci/wasm");
    }
}

#[test]
fn the_page_is_one_small_file_that_asks_no_network() {
    let place = tempfile::tempdir().expect("a folder");
    let output = padgrad(place.path(), ["lesson"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "lesson  lesson.html\n"
    );
    let page = fs::read_to_string(place.path().join("lesson.html")).expect("the page");
    assert!(page.len() <= MOST_BYTES_OF_PAGE, "{} bytes", page.len());
    for scene in [
        "edge",
        "deeper",
        "gradients",
        "average",
        "training",
        "measures",
        "questions",
        "teacher",
    ] {
        let section = format!("<section class=\"scene\" id=\"{scene}\"");
        assert!(page.contains(&section), "{scene}");
    }
    for outside in ["src=\"", "href=\"http", "fetch(", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}
