//! The functions: built, run by `cargo lambda watch`, warmed, and revived when their process has ended.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    base::{
        cargo,
        config::Config,
        http,
        process::{self, MARK, Part},
        progress::Progress,
        python::Venv,
        state::{Database, State},
    },
    cloud::localstack::{ACCESS_KEY, REGION},
};

/// Processes per function: enough to be wrong together in an interesting way, few enough for a laptop.
const CONCURRENCY: &str = "2";
/// How many folders the kernel watches for one person.
const WATCHES: &str = "/proc/sys/fs/inotify/max_user_watches";
/// How long watch may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the first answer of a built function may take. `cargo run` looks at every crate first.
const WARM_TIMEOUT: Duration = Duration::from_secs(120);

/// What differs from the cloud.
pub(crate) struct Local<'a> {
    /// Where AWS's services are.
    pub aws_endpoint_url: &'a str,
    /// The key that stands in for KMS.
    pub vault_key_file: PathBuf,
    /// The database.
    pub database: &'a Database,
    /// Wildberries.
    pub wb_api_url: &'a str,
    /// Telegram.
    pub telegram_api_url: &'a str,
    /// Where Telegram delivers updates; empty where they are fetched.
    pub bot_url: String,
}

/// Writes what every function will see: the deployed environment, and above it what differs here.
pub(crate) fn write_environment(
    config: &Config,
    deployed: BTreeMap<String, String>,
    local: &Local<'_>,
) -> Result<PathBuf> {
    let mut environment = deployed;
    environment.remove("VAULT_KMS_KEY_ID");
    let path = |path: &PathBuf| path.to_string_lossy().into_owned();
    environment.extend(
        [
            ("AWS_ENDPOINT_URL", local.aws_endpoint_url.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY.to_owned()),
            ("VAULT_KEY_FILE", path(&local.vault_key_file)),
            ("DATABASE_HOST", local.database.host.clone()),
            ("DATABASE_PORT", local.database.port.to_string()),
            ("DATABASE_NAME", local.database.name.clone()),
            ("DATABASE_TLS", "disable".to_owned()),
            ("WB_API_URL", local.wb_api_url.to_owned()),
            ("TELEGRAM_API_URL", local.telegram_api_url.to_owned()),
            ("BOT_URL", local.bot_url.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let file = config.dir.join("functions.env");
    let mut out = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&file)?;
    for (name, value) in environment {
        ensure!(
            !value.contains(['\n', '"', '#']),
            "{name} cannot be handed to the functions: it holds \", # or a new line"
        );
        writeln!(out, "{name}={value}")?;
    }
    Ok(file)
}

/// How cargo starts a function: what it says goes into a log of its own, called after the program.
const RUNNER: &str =
    r#"target.'cfg(all())'.runner=["sh", "-c", 'exec "$0" "$@" >>"$CARGO_LOCAL_INSTANCE/logs/${0##*/}.log" 2>&1']"#;

/// Builds every program, as watch will want them.
pub(crate) async fn build(config: &Config, progress: &Progress) -> Result<()> {
    let log = config.log_file("build");
    let output = process::append(&log)?;
    let mut command = cargo::command(config);
    command.args(["build", "--bins"]).env(MARK, &config.dir);
    command.stdin(std::process::Stdio::null()).stdout(output.try_clone()?).stderr(output).kill_on_drop(true);
    let status = progress.during("building the functions", command.status()).await.context("cannot run cargo")?;
    ensure!(
        status.success(),
        "the functions do not compile:\n{}All of it: {}",
        process::last_lines(&log),
        log.display()
    );
    Ok(())
}

/// Starts `cargo lambda watch` and waits until it listens.
pub(crate) async fn start(config: &Config, venv: &Venv, port: u16, environment: &PathBuf) -> Result<Part> {
    let mut path = OsString::from(venv.bin());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new("cargo");
    command.args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    command.args(["--concurrency", CONCURRENCY, "--color", "never", "--config", RUNNER, "--env-file"]).arg(environment);
    command.current_dir(&config.workspace).env("PATH", path);
    cargo::without_cargos_variables(&mut command);
    // A profile of the user's must never send local functions to a real account.
    for theirs in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_KMS"] {
        command.env_remove(theirs);
    }
    http::no_proxy_for_this_machine(&mut command);
    let part = Part::start("watch", command, config.log_file("watch"), &config.dir, Signal::SIGTERM)?;
    part.until_it_answers(START_TIMEOUT, async || is_listening(port).await)
        .await
        .map_err(|lines| anyhow!("cargo lambda watch did not start. Its last words:\n{lines}"))
}

/// What to say where the kernel does not watch as many folders as the processes of so many functions ask it to.
pub(crate) fn kernel_watches_too_few(config: &Config, functions: usize) -> Option<String> {
    let limit: usize = fs::read_to_string(WATCHES).ok()?.trim().parse().ok()?;
    let processes = functions * CONCURRENCY.parse::<usize>().ok()?;
    too_few(folders(&config.workspace, limit) * processes, limit)
}

fn too_few(needed: usize, limit: usize) -> Option<String> {
    (needed > limit).then(|| {
        format!(
            "a changed file may go unnoticed: {needed} folders are to be watched, and {WATCHES} allows {limit}. \
             `sudo sysctl fs.inotify.max_user_watches={}` allows more",
            needed.next_power_of_two()
        )
    })
}

/// How many folders there are in one, itself among them; no more are counted than matter.
fn folders(root: &Path, at_most: usize) -> usize {
    let (mut count, mut waiting) = (0, vec![root.to_owned()]);
    while let Some(folder) = waiting.pop().filter(|_| count <= at_most) {
        count += 1;
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        waiting.extend(
            entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()),
        );
    }
    count
}

/// Whether watch listens.
pub(crate) async fn is_listening(port: u16) -> bool {
    tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

/// Invokes a function without work, so that its process starts. It has to answer, whatever it says.
pub(crate) async fn warm(config: &Config, state: &State, function: &str) -> Result<()> {
    // The bot's events are requests: one without Telegram's secret is turned away at the door.
    let request = match function {
        "bot" => http::local().get(state.bot_webhook_url()),
        _ => http::local().post(state.invoke_url(function)).json(&json!({"Records": []})),
    };
    if request.timeout(WARM_TIMEOUT).send().await.is_err() {
        bail!(
            "{function} does not answer. Its last words:\n{}All of it: `cargo local logs {function}`",
            process::last_lines(&config.log_file(function))
        );
    }
    Ok(())
}

/// Invokes a function directly and returns its status and answer.
pub(crate) async fn invoke(state: &State, function: &str, event: &Value, timeout: Duration) -> Result<(u16, Value)> {
    let request = http::local().post(state.invoke_url(function)).json(event).timeout(timeout);
    let answer = request.send().await.with_context(|| format!("{function} does not answer"))?;
    let status = answer.status().as_u16();
    Ok((status, answer.json().await.unwrap_or(Value::Null)))
}

/// How many processes of each function live; none where this system does not let us look.
pub(crate) fn living(config: &Config, functions: &[String]) -> Option<BTreeMap<String, usize>> {
    if !process::can_look_for_marks() {
        return None;
    }
    let marked = process::marked(&config.dir);
    // A process that cargo still compiles is on its way.
    let count = |name: &str| marked.iter().filter(|member| member.program == name).count();
    Some(functions.iter().map(|function| (function.clone(), count(function))).collect())
}

/// Whether cargo is at work for watch, building or about to become a function.
pub(crate) fn is_compiling(config: &Config) -> bool {
    process::marked(&config.dir).iter().any(|member| ["cargo", "rustc", "cc", "ld"].contains(&member.program.as_str()))
}

/// Makes watch start its functions again: it does so when a file of the workspace changes, and only then.
pub(crate) fn revive(config: &Config) -> Result<()> {
    // Any file serves; this one is part of no crate, so nothing is compiled.
    let file = config.workspace.join("template.yaml");
    let touched = fs::File::options().append(true).open(&file).and_then(|file| file.set_modified(SystemTime::now()));
    touched.with_context(|| format!("cannot touch {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_counted_without_files_and_links_and_not_beyond_what_matters() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["a/b/c", "d"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("a/file"), "").unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("d/link")).unwrap();
        assert_eq!(folders(root.path(), 100), 5);
        assert_eq!(folders(root.path(), 2), 3);
    }

    #[test]
    fn a_kernel_that_watches_too_little_is_told_with_what_mends_it() {
        assert_eq!(too_few(14 * 2_000, 28_000), None);
        let said = too_few(14 * 15_447, 192_536).unwrap();
        assert!(said.contains("216258 folders") && said.contains("max_user_watches=262144"), "{said}");
    }
}
