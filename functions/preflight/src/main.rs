//! On deploy, before anything is made that costs: the settings, the bot's token, the account.

#![warn(unreachable_pub)]

use anyhow::bail;
use app::function::PREFLIGHT;
use runtime::{
    aws,
    config::{self, BotSecretName},
    deploy::{self, Step},
    preflight,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(PREFLIGHT.name);
    let secret: BotSecretName = config::load()?;
    let aws = aws::sdk_config().await;
    deploy::serve(PREFLIGHT.timeout, async |step| match step {
        Step::Settings(choice) => preflight::run(&aws, &secret.0, &choice).await,
        other => bail!("{other:?} is for another function"),
    })
    .await
}
