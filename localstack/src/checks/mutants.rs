//! `mutants`: breaks the code of `domain` at one place after another. Its own unit tests must notice each of them.

use std::{
    io::{IsTerminal, stdout},
    path::{Path, PathBuf},
    process::Stdio,
    str::FromStr,
};

use anyhow::{Result, bail, ensure};
use tokio::process::Command;

use crate::base::{
    cargo,
    config::Config,
    process::{self, MARK},
    progress::Progress,
};

/// The version of cargo-mutants. Each version breaks other places, so a newer one may find new survivors.
const VERSION: &str = "27.1.0";
/// The crate that is broken, and whose tests judge.
const PACKAGE: &str = "domain";
/// Shards that a run may be cut into. The tool builds and tests the unbroken crate in each of them first.
const SHARDS_MAX: u32 = 64;

/// One part of a run that several machines share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which part, from 0.
    index: u32,
    /// How many parts there are.
    count: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if index < count && count <= SHARDS_MAX => Ok(Self { index, count }),
            _ => Err(format!("give K/N with K from 0 to N-1 and N up to {SHARDS_MAX}, for example 0/8")),
        }
    }
}

/// Runs every mutant of the crate, or those of a shard. A mutant that no test notices is a failure.
pub(crate) async fn mutants(config: &Config, shard: Option<Shard>) -> Result<()> {
    let progress = Progress::new();
    let tool = ensure_tool(config, &progress).await?;
    let part = shard.map(|Shard { index, count }| format!(", shard {index} of {count}")).unwrap_or_default();
    progress.say(format_args!("breaking {PACKAGE}{part}, one place at a time"));
    let run = cargo::run(breaking(config, &tool, shard));
    // On a terminal the tool counts the mutants itself.
    let status = if stdout().is_terminal() { run.await? } else { progress.during("breaking", run).await? };
    if let Some(advice) = advice(status.code()) {
        bail!("{advice}. Lists, and a log for each mutant: {}", folder(config).join("mutants.out").display());
    }
    progress.say(format_args!("the tests of {PACKAGE} notice every mutant{part}"));
    Ok(())
}

fn breaking(config: &Config, tool: &Path, shard: Option<Shard>) -> Command {
    let folder = folder(config);
    let mut command = command(config, tool);
    command.args(["mutants", "--package", PACKAGE, "--test-package", PACKAGE, "--jobs", "1"]);
    // On a busy machine a test that takes milliseconds may take seconds; one that never ends is noticed as well.
    command.args(["--minimum-test-timeout", "120"]);
    command.arg("--output").arg(&folder);
    command.args(shard.map(|Shard { index, count }| format!("--shard={index}/{count}")));
    // Only the unit tests are built, once for each mutant: without debug information and from what did not change, it
    // takes a tenth of the time.
    command.args(["--cargo-arg", "--lib"]).env("CARGO_INCREMENTAL", "1").env("CARGO_PROFILE_DEV_DEBUG", "none");
    // The tool works on a copy of the tree. With this folder the copy finds the dependencies of the last run.
    command.env("CARGO_TARGET_DIR", folder.join("target"));
    command
}

/// What to do after the tool ended with this code; `None` where all is well.
fn advice(code: Option<i32>) -> Option<&'static str> {
    match code {
        Some(0) => None,
        Some(2) => Some(
            "no test notices the mutants listed above as MISSED. Write a unit test that fails under each of them, \
             with values computed by hand. If a mutant changes nothing that a caller sees, simplify the code, \
             or exclude it by its name in .cargo/mutants.toml with the reason",
        ),
        Some(3) => Some(
            "the tests do not end under the mutants listed above as TIMEOUT. Give the loop a limit, \
             or exclude the mutant in .cargo/mutants.toml with the reason",
        ),
        Some(4) => Some("the tests fail without any mutant. Mend them first: `cargo test -p domain`"),
        _ => Some("cargo-mutants did not come to its end"),
    }
}

/// Where the tool, its copy's builds and its findings lie.
fn folder(config: &Config) -> PathBuf {
    config.dir.join("mutants")
}

/// A command that runs in the workspace, as cargo would run it for a developer.
fn command(config: &Config, program: &Path) -> Command {
    let mut command = cargo::program(config, program);
    command.env(MARK, &config.dir);
    command
}

/// The program, installed where it is missing. Its folder names the version, and cargo puts the program there last.
async fn ensure_tool(config: &Config, progress: &Progress) -> Result<PathBuf> {
    let root = folder(config).join(format!("cargo-mutants-{VERSION}"));
    let program = root.join("bin/cargo-mutants");
    if program.exists() {
        return Ok(program);
    }
    config.make_dir()?;
    progress.say(format_args!("installing cargo-mutants {VERSION}: once, about 3 minutes"));
    progress.during("installing", install(config, &root)).await?;
    progress.say("installed");
    Ok(program)
}

async fn install(config: &Config, root: &Path) -> Result<()> {
    let log = config.log_file("install");
    let output = process::append(&log)?;
    let mut command = command(config, Path::new("cargo"));
    command.args(["install", "cargo-mutants", "--locked", "--version", VERSION, "--root"]).arg(root);
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let status = cargo::run(command).await?;
    ensure!(
        status.success(),
        "cargo-mutants cannot be installed. Its last words:\n{}It comes from crates.io, which needs the network. \
         Then run the same command again. All of it: {}",
        process::last_lines(&log),
        log.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_one_of_its_parts_counted_from_zero() {
        assert_eq!("0/8".parse(), Ok(Shard { index: 0, count: 8 }));
        assert_eq!("7/8".parse(), Ok(Shard { index: 7, count: 8 }));
        for wrong in ["8/8", "0/0", "1", "1/", "/8", "-1/8", "1/2/3", "0/65", ""] {
            assert!(wrong.parse::<Shard>().is_err_and(|why| why.contains("0/8")), "{wrong}");
        }
    }

    #[test]
    fn only_a_run_without_survivors_needs_no_advice() {
        assert_eq!(advice(Some(0)), None);
        assert!(advice(Some(2)).is_some_and(|advice| advice.contains("MISSED")));
        assert!(advice(Some(3)).is_some_and(|advice| advice.contains("TIMEOUT")));
        assert!(advice(Some(4)).is_some_and(|advice| advice.contains("cargo test -p domain")));
        assert!(advice(Some(70)).is_some() && advice(None).is_some());
    }
}
