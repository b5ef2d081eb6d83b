//! What is running, written down for the other commands: `.local/state.json`, and a lock that lives as long as `up`.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use crate::base::{config::Config, process::Process};

/// Connections of one command to the database: they ask one thing after the other.
const CONNECTIONS: u32 = 2;
/// A server on this machine answers at once, or not at all.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A local cloud as `up` knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// The `up` that supervises it.
    pub up: Process,
    /// Whether everything has been started.
    pub ready: bool,
    /// The Python environment, with LocalStack, `aws` and `cargo lambda`.
    pub venv: PathBuf,
    /// The parts that are processes of their own.
    pub processes: BTreeMap<String, Process>,
    /// Where AWS's services are.
    pub aws_endpoint_url: String,
    /// Where `cargo lambda watch` is.
    pub watch_url: String,
    /// The functions, by their names.
    pub functions: Vec<String>,
    /// What Telegram's requests to the bot carry.
    pub webhook_secret: String,
    /// The database.
    pub database: Database,
    /// The queues that carry work, by the names of their environment variables.
    pub queues: BTreeMap<String, String>,
    /// Wildberries.
    pub wb: World,
    /// Telegram.
    pub telegram: World,
    /// The `@name` of the real bot whose updates are fetched.
    pub polled_bot: Option<String>,
}

/// How the database is reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Database {
    /// The host, of this machine.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database's name.
    pub name: String,
    /// The role.
    pub user: String,
    /// Its password, which protects nothing: our own server trusts this machine.
    pub password: String,
}

/// An outside world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct World {
    /// Its address; may hold `{category}`.
    pub url: String,
    /// Whether it is our fake, with a control interface.
    pub fake: bool,
}

impl State {
    /// What is written down, if anything.
    pub(crate) fn read(config: &Config) -> Result<Option<Self>> {
        let path = config.dir.join("state.json");
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// A local cloud that is up, or a sentence that says how to get one.
    pub(crate) fn of_running(config: &Config) -> Result<Self> {
        let state = Self::read(config)?.filter(|state| state.up.is_alive());
        let state = state.context("nothing is running here. Start it with `cargo local up`")?;
        anyhow::ensure!(state.ready, "it is still starting. See the terminal of `cargo local up`");
        Ok(state)
    }

    /// Writes it down, for the owner's eyes, and in one piece.
    pub(crate) fn write(&self, config: &Config) -> Result<()> {
        let (draft, path) = (config.dir.join("state.json.new"), config.dir.join("state.json"));
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&draft)?;
        serde_json::to_writer_pretty(file, self)?;
        fs::rename(&draft, &path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Forgets it.
    pub(crate) fn forget(config: &Config) {
        let _not_there = fs::remove_file(config.dir.join("state.json"));
    }

    /// Where a function is invoked directly.
    pub(crate) fn invoke_url(&self, function: &str) -> String {
        format!("{}/2015-03-31/functions/{function}/invocations", self.watch_url)
    }

    /// Where Telegram's updates go.
    pub(crate) fn bot_webhook_url(&self) -> String {
        format!("{}/lambda-url/bot/", self.watch_url)
    }
}

impl Database {
    /// For libpq and sqlx.
    pub(crate) fn url(&self) -> String {
        let Self { host, port, name, user, password } = self;
        let mut url = url::Url::parse("postgres://localhost").expect("a constant address is one");
        // Only an address without a host refuses these, and this one has a host.
        let _always = (url.set_host(Some(host)), url.set_port(Some(*port)));
        let _always = (url.set_username(user), url.set_password(Some(password)));
        url.set_path(name);
        url.into()
    }

    /// A pool that connects at its first use.
    pub(crate) fn pool(&self) -> PgPool {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .database(&self.name)
            .username(&self.user)
            .password(&self.password)
            .ssl_mode(PgSslMode::Disable);
        PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE_TIMEOUT).connect_lazy_with(options)
    }
}

/// The lock of `up`; it is free again when the process ends, however it ends.
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock lives in the open file")] File);

impl Lock {
    /// Takes the lock of the local cloud in this folder, if it is free.
    pub(crate) fn of_cloud(folder: &Path) -> Result<Option<Self>> {
        Self::take(&folder.join("lock"))
    }

    /// Takes the lock of the Python environment in this folder, if nobody installs into it. It stands beside the folder,
    /// and is not the cloud's, because `up` holds that while it installs.
    pub(crate) fn of_venv(folder: &Path) -> Result<Option<Self>> {
        Self::take(&folder.with_extension("lock"))
    }

    fn take(path: &Path) -> Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error).context("cannot lock"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_escapes_what_must_be() {
        let database = Database {
            host: "127.0.0.1".into(),
            port: 5433,
            name: "wb".into(),
            user: "wb".into(),
            password: "a@b/c".into(),
        };
        assert_eq!(database.url(), "postgres://wb:a%40b%2Fc@127.0.0.1:5433/wb");
    }

    #[test]
    fn one_folder_has_one_cloud_and_it_is_free_again() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::of_cloud(dir.path()).unwrap();
        assert!(first.is_some());
        assert!(Lock::of_cloud(dir.path()).unwrap().is_none());
        drop(first);
        assert!(Lock::of_cloud(dir.path()).unwrap().is_some());
    }

    #[test]
    fn a_cloud_that_starts_installs_into_its_own_folder() {
        let dir = tempfile::tempdir().unwrap();
        let cloud = Lock::of_cloud(dir.path()).unwrap();
        let venv = Lock::of_venv(&dir.path().join("venv")).unwrap();
        assert!(cloud.is_some() && venv.is_some());
        assert!(Lock::of_venv(&dir.path().join("venv")).unwrap().is_none());
        assert!(Lock::of_venv(&dir.path().join("venv-checks")).unwrap().is_some());
    }
}
