//! Where the workspace is. It is looked for whenever the program starts: a checkout may be moved or copied, with all that was
//! built in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The files by which its folder is known. Another workspace may have some of them, and has not all.
const MARKS: [&str; 3] = ["Cargo.lock", "template.yaml", "localstack/Cargo.toml"];

/// The workspace that the first of these folders is in. `cargo run` names a folder of the workspace from which it was asked
/// to run us; whoever starts the program by hand stands in one.
pub(crate) fn find<'a>(folders: impl Iterator<Item = &'a Path>) -> Result<PathBuf> {
    let is_workspace = |folder: &&Path| MARKS.iter().all(|mark| folder.join(mark).is_file());
    let mut around = folders.flat_map(Path::ancestors);
    let found = around.find(is_workspace).context("no workspace of WB Assist is here: go into its folder")?;
    Ok(found.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder that looks like the workspace, at a place of this name.
    fn workspace(place: &Path) -> PathBuf {
        for mark in MARKS {
            let file = place.join(mark);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        place.to_owned()
    }

    fn of(folders: &[&Path]) -> Option<PathBuf> {
        find(folders.iter().copied()).ok()
    }

    #[test]
    fn a_checkout_that_was_moved_or_copied_is_found_where_it_is() {
        let root = tempfile::tempdir().unwrap();
        let (first, copy) = (workspace(&root.path().join("first")), workspace(&root.path().join("copy")));
        assert_eq!(of(&[&first.join("localstack")]), Some(first.clone()));
        assert_eq!(of(&[&copy]), Some(copy.clone()));
        // Whom cargo has started belongs to cargo's workspace, wherever the person stands.
        assert_eq!(of(&[&copy.join("localstack"), &first]), Some(copy.clone()));
        let moved = root.path().join("moved");
        fs::rename(&copy, &moved).unwrap();
        assert_eq!(of(&[&moved.join("localstack")]), Some(moved));
        assert_eq!(of(&[&copy, &first]), Some(first.clone()), "a folder that is gone says nothing");
        fs::remove_file(first.join("template.yaml")).unwrap();
        assert_eq!(of(&[&first]), None);
    }

    #[test]
    fn no_file_of_this_program_or_of_the_fakes_is_told_at_compile_time_where_it_lies() {
        let told = concat!("env!(\"CARGO_", "MANIFEST_DIR\")");
        let mut waiting = vec![PathBuf::from("src"), PathBuf::from("tests"), PathBuf::from("../shared/testkit")];
        let mut files = 0;
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    files += 1;
                    assert!(!fs::read_to_string(&path).unwrap().contains(told), "{}", path.display());
                }
            }
        }
        assert!(files > 50, "{files} files were read");
    }
}
