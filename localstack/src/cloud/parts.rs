//! The running parts, and how those begin that need no other: PostgreSQL, and LocalStack without a stack.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use anyhow::{Context, Result};
use nix::unistd::Pid;
use secrecy::SecretString;
use testkit::database::FUNCTIONS;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{fakes::Fakes, localstack};
use crate::base::{
    config::{Config, Ports},
    postgres::{self, Purpose},
    process::{Part, Process},
    progress::Progress,
    python::Venv,
    state::{State, World},
};

/// The token of the bot that exists only at our fake Telegram.
const FAKE_BOT_TOKEN: &str = "1000000001:local-bot-of-the-fake-telegram";

/// The running parts.
pub(super) struct Cloud {
    pub config: Config,
    pub progress: Progress,
    pub state: State,
    pub venv: Option<Venv>,
    pub programs: Option<postgres::Programs>,
    pub postgres: Option<Part>,
    pub fakes: Fakes,
    pub localstack: Option<Part>,
    pub watch: Option<Part>,
    pub poller: Option<JoinHandle<()>>,
    pub bot_token: SecretString,
    /// How many processes each function had when it was last well, and for how many looks it had fewer.
    pub expected: BTreeMap<String, usize>,
    pub missing: BTreeMap<String, usize>,
    pub deaths: BTreeMap<&'static str, VecDeque<Instant>>,
}

impl Cloud {
    /// Nothing runs yet.
    pub(super) fn new(config: Config) -> Self {
        let Ports { localstack, watch, postgres, fake_wb, fake_telegram } = config.ports;
        let on = |port: u16| format!("http://127.0.0.1:{port}");
        let world = |chosen: &Option<String>, port| World {
            url: chosen.clone().unwrap_or_else(|| on(port)),
            fake: chosen.is_none(),
        };
        let pid = Pid::this().as_raw();
        let state = State {
            up: Process::of(pid).unwrap_or(Process { pid, started: String::new() }),
            ready: false,
            venv: config.venv.clone(),
            processes: BTreeMap::new(),
            aws_endpoint_url: on(localstack),
            watch_url: on(watch),
            functions: Vec::new(),
            webhook_secret: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
            database: postgres::own(&config, postgres),
            queues: BTreeMap::new(),
            wb: world(&config.wb_api_url, fake_wb),
            telegram: world(&config.telegram_api_url, fake_telegram),
            polled_bot: None,
        };
        let bot_token = config.bot_token.clone().unwrap_or_else(|| SecretString::from(FAKE_BOT_TOKEN));
        Self {
            config,
            progress: Progress::new(),
            state,
            venv: None,
            programs: None,
            postgres: None,
            fakes: Fakes::default(),
            localstack: None,
            watch: None,
            poller: None,
            bot_token,
            expected: BTreeMap::new(),
            missing: BTreeMap::new(),
            deaths: BTreeMap::new(),
        }
    }

    /// The role as which the functions connect. In a database of yours it is yours, and has the rights that you gave it.
    pub(super) fn role_of_functions(&self) -> &str {
        if self.config.database.host.is_some() { &self.state.database.user } else { FUNCTIONS }
    }

    /// Starts PostgreSQL, or finds the one of a person.
    pub(super) async fn start_postgres(&mut self) -> Result<()> {
        let database = self.state.database.clone();
        if self.config.database.host.is_some() {
            postgres::ping(&database).await.context("DATABASE_HOST is set, but that PostgreSQL cannot be used")?;
            self.progress.say(format_args!("PostgreSQL: yours, at {}:{}", database.host, database.port));
            return Ok(());
        }
        let programs = match &self.programs {
            Some(programs) => programs.clone(),
            None => postgres::find(&self.config, self.venv()?, &self.progress).await?,
        };
        let data = self.config.dir.join("postgres");
        self.postgres = Some(postgres::start(&programs, &self.config, &data, &database, Purpose::Keep).await?);
        self.progress.say(format_args!("PostgreSQL {} on port {}", programs.version, database.port));
        self.programs = Some(programs);
        self.write_state()
    }

    /// Starts LocalStack, in which nothing is deployed yet.
    pub(super) async fn start_localstack(&mut self) -> Result<()> {
        let (endpoint, watch_url) = (self.state.aws_endpoint_url.clone(), self.state.watch_url.clone());
        let started = localstack::start(&self.config, self.venv()?, &endpoint, &watch_url);
        self.localstack = Some(self.progress.during("starting LocalStack", started).await?);
        self.progress.say(format_args!("LocalStack at {endpoint}"));
        self.write_state()
    }

    /// The Python environment, once it is there.
    pub(super) fn venv(&self) -> Result<&Venv> {
        self.venv.as_ref().context("the Python environment is not there yet")
    }

    /// Writes down what runs, for the other commands.
    pub(super) fn write_state(&mut self) -> Result<()> {
        let parts = [&self.postgres, &self.localstack, &self.watch];
        self.state.processes =
            parts.into_iter().flatten().map(|part| (part.name.to_owned(), part.process.clone())).collect();
        self.state.write(&self.config)
    }
}

/// Ends a part, if there is one.
pub(super) async fn stop(part: Option<Part>) {
    if let Some(part) = part {
        part.stop().await;
    }
}
