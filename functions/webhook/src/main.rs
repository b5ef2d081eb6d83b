//! Pipeline step 3: the wake-up of a chat → its due notifications → Telegram.

#![warn(unreachable_pub)]

use std::sync::Arc;

use app::{function::WEBHOOK, webhook::Webhook};
use runtime::{
    SystemClock,
    aws::{self, SdkConfig},
    config::{self, Database, Queues, SecretIds, Sending, TelegramApi, WbApi},
    renewed::Renewed,
    secrets::Secrets,
    sqs,
};

type Config = (Database, TelegramApi, WbApi, Queues, Sending, SecretIds);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(WEBHOOK.name);
    let (database, telegram, wb, queues, sending, secrets): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let queues = Arc::new(queues.client(&aws));
    let make = move |_: &SdkConfig, secrets: Secrets| {
        Ok(Webhook {
            pool: database.pool(&secrets.database_password, &WEBHOOK),
            telegram: telegram.sender(secrets.bot_token, sending.per_second)?,
            pictures: wb.pictures()?,
            queues: queues.clone(),
            clock: Arc::new(SystemClock),
            group_above: sending.group_above,
            per_second: sending.per_second,
        })
    };
    let webhook = Renewed::new(aws, secrets, make).await?;
    sqs::serve(&WEBHOOK, &webhook, |webhook: Arc<Webhook>, wake_up| async move { webhook.run(&wake_up).await }).await
}
