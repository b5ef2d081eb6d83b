//! What there is in the world, and how it is made.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use app::{
    Settings,
    bot::{Bot, Reply},
    fanout::Fanout,
    sync::Sync,
    webhook::Webhook,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{FirstContact, first_contact::Access};
use queue::memory::MemoryQueues;
use testkit::{
    clock::TestClock,
    database::TestDatabase,
    postgres::Relay,
    telegram::{DEFAULT_CHAT, FakeTelegram, Options},
    wb::{FakeWb, Shop},
};
use uuid::Uuid;

use crate::deployed::{self, Pools, Processes, SharedClock, Stack};

/// The chat of the one who tests: Anna.
pub const CHAT: i64 = DEFAULT_CHAT;
/// Of a service of WB's catalogue, where the deployment is one.
const CLIENT_SECRET: &str = "service-secret";
/// The schedule of the world.
pub const INTERVAL: TimeDelta = TimeDelta::seconds(180);
/// The choices of the world's deployment.
pub const SETTINGS: Settings = Settings {
    sync_interval: INTERVAL,
    initial_sync_days: 30,
    wb_rate_limit_per_min: None,
    wb_interval: None,
    has_client_secret: false,
};

/// Everybody may start; the rest is as a deployment has it that says nothing.
#[must_use]
pub fn open() -> FirstContact {
    FirstContact { access: Access::Open, ..FirstContact::default() }
}

/// The whole of it. Its parts are open, because a test breaks them.
pub struct World {
    /// The database itself, for what a test looks up.
    pub database: TestDatabase,
    /// The way on which the functions reach it.
    pub relay: Relay,
    /// The fake of Wildberries.
    pub wb: FakeWb,
    /// The fake of Telegram.
    pub telegram: FakeTelegram,
    /// The clock of everybody. It stands until somebody moves it.
    pub clock: TestClock,
    /// The shop.
    pub seller: Uuid,
    /// What waits between the functions.
    pub queues: Arc<MemoryQueues>,
    /// Step 1.
    pub fanout: Fanout,
    /// Step 2.
    pub sync: Sync,
    /// Step 3.
    pub webhook: Webhook,
    /// The bot.
    pub bot: Arc<Bot>,
}

impl World {
    /// A shop of 20 products, 100 orders and 30 reviews, and a bot that nobody has spoken to.
    pub async fn new() -> Self {
        Self::with(SETTINGS).await
    }

    /// A world of a deployment with these choices.
    pub async fn with(settings: Settings) -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        Self::of(database, sample, Options::default(), settings).await
    }

    /// A world whose bot takes these people and tokens.
    pub async fn with_contact(contact: FirstContact) -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        Self::made(database, sample, Options::default(), SETTINGS, contact).await
    }

    /// A world with this database, shop and Telegram.
    pub async fn of(
        database: TestDatabase,
        shop: impl FnOnce(DateTime<Utc>) -> Shop,
        telegram: Options,
        settings: Settings,
    ) -> Self {
        Self::made(database, shop, telegram, settings, open()).await
    }

    async fn made(
        database: TestDatabase,
        shop: impl FnOnce(DateTime<Utc>) -> Shop,
        telegram: Options,
        settings: Settings,
        contact: FirstContact,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = deployed::clock();
        let local: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let wb = FakeWb::start(local, clock.clone()).await.unwrap();
        let seller = wb.add_shop(shop(clock.now())).unwrap();
        let relay = deployed::way(&database).await;
        let telegram =
            FakeTelegram::start_with(local, deployed::BOT_TOKEN, clock.clone(), telegram, None).await.unwrap();

        let queues = Arc::new(MemoryQueues::default());
        let mut wb_config = wb::Config::new(deployed::hosts(&wb));
        if settings.has_client_secret {
            wb.set_client_secret(wb::ClientSecret::HEADER, CLIENT_SECRET);
            wb_config.client_secret =
                Some(wb::ClientSecret::new(wb::ClientSecret::HEADER, CLIENT_SECRET.into()).unwrap());
        }
        let stack = Stack {
            pools: Pools::new(&relay.url, |function| function),
            wb: wb::Client::new(wb_config).unwrap(),
            pictures: deployed::hosts(&wb),
            telegram: deployed::telegram(&telegram),
            queues: queues.clone(),
            clock: Arc::new(SharedClock(clock.clone())),
            contact,
        };
        let Processes { mut fanout, sync, webhook, bot } = stack.start(settings);
        let bot = Arc::new(bot);
        let asked = bot.clone();
        let address = deployed::serve(move |update| {
            let bot = asked.clone();
            async move { Some(bot.answer(&update).await) }
        });
        let address = address.await;
        telegram.deliver_to(address.as_str(), deployed::SECRET);
        fanout.webhook = Some(address);
        Self { database, relay, wb, telegram, clock, seller, queues, fanout, sync, webhook, bot }
    }

    /// The reply to an update, as Telegram gets it.
    pub async fn answer(&self, update: &[u8]) -> Option<serde_json::Value> {
        self.bot.answer(update).await.unwrap().map(Reply::into_json)
    }

    /// A number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.database.pool).await.unwrap()
    }

    /// Changes the database behind the back of the functions.
    pub async fn run_sql(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.database.pool).await.unwrap();
    }
}

/// The shop of most tests.
fn sample(now: DateTime<Utc>) -> Shop {
    Shop::sample(7, 20, 100, 30, now)
}
