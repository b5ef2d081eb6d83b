//! On deploy: brings the schema up to date, and tells Telegram about the bot.

#![warn(unreachable_pub)]
// The requests of AWS's clients are nested deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use anyhow::bail;
use app::function::MIGRATE;
use runtime::{
    aws,
    config::{self, Database, DatabaseOwner, OwnerSecretIds, TelegramApi, WebhookSecretArn},
    deploy::{self, Done, Step},
    secrets,
};
use tokio::try_join;

type Config = (Database, DatabaseOwner, TelegramApi, OwnerSecretIds, WebhookSecretArn);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(MIGRATE.name);
    let (database, owner, telegram, secrets, webhook): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let functions = (database.user != owner.0).then_some(database.user.as_str());
    // The secrets are fetched within the step, so that the deploy is told when they are not to be had, and each step has the
    // newest.
    let migrate = async |expected: Option<String>| {
        let password = secrets::fetch_owner_password(&aws, &secrets).await?;
        let pool = database.of_role(&owner.0).pool(&password, &MIGRATE);
        app::migrate::run(&pool, expected.as_deref(), functions).await
    };
    deploy::serve(MIGRATE.timeout, async |step| {
        match step {
            Step::ByHand => migrate(None).await?,
            Step::Schema { migrations } => migrate(Some(migrations)).await?,
            Step::TelegramBot { webhook_url, max_connections } => {
                let bot = secrets::fetch_bot_secret(&aws, &secrets.bot.0);
                let (bot, secret) = try_join!(bot, secrets::fetch_webhook_secret(&aws, &webhook))?;
                app::announce::run(&telegram.client(bot.bot_token)?, &webhook_url, &secret, max_connections).await?;
            }
            other => bail!("{other:?} is for another function"),
        }
        Ok(Done::default())
    })
    .await
}
