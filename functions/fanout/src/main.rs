//! Pipeline step 1: the schedule → one `SyncTask` per cabinet that is due.

// The requests of AWS's clients are nested deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use std::sync::Arc;

use app::{FirstContact, Keyring, Settings, bot::Bot, fanout::Fanout, function::FANOUT};
use runtime::{
    SystemClock, aws,
    config::{self, BotUrl, Database, Queues, SecretIds, TelegramApi, VaultKey, WbApi},
    schedule, secrets,
};

type Config = (Database, WbApi, TelegramApi, Queues, VaultKey, SecretIds, Settings, FirstContact, BotUrl);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(FANOUT.name);
    let (database, wb, telegram, queues, vault, secrets, settings, contact, BotUrl(webhook)): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
    let settings = Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings };
    let pool = database.pool(secrets.database_password, &FANOUT);
    let queues = Arc::new(queues.client(&aws));
    let bot = Bot {
        pool: pool.clone(),
        wb: wb.client(secrets.wb_client_secret)?,
        telegram: telegram.client(secrets.bot_token)?,
        queues: queues.clone(),
        keyring: Keyring::new(vault.open(&aws)?),
        clock: Arc::new(SystemClock),
        settings,
        contact,
    };
    let fanout = Fanout { pool, queues, clock: Arc::new(SystemClock), settings, bot: Arc::new(bot), webhook };
    schedule::serve(&FANOUT, async |tick| fanout.run(tick).await).await
}
