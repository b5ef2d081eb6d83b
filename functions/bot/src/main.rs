//! Beside the pipeline: a Telegram update → verified → a command → a reply.

use std::sync::Arc;

use app::{FirstContact, Keyring, Settings, bot::Bot, function::BOT};
use runtime::{
    SystemClock, aws,
    config::{self, Database, Queues, SecretIds, TelegramApi, VaultKey, WbApi, WebhookSecretArn},
    http, secrets,
};

type Config = (Database, WbApi, TelegramApi, Queues, VaultKey, SecretIds, WebhookSecretArn, Settings, FirstContact);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(BOT.name);
    let (database, wb, telegram, queues, vault, secrets, webhook, settings, contact): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let (secrets, webhook_secret) =
        tokio::try_join!(secrets::fetch_secrets(&aws, &secrets), secrets::fetch_webhook_secret(&aws, &webhook))?;
    let settings = Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings };
    let bot = Bot {
        pool: database.pool(secrets.database_password, &BOT),
        wb: wb.client(secrets.wb_client_secret)?,
        telegram: telegram.client(secrets.bot_token)?,
        queues: Arc::new(queues.client(&aws)),
        keyring: Keyring::new(vault.open(&aws)?),
        clock: Arc::new(SystemClock),
        settings,
        contact,
    };
    http::serve(&BOT, &webhook_secret, async |update| bot.answer(&update).await).await
}
