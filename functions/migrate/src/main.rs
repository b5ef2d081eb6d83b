//! On deploy: brings the schema up to date, and tells Telegram about the bot.

// The requests of AWS's clients are nested deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use anyhow::bail;
use app::function::MIGRATE;
use runtime::{
    aws,
    config::{self, Database, SecretIds, TelegramApi, WebhookSecretArn},
    deploy::{self, Done, Step},
    secrets,
};

type Config = (Database, TelegramApi, SecretIds, WebhookSecretArn);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(MIGRATE.name);
    let (database, telegram, secrets, webhook): Config = config::load()?;
    let aws = aws::sdk_config().await;
    deploy::serve(MIGRATE.timeout, async |step| {
        // Within the step, so that the deploy is told when the secrets are not to be had, and each step has the newest.
        let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
        match step {
            Step::Schema { migrations } => {
                let pool = database.pool(&secrets.database_password, &MIGRATE);
                app::migrate::run(&pool, migrations.as_deref()).await?;
            }
            Step::TelegramBot { webhook_url, max_connections } => {
                let telegram = telegram.client(secrets.bot_token)?;
                let secret = secrets::fetch_webhook_secret(&aws, &webhook).await?;
                app::announce::run(&telegram, &webhook_url, &secret, max_connections).await?;
            }
            other => bail!("{other:?} is for another function"),
        }
        Ok(Done::default())
    })
    .await
}
