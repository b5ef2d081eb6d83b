//! Beside the pipeline: a Telegram update → verified → a command → a reply.

#![warn(unreachable_pub)]

use std::sync::Arc;

use app::{
    FirstContact, Keyring, Settings,
    bot::{Bot, Reply},
    function::BOT,
};
use runtime::{
    SystemClock,
    aws::{self, SdkConfig},
    config::{self, Database, Queues, SecretIds, TelegramApi, VaultKey, WbApi, WebhookSecretArn},
    http::{self, Verified},
    renewed::Renewed,
    secrets::BotSecrets,
};

type Config = (Database, WbApi, TelegramApi, Queues, VaultKey, SecretIds, WebhookSecretArn, Settings, FirstContact);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(BOT.name);
    let (database, wb, telegram, queues, vault, secrets, webhook, settings, contact): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let queues = Arc::new(queues.client(&aws));
    let make = move |aws: &SdkConfig, BotSecrets { secrets, webhook }| {
        let bot = Bot {
            settings: Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings },
            pool: database.pool(&secrets.database_password, &BOT),
            wb: wb.client(secrets.wb_client_secret)?,
            telegram: telegram.client(secrets.bot_token)?,
            queues: queues.clone(),
            keyring: Keyring::new(vault.open(aws)?),
            clock: Arc::new(SystemClock),
            contact: contact.clone(),
        };
        Ok(Verified { secret: webhook, use_case: bot })
    };
    let bot = Renewed::new(aws, (secrets, webhook), make).await?;
    http::serve(&BOT, &bot, |bot, update| async move { Ok(bot.use_case.answer(&update).await?.map(Reply::into_json)) })
        .await
}
