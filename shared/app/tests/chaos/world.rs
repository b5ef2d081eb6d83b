//! The real use cases and a real PostgreSQL, the fakes of WB and Telegram, a queue on a bad day, and
//! a clock that stands until a history moves it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use app::{
    Settings,
    bot::Bot,
    fanout::Fanout,
    function::{BOT, FANOUT, Function, SYNC, WEBHOOK},
    sync::Sync,
    webhook::Webhook,
};
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use domain::{Clock, FirstContact, first_contact::Access};
use sqlx::AssertSqlSafe;
use testkit::{clock::TestClock, database::TestDatabase, postgres::Relay, telegram::FakeTelegram, wb::FakeWb};
use tokio::sync::OnceCell;

#[path = "../it/deployed.rs"]
mod deployed;

use crate::{mortal::mortal, plan, queue::ChaosQueues};
use deployed::cold_keyring;

const BOT_TOKEN: &str = "4242:AAFakeFakeFakeFakeFakeFakeFakeFakeFake";
const SECRET: &str = "webhook-secret";
/// The schedule of the world.
pub const INTERVAL: TimeDelta = TimeDelta::seconds(180);
/// More rows than this come as one message.
pub const GROUP_ABOVE: u16 = 10;
/// Longer than the oldest order of a shop's history, so that none falls out of the first load.
const INITIAL_SYNC_DAYS: u16 = 45;
/// How often Telegram repeats an update before the bot counts as silent.
const MAX_REPEATS: usize = 2_000;

/// What a history leaves as it is: the keys of the vault are those of the process, and the pace is one row.
const KEPT: [&str; 3] = ["_sqlx_migrations", "vault_keys", "telegram_pace"];

/// The clock of the fakes, as the product sees it.
struct SharedClock(TestClock);

impl Clock for SharedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }
}

/// Where a worker's histories play, one after the other: a database, the way to it on which faults happen, and the
/// connections of each function, which outlive a history as they outlive many invocations.
pub struct Deployment {
    pub database: TestDatabase,
    relay: Relay,
    own: Pools,
    single: Pools,
}

/// The connections of each function.
#[derive(Clone)]
struct Pools {
    fanout: store::Pool,
    sync: store::Pool,
    webhook: store::Pool,
    bot: store::Pool,
}

impl Deployment {
    pub async fn new() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let relay = deployed::way(&database).await;
        let pools = |of: fn(Function) -> Function| Pools {
            fanout: deployed::pool(&relay.url, &of(FANOUT)),
            sync: deployed::pool(&relay.url, &of(SYNC)),
            webhook: deployed::pool(&relay.url, &of(WEBHOOK)),
            bot: deployed::pool(&relay.url, &of(BOT)),
        };
        let (own, single) = (pools(|function| function), pools(|function| Function { connections: 1, ..function }));
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
    pools: Pools,
    wb_client: wb::Client,
    telegram_client: telegram::Client,
    http: reqwest::Client,
}

/// The bot, whose process may end in the middle of its next update.
pub struct MortalBot {
    bot: Mutex<Arc<Bot>>,
    polls: Mutex<Option<u32>>,
}

impl MortalBot {
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
        let clock = TestClock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap());
        let local: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let wb = FakeWb::start(local, clock.clone()).await.unwrap();
        let telegram = FakeTelegram::start(local, BOT_TOKEN, clock.clone()).await.unwrap();
        let queues = ChaosQueues::new(seed, clock.clone());
        let mut wb_config = wb::Config::new(wb::UrlTemplate::parse(&wb.url_template()).unwrap());
        wb_config.chunk_rows = plan::chunk_rows(seed).unwrap_or(wb_config.chunk_rows);
        let wb_client = wb::Client::new(wb_config).unwrap();
        let telegram_config = telegram::Config::new(telegram.url().parse().unwrap(), BOT_TOKEN.into());
        let telegram_client = telegram::Client::new(telegram_config).unwrap();
        let processes = Processes {
            pools: &pools,
            wb: &wb_client,
            pictures: wb::UrlTemplate::parse(&wb.url_template()).unwrap(),
            telegram: &telegram_client,
            queues: Arc::new(queues.clone()),
            clock: Arc::new(SharedClock(clock.clone())),
            settings: settings(INTERVAL),
        };
        let (fanout, sync, webhook, bot) = processes.start();
        let bot = Arc::new(MortalBot { bot: Mutex::new(bot), polls: Mutex::new(None) });
        telegram.deliver_to(&serve(bot.clone()).await, SECRET);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            pool,
            relay,
            wb,
            telegram,
            clock,
            queues,
            fanout,
            sync,
            webhook,
            bot,
            pools,
            wb_client,
            telegram_client,
            http,
        }
    }

    /// New processes of all functions, which know nothing yet, perhaps with another interval.
    pub fn deploy(&mut self, interval: TimeDelta) {
        let processes = Processes {
            pools: &self.pools,
            wb: &self.wb_client,
            pictures: wb::UrlTemplate::parse(&self.wb.url_template()).unwrap(),
            telegram: &self.telegram_client,
            queues: Arc::new(self.queues.clone()),
            clock: Arc::new(SharedClock(self.clock.clone())),
            settings: settings(interval),
        };
        let (fanout, sync, webhook, bot) = processes.start();
        (self.fanout, self.sync, self.webhook) = (fanout, sync, webhook);
        *self.bot.bot.lock().unwrap_or_else(PoisonError::into_inner) = bot;
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
    Settings {
        sync_interval,
        initial_sync_days: INITIAL_SYNC_DAYS,
        wb_rate_limit_per_min: None,
        wb_interval: None,
        has_client_secret: false,
    }
}

/// What the processes of a version are started with.
struct Processes<'a> {
    pools: &'a Pools,
    wb: &'a wb::Client,
    pictures: wb::UrlTemplate,
    telegram: &'a telegram::Client,
    queues: Arc<dyn queue::Enqueue>,
    clock: Arc<dyn Clock>,
    settings: Settings,
}

impl Processes<'_> {
    /// Each with a vault that knows no key yet.
    fn start(self) -> (Fanout, Arc<Sync>, Webhook, Arc<Bot>) {
        let Self { pools, wb, pictures, telegram, queues, clock, settings } = self;
        let contact = FirstContact { access: Access::Open, ..FirstContact::default() };
        let bot = Bot {
            pool: pools.bot.clone(),
            wb: wb.clone(),
            telegram: telegram.clone(),
            queues: queues.clone(),
            keyring: cold_keyring(),
            clock: clock.clone(),
            settings,
            contact: contact.clone(),
        };
        let fanout = Fanout {
            pool: pools.fanout.clone(),
            queues: queues.clone(),
            clock: clock.clone(),
            settings,
            wb: wb.clone(),
            telegram: telegram.clone(),
            keyring: cold_keyring(),
            contact,
            // Whether Telegram reaches the bot changes nothing for people.
            webhook: None,
        };
        let sync = Arc::new(Sync {
            pool: pools.sync.clone(),
            wb: wb.clone(),
            queues: queues.clone(),
            keyring: cold_keyring(),
            clock: clock.clone(),
            settings,
        });
        let webhook = Webhook {
            pool: pools.webhook.clone(),
            telegram: telegram.clone(),
            pictures: wb::Pictures::new(pictures).unwrap(),
            queues: queues.clone(),
            clock: clock.clone(),
            group_above: GROUP_ABOVE,
            per_second: 25,
        };
        (fanout, sync, webhook, Arc::new(bot))
    }
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

/// The bot behind HTTP, as the Function URL is.
async fn serve(bot: Arc<MortalBot>) -> String {
    async fn answer(State(bot): State<Arc<MortalBot>>, body: axum::body::Bytes) -> axum::response::Response {
        let polls = bot.polls.lock().unwrap_or_else(PoisonError::into_inner).take();
        let process = bot.bot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match mortal(process.answer(&body), polls).await {
            Some(Ok(Some(reply))) => axum::Json(reply.into_json()).into_response(),
            Some(Ok(None)) => StatusCode::OK.into_response(),
            Some(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
            None => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(answer)).with_state(bot);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/")
}
