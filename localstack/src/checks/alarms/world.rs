//! The small world of a scenario: the built functions, a database of its own, the fakes of Wildberries and Telegram, and the
//! queues between them.
//!
//! A scenario has its own clock, which moves only when the scenario says so, in no time. The functions read the real one, so what
//! they have written down grows older instead: before an event is handed on, every time in the database and in the queues is set
//! back by the seconds that have passed in the scenario.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use testkit::{
    clock::TestClock,
    postgres::{At, Fault, Relay},
    telegram::{DEFAULT_CHAT, FakeTelegram, Options},
    wb::{FakeWb, NewOrder, Shop, Snapshot, TokenSpec, TokenType},
};
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;
use uuid::Uuid;

use super::{
    aging,
    alarm::MINUTE_S,
    aws::Aws,
    deployed::{self, Mapping, Own, RetryPolicy},
    front,
    function::{Function, LAMBDA},
    lambda::{Lambda, Outcome, now},
    metrics::Metrics,
    queue,
    setup::Setup,
};
use crate::{
    base::{http, state::Database},
    checks::runtime_api::RuntimeApi,
};

/// The token of the bot at the fake Telegram, and one that it does not know.
const BOT_TOKEN: &str = "4242:AAFakeFakeFakeFakeFakeFakeFakeFakeFake";
const OTHER_TOKEN: &str = "4242:AAOtherOtherOtherOtherOtherOtherOther";
/// By this the bot knows Telegram.
const WEBHOOK_SECRET: &str = "the-secret-of-the-webhook";
/// Cabinets of the one person: enough for three failures in one batch.
const CABINETS: u64 = 3;
/// A person reads before they write again, s; Telegram takes one message a second in a chat from the bot.
const PAUSE_S: i64 = 10;
/// The button by which the bot asks whether a second seller is meant.
const ADD_CABINET: &str = "➕ Добавить кабинет";
/// A shop as small as it may be and still have something of everything.
const SHOP: (u32, u32, u32) = (4, 12, 4);
/// Times between two ticks, s: the schedule of a deployment that says nothing.
pub(super) const TICK_S: i64 = 180;
/// No queue gives so many batches at one moment, unless somebody sends what they receive.
const BATCHES_MAX: usize = 100;
/// A fault for as many statements as no scenario makes.
const FOR_EVER: usize = 2_000;
/// The numbers of a queue that nobody used come so late, s.
const IDLE_QUEUE_LATE_S: i64 = 15 * MINUTE_S;
/// When it does so, s.
const RETRY_AFTER_S: i64 = 60;
/// The ticks are numbered from here, so that they are the same on every day: their number spreads the cabinets.
const BEGINNING: DateTime<Utc> = DateTime::from_timestamp(1_790_000_100, 0).expect("a moment of 2026");

/// A world with a person and three cabinets, which a scenario begins with.
pub(super) struct Base {
    database: String,
    telegram: Value,
    wb: Snapshot,
}

/// The world of a scenario.
pub(super) struct World {
    pub lambda: Arc<Lambda>,
    pub aws: Aws,
    pub relay: Relay,
    pub wb: FakeWb,
    pub telegram: FakeTelegram,
    pub pool: PgPool,
    database: Database,
    telegram_clock: TestClock,
    /// Where the bot is.
    pub url: String,
    mappings: Vec<Mapping>,
    policy: RetryPolicy,
    bot_secret: String,
    webhook_secret: String,
    password: String,
    /// Queues that nobody polls.
    paused: BTreeSet<String>,
    /// Ticks that are tried again: when, the event, and how often after that.
    retries: Vec<(i64, Value, u64)>,
    /// Seconds by which the database and the queues are younger than the scenario.
    owed_s: i64,
    aging: String,
    begun_at: DateTime<Utc>,
    _serving: JoinSet<()>,
}

impl World {
    /// A world of this name, which stands in its logs.
    pub(super) async fn start(setup: &Setup, name: &str, base: Option<&Base>) -> Result<Self> {
        let transformed = &setup.transformed;
        let database = setup.database(base.map(|base| base.database.as_str())).await?;
        let relay = Relay::start(&Url::parse(&database.url())?).await?;
        let local = ([127, 0, 0, 1], 0).into();
        let (wb_clock, telegram_clock) = (TestClock::system(), TestClock::system());
        let wb = FakeWb::start_with_state(local, wb_clock, base.map(|base| base.wb.clone())).await?;
        let options = Options { loopback_webhooks: true, ..Options::default() };
        let state = base.map(|base| base.telegram.clone());
        let telegram = FakeTelegram::start_with(local, BOT_TOKEN, telegram_clock.clone(), options, state).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);

        let own = Own { database: &database, relay: &relay, wb: &wb, telegram: &telegram, url: &url, key: setup.key() };
        let functions = deployed::functions(transformed, &own)?;
        let variable = |binary: &str, name: &str| {
            let value = functions.get(binary).and_then(|function: &Function| function.environment.get(name));
            value.cloned().with_context(|| format!("template.yaml gives {binary} no {name}"))
        };
        let (bot_secret, webhook_secret) = (variable("bot", "BOT_SECRET")?, variable("bot", "WEBHOOK_SECRET_ARN")?);
        let password = database.password.clone();
        let secrets = BTreeMap::from([
            (bot_secret.clone(), secret_of_bot(BOT_TOKEN, &password)),
            (variable("bot", "DATABASE_SECRET_ARN")?, json!({ "password": password }).to_string()),
            (webhook_secret.clone(), WEBHOOK_SECRET.to_owned()),
        ]);
        let (queues, mappings) = (deployed::queues(transformed)?, deployed::mappings(transformed)?);
        let policy = deployed::retry_policy(transformed, functions.get("fanout").context("no rule calls fanout")?)?;
        let aws = Aws::new(queues, secrets);
        let api = RuntimeApi::start(aws.services(), axum::Router::new()).await?;
        let logs = setup.folder.join(name);
        fs::create_dir_all(&logs).with_context(|| format!("cannot make the folder {}", logs.display()))?;
        let lambda = Arc::new(Lambda::new(api, setup.binaries.clone(), logs, functions));
        let mut serving = JoinSet::new();
        serving.spawn(front::serve(listener, lambda.clone()));
        telegram.deliver_to(&url, WEBHOOK_SECRET);
        let pool = database.pool();
        let aging = aging::aging(&pool).await?;
        Ok(Self {
            lambda,
            aws,
            relay,
            wb,
            telegram,
            pool,
            database,
            telegram_clock,
            url,
            mappings,
            policy,
            bot_secret,
            webhook_secret,
            password,
            paused: BTreeSet::new(),
            retries: Vec::new(),
            owed_s: 0,
            aging,
            begun_at: if base.is_none() { BEGINNING } else { BEGINNING + TimeDelta::days(1) },
            _serving: serving,
        })
    }

    /// A person starts the bot and adds their cabinets, and the first syncs come to their end.
    pub(super) async fn onboard(setup: &Setup) -> Result<Base> {
        let mut world = Self::start(setup, "beginning", None).await?;
        world.say("/start").await?;
        world.pass(PAUSE_S).await?;
        for seed in 1..=CABINETS {
            let (products, orders, reviews) = SHOP;
            let seller = world.wb.add_shop(Shop::sample(seed, products, orders, reviews, now()))?;
            let token = world.wb.issue_token(&TokenSpec::of(seller, TokenType::Personal))?;
            world.say(&token).await?;
            world.pass(PAUSE_S).await?;
            if seed > 1 {
                world.press(ADD_CABINET).await?;
                world.pass(PAUSE_S).await?;
            }
        }
        world.ticks(3).await?;
        let loaded: i64 = sqlx::query_scalar("SELECT count(*) FROM cabinets WHERE first_sync_ended_at IS NOT NULL")
            .fetch_one(&world.pool)
            .await?;
        ensure!(
            u64::try_from(loaded).ok() == Some(CABINETS),
            "{loaded} of {CABINETS} cabinets were loaded; the bot has said: {:#?}",
            world.telegram.sent_texts(DEFAULT_CHAT)
        );
        let (telegram, wb) = (world.telegram.snapshot()?, world.wb.snapshot());
        let database = world.database.name.clone();
        world.stop().await?;
        Ok(Base { database, telegram, wb })
    }

    /// Ends the world; what the functions have asked of AWS must be what AWS knows.
    pub(super) async fn stop(self) -> Result<Metrics> {
        self.lambda.stop().await;
        self.telegram.stop().await;
        self.pool.close().await;
        let unknown = self.aws.unknown();
        ensure!(unknown.is_empty(), "AWS was asked for what it does not know: {unknown:?}");
        let metrics = self.lambda.metrics().clone();
        Ok(metrics)
    }

    /// The second of the scenario.
    pub(super) fn now_s(&self) -> i64 {
        self.lambda.now_s()
    }

    /// So many ticks of the schedule, with what follows from them until the next.
    pub(super) async fn ticks(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            self.tick().await?;
            self.pass(TICK_S).await?;
        }
        Ok(())
    }

    /// The schedule fires.
    pub(super) async fn tick(&mut self) -> Result<()> {
        let time = self.begun_at + TimeDelta::seconds(self.now_s());
        let event = json!({
            "version": "0", "id": Uuid::new_v4(), "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "1", "time": time.to_rfc3339_opts(SecondsFormat::Secs, true), "region": "eu-central-1",
            "resources": [], "detail": {},
        });
        self.fan_out(event, self.policy.retries).await
    }

    /// Lambda has an event of the rule, which it tries again where it fails, and gives up in the end.
    async fn fan_out(&mut self, event: Value, retries: u64) -> Result<()> {
        self.age().await?;
        if let Outcome::Answer(_) = self.lambda.invoke("fanout", event.clone()).await? {
            return Ok(());
        }
        if retries > 0 {
            self.retries.push((self.now_s() + RETRY_AFTER_S, event, retries - 1));
        } else if let Some(dead_letters) = &self.policy.dead_letters {
            self.aws.with(dead_letters, |queue, now_s| queue.send(event.to_string(), now_s, 0))?;
        }
        Ok(())
    }

    /// Lets seconds pass, with what comes due in them.
    pub(super) async fn pass(&mut self, seconds: i64) -> Result<()> {
        let until_s = self.now_s() + seconds;
        loop {
            self.come_due().await?;
            let now_s = self.now_s();
            if now_s >= until_s {
                return Ok(());
            }
            let minute_s = (now_s / MINUTE_S + 1) * MINUTE_S;
            let polled = self.mappings.iter().filter(|mapping| !self.paused.contains(&mapping.queue));
            let queues = self.aws.queues();
            let message_s = polled.filter_map(|mapping| queues[&mapping.queue].next_s()).min().unwrap_or(until_s);
            drop(queues);
            let retry_s = self.retries.iter().map(|(at_s, ..)| *at_s).min().unwrap_or(until_s);
            let next_s = until_s.min(minute_s).min(message_s).min(retry_s).max(now_s + 1);
            self.advance(next_s - now_s);
        }
    }

    /// Moves the clock. It stops at each full minute, where the queues' numbers are taken.
    fn advance(&mut self, seconds: i64) {
        self.lambda.pass(seconds);
        let now_s = self.now_s();
        self.aws.set_now(now_s);
        self.telegram_clock.advance(TimeDelta::seconds(seconds));
        self.owed_s += seconds;
        if now_s % MINUTE_S != 0 {
            return;
        }
        let (queues, mut metrics) = (self.aws.queues(), self.lambda.metrics());
        for (name, queue) in queues.iter() {
            let is_polled = self.mappings.iter().any(|mapping| mapping.queue == *name);
            let is_known = queue.first_s().is_some_and(|first_s| first_s + IDLE_QUEUE_LATE_S <= now_s);
            if is_polled || is_known {
                #[expect(clippy::cast_precision_loss, reason = "a queue has some messages, and an hour some seconds")]
                let (oldest_s, visible) = (queue.oldest_s(now_s) as f64, queue.visible(now_s) as f64);
                let dimensions = [("QueueName", name.as_str())];
                metrics.put("AWS/SQS", "ApproximateAgeOfOldestMessage", &dimensions, now_s - 1, oldest_s);
                metrics.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", &dimensions, now_s - 1, visible);
            }
        }
    }

    /// Sets every time back by what has passed.
    async fn age(&mut self) -> Result<()> {
        let owed_s = std::mem::take(&mut self.owed_s);
        if owed_s == 0 {
            return Ok(());
        }
        let statements = self.aging.replace("$s", &owed_s.to_string());
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&self.pool).await.context("cannot let time pass")?;
        self.aws.queues().values_mut().for_each(|queue| queue.age(|body| aging::aged(body, owed_s)));
        Ok(())
    }

    /// Does what is due at this moment: updates that Telegram repeats, ticks that are tried again, and messages.
    async fn come_due(&mut self) -> Result<()> {
        let now_s = self.now_s();
        if self.telegram.pending() > 0 {
            self.age().await?;
            self.telegram.settle().await;
        }
        let due: Vec<_> = self.retries.extract_if(.., |(at_s, ..)| *at_s <= now_s).collect();
        for (_, event, retries) in due {
            self.fan_out(event, retries).await?;
        }
        for mapping in self.mappings.clone() {
            if !self.paused.contains(&mapping.queue) {
                self.poll(&mapping).await?;
            }
        }
        Ok(())
    }

    /// Hands what can be seen in a queue to its function.
    async fn poll(&mut self, mapping: &Mapping) -> Result<()> {
        for _ in 0..BATCHES_MAX {
            let (messages, given_up) =
                self.aws.with(&mapping.queue, |queue, now_s| queue.receive(mapping.batch, now_s))?;
            for message in given_up {
                self.aws.with(&mapping.dead_letters, |queue, now_s| queue.send(message.body, now_s, 0))?;
            }
            if messages.is_empty() {
                return Ok(());
            }
            self.age().await?;
            // The fake's limits are of the real time, in which a scenario takes seconds.
            self.wb.refill();
            let records: Vec<Value> = messages.iter().map(queue::Message::record).collect();
            let outcome = self.lambda.invoke(&mapping.binary, json!({ "Records": records })).await?;
            let failed = failures(&outcome, messages.iter().map(|message| message.id.as_str()));
            let is_handled = |id: &str| messages.iter().any(|message| message.id == id) && !failed.contains(id);
            self.aws.with(&mapping.queue, |queue, _| queue.delete(is_handled))?;
            // What Lambda throttles it has not tried to invoke.
            if !matches!(outcome, Outcome::Throttled) {
                self.count_events(mapping, messages.len(), failed.len());
            }
        }
        bail!("{} never becomes empty", mapping.queue)
    }

    /// What a mapping counts, where the template asks it to.
    fn count_events(&self, mapping: &Mapping, events: usize, failed: usize) {
        let Some(id) = &mapping.counts_as else { return };
        let (at_s, mut metrics) = (self.now_s(), self.lambda.metrics());
        #[expect(clippy::cast_precision_loss, reason = "a batch has some messages")]
        let numbers = [("PolledEventCount", events), ("InvokedEventCount", events), ("FailedInvokeEventCount", failed)]
            .map(|(metric, number)| (metric, number as f64));
        for (metric, number) in numbers {
            metrics.put(LAMBDA, metric, &[("EventSourceMappingUUID", id)], at_s, number);
        }
    }

    /// The person writes to the bot, and Telegram delivers it.
    pub(super) async fn say(&mut self, text: &str) -> Result<()> {
        self.age().await?;
        self.telegram.say(DEFAULT_CHAT, text)?;
        self.telegram.settle().await;
        self.come_due().await
    }

    /// The person taps the newest button with this label.
    async fn press(&mut self, label: &str) -> Result<()> {
        self.age().await?;
        self.telegram.press(DEFAULT_CHAT, None, label)?;
        self.telegram.settle().await;
        self.come_due().await
    }

    /// So many other people write to the bot, once each.
    pub(super) async fn crowd(&mut self, people: i64) -> Result<()> {
        for person in 1..=people {
            self.telegram.say(DEFAULT_CHAT + person, "/start")?;
        }
        self.come_due().await
    }

    /// A stranger's request to the bot's address, with a secret that is none of Telegram's; gives the status.
    pub(super) async fn knock(&mut self) -> Result<u16> {
        let request = http::local().post(&self.url).header("X-Telegram-Bot-Api-Secret-Token", "guessed").body("{}");
        Ok(request.send().await.context("the bot's address does not answer")?.status().as_u16())
    }

    /// A piece is ordered in each shop, and WB's reports show it.
    pub(super) fn order(&mut self) -> Result<()> {
        for seller in self.wb.sellers() {
            self.wb.shop(seller, |shop, now| shop.order(&NewOrder::default(), now).map(drop))?;
        }
        self.wb.refresh_reports();
        Ok(())
    }

    /// The database is away for everybody, from now on.
    pub(super) fn take_database_away(&self) {
        self.relay.fail_over(u32::MAX);
    }

    /// The database refuses all statements of a function, from now on.
    pub(super) fn refuse_statements(&self, binary: &str) {
        /// What PostgreSQL says where its disk is full.
        const DISK_FULL: &str = "53100";
        for _ in 0..FOR_EVER {
            self.relay.break_at(Some(binary), At::Statement(0), Fault::Fail(DISK_FULL));
        }
    }

    /// Nobody polls the queue of a function any more.
    pub(super) fn stop_polling(&mut self, binary: &str) {
        let queues =
            self.mappings.iter().filter(|mapping| mapping.binary == binary).map(|mapping| mapping.queue.clone());
        self.paused.extend(queues);
    }

    /// All queues are polled again.
    pub(super) fn go_on_polling(&mut self) {
        self.paused.clear();
    }

    /// Processes that start from now on have a token of the bot that Telegram does not know.
    pub(super) fn change_bot_token(&self) {
        self.aws.set_secret(&self.bot_secret, secret_of_bot(OTHER_TOKEN, &self.password));
    }

    /// Telegram delivers updates to an address that is not the bot's.
    pub(super) fn move_bot(&self) {
        self.telegram.deliver_to(&format!("{}elsewhere", self.url), WEBHOOK_SECRET);
    }

    /// Processes that start from now on know Telegram by another secret.
    pub(super) fn change_webhook_secret(&self) {
        self.aws.set_secret(&self.webhook_secret, "another-secret".to_owned());
    }
}

/// Which messages of a batch stay in the queue.
fn failures<'a>(outcome: &Outcome, ids: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let all = || ids.map(str::to_owned).collect();
    let Outcome::Answer(answer) = outcome else { return all() };
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    let failed: BTreeSet<String> =
        failures.map(|failure| failure["itemIdentifier"].as_str().unwrap_or_default().to_owned()).collect();
    if failed.contains("") { all() } else { failed }
}

fn secret_of_bot(token: &str, password: &str) -> String {
    json!({ "bot_token": token, "database_password": password }).to_string()
}
