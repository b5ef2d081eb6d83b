//! A small world: the real use cases and a real PostgreSQL, our fakes of WB and Telegram, queues in
//! memory, and a clock that stands until a test moves it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use app::{
    Settings,
    bot::{Bot, Reply},
    fanout::{Fanout, Tick},
    function::{BOT, FANOUT, SYNC, WEBHOOK},
    sync::Sync,
    webhook::Webhook,
};
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use domain::{Clock, FirstContact, first_contact::Access};
use queue::memory::MemoryQueues;
use testkit::{
    clock::TestClock,
    database::TestDatabase,
    postgres::Relay,
    telegram::{FakeTelegram, Message, Options},
    wb::{FakeWb, Shop, TokenSpec, TokenType},
};
use uuid::Uuid;

#[path = "deployed.rs"]
pub mod deployed;

use deployed::{cold_keyring, pool};

/// The chat of the one who tests.
pub const CHAT: i64 = 1000;
const BOT_TOKEN: &str = "4242:AAFakeFakeFakeFakeFakeFakeFakeFakeFake";
const SECRET: &str = "webhook-secret";
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
pub fn open() -> FirstContact {
    FirstContact { access: Access::Open, ..FirstContact::default() }
}
/// Rounds after which queues that never empty are a bug.
const MAX_ROUNDS: usize = 500;

/// The clock of the fakes, as the product sees it.
pub struct SharedClock(pub TestClock);

impl Clock for SharedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }
}

pub struct World {
    /// The database itself, for what a test looks up.
    pub database: TestDatabase,
    /// The way on which the functions reach it.
    pub relay: Relay,
    pub wb: FakeWb,
    pub telegram: FakeTelegram,
    pub clock: TestClock,
    pub seller: Uuid,
    pub queues: Arc<MemoryQueues>,
    pub fanout: Fanout,
    pub sync: Sync,
    pub webhook: Webhook,
    pub bot: Arc<Bot>,
}

impl World {
    /// A shop of 20 products, 100 orders and 30 reviews, and a bot that nobody has spoken to.
    pub async fn new() -> Self {
        Self::with(SETTINGS).await
    }

    pub async fn with(settings: Settings) -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        Self::of(database, |now| Shop::sample(7, 20, 100, 30, now), Options::default(), settings).await
    }

    /// A world whose bot takes these people and tokens.
    pub async fn with_contact(contact: FirstContact) -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        Self::open_to(database, |now| Shop::sample(7, 20, 100, 30, now), Options::default(), SETTINGS, contact).await
    }

    /// A world with this database, shop and Telegram.
    pub async fn of(
        database: TestDatabase,
        shop: impl FnOnce(DateTime<Utc>) -> Shop,
        telegram: Options,
        settings: Settings,
    ) -> Self {
        Self::open_to(database, shop, telegram, settings, open()).await
    }

    /// A world whose bot lets these people in.
    pub async fn open_to(
        database: TestDatabase,
        shop: impl FnOnce(DateTime<Utc>) -> Shop,
        telegram: Options,
        settings: Settings,
        contact: FirstContact,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = TestClock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap());
        let local: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let wb = FakeWb::start(local, clock.clone()).await.unwrap();
        let seller = wb.add_shop(shop(clock.now())).unwrap();
        let relay = deployed::way(&database).await;
        let telegram = FakeTelegram::start_with(local, BOT_TOKEN, clock.clone(), telegram, None).await.unwrap();

        let queues = Arc::new(MemoryQueues::default());
        let product_clock: Arc<dyn Clock> = Arc::new(SharedClock(clock.clone()));
        let mut wb_config = wb::Config::new(wb::UrlTemplate::parse(&wb.url_template()).unwrap());
        if settings.has_client_secret {
            wb.set_client_secret(wb::ClientSecret::HEADER, CLIENT_SECRET);
            wb_config.client_secret =
                Some(wb::ClientSecret::new(wb::ClientSecret::HEADER, CLIENT_SECRET.into()).unwrap());
        }
        let wb_client = wb::Client::new(wb_config).unwrap();
        let telegram_config = telegram::Config::new(telegram.url().parse().unwrap(), BOT_TOKEN.into());
        let telegram_client = telegram::Client::new(telegram_config).unwrap();
        let bot = Bot {
            pool: pool(&relay.url, &BOT),
            wb: wb_client.clone(),
            telegram: telegram_client.clone(),
            queues: queues.clone(),
            keyring: cold_keyring(),
            clock: product_clock.clone(),
            settings,
            contact: contact.clone(),
        };
        let bot = Arc::new(bot);
        let webhook = serve(bot.clone()).await;
        telegram.deliver_to(&webhook, SECRET);
        Self {
            fanout: Fanout {
                pool: pool(&relay.url, &FANOUT),
                queues: queues.clone(),
                clock: product_clock.clone(),
                settings,
                wb: wb_client.clone(),
                telegram: telegram_client.clone(),
                keyring: cold_keyring(),
                contact,
                webhook: Some(webhook.parse().unwrap()),
            },
            sync: Sync {
                pool: pool(&relay.url, &SYNC),
                wb: wb_client,
                queues: queues.clone(),
                keyring: cold_keyring(),
                clock: product_clock.clone(),
                settings,
            },
            webhook: Webhook {
                pool: pool(&relay.url, &WEBHOOK),
                telegram: telegram_client,
                pictures: wb::Pictures::new(wb::UrlTemplate::parse(&wb.url_template()).unwrap()).unwrap(),
                queues: queues.clone(),
                clock: product_clock,
                group_above: 10,
                per_second: 25,
            },
            database,
            relay,
            wb,
            telegram,
            clock,
            seller,
            queues,
            bot,
        }
    }

    /// A token of the shop with every category.
    pub fn token(&self, token_type: TokenType) -> String {
        self.wb.issue_token(&TokenSpec::of(self.seller, token_type)).unwrap()
    }

    /// The reply to an update, as Telegram gets it.
    pub async fn answer(&self, update: &[u8]) -> Option<serde_json::Value> {
        self.bot.answer(update).await.unwrap().map(Reply::into_json)
    }

    /// Somebody writes, and everything that follows from it happens.
    pub async fn say(&self, text: &str) {
        self.telegram.say(CHAT, text).unwrap();
        self.rest().await;
    }

    /// Somebody taps the newest button with this label.
    pub async fn press(&self, button: &str) {
        self.telegram.press(CHAT, None, button).unwrap();
        self.rest().await;
    }

    /// A tick of the schedule, one interval after the last.
    pub async fn tick(&self) {
        self.clock.advance(INTERVAL);
        self.tick_now().await;
        self.rest().await;
    }

    /// The schedule fires; nothing that follows from it happens yet.
    pub async fn tick_now(&self) {
        self.fanout.run(Tick { time: self.clock.now(), spread: Duration::ZERO }).await.unwrap();
    }

    /// A tick and its syncs; nobody is woken yet.
    pub async fn tick_and_sync(&self) {
        self.clock.advance(INTERVAL);
        self.tick_now().await;
        for task in self.queues.take_sync_tasks() {
            self.sync.run(task.message()).await.unwrap();
        }
    }

    /// Lets everything happen that is queued; the clock moves over the delays.
    pub async fn rest(&self) {
        for _ in 0..MAX_ROUNDS {
            self.telegram.settle().await;
            let (tasks, wake_ups) = (self.queues.take_sync_tasks(), self.queues.take_wake_ups());
            if tasks.is_empty() && wake_ups.is_empty() {
                return;
            }
            let delay = tasks.iter().map(queue::Delayed::delay).chain(wake_ups.iter().map(queue::Delayed::delay)).max();
            self.clock.advance(TimeDelta::from_std(delay.unwrap_or_default()).unwrap());
            for wake_up in wake_ups {
                self.webhook.run(wake_up.message()).await.unwrap();
            }
            for task in tasks {
                self.sync.run(task.message()).await.unwrap();
            }
        }
        panic!("the queues never come to rest");
    }

    /// /start, a token, the first sync to its end.
    pub async fn onboard(&self, token_type: TokenType) {
        self.say("/start").await;
        self.say(&self.token(token_type)).await;
    }

    /// What the bot has sent and what still stands, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let is_shown = |message: &Message| message.from == testkit::telegram::Author::Bot && !message.deleted;
        self.telegram.messages(CHAT).into_iter().filter(is_shown).collect()
    }

    /// The messages that tell a new order.
    pub fn told_orders(&self) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.content.text.starts_with("🛒 Новый заказ")).collect()
    }

    /// A number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.database.pool).await.unwrap()
    }
}

/// The bot behind HTTP, as the Function URL is.
async fn serve(bot: Arc<Bot>) -> String {
    async fn answer(State(bot): State<Arc<Bot>>, body: axum::body::Bytes) -> axum::response::Response {
        match bot.answer(&body).await {
            Ok(Some(reply)) => axum::Json(reply.into_json()).into_response(),
            Ok(None) => StatusCode::OK.into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(answer)).with_state(bot);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/")
}
