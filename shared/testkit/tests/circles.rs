//! No two files of a crate need each other, neither directly nor through others: a file can be read with what it imports and
//! nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use cargo_metadata::MetadataCommand;

/// A module, by its path in the crate; the root is empty.
type Module = Vec<String>;

#[test]
fn no_files_of_a_crate_need_each_other() {
    let mut crates_with_imports = BTreeSet::new();
    let mut circles = Vec::new();
    for package in MetadataCommand::new().no_deps().exec().unwrap().packages {
        let mut modules = BTreeMap::new();
        read(&package.manifest_path.parent().unwrap().join("src").into_std_path_buf(), &[], &mut modules);
        let imports = imports(&modules);
        if imports.values().any(|names| !names.is_empty()) {
            crates_with_imports.insert(package.name.to_string());
        }
        let found = circles_of(&imports);
        circles.extend(found.into_iter().map(|circle| format!("{}: {circle:?}", package.name)));
    }
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
    // An entry point is one file. Whoever has more is seen to import.
    for name in [
        "domain",
        "messages",
        "wb",
        "telegram",
        "store",
        "queue",
        "vault",
        "app",
        "runtime",
        "testkit",
        "world",
        "localstack",
    ] {
        assert!(crates_with_imports.contains(name), "the files of {name} import something");
    }
}

#[test]
fn a_circle_is_seen_however_it_is_imported() {
    let file = |path: &[&str], text: &str| (path.iter().map(ToString::to_string).collect::<Module>(), tokens(text));
    let root = || file(&[], "mod a; mod b; pub use b::{Thing as Other, Thing};");
    for (a, is_circle) in [
        ("use crate::b::Thing;", true),
        ("use super::{b::Thing};", true),
        ("fn f() -> super::b::Thing {}", true),
        ("use crate::Thing;", true),
        ("// use crate::b::Thing;\nfn f() { g(\"crate::b::Thing\") }", false),
        ("#[cfg(test)]\nmod tests { use crate::b::Thing; }", false),
        ("#[cfg(test)]\nmod tests;\nuse crate::b::Thing;", true),
    ] {
        let modules = BTreeMap::from([root(), file(&["a"], a), file(&["b"], "use crate::a; pub struct Thing;")]);
        let imports = imports(&modules);
        let a = vec!["a".to_owned()];
        assert_eq!(reachable(&imports, &a).contains(&a), is_circle, "{a:?}");
    }
}

/// Reads the files below a folder, as tokens.
fn read(folder: &Path, module: &[String], modules: &mut BTreeMap<Module, Vec<String>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "tests" {
            continue;
        }
        let inside = [module, std::slice::from_ref(&name)].concat();
        if path.is_dir() {
            read(&path, &inside, modules);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let of = if ["lib", "main", "mod"].contains(&name.as_str()) { module.to_vec() } else { inside };
            modules.insert(of, tokens(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Names and signs, without comments, texts, and the tests at the end of a file.
fn tokens(text: &str) -> Vec<String> {
    let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
    let end = tests.into_iter().filter_map(|begin| text.find(begin)).min().unwrap_or(text.len());
    let text = &text[..end];
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else if !name.is_empty() {
            tokens.push(name.clone());
            name.len()
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// What a file names: what it imports, what it hands on under its own name, and paths within its code.
#[derive(Default)]
struct Names {
    paths: Vec<Vec<String>>,
    handed_on: BTreeMap<String, Vec<String>>,
}

fn names(tokens: &[String]) -> Names {
    let mut names = Names::default();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(tokens.len() - at);
            let tree = tree(&tokens[at + 1..end]);
            let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            for path in tree {
                if is_public && let Some(last) = path.last() {
                    names.handed_on.insert(last.clone(), path.clone());
                }
                names.paths.push(path);
            }
            at = end;
        } else if tokens.get(at + 1).is_some_and(|next| next == "::") && (at == 0 || tokens[at - 1] != "::") {
            let mut path = vec![tokens[at].clone()];
            while tokens.get(at + 1).is_some_and(|next| next == "::") && tokens.len() > at + 2 {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            names.paths.push(path);
        }
        at += 1;
    }
    names
}

/// The paths of `a::{b, c::d as e}`.
fn tree(tokens: &[String]) -> Vec<Vec<String>> {
    let Some(brace) = tokens.iter().position(|token| token == "{") else {
        let path = tokens.iter().take_while(|token| *token != "as");
        return vec![path.filter(|token| *token != "::").cloned().collect()];
    };
    let head: Vec<String> = tokens[..brace].iter().filter(|token| *token != "::").cloned().collect();
    let (mut depth, mut begins, mut paths) = (0, brace + 1, Vec::new());
    for (at, token) in tokens.iter().enumerate().skip(brace) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if (token == "," && depth == 1) || (token == "}" && depth == 0) {
            if begins < at {
                paths.extend(tree(&tokens[begins..at]).into_iter().map(|path| [head.clone(), path].concat()));
            }
            begins = at + 1;
        }
    }
    paths
}

/// Which files each file needs.
fn imports(modules: &BTreeMap<Module, Vec<String>>) -> BTreeMap<Module, BTreeSet<Module>> {
    let names: BTreeMap<&Module, Names> = modules.iter().map(|(module, tokens)| (module, names(tokens))).collect();
    let needed = |module: &Module| {
        let paths = names[module].paths.iter();
        paths.filter_map(|path| resolve(&names, module, path, 0)).filter(|other| other != module).collect()
    };
    modules.keys().map(|module| (module.clone(), needed(module))).collect()
}

/// The file in which a path ends, also where another file hands the name on; none outside of the crate.
fn resolve(names: &BTreeMap<&Module, Names>, from: &Module, path: &[String], depth: usize) -> Option<Module> {
    let mut at = from.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => (at, rest) = (Module::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                at.pop();
                rest = &rest[1..];
            }
        }
        child => {
            let inside = [from.clone(), vec![child.to_owned()]].concat();
            if !names.contains_key(&inside) {
                return None;
            }
        }
    }
    while let Some(next) = rest.first() {
        let inside = [at.clone(), vec![next.clone()]].concat();
        if !names.contains_key(&inside) {
            break;
        }
        (at, rest) = (inside, &rest[1..]);
    }
    let handed_on = rest.first().and_then(|name| names[&at].handed_on.get(name)).filter(|_| depth < 5);
    handed_on.and_then(|path| resolve(names, &at, path, depth + 1)).or(Some(at))
}

/// Sets of files that need each other, each set once.
fn circles_of(imports: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Vec<String>> {
    let circle = |module: &Module| -> Vec<String> {
        let needed = reachable(imports, module).into_iter();
        needed.filter(|other| reachable(imports, other).contains(module)).map(|other| other.join("::")).collect()
    };
    imports.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

/// Every file that a file needs, directly or through others.
fn reachable(imports: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(module) = waiting.pop() {
        for next in &imports[module] {
            if found.insert(next.clone()) {
                waiting.push(next);
            }
        }
    }
    found
}
