//! On deploy: asks every new version whether it works, before one of them gets traffic.

#![warn(unreachable_pub)]

use app::function::PRETRAFFIC;
use runtime::{
    aws,
    config::{self, NewVersions, WebhookSecretArn},
    pretraffic, secrets,
};

type Config = (NewVersions, WebhookSecretArn);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(PRETRAFFIC.name);
    let (versions, webhook): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let aws = pretraffic::patient(&aws);
    pretraffic::serve(&PRETRAFFIC, &aws, async || {
        let secret = secrets::fetch_webhook_secret(&aws, &webhook).await?;
        pretraffic::check(&aws, &versions, &secret).await
    })
    .await
}
