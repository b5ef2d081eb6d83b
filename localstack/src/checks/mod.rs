//! What checks the project: `check` itself, and beside it the tests, the measures, the histories, the mutants.

mod alarms;
pub(crate) mod bench;
mod judge;
pub(crate) mod mutants;
pub(crate) mod prepare;
mod resolve;
pub(crate) mod runs;
mod runtime_api;
mod starts;
mod throwaway;

use std::fs;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::{
    base::{cargo, config::Config, http, process::MARK, progress::Progress, python, template::LeftOut},
    cloud::watch,
};
use throwaway::Throwaway;

/// A migration never changes once it was released, so those before the linter cannot be made better: they were read with their
/// locks in mind, and docs/operations.md counts what the long ones take.
const LAST_UNLINTED_MIGRATION: &str = "migrations/0014_facts.sql";

/// The migrations that the linter looks at: those that are newer than it.
fn new_migrations(mut migrations: Vec<String>) -> Vec<String> {
    migrations.retain(|file| file.as_str() > LAST_UNLINTED_MIGRATION);
    migrations
}

/// The files of a folder of the workspace whose names end so, as tools are given them.
fn files(config: &Config, folder: &str, end: &str) -> Result<Vec<String>> {
    let entries = fs::read_dir(config.workspace.join(folder)).with_context(|| format!("cannot read {folder}"))?;
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(format!("{folder}/{}", entry?.file_name().display()));
    let mut found = entries.map(name).collect::<Result<Vec<_>>>()?;
    found.retain(|name| name.ends_with(end));
    found.sort();
    Ok(found)
}

/// Everything that can be known of the template and of GitHub's workflows without AWS; nothing may be found.
pub(crate) async fn check(config: &Config) -> Result<()> {
    let progress = Progress::new();
    config.make_dir()?;
    let venv = python::ensure_checks(config, &progress).await?;
    let checkov = python::ensure_checkov(config, &progress).await?;
    let rust = python::ensure_rust_checks(config, &progress).await?;
    let transform = config.dir.join("template.json");
    let tool_of = |venv: &python::Venv, name: &str, arguments: &[&str]| {
        let mut command = Command::new(venv.program(name));
        command.args(arguments).current_dir(&config.workspace).env(MARK, &config.dir);
        // None of them asks AWS or its makers for anything.
        command.envs([
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("SAM_CLI_TELEMETRY", "0"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ]);
        http::no_proxy_for_this_machine(&mut command);
        command
    };
    let tool = |name: &str, arguments: &[&str]| tool_of(&venv, name, arguments);
    let workflows = files(config, ".github/workflows", "")?;
    let workflows: Vec<&str> = workflows.iter().map(String::as_str).collect();
    let migrations = new_migrations(files(config, "migrations", ".sql")?);
    let migrations: Vec<&str> = migrations.iter().map(String::as_str).collect();
    let steps = [
        (
            "cfn-lint with the serverless rules",
            tool("cfn-lint", &["--append-rules", "cfn_lint_serverless.rules", "--", "template.yaml"]),
        ),
        ("cfn-lint of the deploy's role", tool("cfn-lint", &["docs/deploy-role.yaml"])),
        ("sam validate --lint", tool("sam", &["validate", "--lint", "--template", "template.yaml"])),
        ("the project's rules", {
            let mut guard = tool("python", &["localstack/guard/guard.py"]);
            guard.arg(&transform);
            guard
        }),
        // Offline; localstack/checkov.yaml says why a rule is left out.
        (
            "checkov",
            tool_of(&checkov, "checkov", &["--file", "template.yaml", "--config-file", "localstack/checkov.yaml"]),
        ),
        (
            "sam deploy, guided and with each section of samconfig.toml",
            tool("python", &["localstack/deploy/deploy.py"]),
        ),
        (
            "the workflows' schema",
            tool("check-jsonschema", &[&["--builtin-schema", "vendor.github-workflows"], &workflows[..]].concat()),
        ),
        // It reads deny.toml, and asks nobody.
        (
            "cargo-deny, for licences, sources and what is banned",
            tool_of(&rust, "cargo-deny", &["--locked", "--all-features", "check", "bans", "licenses", "sources"]),
        ),
        ("cargo-shear, for dependencies that nobody uses", tool_of(&rust, "cargo-shear", &["--locked"])),
        // It reads .github/zizmor.yml. Offline it leaves out only what GitHub would have to be asked for.
        ("zizmor", tool("zizmor", &["--offline", "--pedantic", "--strict-collection", "--quiet", ".github"])),
    ];
    // It reads .squawk.toml. Without a file it would fail.
    let squawk = (!migrations.is_empty()).then(|| tool_of(&rust, "squawk", &migrations));
    for (what, command) in steps.into_iter().chain(squawk.map(|squawk| ("squawk, for migrations that lock", squawk))) {
        let status = cargo::run(command).await?;
        ensure!(status.success(), "{what}: there are findings");
        progress.say(format_args!("{what}: nothing found"));
    }

    let transformed = fs::read(&transform).context("Guard wrote no transform")?;
    let transformed = serde_json::from_slice(&transformed).context("the transform is no JSON")?;
    let operations =
        fs::read_to_string(config.workspace.join("docs/operations.md")).context("cannot read docs/operations.md")?;
    let list = LeftOut::read()?;
    for (what, why) in list.left_out.iter().chain(&list.named) {
        let is_complete = !why.reason.is_empty() && !why.covered_by.is_empty();
        ensure!(is_complete, "left-out.yaml says of {what} neither why it is left out nor what looks at it instead");
    }
    let not_local = list.left_out.keys().chain(list.by_condition.keys()).cloned().collect();
    let texts = judge::Texts { operations: &operations, not_local: &not_local, local: &list.deployed };
    let (findings, counts) = judge::judge(&transformed, &texts)?;
    ensure!(findings.is_empty(), "template.yaml:\n- {}", findings.join("\n- "));
    let counts: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    progress.say(format_args!("template.yaml compared with itself and with docs/operations.md: {}", counts.join(", ")));

    watch::build(config, &progress).await?;
    let (started, glibc) = starts::check(&transformed, &config.workspace.join("target/debug")).await?;
    let glibc = glibc.map(|(major, minor)| format!("; they need glibc {major}.{minor}")).unwrap_or_default();
    progress.say(format_args!(
        "{started} functions start with the environment of template.yaml, and do not without a part of it{glibc}"
    ));

    let throwaway = Throwaway::start(config, &progress).await?;
    let (binaries, folder) = (config.workspace.join("target/debug"), config.dir.join("alarms"));
    let counts = throwaway.while_it_lives(|database| alarms::check(&transformed, binaries, folder, database)).await?;
    progress.say(counts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_migrations_that_are_newer_than_the_linter_are_linted() {
        let files = ["migrations/0001_people.sql", LAST_UNLINTED_MIGRATION, "migrations/0015_more.sql"];
        assert_eq!(new_migrations(files.map(str::to_owned).to_vec()), ["migrations/0015_more.sql"]);
    }
}
