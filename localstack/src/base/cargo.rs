//! Cargo, and programs that run it.

use std::{path::Path, process::ExitStatus};

use anyhow::{Context, Result};
use tokio::process::Command;

use super::config::Config;

/// Runs a command to its end; it ends with us.
pub(crate) async fn run(mut command: Command) -> Result<ExitStatus> {
    let name = command.as_std().get_program().to_owned();
    command.kill_on_drop(true).status().await.with_context(|| format!("cannot run {}", name.display()))
}

/// Cargo, to be run in the workspace as a developer would run it.
pub(crate) fn command(config: &Config) -> Command {
    program(config, Path::new("cargo"))
}

/// The same for another program that runs cargo.
pub(crate) fn program(config: &Config, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(&config.workspace);
    without_cargos_variables(&mut command);
    command
}

/// What `cargo run` set for us would make cargo build some crates anew.
pub(crate) fn without_cargos_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env_remove("LD_LIBRARY_PATH").env("SQLX_OFFLINE", "true");
}
