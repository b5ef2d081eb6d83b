//! What checks the project: `check` itself, and beside it the tests, the measures, the histories, the mutants.

mod alarms;
pub mod bench;
mod judge;
pub mod mutants;
pub mod prepare;
mod resolve;
pub mod runs;
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

/// All of GitHub's workflows.
fn workflows(config: &Config) -> Result<Vec<String>> {
    const FOLDER: &str = ".github/workflows";
    let entries = fs::read_dir(config.workspace.join(FOLDER)).with_context(|| format!("cannot read {FOLDER}"))?;
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(format!("{FOLDER}/{}", entry?.file_name().display()));
    let mut found = entries.map(name).collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// Everything that can be known of the template and of GitHub's workflows without AWS; nothing may be found.
pub async fn check(config: &Config) -> Result<()> {
    let progress = Progress::new();
    config.make_dir()?;
    let venv = python::ensure_checks(config, &progress).await?;
    let checkov = python::ensure_checkov(config, &progress).await?;
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
    let workflows = workflows(config)?;
    let workflows: Vec<&str> = workflows.iter().map(String::as_str).collect();
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
        // It reads .github/zizmor.yml. Offline it leaves out only what GitHub would have to be asked for.
        ("zizmor", tool("zizmor", &["--offline", "--pedantic", "--strict-collection", "--quiet", ".github"])),
    ];
    for (what, command) in steps {
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
