//! The crate's architecture, read off its source: which layer may know which, where `unsafe` may stand,
//! and how long a file may grow.

mod graph;

use std::path::{Path, PathBuf};

use graph::Graph;

/// Each layer with the layers below it that it may import.
///
/// ```text
/// error, rng, threads, words, files → tensor, npy, statistics → padding → kernels → autodiff → gradcheck, nn, optim, data
///   → formats → train → ppp, probes → lesson, study → report → cli
/// ```
///
/// `padding` knows no tensors; `nn`, `optim` and `data` do not know each other, nor do `ppp` and `probes`;
/// `formats` knows of networks, not of optimisers and data.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("rng", &[]),
    ("threads", &[]),
    ("words", &[]),
    ("files", &["error"]),
    ("tensor", BASE),
    ("npy", &["error", "files", "tensor"]),
    ("statistics", &["error", "rng"]),
    ("padding", BASE),
    ("kernels", &["error", "rng", "files", "tensor", "padding"]),
    ("autodiff", UP_TO_KERNELS),
    ("gradcheck", UP_TO_AUTODIFF),
    ("nn", UP_TO_AUTODIFF),
    ("optim", UP_TO_AUTODIFF),
    ("data", UP_TO_AUTODIFF),
    ("formats", UP_TO_NN),
    ("train", UP_TO_FORMATS),
    ("ppp", UP_TO_TRAIN),
    ("probes", UP_TO_TRAIN),
    ("lesson", COMPUTED_BY_LESSON),
    ("study", UP_TO_PROBES),
    ("report", UP_TO_STUDY),
    ("cli", UP_TO_REPORT),
    ("guide", &[]),
    ("prelude", ORDER),
];
const ORDER: &[&str] = &[
    "error",
    "rng",
    "threads",
    "words",
    "files",
    "tensor",
    "npy",
    "statistics",
    "padding",
    "kernels",
    "autodiff",
    "nn",
    "optim",
    "data",
    "formats",
    "train",
    "ppp",
    "probes",
    "study",
    "gradcheck",
    "report",
];
/// What the module of the teaching page is made of.
const COMPUTED_BY_LESSON: &[&str] = &[
    "error",
    "rng",
    "tensor",
    "padding",
    "kernels",
    "autodiff",
    "gradcheck",
    "nn",
    "optim",
    "data",
    "train",
    "ppp",
    "probes",
];
const BASE: &[&str] = ORDER.split_at(5).0;
const UP_TO_KERNELS: &[&str] = ORDER.split_at(10).0;
const UP_TO_AUTODIFF: &[&str] = ORDER.split_at(11).0;
const UP_TO_NN: &[&str] = ORDER.split_at(12).0;
const UP_TO_FORMATS: &[&str] = ORDER.split_at(15).0;
const UP_TO_TRAIN: &[&str] = ORDER.split_at(16).0;
const UP_TO_PROBES: &[&str] = ORDER.split_at(18).0;
const UP_TO_STUDY: &[&str] = ORDER.split_at(19).0;
const UP_TO_REPORT: &[&str] = ORDER;

/// Lines beyond which a file wants to be two.
const LONGEST_FILE: usize = 420;
/// How far above an `unsafe` its reason may stand.
const REASON_WITHIN: usize = 3;

/// Every source file by its path below `src`, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_path_buf(), text));
            }
        }
    }
    found.sort();
    found
}

/// The names of the modules that a file is: `nn/layers/relu.rs` is `nn`, `layers`, `relu`.
fn modules(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    names.pop_if(|last| last == "mod");
    names
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// The top-level modules that a source names through `crate::`, groups in braces included.
fn imports(text: &str) -> Vec<String> {
    let plain: String = text
        .lines()
        .map(|line| code(line).to_string() + "\n")
        .collect();
    let mut found = Vec::new();
    for (at, _) in plain.match_indices("crate::") {
        let rest = plain[at + "crate::".len()..].trim_start();
        match rest.strip_prefix('{') {
            None => found.push(first_name(rest)),
            Some(group) => found.extend(names_of_group(group)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// The first names of the paths of a group, `a::{b, c}, d` being `a` and `d`.
fn names_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(first_name(group[start..i].trim_start()));
                start = i + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> String {
    path.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Whether a line climbs to the crate's root by `super::`, past the imports that are checked.
///
/// Indented lines may stand in a module of their own, such as `tests`, one deeper than their file.
fn climbs_out(line: &str, depth: usize) -> bool {
    let inner = usize::from(line.starts_with(' '));
    let mut chain = 0;
    let mut rest = code(line);
    while let Some(at) = rest.find("super::") {
        chain = if at == 0 { chain + 1 } else { 1 };
        rest = &rest[at + "super::".len()..];
        if chain >= depth + inner {
            return true;
        }
    }
    false
}

/// What is wrong with the imports of a source.
fn import_violations(path: &Path, text: &str) -> Vec<String> {
    let modules = modules(path);
    let own = &modules[0];
    if ["lib", "main"].contains(&own.as_str()) {
        return Vec::new();
    }
    let Some((_, below)) = LAYERS.iter().find(|(name, _)| name == own) else {
        return vec![format!("{} belongs to no layer", path.display())];
    };
    let mut wrong: Vec<String> = imports(text)
        .into_iter()
        .filter(|name| name != own && !below.contains(&name.as_str()))
        .map(|name| {
            format!(
                "{} imports {name}, which is not below {own}",
                path.display()
            )
        })
        .collect();
    if text.lines().any(|line| climbs_out(line, modules.len())) {
        wrong.push(format!("{} climbs out of {own} by super::", path.display()));
    }
    wrong
}

/// What is wrong with the `unsafe` of a source.
fn unsafe_violations(path: &Path, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut wrong = Vec::new();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| is_unsafe(line)) {
        let place = format!("{}:{}", path.display(), i + 1);
        if !path.starts_with("kernels") {
            wrong.push(format!("{place}: unsafe outside of kernels: {line}"));
        } else if !has_reason(&lines, i) && !keeps_a_contract(&lines, i) {
            wrong.push(format!("{place}: unsafe without a SAFETY comment: {line}"));
        }
    }
    wrong
}

fn is_unsafe(line: &str) -> bool {
    code(line).match_indices("unsafe").any(|(at, word)| {
        let before = code(line)[..at].chars().next_back();
        let after = code(line)[at + word.len()..].trim_start();
        let starts_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let opens = ["{", "fn ", "impl", "trait ", "extern "];
        starts_word && opens.iter().any(|open| after.starts_with(open))
    })
}

/// Whether a reason stands close above line `i`, or anywhere in the comments and attributes right above.
fn has_reason(lines: &[&str], i: usize) -> bool {
    let gives_reason = |line: &&str| line.contains("SAFETY") || line.contains("# Safety");
    let is_heading = |line: &&&str| {
        let line = line.trim_start();
        line.starts_with("//") || line.starts_with("#[")
    };
    let heading = lines[..i].iter().rev().take_while(is_heading).count();
    lines[i - heading.max(REASON_WITHIN.min(i))..=i]
        .iter()
        .any(gives_reason)
}

/// Whether line `i` is a function of a trait's implementation: the trait says what it demands.
fn keeps_a_contract(lines: &[&str], i: usize) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let around = lines[..i]
        .iter()
        .rev()
        .find(|line| !line.trim().is_empty() && indent(line) < indent(lines[i]));
    let implements = around.is_some_and(|l| code(l).contains("impl") && code(l).contains(" for "));
    implements && code(lines[i]).contains("unsafe fn ")
}

#[test]
fn every_layer_imports_only_from_those_below() {
    let sources = sources();
    assert!(sources.len() > 100, "the source is not where it should be");
    let wrong: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| import_violations(path, text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Layers that `report` must not know, as it computes nothing.
const NOT_FOR_REPORT: [&str; 9] = [
    "autodiff",
    "data",
    "formats",
    "gradcheck",
    "kernels",
    "nn",
    "optim",
    "statistics",
    "train",
];
/// What the commands share.
const SHARED_BY_COMMANDS: &[&str] = &[
    "common", "flags", "output", "pages", "signals", "subject", "terminal",
];
/// Lines of all commands together.
const LONGEST_CLI: usize = 4000;

/// The graph of all files below the crate's root.
fn graph() -> Graph {
    let modules = sources()
        .into_iter()
        .map(|(path, text)| (modules(&path), text));
    Graph::of(modules.filter(|(module, _)| !["lib", "main"].contains(&module[0].as_str())))
}

#[test]
fn no_files_depend_on_each_other_in_a_circle() {
    let wrong = graph().circles();
    assert!(wrong.is_empty(), "in circles:\n{}", wrong.join("\n"));
}

#[test]
fn no_folders_depend_on_each_other_in_a_circle() {
    let wrong = graph().of_folders().circles();
    assert!(wrong.is_empty(), "in circles:\n{}", wrong.join("\n"));
}

#[test]
fn commands_do_not_know_each_other_and_stay_few_lines() {
    let (graph, mut lines) = (graph(), 0);
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("cli")) {
        lines += text.lines().count();
        let module = modules(path);
        let Some(own) = module.get(1) else { continue };
        for other in graph.dependencies(&module).filter(|m| m[0] == "cli") {
            let command = other
                .get(1)
                .filter(|name| *name != own && !SHARED_BY_COMMANDS.contains(&name.as_str()));
            assert_eq!(command, None, "{} imports a command", path.display());
            let of_group = [&module, other].map(|m| m.get(2).filter(|_| m[1] == "probe"));
            if let [Some(own), Some(other)] = of_group {
                assert_eq!(own, other, "{} imports a command", path.display());
            }
        }
    }
    assert!(lines <= LONGEST_CLI, "{lines} lines");
}

#[test]
fn the_report_computes_nothing() {
    let graph = graph();
    for (path, _) in sources() {
        let module = modules(&path);
        if module[0] != "report" {
            continue;
        }
        for other in graph.dependencies(&module) {
            let name = other[0].as_str();
            assert!(!NOT_FOR_REPORT.contains(&name), "{module:?} imports {name}");
        }
    }
}

/// The first flag in a text between quotation marks.
fn flag_in(line: &str) -> Option<&str> {
    if line.trim_start().starts_with("//") {
        return None;
    }
    let texts = line.split('"').skip(1).step_by(2);
    texts.into_iter().find(|text| {
        let starts = text.match_indices("--");
        starts.into_iter().any(|(at, _)| {
            let after = text[at + 2..].chars().next();
            let before = text[..at].chars().next_back();
            after.is_some_and(|c| c.is_ascii_lowercase())
                && before.is_none_or(|c| matches!(c, ' ' | '`'))
        })
    })
}

#[test]
fn flags_are_the_commands_own() {
    for (path, text) in sources() {
        if path.starts_with("cli") {
            continue;
        }
        for line in text.lines() {
            assert_eq!(flag_in(line), None, "{}", path.display());
        }
    }
    assert_eq!(flag_in("let x = \"use --out\";"), Some("use --out"));
    assert_eq!(flag_in("/// \"use --out\""), None);
    assert_eq!(flag_in("\"var(--ink)\" + a--b"), None);
}

#[test]
fn the_graph_finds_circles_through_every_way_to_import() {
    let circles = |files: &[(&str, &str)]| {
        let modules = files.iter().map(|(path, text)| {
            let module = path.split("::").map(String::from).collect::<Vec<_>>();
            (module, text.to_string())
        });
        Graph::of(modules).circles().len()
    };
    let list = ("a", "pub mod b;\npub mod c;\npub use b::B;\npub use c::C;");
    for (b, c, expected) in [
        ("struct B;", "use super::b::B;\nstruct C;", 0),
        ("use super::C;\nstruct B;", "use super::B;\nstruct C;", 1),
        (
            "use crate::a::{self, c};\nstruct B(c::C);",
            "struct C(super::B);",
            1,
        ),
        (
            "struct B;\nfn f() { crate::a::c::C; }",
            "use crate::a::*;\nstruct C;",
            0,
        ),
        (
            "use super::c::{C as D};\nstruct B;",
            "fn f() { super::b::B; }\nstruct C;",
            1,
        ),
        (
            "use super::c::C;\nstruct B;",
            "struct C;\n#[cfg(test)]\nmod tests {\n    use super::super::b::B;\n}",
            0,
        ),
        (
            "use super::c::C;\nstruct B;",
            "// use super::b::B;\nstruct C;",
            0,
        ),
    ] {
        assert_eq!(
            circles(&[list, ("a::b", b), ("a::c", c)]),
            expected,
            "{b} and {c}"
        );
    }
    let parent = ("a", "mod b;\nuse b::B;\npub struct A(B);");
    assert_eq!(circles(&[parent, ("a::b", "struct B(super::A);")]), 1);
}

#[test]
fn unsafe_code_stands_in_kernels_alone_and_gives_its_reason() {
    let wrong: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| unsafe_violations(path, text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_short() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{}: {lines} lines", path.display());
    }
}

#[test]
fn the_checker_sees_every_way_to_import() {
    let violations = |path: &str, text: &str| import_violations(Path::new(path), text).len();
    for (path, text, expected) in [
        ("nn/model.rs", "use crate::tensor::Tensor;", 0),
        (
            "nn/model.rs",
            "use crate::nn::init;\nuse super::layers::Relu;",
            0,
        ),
        ("nn/model.rs", "use crate::optim::Sgd;", 1),
        (
            "nn/model.rs",
            "use crate::{tensor::Tensor, optim::{Sgd, Adam}};",
            1,
        ),
        (
            "nn/model.rs",
            "use crate::{\n    data::{Dataset},\n    train,\n};",
            2,
        ),
        ("nn/model.rs", "let x = crate::ppp::measure();", 1),
        ("nn/model.rs", "/// See [`crate::ppp`].", 0),
        ("nn/model.rs", "pub(crate) fn f() {}", 0),
        ("nn/model.rs", "use super::super::data::Dataset;", 1),
        ("nn/mod.rs", "use super::data::Dataset;", 1),
        ("nn/mod.rs", "mod tests {\n    use super::*;\n}", 0),
        ("nn/layers/relu.rs", "use super::super::model::Model;", 0),
        ("padding/axis.rs", "use crate::tensor::Tensor;", 1),
        ("ppp/measure.rs", "use crate::probes::probe;", 1),
        ("probes.rs", "use crate::ppp::measure;", 1),
        ("error.rs", "use crate::files::write_atomic;", 1),
        ("unheard_of.rs", "", 1),
        ("lib.rs", "use crate::cli::main;", 0),
    ] {
        assert_eq!(violations(path, text), expected, "{path}: {text}");
    }
}

#[test]
fn the_checker_sees_unsafe_without_a_reason() {
    let violations = |path: &str, text: &str| unsafe_violations(Path::new(path), text).len();
    let reasoned = "// SAFETY: the slice is that long.\nlet x = unsafe { *p };";
    let documented =
        "/// # Safety\n///\n/// The CPU has AVX2.\n/// And so on.\n#[inline]\nunsafe fn f() {}";
    for (path, text, expected) in [
        ("kernels/gemm.rs", reasoned, 0),
        ("kernels/gemm.rs", documented, 0),
        ("kernels/gemm.rs", "unsafe { f() }", 1),
        (
            "kernels/gemm.rs",
            "// SAFETY: no.\n\n\n\nunsafe impl Send for X {}",
            1,
        ),
        (
            "kernels/gemm.rs",
            "impl Load for Avx {\n    unsafe fn load() {}\n}",
            0,
        ),
        (
            "kernels/gemm.rs",
            "impl Avx {\n    unsafe fn load() {}\n}",
            1,
        ),
        ("tensor/mod.rs", reasoned, 1),
        (
            "tensor/mod.rs",
            "#![deny(unsafe_code)]\n// an unsafe { } in words",
            0,
        ),
    ] {
        assert_eq!(violations(path, text), expected, "{path}: {text}");
    }
}
