//! Pipeline step 2: a `SyncTask` → Wildberries → PostgreSQL → notifications, queued.

#![warn(unreachable_pub)]

use std::sync::Arc;

use app::{Keyring, Settings, function::SYNC, sync::Sync};
use runtime::{
    SystemClock,
    aws::{self, SdkConfig},
    config::{self, Database, Queues, SecretIds, VaultKey, WbApi},
    renewed::Renewed,
    secrets::Secrets,
    sqs,
};

type Config = (Database, WbApi, Queues, VaultKey, SecretIds, Settings);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(SYNC.name);
    let (database, wb, queues, vault, secrets, settings): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let queues = Arc::new(queues.client(&aws));
    let make = move |aws: &SdkConfig, secrets: Secrets| {
        Ok(Sync {
            settings: Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings },
            pool: database.pool(&secrets.database_password, &SYNC),
            wb: wb.client(secrets.wb_client_secret)?,
            queues: queues.clone(),
            keyring: Keyring::new(vault.open(aws)?),
            clock: Arc::new(SystemClock),
        })
    };
    let sync = Renewed::new(aws, secrets, make).await?;
    sqs::serve(&SYNC, &sync, |sync: Arc<Sync>, task| async move { sync.run(&task).await }).await
}
