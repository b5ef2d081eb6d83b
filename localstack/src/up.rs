//! `up`, `down`, `reset`: starts the parts in order, looks after them, ends them.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    net::TcpListener,
    path::PathBuf,
    pin::Pin,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{sys::signal::Signal, unistd::Pid};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use testkit::database::FUNCTIONS;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    config::{Config, Ports},
    fakes::Fakes,
    localstack::{self, Parameters},
    poller,
    postgres::{self, Purpose},
    process::{self, Part, Process},
    progress::{Progress, print},
    python::{self, Venv},
    state::{Lock, State, World},
    template, watch,
};

/// What stands for the ARN of a key.
const VAULT_KEY_ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/local";
/// The environment variables that hold the queues' addresses.
const QUEUES: [&str; 2] = ["SYNC_QUEUE_URL", "NOTIFY_QUEUE_URL"];
/// The token of the bot that exists only at our fake Telegram.
pub const FAKE_BOT_TOKEN: &str = "1000000001:local-bot-of-the-fake-telegram";
/// How often the parts are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// A part that dies more often than so many times in [`RESTART_WINDOW`] is left alone: something else is wrong.
const RESTARTS_MAX: usize = 3;
/// The time in which its deaths are counted.
const RESTART_WINDOW: Duration = Duration::from_secs(600);
/// A function may be without a process for so many looks: watch replaces it when a file has changed.
const LOOKS_WITHOUT_PROCESS: usize = 4;
/// How long `down` waits for `up` to end everything: three parts of 10 s each, and some time to spare.
const DOWN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the migrations may take, as template.yaml allows them in the cloud.
const MIGRATE_TIMEOUT: Duration = Duration::from_secs(900);

/// The running parts.
struct Cloud {
    config: Config,
    progress: Progress,
    state: State,
    venv: Option<Venv>,
    programs: Option<postgres::Programs>,
    postgres: Option<Part>,
    fakes: Fakes,
    localstack: Option<Part>,
    watch: Option<Part>,
    poller: Option<JoinHandle<()>>,
    bot_token: SecretString,
    /// How many processes each function had when it was last well, and for how many looks it had fewer.
    expected: BTreeMap<String, usize>,
    missing: BTreeMap<String, usize>,
    deaths: BTreeMap<&'static str, VecDeque<Instant>>,
}

/// Starts everything, or finds it running, and stays until it is told to end.
pub async fn up(config: Config, take_over: bool) -> Result<()> {
    config.make_dir()?;
    let Some(_lock) = Lock::of_cloud(&config.dir)? else {
        match State::read(&config)?.filter(|state| state.ready) {
            Some(state) => print(format_args!("The local cloud is already up.\n{}", guide(&state))),
            None => print(format_args!("The local cloud is starting in another terminal.")),
        }
        return Ok(());
    };
    clear_leftovers(&config).await?;
    check_ports(&config)?;

    let mut end = pin_end()?;
    let mut cloud = Cloud::new(config);
    let outcome = tokio::select! {
        started = cloud.start(take_over) => match started {
            Ok(()) => {
                print(format_args!("\nThe local cloud is up.\n{}", guide(&cloud.state)));
                cloud.look_after(&mut end).await
            }
            Err(error) => Err(error),
        },
        () = &mut end => Ok(()),
    };
    if let Err(error) = &outcome {
        print(format_args!("\n{error:#}\n"));
    }
    cloud.stop().await;
    // It was told above, before the parts went down.
    outcome.map_err(|_| anyhow::Error::new(Told))
}

/// An error that the user has read already.
#[derive(Debug)]
pub struct Told;

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the local cloud has ended")
    }
}

impl std::error::Error for Told {}

type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Resolves when somebody wants us to end: Ctrl-C, `down`, a closed terminal.
fn pin_end() -> Result<End> {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal).into_iter();
    let mut next =
        || signals.next().context("three signals").and_then(|signal| signal.context("cannot await a signal"));
    let (mut interrupt, mut terminate, mut hangup) = (next()?, next()?, next()?);
    Ok(Box::pin(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hangup.recv() => {} }
    }))
}

impl Cloud {
    fn new(config: Config) -> Self {
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

    async fn start(&mut self, take_over: bool) -> Result<()> {
        self.state.write(&self.config)?;
        let bot = match &self.config.bot_token {
            Some(token) => Some(poller::Bot::greet(&self.state.telegram.url, token, take_over).await?),
            None => None,
        };
        self.venv = Some(python::ensure(&self.config, &self.progress).await?);
        self.start_postgres().await?;
        postgres::create_database(&self.state.database).await?;
        if self.config.database.host.is_none() {
            postgres::create_role(&self.state.database, FUNCTIONS).await?;
        }

        self.fakes = Fakes::start(&self.config, &self.bot_token).await?;
        if let Some(url) = self.fakes.wb_url_template() {
            self.state.wb.url = url;
        }
        for (world, name) in [(&self.state.wb, "Wildberries"), (&self.state.telegram, "Telegram")] {
            let kind = if world.fake { "a fake, strict one" } else { "as you chose" };
            self.progress.say(format_args!("{name}: {kind}, at {}", world.url));
        }
        self.start_localstack().await?;
        watch::build(&self.config, &self.progress).await?;
        self.deploy_and_watch().await?;
        self.warm().await?;

        if let Some(bot) = bot {
            self.progress.say(format_args!("Telegram: fetching the updates of {}", bot.name()));
            self.state.polled_bot = Some(bot.name().to_owned());
            let (url, secret) = (self.state.bot_webhook_url(), self.state.webhook_secret.clone());
            self.poller = Some(tokio::spawn(bot.poll(url, secret)));
        }
        self.state.ready = true;
        self.write_state()
    }

    /// The role as which the functions connect. In a database of yours it is yours, and has the rights that you gave it.
    fn role_of_functions(&self) -> &str {
        if self.config.database.host.is_some() { &self.state.database.user } else { FUNCTIONS }
    }

    async fn start_postgres(&mut self) -> Result<()> {
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

    async fn start_localstack(&mut self) -> Result<()> {
        let (endpoint, watch_url) = (self.state.aws_endpoint_url.clone(), self.state.watch_url.clone());
        let started = localstack::start(&self.config, self.venv()?, &endpoint, &watch_url);
        self.localstack = Some(self.progress.during("starting LocalStack", started).await?);
        self.progress.say(format_args!("LocalStack at {endpoint}"));
        self.write_state()
    }

    /// Deploys the stack and runs the functions with what it gave them.
    async fn deploy_and_watch(&mut self) -> Result<()> {
        let sdk = localstack::sdk(&self.state.aws_endpoint_url).await;
        let parameters = self.parameters();
        let deployed = localstack::deploy(&self.config, &sdk, &parameters);
        let deployed = self.progress.during("deploying template.yaml", deployed).await?;
        self.state.functions = deployed.environments.iter().map(|(function, _)| function.clone()).collect();
        let environment = template::unite(deployed.environments)?;
        for name in QUEUES {
            let url = environment.get(name).with_context(|| format!("template.yaml gives no function {name}"))?;
            self.state.queues.insert(name.to_owned(), url.clone());
        }
        self.progress.say(format_args!("template.yaml deployed: {}", self.state.functions.join(", ")));

        let local = watch::Local {
            aws_endpoint_url: &self.state.aws_endpoint_url,
            vault_key_file: self.vault_key_file()?,
            database: &self.state.database,
            wb_api_url: &self.state.wb.url,
            telegram_api_url: &self.state.telegram.url,
            bot_url: if self.state.telegram.fake { self.state.bot_webhook_url() } else { String::new() },
        };
        let file = watch::write_environment(&self.config, environment, &local)?;
        if let Some(warning) = watch::kernel_watches_too_few(&self.config, self.state.functions.len()) {
            self.progress.say(warning);
        }
        self.watch = Some(watch::start(&self.config, self.venv()?, self.config.ports.watch, &file).await?);
        self.progress.say(format_args!("cargo lambda watch at {}", self.state.watch_url));
        self.write_state()?;
        for (id, of_type, properties) in &deployed.custom {
            let properties = match of_type.as_str() {
                template::SETTINGS => json!({
                    "Text": parameters.settings,
                    "DatabaseHost": self.state.database.host,
                    "DatabaseSnapshot": "",
                    "ReserveConcurrency": "no",
                    "VaultKeyArn": VAULT_KEY_ARN,
                }),
                "Custom::Schema" => json!({ "Migrations": properties["Migrations"].as_str() }),
                "Custom::FirstInvite" => continue,
                // A real bot's updates are fetched from here, which a webhook would end.
                "Custom::TelegramBot" if !self.state.telegram.fake => continue,
                "Custom::TelegramBot" => {
                    // CloudFormation makes a text of every number.
                    let connections = properties["MaxConnections"].as_u64().map(|number| number.to_string());
                    json!({ "WebhookUrl": self.state.bot_webhook_url(), "MaxConnections": connections })
                }
                other => bail!("{id} is of the type {other}, of which this local cloud knows nothing"),
            };
            self.run_custom_resource(&sdk, id, of_type, &properties).await?;
        }
        Ok(())
    }

    /// Sends preflight or migrate the request that CloudFormation would send, and reads what it answers there.
    async fn run_custom_resource(
        &self,
        sdk: &aws_config::SdkConfig,
        id: &str,
        of_type: &str,
        properties: &serde_json::Value,
    ) -> Result<()> {
        let key = format!("answers/{id}");
        let event = json!({
            "RequestType": "Create",
            "ResponseURL": localstack::answer_address(sdk, &key).await?,
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/wb-assist/local",
            "RequestId": Uuid::new_v4(),
            "LogicalResourceId": id,
            "ResourceType": of_type,
            "ResourceProperties": properties,
        });
        let function = if of_type == template::SETTINGS { "preflight" } else { "migrate" };
        let invoked = watch::invoke(&self.state, function, &event, MIGRATE_TIMEOUT);
        let (status, said) = self.progress.during(of_type, invoked).await?;
        let hint = format!("`cargo local reset` forgets the data; `cargo local logs {function}` says more");
        if status != 200 {
            bail!("{function} failed: {said}. {hint}");
        }
        let answer = localstack::answer(sdk, &key).await?;
        if answer["Status"] != "SUCCESS" {
            bail!("{id}: {}. {hint}", answer["Reason"].as_str().unwrap_or_default());
        }
        self.progress.say(match of_type {
            template::SETTINGS => "the settings are usable, and Telegram knows the bot's token",
            "Custom::Schema" => "the database is up to date",
            _ => "the fake Telegram knows the bot: webhook, commands, descriptions",
        });
        Ok(())
    }

    fn parameters(&self) -> Parameters {
        let config = &self.config;
        let database = &self.state.database;
        let optional = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let settings = [
            // Whoever waits for a tick here pays for no invocation.
            ("SyncWindow", "0".to_owned()),
            ("DeploymentFor", config.deployment_for.clone()),
            ("InitialSyncDays", config.initial_sync_days.to_string()),
            ("WbApiUrl", self.state.wb.url.clone()),
            ("TelegramApiUrl", self.state.telegram.url.clone()),
            ("WbApiRateLimit", optional(config.wb_rate_limit_per_min)),
            ("WbApiInterval", optional(config.wb_interval_s)),
            ("GroupAbove", config.group_above.to_string()),
            ("DatabasePort", database.port.to_string()),
            ("DatabaseName", database.name.clone()),
            ("DatabaseUser", self.role_of_functions().to_owned()),
            ("DatabaseOwner", database.user.clone()),
            ("DatabaseTls", "disable".to_owned()),
            // The key is a file here (VAULT_KEY_FILE); policies want an ARN.
            ("VaultKeyArn", VAULT_KEY_ARN.to_owned()),
        ];
        let settings = settings.iter().chain(&config.first_contact).map(|(name, value)| format!("{name}={value}"));
        let bot_secret = json!({ "bot_token": self.bot_token.expose_secret(), "database_password": database.password });
        Parameters {
            values: BTreeMap::from([
                ("Network", "lean".to_owned()),
                ("SyncInterval", config.sync_interval_s.to_string()),
                ("DatabaseHost", database.host.clone()),
            ]),
            settings: settings.collect::<Vec<_>>().join(";"),
            bot_secret: SecretString::from(bot_secret.to_string()),
            webhook_secret: SecretString::from(self.state.webhook_secret.clone()),
        }
    }

    /// The key under which local data keys are wrapped: made once, it lives as long as the data.
    fn vault_key_file(&self) -> Result<PathBuf> {
        let file = self.config.dir.join("vault.key");
        if !file.exists() {
            vault::KeyFile::create(&file).map_err(anyhow::Error::msg).context("cannot make the key of the vault")?;
        }
        Ok(file)
    }

    async fn warm(&mut self) -> Result<()> {
        for function in &self.state.functions {
            self.progress.during(function, watch::warm(&self.config, &self.state, function)).await?;
        }
        self.expected = watch::living(&self.config, &self.state.functions).unwrap_or_default();
        self.missing.clear();
        self.progress.say("every function answers");
        Ok(())
    }

    fn venv(&self) -> Result<&Venv> {
        self.venv.as_ref().context("the Python environment is not there yet")
    }

    fn write_state(&mut self) -> Result<()> {
        let parts = [&self.postgres, &self.localstack, &self.watch];
        self.state.processes =
            parts.into_iter().flatten().map(|part| (part.name.to_owned(), part.process.clone())).collect();
        self.state.write(&self.config)
    }

    /// Looks at every part until somebody wants the end.
    async fn look_after(&mut self, end: &mut End) -> Result<()> {
        loop {
            tokio::select! {
                () = &mut *end => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
            tokio::select! {
                () = &mut *end => return Ok(()),
                looked = self.look() => if let Err(error) = looked {
                    self.progress.say(format_args!("{error:#}\nEnd everything with Ctrl-C and start anew"));
                },
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        if let Some(part) = take_dead(&mut self.postgres)
            && self.may_restart(&part)
        {
            self.start_postgres().await?;
        }
        if let Some(part) = take_dead(&mut self.localstack)
            && self.may_restart(&part)
        {
            self.start_localstack().await?;
            // LocalStack remembers nothing: new queues, new addresses, so the functions start anew too.
            stop(self.watch.take()).await;
            self.deploy_and_watch().await?;
            self.warm().await?;
            self.progress.say("messages that waited in queues are lost; the next tick makes up for them");
        }
        if let Some(part) = take_dead(&mut self.watch) {
            // Its functions have groups of their own and outlive it.
            let functions = process::marked(&self.config.dir).into_iter();
            for function in functions.filter(|member| self.state.functions.contains(&member.program)) {
                process::stop_leftover(&function.process, Signal::SIGTERM).await;
            }
            if self.may_restart(&part) {
                let environment = self.config.dir.join("functions.env");
                self.watch =
                    Some(watch::start(&self.config, self.venv()?, self.config.ports.watch, &environment).await?);
                self.write_state()?;
                self.warm().await?;
            }
        }
        if let Some(poller) = self.poller.take_if(|poller| poller.is_finished()) {
            poller.await.context("the poller ended. Restart `cargo local up`")?;
        }
        self.fakes.save(&self.config)?;
        self.look_at_functions()
    }

    /// A function whose process has ended would hang until a file of the workspace changes.
    fn look_at_functions(&mut self) -> Result<()> {
        let Some(living) = watch::living(&self.config, &self.state.functions).filter(|_| self.watch.is_some()) else {
            return Ok(());
        };
        for (function, count) in living {
            let looks = self.missing.entry(function.clone()).or_default();
            if count >= self.expected.get(&function).copied().unwrap_or_default() {
                *looks = 0;
                continue;
            }
            *looks += 1;
            if *looks < LOOKS_WITHOUT_PROCESS || watch::is_compiling(&self.config) {
                continue;
            }
            self.missing.clear();
            let lines = process::last_lines(&self.config.log_file(&function));
            self.progress.say(format_args!("a process of {function} has ended. Its last words:\n{lines}"));
            if self.is_rare("functions") {
                self.progress.say("reviving the functions");
                watch::revive(&self.config)?;
            } else {
                self.expected.insert(function.clone(), count);
                self.progress
                    .say(format_args!("{function} ends again and again: mend it, saving its source revives it"));
            }
            return Ok(());
        }
        Ok(())
    }

    /// Reports a death and says whether a new life is worth trying.
    fn may_restart(&mut self, part: &Part) -> bool {
        let name = part.name;
        self.progress.say(format_args!("{name} has ended. Its last words:\n{}", part.last_lines()));
        if self.is_rare(name) {
            self.progress.say(format_args!("starting {name} again"));
            return true;
        }
        self.progress.say(format_args!(
            "{name} ends again and again and is left alone. Look into {}, then stop with Ctrl-C and start anew; \
             `cargo local reset` begins with new data",
            self.config.log_file(name).display()
        ));
        false
    }

    fn is_rare(&mut self, name: &'static str) -> bool {
        let deaths = self.deaths.entry(name).or_default();
        deaths.retain(|death| death.elapsed() < RESTART_WINDOW);
        deaths.push_back(Instant::now());
        deaths.len() <= RESTARTS_MAX
    }

    /// Ends everything, in the order in which parts need each other.
    async fn stop(mut self) {
        self.progress.say("stopping");
        if let Some(poller) = self.poller.take() {
            poller.abort();
        }
        let (watch, localstack) = (self.watch.take(), self.localstack.take());
        tokio::join!(stop(localstack), stop(watch));
        if let Err(error) = self.fakes.save(&self.config) {
            self.progress.say(format_args!("{error:#}"));
        }
        self.fakes.stop().await;
        stop(self.postgres.take()).await;
        process::sweep(&self.config.dir).await;
        State::forget(&self.config);
        self.progress.say("everything has ended; the data stay for the next time");
    }
}

async fn stop(part: Option<Part>) {
    if let Some(part) = part {
        part.stop().await;
    }
}

fn take_dead(part: &mut Option<Part>) -> Option<Part> {
    part.take_if(|part| part.ended().is_some())
}

/// Asks a running `up` to end everything, and ends what a dead one left.
pub async fn down(config: &Config) -> Result<()> {
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
pub async fn reset(config: &Config) -> Result<()> {
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
async fn clear_leftovers(config: &Config) -> Result<usize> {
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

fn check_ports(config: &Config) -> Result<()> {
    let Ports { localstack, watch, postgres, fake_wb, fake_telegram } = config.ports;
    let mut wanted = vec![
        (localstack, "LocalStack", "LOCALSTACK_PORT", "another LocalStack"),
        (watch, "cargo lambda watch", "WATCH_PORT", "another `cargo lambda watch`, or PHP-FPM, SonarQube, MinIO"),
    ];
    if config.database.host.is_none() {
        wanted.push((postgres, "PostgreSQL", "DATABASE_PORT", "another PostgreSQL"));
    }
    if config.wb_api_url.is_none() {
        wanted.push((fake_wb, "the fake Wildberries", "FAKE_WB_PORT", "another local cloud"));
    }
    if config.telegram_api_url.is_none() {
        wanted.push((fake_telegram, "the fake Telegram", "FAKE_TELEGRAM_PORT", "another local cloud"));
    }
    for (port, part, variable, suspect) in wanted {
        if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
            bail!(
                "port {port}, for {part}, is taken ({error}): perhaps by {suspect}. `ss -ltnp` or `lsof -i :{port}` says \
                 by whom. End it, or choose another port with {variable}, or let CARGO_LOCAL_PORTS=auto choose all"
            );
        }
    }
    Ok(())
}

/// Where to look and what to try.
fn guide(state: &State) -> String {
    let mut text = String::from("\n");
    let mut line = |command: &str, meaning: &str| text.push_str(&format!("  {command:<28} {meaning}\n"));
    match &state.polled_bot {
        Some(bot) => line("in Telegram", &format!("write /start to {bot}")),
        None if state.telegram.fake => line("cargo local say /start", "talk to the bot, and see what it answers"),
        None => line("POST updates to", &format!("{} (`cargo local status` has the secret)", state.bot_webhook_url())),
    }
    if state.wb.fake {
        line("cargo local token", "a token of the fake shop, to be said to the bot");
        line("cargo local shop order", "somebody buys something in the fake shop");
    }
    line("cargo local tick", "everything is due now: what happened is told");
    line("cargo local status", "health, addresses, secrets of every part");
    line("cargo local logs [FUNCTION]", "what the functions say");
    line("Ctrl-C, cargo local down", "end everything");
    text
}
