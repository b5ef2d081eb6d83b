//! A PostgreSQL for one run, which forgets.

use std::{fs, net::TcpListener, path::PathBuf, process::ExitStatus};

use anyhow::Result;
use tokio::process::Command;

use crate::base::{
    cargo,
    config::Config,
    postgres::{self, Purpose},
    process::Part,
    progress::Progress,
    python,
    state::Database,
};

/// The role of the test server: testkit makes a database per test with it.
const SUPERUSER: &str = "postgres";

/// A server that forgets, in a folder that is removed.
pub(super) struct Throwaway {
    server: Part,
    folder: PathBuf,
    /// How it is reached.
    pub database: Database,
}

impl Throwaway {
    /// Starts it.
    pub(super) async fn start(config: &Config, progress: &Progress) -> Result<Self> {
        config.make_dir()?;
        let venv = python::ensure(config, progress).await?;
        let programs = postgres::find(config, &venv, progress).await?;
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|held| held.local_addr())?;
        let database = Database {
            host: "127.0.0.1".to_owned(),
            port: free.port(),
            name: SUPERUSER.to_owned(),
            user: SUPERUSER.to_owned(),
            password: SUPERUSER.to_owned(),
        };
        let folder = config.dir.join(format!("test-postgres-{}", std::process::id()));
        let server = postgres::start(&programs, config, &folder, &database, Purpose::Forget).await?;
        progress.say(format_args!("PostgreSQL {} for this run", programs.version));
        Ok(Self { server, folder, database })
    }

    /// Ends it, with all that it holds.
    pub(super) async fn stop(self) {
        self.server.stop().await;
        let _worthless = fs::remove_dir_all(&self.folder);
    }

    /// Runs a command while the server lives, and ends the server however that goes, also at Ctrl-C.
    pub(super) async fn during(self, command: Command) -> Result<ExitStatus> {
        self.while_it_lives(|_| cargo::run(command)).await
    }

    /// The same with something else than a command.
    pub(super) async fn while_it_lives<T, F: Future<Output = Result<T>>>(
        self,
        work: impl FnOnce(Database) -> F,
    ) -> Result<T> {
        let outcome = tokio::select! {
            outcome = work(self.database.clone()) => outcome,
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        self.stop().await;
        outcome
    }
}
