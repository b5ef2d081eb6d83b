//! On deploy: brings the schema up to date, and tells Telegram about the bot.

use std::time::Duration;

use runtime::{
    aws,
    config::{self, Database, SecretsArn, TelegramApi},
    deploy::{self, Step},
    secrets,
};

/// Migrations run one after the other.
const MAX_CONNECTIONS: u32 = 1;
/// As in template.yaml.
const TIMEOUT: Duration = Duration::from_secs(900);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start("migrate");
    let (database, telegram, secrets): (Database, TelegramApi, SecretsArn) = config::load()?;
    let aws = aws::sdk_config().await;
    deploy::serve(TIMEOUT, async |step| {
        // Within the step, so that the deploy is told when the secrets are not to be had, and each step has the newest.
        let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
        match step {
            Step::Schema { migrations } => {
                let pool = database.clone().pool(secrets.database_password, MAX_CONNECTIONS);
                app::migrate::run(&pool, migrations.as_deref()).await
            }
            Step::TelegramBot { webhook_url, max_connections } => {
                let telegram = telegram.clone().client(secrets.bot_token)?;
                app::announce::run(&telegram, &webhook_url, &secrets.webhook_secret, max_connections).await
            }
        }
    })
    .await
}
