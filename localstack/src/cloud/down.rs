//! `down` and `reset`: everything ends, and is forgotten.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use nix::{sys::signal::Signal, unistd::Pid};

use super::localstack;
use crate::base::{
    config::Config,
    process,
    progress::print,
    state::{Lock, State},
};

/// How long `down` waits for `up` to end everything: three parts of 10 s each, and some time to spare.
const DOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// Asks a running `up` to end everything, and ends what a dead one left.
pub(crate) async fn down(config: &Config) -> Result<()> {
    if !config.dir.exists() {
        print(format_args!("Nothing is running."));
        return Ok(());
    }
    let mut lock = Lock::of_cloud(&config.dir)?;
    if lock.is_none() {
        let state = State::read(config)?.context("`cargo local up` has only just begun: try again")?;
        print(format_args!("stopping …"));
        state.up.terminate();
        let asked = Instant::now();
        while lock.is_none() && asked.elapsed() < DOWN_TIMEOUT {
            tokio::time::sleep(Duration::from_millis(200)).await;
            lock = Lock::of_cloud(&config.dir)?;
        }
        if lock.is_none() {
            let _gone_meanwhile = nix::sys::signal::kill(Pid::from_raw(state.up.pid), Signal::SIGKILL);
        }
        clear_leftovers(config).await?;
        print(format_args!("Everything has ended."));
        return Ok(());
    }
    match clear_leftovers(config).await? {
        0 => print(format_args!("Nothing is running.")),
        count => print(format_args!("`up` was gone already; {count} processes that it had left have ended.")),
    }
    Ok(())
}

/// Stops everything and forgets the data.
pub(crate) async fn reset(config: &Config) -> Result<()> {
    down(config).await?;
    for name in ["postgres", "fakes", "logs"] {
        let folder = config.dir.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
    }
    for name in ["vault.key", "functions.env"] {
        let _not_there = fs::remove_file(config.dir.join(name));
    }
    localstack::forget(config);
    if config.database.host.is_some() {
        print(format_args!("Forgotten, but for your own database, which is yours to empty."));
    } else {
        print(format_args!("Forgotten: the database, the fakes' memory, the vault's key, the logs."));
    }
    Ok(())
}

/// Ends what an `up` left that could not end it itself. The caller holds the lock, or has killed its holder.
pub(crate) async fn clear_leftovers(config: &Config) -> Result<usize> {
    let mut count = 0;
    if let Some(state) = State::read(config)? {
        for (name, process) in &state.processes {
            if process.is_alive() {
                count += 1;
                let farewell = if name == "postgres" { Signal::SIGINT } else { Signal::SIGTERM };
                process::stop_leftover(process, farewell).await;
            }
        }
    }
    count += process::sweep(&config.dir).await;
    State::forget(config);
    Ok(count)
}
