//! The real use cases and a real PostgreSQL, the fakes of WB and Telegram, a queue on a bad day, and
//! a clock that stands until a history moves it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use ::world::{
    SETTINGS,
    deployed::{self, Pools, Processes, SharedClock, Stack},
    open,
};
use app::{
    Settings,
    bot::{Bot, Reply},
    fanout::Fanout,
    function::Function,
    sync::Sync,
    webhook::Webhook,
};
use chrono::TimeDelta;
use sqlx::AssertSqlSafe;
use testkit::{clock::TestClock, database::TestDatabase, postgres::Relay, telegram::FakeTelegram, wb::FakeWb};
use tokio::sync::OnceCell;

use crate::{mortal::mortal, plan, queue::ChaosQueues};

/// The schedule of the world.
pub const INTERVAL: TimeDelta = ::world::INTERVAL;
/// Longer than the oldest order of a shop's history, so that none falls out of the first load.
const INITIAL_SYNC_DAYS: u16 = 45;
/// How often Telegram repeats an update before the bot counts as silent.
const MAX_REPEATS: usize = 2_000;

/// What a history leaves as it is: the keys of the vault are those of the process, and the pace is one row.
const KEPT: [&str; 3] = ["_sqlx_migrations", "vault_keys", "telegram_pace"];

/// Where a worker's histories play, one after the other: a database, the way to it on which faults happen, and the
/// connections of each function, which outlive a history as they outlive many invocations.
pub struct Deployment {
    pub database: TestDatabase,
    relay: Relay,
    own: Pools,
    single: Pools,
}

impl Deployment {
    pub async fn new() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let relay = deployed::way(&database).await;
        let own = Pools::new(&relay.url, |function| function);
        let single = Pools::new(&relay.url, |function| Function { connections: 1, ..function });
        Self { database, relay, own, single }
    }
}

pub struct World<'a> {
    /// The database itself, for what a history looks up.
    pub pool: sqlx::PgPool,
    pub relay: &'a Relay,
    pub wb: FakeWb,
    pub telegram: FakeTelegram,
    pub clock: TestClock,
    pub queues: ChaosQueues,
    pub fanout: Fanout,
    pub sync: Arc<Sync>,
    pub webhook: Webhook,
    pub bot: Arc<MortalBot>,
    stack: Stack,
    http: reqwest::Client,
}

/// The bot, whose process may end in the middle of its next update.
pub struct MortalBot {
    bot: Mutex<Arc<Bot>>,
    polls: Mutex<Option<u32>>,
}

impl MortalBot {
    /// The answer to an update; none where the process has ended in the middle of it.
    async fn answer(&self, update: &[u8]) -> Option<anyhow::Result<Option<Reply>>> {
        let polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner).take();
        let process = self.bot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        mortal(process.answer(update), polls).await
    }

    /// The next update is the last one of its process.
    pub fn end_next(&self, polls: Option<u32>) {
        *self.polls.lock().unwrap_or_else(PoisonError::into_inner) = polls;
    }
}

impl<'a> World<'a> {
    /// A world in which nothing has happened yet. Its database is emptied, not made: that is what
    /// lets a history take less than a third of a second.
    pub async fn new(deployment: &'a Deployment, seed: u64) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let Deployment { database, relay, own, single } = deployment;
        let pools = if plan::is_single(seed) { single } else { own }.clone();
        relay.mend();
        relay.take_statements();
        let pool = database.pool.clone();
        empty(&pool).await;
        let clock = deployed::clock();
        let local: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let wb = FakeWb::start(local, clock.clone()).await.unwrap();
        let telegram = FakeTelegram::start(local, deployed::BOT_TOKEN, clock.clone()).await.unwrap();
        let queues = ChaosQueues::new(seed, clock.clone());
        let mut wb_config = wb::Config::new(deployed::hosts(&wb));
        wb_config.chunk_rows = plan::chunk_rows(seed).unwrap_or(wb_config.chunk_rows);
        let stack = Stack {
            pools,
            wb: wb::Client::new(wb_config).unwrap(),
            pictures: deployed::hosts(&wb),
            telegram: deployed::telegram(&telegram),
            queues: Arc::new(queues.clone()),
            clock: Arc::new(SharedClock(clock.clone())),
            contact: open(),
        };
        // Whether Telegram reaches the bot changes nothing for people, so its address is not announced.
        let Processes { fanout, sync, webhook, bot } = stack.start(settings(INTERVAL));
        let bot = Arc::new(MortalBot { bot: Mutex::new(Arc::new(bot)), polls: Mutex::new(None) });
        let asked = bot.clone();
        let address = deployed::serve(move |update| {
            let bot = asked.clone();
            async move { bot.answer(&update).await }
        });
        telegram.deliver_to(address.await.as_str(), deployed::SECRET);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let sync = Arc::new(sync);
        Self { pool, relay, wb, telegram, clock, queues, fanout, sync, webhook, bot, stack, http }
    }

    /// New processes of all functions, which know nothing yet, perhaps with another interval.
    pub fn deploy(&mut self, interval: TimeDelta) {
        let Processes { fanout, sync, webhook, bot } = self.stack.start(settings(interval));
        (self.fanout, self.sync, self.webhook) = (fanout, Arc::new(sync), webhook);
        *self.bot.bot.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(bot);
    }

    /// Whether the bot answers everything that it was told, as often as Telegram has to repeat it.
    pub async fn everything_is_answered(&self) -> bool {
        for _ in 0..MAX_REPEATS {
            self.telegram.settle().await;
            if self.telegram.pending() == 0 {
                return true;
            }
            // Telegram waits before it repeats an update.
            self.clock.advance(TimeDelta::seconds(5));
        }
        false
    }

    /// Lets the fakes finish what an ended process had sent them: what it wrote to its connections
    /// is there before anything that is written now.
    pub async fn drain(&self) {
        for address in [self.wb.url().to_owned(), self.telegram.url()] {
            for _ in 0..2 {
                // Whatever the answer is: it was the turn of everything before.
                let _ = self.http.get(format!("{address}/control/nothing")).send().await;
            }
        }
    }
}

fn settings(sync_interval: TimeDelta) -> Settings {
    Settings { sync_interval, initial_sync_days: INITIAL_SYNC_DAYS, ..SETTINGS }
}

/// Every table that a history may fill. What refers to a row of another table goes with it, so their order does not matter.
async fn tables(pool: &sqlx::PgPool) -> Vec<String> {
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1";
    sqlx::query_scalar(sql).bind(&KEPT[..]).fetch_all(pool).await.unwrap()
}

/// Every so many histories the dead rows of the others are thrown away.
const HISTORIES_PER_TRUNCATE: u32 = 64;

/// Empties the tables of a history. Deleting its few rows leaves every prepared plan alive; truncating
/// makes PostgreSQL plan all statements anew, which takes longer than the history.
async fn empty(pool: &sqlx::PgPool) {
    static EMPTIED: AtomicU32 = AtomicU32::new(0);
    static TABLES: OnceCell<Vec<String>> = OnceCell::const_new();
    let tables = TABLES.get_or_init(|| tables(pool)).await;
    if EMPTIED.fetch_add(1, Ordering::Relaxed).is_multiple_of(HISTORIES_PER_TRUNCATE) {
        sqlx::query(AssertSqlSafe(format!("TRUNCATE {}", tables.join(", ")))).execute(pool).await.unwrap();
    }
    // One round trip: statements without parameters may stand side by side.
    let mut sql: String = tables.iter().map(|table| format!("DELETE FROM {table}; ")).collect();
    // Ids begin at 1, so that a history is the same whenever it is played.
    sql.push_str(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences; \
         UPDATE telegram_pace SET refused_chat = NULL, refused_at = NULL, paused_until = NULL;",
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}
