//! Pipeline step 1: the schedule → one `SyncTask` per cabinet that is due.

use std::sync::Arc;

use app::{Settings, fanout::Fanout};
use runtime::{
    SystemClock, aws,
    config::{self, Database, Queues, SecretsArn},
    schedule, secrets,
};

/// A tick works on one page of cabinets after the other.
const MAX_CONNECTIONS: u32 = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start();
    let (database, queues, secrets, settings): (Database, Queues, SecretsArn, Settings) = config::load()?;
    let aws = aws::sdk_config().await;
    let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
    let fanout = Fanout {
        pool: database.pool(secrets.database_password, MAX_CONNECTIONS),
        queues: Arc::new(queues.client(&aws)),
        clock: Arc::new(SystemClock),
        settings,
    };
    schedule::serve(async |tick| fanout.run(tick).await).await
}
