//! Pipeline step 1: the schedule → one `SyncTask` per cabinet that is due.

#![warn(unreachable_pub)]
// The requests of AWS's clients are nested deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use std::sync::Arc;

use app::{FirstContact, Keyring, Settings, fanout::Fanout, function::FANOUT};
use runtime::{
    SystemClock,
    aws::{self, SdkConfig},
    config::{self, BotUrl, Database, Queues, SecretIds, TelegramApi, VaultKey, WbApi},
    renewed::Renewed,
    schedule,
    secrets::Secrets,
};

type Config = (Database, WbApi, TelegramApi, Queues, VaultKey, SecretIds, Settings, FirstContact, BotUrl);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(FANOUT.name);
    let (database, wb, telegram, queues, vault, secrets, settings, contact, BotUrl(webhook)): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let queues = Arc::new(queues.client(&aws));
    let make = move |aws: &SdkConfig, secrets: Secrets| {
        let settings = Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings };
        Ok(Fanout {
            settings,
            pool: database.pool(&secrets.database_password, &FANOUT),
            wb: wb.client(secrets.wb_client_secret)?,
            telegram: telegram.client(secrets.bot_token)?,
            queues: queues.clone(),
            keyring: Keyring::new(vault.open(aws)?),
            clock: Arc::new(SystemClock),
            contact: contact.clone(),
            webhook: webhook.clone(),
        })
    };
    let fanout = Renewed::new(aws, secrets, make).await?;
    schedule::serve(&FANOUT, &fanout, async |fanout, tick| fanout.run(tick).await).await
}
