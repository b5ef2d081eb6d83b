//! Pipeline step 3: the wake-up of a chat → its due notifications → Telegram.

use std::{sync::Arc, time::Duration};

use app::webhook::Webhook;
use runtime::{
    SystemClock, aws,
    config::{self, Database, Grouping, Queues, SecretsArn, TelegramApi, WbApi},
    secrets, sqs,
};

type Config = (Database, TelegramApi, WbApi, Queues, Grouping, SecretsArn);

/// The chats of a batch, 10 at most, share so many: most of their time is spent waiting for Telegram.
const MAX_CONNECTIONS: u32 = 2;
/// As in `template.yaml`.
const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start("webhook");
    let (database, telegram, wb, queues, grouping, secrets): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
    let webhook = Arc::new(Webhook {
        pool: database.pool(secrets.database_password, MAX_CONNECTIONS),
        telegram: telegram.client(secrets.bot_token)?,
        pictures: wb.pictures()?,
        queues: Arc::new(queues.client(&aws)),
        clock: Arc::new(SystemClock),
        group_above: grouping.above,
    });
    sqs::serve(TIMEOUT, move |wake_up| {
        let webhook = webhook.clone();
        async move { webhook.run(&wake_up).await }
    })
    .await
}
