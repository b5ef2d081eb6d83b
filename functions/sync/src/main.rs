//! Pipeline step 2: a `SyncTask` → Wildberries → PostgreSQL → notifications, queued.

use std::sync::Arc;

use app::{Keyring, Settings, function::SYNC, sync::Sync};
use runtime::{
    SystemClock, aws,
    config::{self, Database, Queues, SecretIds, VaultKey, WbApi},
    secrets, sqs,
};

type Config = (Database, WbApi, Queues, VaultKey, SecretIds, Settings);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(SYNC.name);
    let (database, wb, queues, vault, secrets, settings): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
    let settings = Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings };
    let sync = Arc::new(Sync {
        pool: database.pool(secrets.database_password, &SYNC),
        wb: wb.client(secrets.wb_client_secret)?,
        queues: Arc::new(queues.client(&aws)),
        keyring: Keyring::new(vault.open(&aws)?),
        clock: Arc::new(SystemClock),
        settings,
    });
    sqs::serve(&SYNC, move |task| {
        let sync = sync.clone();
        async move { sync.run(&task).await }
    })
    .await
}
