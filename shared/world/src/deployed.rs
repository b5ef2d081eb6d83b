//! What each function is given in production, so that a test has the shape of a deployment: its own connections with
//! the same waits and the same rights, and a vault that knows no key yet.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use app::{
    Keyring, Settings,
    bot::{Bot, Reply},
    fanout::Fanout,
    function::{BOT, FANOUT, Function, SYNC, WEBHOOK},
    sync::Sync,
    webhook::Webhook,
};
use axum::{
    Json, Router,
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, TimeZone, Utc};
use domain::{Clock, FirstContact};
use queue::Enqueue;
use testkit::{
    clock::TestClock,
    database::{FUNCTIONS, TestDatabase},
    postgres::Relay,
    telegram::FakeTelegram,
    wb::FakeWb,
};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;
use vault::{KeyFile, Wrapping};

/// The token that @BotFather gave to the bot of the tests.
pub const BOT_TOKEN: &str = "4242:AAFakeFakeFakeFakeFakeFakeFakeFakeFake";
/// What Telegram sends with each update, so that the bot knows who calls it.
pub const SECRET: &str = "webhook-secret";
/// More rows than this come as one message.
const GROUP_ABOVE: u16 = 10;
/// As many messages a second as the template allows the whole bot.
const PER_SECOND: u16 = 25;

/// The clock of the fakes, as the product sees it.
pub struct SharedClock(pub TestClock);

impl Clock for SharedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }
}

/// A clock that stands at noon in Moscow, on a Sunday in November.
#[must_use]
pub fn clock() -> TestClock {
    TestClock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap())
}

/// The way to the database for the functions, whose role may read and write rows and do nothing else.
pub async fn way(database: &TestDatabase) -> Relay {
    let mut owner = database.pool.acquire().await.expect("a database of a test can be reached");
    store::roles::grant(&mut owner, FUNCTIONS).await.expect("the owner gives rights to the functions");
    Relay::start(&database.url_of_functions()).await.expect("a port is free")
}

/// The connections of one process of this function.
#[must_use]
pub fn pool(database: &Url, function: &Function) -> store::Pool {
    store::connect(&store::Config {
        host: database.host_str().expect("the address of a test database has a host").to_owned(),
        port: database.port().expect("the address of a test database has a port"),
        name: database.path().trim_start_matches('/').to_owned(),
        user: database.username().to_owned(),
        password: database.password().unwrap_or_default().into(),
        tls: store::Tls::Disabled,
        application: format!("wb-assist {}", function.name),
        max_connections: function.connections,
        statement_limit: function.statement_limit,
    })
}

/// The connections of each function.
#[derive(Clone)]
pub struct Pools {
    fanout: store::Pool,
    sync: store::Pool,
    webhook: store::Pool,
    bot: store::Pool,
}

impl Pools {
    /// The connections of each function, whose numbers `change` may make others.
    #[must_use]
    pub fn new(database: &Url, change: fn(Function) -> Function) -> Self {
        let of = |function| pool(database, &change(function));
        Self { fanout: of(FANOUT), sync: of(SYNC), webhook: of(WEBHOOK), bot: of(BOT) }
    }
}

/// A keyring as a process has it that has just started.
#[must_use]
pub fn cold_keyring() -> Keyring {
    Keyring::new(Wrapping::KeyFile(KeyFile::open(key_path()).expect("the key file was made by this process")))
}

/// One key file for all tests of the process.
pub fn key_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("wb-assist-test-{}.key", Uuid::new_v4()));
        KeyFile::create(&path).expect("the folder for temporary files can be written");
        path
    })
}

/// Where the fake has WB's hosts.
#[must_use]
pub fn hosts(wb: &FakeWb) -> wb::UrlTemplate {
    wb::UrlTemplate::parse(&wb.url_template()).unwrap()
}

/// The bot's way to the fake Telegram.
#[must_use]
pub fn telegram(fake: &FakeTelegram) -> telegram::Client {
    telegram::Client::new(telegram::Config::new(fake.url().parse().unwrap(), BOT_TOKEN.into())).unwrap()
}

/// A deployed stack: what stays when a new version of the functions comes.
pub struct Stack {
    /// The connections of each function.
    pub pools: Pools,
    /// The way to WB.
    pub wb: wb::Client,
    /// Where products have their pictures.
    pub pictures: wb::UrlTemplate,
    /// The way to Telegram.
    pub telegram: telegram::Client,
    /// The queues between the functions.
    pub queues: Arc<dyn Enqueue>,
    /// The clock of all of them.
    pub clock: Arc<dyn Clock>,
    /// Whom the bot lets in.
    pub contact: FirstContact,
}

/// A process of each function.
pub struct Processes {
    /// Step 1.
    pub fanout: Fanout,
    /// Step 2.
    pub sync: Sync,
    /// Step 3.
    pub webhook: Webhook,
    /// The bot.
    pub bot: Bot,
}

impl Stack {
    /// A new process of each function, each with a vault that knows no key yet. The tick does not ask whether Telegram
    /// reaches the bot: no address was announced.
    #[must_use]
    pub fn start(&self, settings: Settings) -> Processes {
        let Self { pools, wb, pictures, telegram, queues, clock, contact } = self;
        Processes {
            fanout: Fanout {
                pool: pools.fanout.clone(),
                queues: queues.clone(),
                clock: clock.clone(),
                settings,
                wb: wb.clone(),
                telegram: telegram.clone(),
                keyring: cold_keyring(),
                contact: contact.clone(),
                webhook: None,
            },
            sync: Sync {
                pool: pools.sync.clone(),
                wb: wb.clone(),
                queues: queues.clone(),
                keyring: cold_keyring(),
                clock: clock.clone(),
                settings,
            },
            webhook: Webhook {
                pool: pools.webhook.clone(),
                telegram: telegram.clone(),
                pictures: wb::Pictures::new(pictures.clone()).unwrap(),
                queues: queues.clone(),
                clock: clock.clone(),
                group_above: GROUP_ABOVE,
                per_second: PER_SECOND,
            },
            bot: Bot {
                pool: pools.bot.clone(),
                wb: wb.clone(),
                telegram: telegram.clone(),
                queues: queues.clone(),
                keyring: cold_keyring(),
                clock: clock.clone(),
                settings,
                contact: contact.clone(),
            },
        }
    }
}

/// The bot behind HTTP, as the Function URL is; its address. `answer` has no answer where the process of the bot has ended.
pub async fn serve<A>(answer: impl Fn(Bytes) -> A + Clone + Send + std::marker::Sync + 'static) -> Url
where
    A: Future<Output = Option<anyhow::Result<Option<Reply>>>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = async move |update: Bytes| response(answer(update).await);
    let router = Router::new().route("/", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/").parse().unwrap()
}

fn response(answer: Option<anyhow::Result<Option<Reply>>>) -> Response {
    match answer {
        Some(Ok(Some(reply))) => Json(reply.into_json()).into_response(),
        Some(Ok(None)) => StatusCode::OK.into_response(),
        Some(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
        None => StatusCode::BAD_GATEWAY.into_response(),
    }
}
