//! Pipeline step 2: a `SyncTask` → Wildberries → PostgreSQL → notifications, queued.

use std::{sync::Arc, time::Duration};

use app::{Keyring, Settings, sync::Sync};
use runtime::{
    SystemClock, aws,
    config::{self, Database, Queues, SecretsArn, VaultKey, WbApi},
    secrets, sqs,
};

type Config = (Database, WbApi, Queues, VaultKey, SecretsArn, Settings);

/// The cabinets of a batch, 10 at most, share so many: each holds a connection only while it writes.
const MAX_CONNECTIONS: u32 = 4;
/// As in `template.yaml`.
const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start("sync");
    let (database, wb, queues, vault, secrets, settings): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
    let settings = Settings { has_client_secret: secrets.wb_client_secret.is_some(), ..settings };
    let sync = Arc::new(Sync {
        pool: database.pool(secrets.database_password, MAX_CONNECTIONS),
        wb: wb.client(secrets.wb_client_secret)?,
        queues: Arc::new(queues.client(&aws)),
        keyring: Keyring::new(vault.open(&aws)?),
        clock: Arc::new(SystemClock),
        settings,
    });
    sqs::serve(TIMEOUT, move |task| {
        let sync = sync.clone();
        async move { sync.run(&task).await }
    })
    .await
}
