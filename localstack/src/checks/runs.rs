//! `test` and `chaos`: what cargo runs for us, with a PostgreSQL of its own.

use anyhow::{Result, ensure};

use super::throwaway::Throwaway;
use crate::base::{cargo, config::Config, progress::Progress};

/// Plays random histories, with a PostgreSQL of its own.
pub(crate) async fn chaos(config: &Config, histories: u64, seed: Option<u64>, json: bool) -> Result<()> {
    let mut variables = vec![("CHAOS_HISTORIES", histories.to_string())];
    variables.extend(seed.map(|seed| ("CHAOS_SEED", seed.to_string())));
    variables.push(("CHAOS_JSON", if json { "1" } else { "" }.to_owned()));
    run_of_app(
        config,
        "chaos",
        "measured",
        &[],
        &variables,
        "a history does not agree with the oracle; its seed stands above",
    )
    .await
}

/// Runs tests of one binary of `app`, built with a profile, with variables, one after the other: those of these names, or all.
pub(crate) async fn run_of_app(
    config: &Config,
    binary: &str,
    profile: &str,
    tests: &[&str],
    variables: &[(&str, String)],
    failure: &str,
) -> Result<()> {
    let progress = Progress::new();
    let throwaway = Throwaway::start(config, &progress).await?;
    let mut command = cargo::command(config);
    command.args(["test", "--workspace", "--profile", profile, "--test", binary]);
    command.args(["--", "--nocapture", "--test-threads=1"]);
    if !tests.is_empty() {
        command.arg("--exact").args(tests);
    }
    command.env("TEST_DATABASE_URL", throwaway.database.url());
    command.envs(variables.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value)));
    let status = throwaway.during(command).await?;
    ensure!(status.success(), "{failure}");
    Ok(())
}

/// `cargo test` of the whole workspace, with a PostgreSQL and whatever else tests ask for.
pub(crate) async fn test(config: &Config, arguments: &[String]) -> Result<()> {
    let progress = Progress::new();
    match &config.wb_openapi_dir {
        Some(folder) => progress.say(format_args!("WB's specification: {}", folder.display())),
        None => progress.say("WB's specification is not here: the contract tests are skipped (see WB_OPENAPI_DIR)"),
    }
    let throwaway = Throwaway::start(config, &progress).await?;
    let mut command = cargo::command(config);
    command.args(["test", "--workspace"]).args(arguments);
    command.envs(config.wb_openapi_dir.iter().map(|folder| ("WB_OPENAPI_DIR", folder)));
    command.env("TEST_DATABASE_URL", throwaway.database.url());
    // A test may start a local cloud of its own: it installs nothing a second time, and finds the same PostgreSQL.
    command.env("CARGO_LOCAL_VENV", &config.venv).envs(config.pg_bin.iter().map(|bin| ("PG_BIN", bin)));
    let status = throwaway.during(command).await?;
    ensure!(status.success(), "the tests failed");
    Ok(())
}
