//! Which file of `src` depends on which, read off its imports.
//!
//! A name that comes through another module's re-export is a dependency on the file that defines it, so a `mod.rs`
//! that only lists what its folder holds depends on nothing. Declaring a module is no dependency, and neither is
//! what tests and the cases of gradcheck import.

use std::collections::{BTreeMap, BTreeSet};

type Module = Vec<String>;

/// The dependencies of every module that is a file.
pub struct Graph {
    edges: BTreeMap<Module, BTreeSet<Module>>,
}

/// A file without comments and tests, with its imports taken apart.
struct Source {
    /// What is left without the imports.
    code: String,
    imports: Vec<Import>,
}

/// One name of an import.
#[derive(Clone)]
struct Import {
    /// From the crate's root; `*` at the end for everything.
    path: Module,
    name: String,
    is_public: bool,
}

struct Sources(BTreeMap<Module, Source>);

impl Graph {
    /// The graph of modules, each with its text.
    pub fn of(modules: impl IntoIterator<Item = (Module, String)>) -> Graph {
        let mut texts: BTreeMap<Module, String> = modules.into_iter().collect();
        let of_tests: BTreeSet<Module> = texts
            .iter()
            .flat_map(|(module, text)| test_modules(module, text))
            .collect();
        // The inputs on which gradcheck tries an operation are tests too.
        let is_test = |module: &Module| {
            of_tests.iter().any(|tests| module.starts_with(tests))
                || module.last().is_some_and(|name| name == "cases")
        };
        texts.retain(|module, _| !is_test(module));
        let known: BTreeSet<Module> = texts.keys().cloned().collect();
        let read = |(module, text): (Module, String)| {
            let source = Source::read(&module, &text, &known);
            (module, source)
        };
        let sources = Sources(texts.into_iter().map(read).collect());
        let edges = sources.0.keys().map(|module| {
            let mut found = sources.dependencies(module);
            found.remove(module);
            (module.clone(), found)
        });
        Graph {
            edges: edges.collect(),
        }
    }

    /// What a module depends on.
    pub fn dependencies(&self, module: &[String]) -> impl Iterator<Item = &Module> {
        self.edges.get(module).into_iter().flatten()
    }

    /// The graph of folders and files: what lies side by side in a folder depends on each other as its files do.
    pub fn of_folders(&self) -> Graph {
        let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, others) in &self.edges {
            for other in others {
                let common = module.iter().zip(other).take_while(|(a, b)| a == b).count();
                if common < module.len().min(other.len()) {
                    let [from, to] = [module, other].map(|m| m[..=common].to_vec());
                    edges.entry(from).or_default().insert(to);
                }
            }
        }
        Graph { edges }
    }

    /// Every set of modules that depend on each other in a circle, written `a::b, a::c`.
    pub fn circles(&self) -> Vec<String> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> = self
            .edges
            .keys()
            .map(|module| (module, self.reached_from(module)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, reached) in &reach {
            let mutual = |other: &&&Module| reach.get(**other).is_some_and(|r| r.contains(module));
            let mut members: Vec<String> = reached
                .iter()
                .filter(mutual)
                .map(|m| m.join("::"))
                .collect();
            members.sort();
            if !members.is_empty() {
                circles.insert(members.join(", "));
            }
        }
        circles.into_iter().collect()
    }

    fn reached_from<'a>(&'a self, module: &'a Module) -> BTreeSet<&'a Module> {
        let mut reached = BTreeSet::new();
        let mut todo: Vec<&Module> = self.dependencies(module).collect();
        while let Some(next) = todo.pop() {
            if reached.insert(next) {
                todo.extend(self.dependencies(next));
            }
        }
        reached
    }
}

impl Source {
    fn read(module: &Module, text: &str, known: &BTreeSet<Module>) -> Source {
        let mut plain = String::new();
        for line in without_tests(text) {
            let code = line.split("//").next().unwrap_or_default();
            // A declaration of a module uses nothing of its name.
            if !is_declaration(code) {
                plain += code;
                plain.push('\n');
            }
        }
        let (mut code, mut imports) = (String::new(), Vec::new());
        let mut rest = plain.as_str();
        while let Some((at, is_public)) = next_import(rest) {
            code += &rest[..at];
            let end = rest[at..].find(';').map_or(rest.len(), |end| at + end + 1);
            let tree = rest[at..end].trim_end_matches(';');
            let tree = tree.split_once("use ").map_or(tree, |(_, tree)| tree);
            for (path, name) in leaves(tree) {
                if let Some(path) = absolute(&path, module, known) {
                    imports.push(Import {
                        path,
                        name,
                        is_public,
                    });
                }
            }
            rest = &rest[end..];
        }
        code += rest;
        Source { code, imports }
    }

    fn defines(&self, name: &str) -> bool {
        let kinds = [
            "fn",
            "struct",
            "enum",
            "trait",
            "const",
            "static",
            "type",
            "union",
            "macro_rules!",
        ];
        self.words_before(name).any(|word| kinds.contains(&word))
    }

    fn uses(&self, name: &str) -> bool {
        self.words_before(name).next().is_some()
    }

    /// The words right before every occurrence of a name.
    fn words_before<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(name).filter_map(move |(at, _)| {
            let (before, after) = (&self.code[..at], &self.code[at + name.len()..]);
            let alone = !before.ends_with(is_word) && !after.starts_with(is_word);
            alone.then(|| before.split_whitespace().next_back().unwrap_or_default())
        })
    }

    /// The paths in the code whose first name is `first`.
    fn paths_from(&self, first: &str) -> Vec<Module> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let head = format!("{first}::");
        let found = self.code.match_indices(&head).filter(|(at, _)| {
            let before = &self.code[..*at];
            !before.ends_with(is_word) && !before.ends_with(':')
        });
        found
            .map(|(at, _)| {
                let path = self.code[at..].split(|c: char| !is_word(c) && c != ':');
                let path = path.into_iter().next().unwrap_or_default();
                path.split("::")
                    .filter(|s| !s.is_empty())
                    .map(String::from)
                    .collect()
            })
            .collect()
    }
}

/// The lines of a file without the items that only tests see.
fn without_tests(text: &str) -> impl Iterator<Item = &str> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        loop {
            let line = lines.next()?;
            if line != "#[cfg(test)]" {
                return Some(line);
            }
            // An item ends in its first line, or where a bracket closes as far left as it began.
            let ends = |line: &str| line.ends_with(';') || line.starts_with('}');
            let _ = lines.find(|line| !line.starts_with(' ') && ends(line));
        }
    })
}

/// The modules that a file declares for tests alone.
fn test_modules(module: &Module, text: &str) -> Vec<Module> {
    let lines: Vec<&str> = text.lines().collect();
    let declared = lines.windows(2).filter_map(|pair| {
        let name = pair[1]
            .trim_start_matches("pub(crate) ")
            .strip_prefix("mod ")?;
        (pair[0] == "#[cfg(test)]").then(|| name.strip_suffix(';'))?
    });
    let path = |name: &str| module.iter().cloned().chain([name.into()]).collect();
    declared.map(path).collect()
}

/// Whether a line is `mod name;`, with a visibility or without.
fn is_declaration(line: &str) -> bool {
    let line = line.trim();
    let item = line.find("mod ").map(|at| &line[at..]);
    let visible = line.starts_with("mod ") || line.starts_with("pub");
    visible && item.is_some_and(|item| item.ends_with(';') && item.split(' ').count() == 2)
}

impl Sources {
    fn dependencies(&self, module: &Module) -> BTreeSet<Module> {
        let source = &self.0[module];
        let mut found = BTreeSet::new();
        let known: BTreeSet<Module> = self.0.keys().cloned().collect();
        // Names by which the code may speak of modules: those that it imports, and its children.
        let mut named: Vec<(String, Module)> = Vec::new();
        for import in &source.imports {
            if self.0.contains_key(&import.path) {
                named.push((import.name.clone(), import.path.clone()));
            } else if !import.is_public || source.uses(&import.name) {
                found.extend(self.definition(&import.path, 0));
            }
        }
        let children = known
            .iter()
            .filter(|m| m.len() == module.len() + 1 && m.starts_with(module));
        named.extend(children.map(|m| (m[module.len()].clone(), m.clone())));
        for (name, target) in named {
            for path in source.paths_from(&name) {
                let path: Module = target.iter().chain(&path[1..]).cloned().collect();
                found.extend(self.definition(&path, 0));
            }
        }
        for first in ["crate", "super", "self"] {
            for path in source.paths_from(first) {
                let path = absolute(&path, module, &known);
                found.extend(path.and_then(|path| self.definition(&path, 0)));
            }
        }
        found
    }

    /// The module that defines what a path names.
    fn definition(&self, path: &[String], depth: usize) -> Option<Module> {
        let length = (0..=path.len())
            .rev()
            .find(|&n| self.0.contains_key(&path[..n]))?;
        let (module, rest) = path.split_at(length);
        let (source, name) = (&self.0[module], rest.first()?);
        if name == "*" || source.defines(name) || depth > 8 {
            return Some(module.to_vec());
        }
        let further = |import: &Import| {
            let mut path = import.path.clone();
            match path.last().map(String::as_str) {
                Some("*") => {
                    path.pop();
                    path.extend_from_slice(rest);
                }
                _ if import.name == *name => path.extend_from_slice(&rest[1..]),
                _ => return None,
            }
            self.definition(&path, depth + 1)
                .filter(|found| import.name == *name || self.0[found].defines(name))
        };
        source.imports.iter().find_map(further)
    }
}

/// Where the next import begins, and whether others may import through it.
fn next_import(text: &str) -> Option<(usize, bool)> {
    let starts = text.match_indices("use ").filter_map(|(at, _)| {
        let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let before = text[line..at].trim();
        let is_public = before.starts_with("pub");
        (before.is_empty() || is_public && !before.contains("fn")).then_some((line, is_public))
    });
    starts.into_iter().next()
}

/// The paths of an import's tree, each with the name that it gets.
fn leaves(tree: &str) -> Vec<(Module, String)> {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let (path, name) = match tree.split_once(" as ") {
            Some((path, name)) => (path.trim(), Some(name.trim().to_string())),
            None => (tree, None),
        };
        let mut path: Module = path.split("::").map(|s| s.trim().to_string()).collect();
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let last = path.last().cloned().unwrap_or_default();
        return vec![(path, name.unwrap_or(last))];
    };
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (i, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| leaves(&format!("{head}{}", part.trim())))
        .collect()
}

/// A path from the crate's root; `None` for what comes from other crates.
fn absolute(path: &[String], module: &Module, known: &BTreeSet<Module>) -> Option<Module> {
    let mut rest = path;
    let mut base = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => module.clone(),
        child => {
            let own: Module = module.iter().cloned().chain([child.to_string()]).collect();
            let path = module.iter().chain(path).cloned().collect();
            return known.contains(&own).then_some(path);
        }
    };
    while let Some((first, further)) = rest.split_first() {
        match first.as_str() {
            "super" => drop(base.pop()),
            "crate" | "self" => {}
            _ => break,
        }
        rest = further;
    }
    base.extend_from_slice(rest);
    Some(base)
}
