//! PostgreSQL of our own: found or installed, in its own data folder, as nobody where we are root.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use nix::{
    sys::signal::Signal,
    unistd::{Uid, User},
};
use tokio::process::Command;

use crate::base::{
    config::Config,
    process::{self, MARK, Part},
    progress::Progress,
    python::Venv,
    state::Database,
};

/// Where Debian puts its versions.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The version in the cloud, so the one preferred.
const PREFERRED: u32 = 15;
/// How long a server may take to answer. It takes 2 s on an idle machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// A server that only tests use forgets everything at the end, so it need not write to the disk at once.
const FORGETFUL: [&str; 6] = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"];
/// Room for the functions' processes and for tests that run side by side, each with a pool.
const MAX_CONNECTIONS: &str = "max_connections=300";

/// PostgreSQL's programs.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// The folder.
    bin: PathBuf,
    /// The version, as they say it.
    pub version: String,
}

/// Finds PostgreSQL, or installs it where that is possible.
pub(crate) async fn find(config: &Config, venv: &Venv, progress: &Progress) -> Result<Programs> {
    let bin = match &config.pg_bin {
        Some(bin) => bin.clone(),
        None => match newest_of_debian() {
            Some(bin) => bin,
            None => install_from_debian(config, progress).await.or_else(|| venv.postgres_bin()).context(
                "no PostgreSQL for this system. Install version 15 or newer and set PG_BIN to its bin folder",
            )?,
        },
    };
    let answer = Command::new(bin.join("postgres")).arg("--version").output().await;
    let answer = answer.with_context(|| format!("PG_BIN: there is no postgres in {}", bin.display()))?;
    let version =
        String::from_utf8_lossy(&answer.stdout).trim().trim_start_matches("postgres (PostgreSQL) ").to_owned();
    ensure!(major(&version) >= Some(PREFERRED), "PostgreSQL {version} in {} is older than 15", bin.display());
    Ok(Programs { bin, version })
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.filter_map(|entry| {
        let version: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let bin = Path::new(DEBIAN).join(version.to_string()).join("bin");
        (version >= PREFERRED && bin.join("postgres").exists() && bin.join("initdb").exists()).then_some((version, bin))
    });
    versions.max_by_key(|(version, _)| (*version == PREFERRED, *version)).map(|(_, bin)| bin)
}

/// Debian's package, where we may install it and Debian has it. No cluster of its own is started.
async fn install_from_debian(config: &Config, progress: &Progress) -> Option<PathBuf> {
    if !Uid::effective().is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return None;
    }
    let script = format!(
        "mkdir -p /etc/postgresql-common && \
         grep -qs create_main_cluster /etc/postgresql-common/createcluster.conf || \
         echo 'create_main_cluster = false' >> /etc/postgresql-common/createcluster.conf; \
         apt-cache show postgresql-{PREFERRED} >/dev/null 2>&1 || apt-get update -q; \
         apt-get install -q -y --no-install-recommends postgresql-{PREFERRED}"
    );
    let output = process::append(&config.log_file("install")).ok()?;
    progress.say(format_args!("installing Debian's postgresql-{PREFERRED}"));
    let install = Command::new("sh")
        .args(["-c", &script])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env(MARK, &config.dir)
        .stdin(std::process::Stdio::null())
        .stdout(output.try_clone().ok()?)
        .stderr(output)
        .kill_on_drop(true)
        .status();
    let installed = progress.during("installing PostgreSQL", install).await.is_ok_and(|status| status.success());
    if !installed {
        progress.say("  Debian has none for us: the one from the Python environment serves as well");
    }
    newest_of_debian()
}

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The local cloud's: its data stay.
    Keep,
    /// A test's: faster, and worthless after a crash.
    Forget,
}

/// Starts a server on a data folder, which is made where it is missing, and waits until it answers.
pub(crate) async fn start(
    programs: &Programs,
    config: &Config,
    data: &Path,
    database: &Database,
    purpose: Purpose,
) -> Result<Part> {
    let name = if purpose == Purpose::Keep { "postgres" } else { "test-postgres" };
    let log = config.log_file(name);
    if !data.join("PG_VERSION").exists() {
        initialise(programs, config, data, &database.user, &log).await?;
    }
    let made_by = fs::read_to_string(data.join("PG_VERSION")).unwrap_or_default();
    ensure!(
        made_by.trim().parse().ok() == major(&programs.version),
        "the data in {} were made by PostgreSQL {}, and this is {}. `cargo local reset` forgets them; PG_BIN chooses another",
        data.display(),
        made_by.trim(),
        programs.version
    );
    let mut command = as_nobody(&programs.bin.join("postgres"), data)?;
    command.arg("-D").arg(data).args(["-p", &database.port.to_string(), "-c", MAX_CONNECTIONS]);
    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
    if purpose == Purpose::Forget {
        command.args(FORGETFUL);
    }
    // SIGINT is PostgreSQL's fast end; at SIGTERM it would wait for its clients.
    let part = Part::start(name, command, log, &config.dir, Signal::SIGINT)?;
    let admin = Database { name: "postgres".to_owned(), ..database.clone() };
    part.until_it_answers(START_TIMEOUT, async || ping(&admin).await.is_ok()).await.map_err(|lines| {
        anyhow!("PostgreSQL did not start. Its last words:\n{lines}`cargo local reset` begins with new data")
    })
}

/// Whether the server answers.
pub(crate) async fn ping(database: &Database) -> Result<()> {
    let pool = database.pool();
    let answer = sqlx::query("SELECT 1").execute(&pool).await;
    pool.close().await;
    answer.map(drop).context("PostgreSQL does not answer")
}

/// Makes the database, unless it is there.
pub(crate) async fn create_database(database: &Database) -> Result<()> {
    let known = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    create(database, &database.name, known, |name| format!("CREATE DATABASE {name}")).await
}

/// Makes a role that may connect, unless it is there. Our own server trusts this machine, so that it has no password.
pub(crate) async fn create_role(database: &Database, role: &str) -> Result<()> {
    let known = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
    create(database, role, known, |name| format!("CREATE ROLE {name} LOGIN")).await
}

/// Makes what belongs to the server and not to one of its databases, unless it is there; `statement` gets the quoted name.
async fn create(
    server: &Database,
    name: &str,
    known: &'static str,
    statement: impl FnOnce(&str) -> String,
) -> Result<()> {
    let admin = Database { name: "postgres".to_owned(), ..server.clone() }.pool();
    let is_known: bool = sqlx::query_scalar(known)
        .bind(name)
        .fetch_one(&admin)
        .await
        .with_context(|| format!("cannot ask whether {name} is there"))?;
    if !is_known {
        // A name cannot be a parameter here; quoted, it cannot be anything but a name.
        let statement = statement(&format!("\"{}\"", name.replace('"', "\"\"")));
        let made = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&admin).await;
        made.with_context(|| format!("cannot make {name}"))?;
    }
    admin.close().await;
    Ok(())
}

async fn initialise(programs: &Programs, config: &Config, data: &Path, user: &str, log: &Path) -> Result<()> {
    // What an interrupted attempt left behind is no data.
    let _not_there = fs::remove_dir_all(data);
    fs::create_dir_all(data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    fs::set_permissions(data, fs::Permissions::from_mode(0o700))?;
    if let Some(nobody) = nobody()? {
        chown(data, Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw()))
            .with_context(|| format!("cannot give {} to nobody", data.display()))?;
    }
    let mut command = as_nobody(&programs.bin.join("initdb"), data)?;
    command.arg("-D").arg(data).args([
        "-U",
        user,
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
    ]);
    let output = process::append(log)?;
    command.env(MARK, &config.dir).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let status = command.stdout(output.try_clone()?).stderr(output).status().await.context("cannot run initdb")?;
    if !status.success() {
        let _half_made = fs::remove_dir_all(data);
        bail!("initdb failed. Its last words:\n{}", process::last_lines(log));
    }
    Ok(())
}

/// The user that PostgreSQL runs as where we are root, whom it refuses.
fn nobody() -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let nobody = User::from_name("nobody").ok().flatten();
    nobody.map(Some).context("PostgreSQL does not run as root, and this system has no user nobody. Run as another user")
}

fn as_nobody(program: &Path, data: &Path) -> Result<Command> {
    let Some(nobody) = nobody()? else { return Ok(Command::new(program)) };
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={}", nobody.uid), format!("--regid={}", nobody.gid), "--clear-groups".to_owned()]);
    // In root's home nobody could not even reach the folders: then it gets the right to pass closed doors.
    if [program, data].iter().any(|path| !can_be_reached_by_others(path)) {
        command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]);
    }
    command.arg("--").arg(program).env("HOME", OsString::from("/tmp"));
    // The current folder may be closed to nobody too.
    command.current_dir("/");
    Ok(command)
}

fn can_be_reached_by_others(path: &Path) -> bool {
    let passable =
        |folder: &Path| fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0);
    path.ancestors().skip(1).all(passable)
}

fn major(version: &str) -> Option<u32> {
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// How our own server is reached.
pub(crate) fn own(config: &Config, port: u16) -> Database {
    let chosen = &config.database;
    Database {
        host: chosen.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned()),
        port,
        name: chosen.name.clone(),
        user: chosen.user.clone(),
        password: chosen.password.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_people_write_it() {
        assert_eq!(major("15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("18beta1"), Some(18));
        assert_eq!(major(""), None);
    }
}
