//! The code broken on purpose (`tests/mutants`): each change still fits the code, so that the list can be checked at any time.

use std::{collections::HashMap, fs, path::Path};

use serde::Deserialize;

#[derive(Deserialize)]
struct Mutants {
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
    breaks: String,
    by: String,
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
struct Edit {
    file: String,
    from: String,
    to: String,
}

#[test]
fn every_mutant_fits_the_code() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mutants: Mutants = toml::from_str(include_str!("../mutants/mutants.toml")).unwrap();
    assert!(mutants.mutant.len() >= 40);
    for Mutant { name, breaks, by, edits } in mutants.mutant {
        assert!(!breaks.is_empty() && (by == "histories" || by.starts_with("it")), "{name}");
        let mut files: HashMap<String, String> = HashMap::new();
        for Edit { file, from, to } in edits {
            let text = files.entry(file.clone()).or_insert_with(|| fs::read_to_string(tree.join(&file)).unwrap());
            assert_eq!(text.matches(&from).count(), 1, "{name}: {file} has this once: {from}");
            *text = text.replace(&from, &to);
        }
    }
}
