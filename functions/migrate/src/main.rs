//! On deploy: brings the schema up to date.

use runtime::{
    aws,
    config::{self, Database, SecretsArn},
    deploy, secrets,
};

/// Migrations run one after the other.
const MAX_CONNECTIONS: u32 = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start("migrate");
    let (database, secrets): (Database, SecretsArn) = config::load()?;
    let aws = aws::sdk_config().await;
    let secrets = secrets::fetch_secrets(&aws, &secrets).await?;
    let pool = database.pool(secrets.database_password, MAX_CONNECTIONS);
    deploy::serve(async || app::migrate::run(&pool).await).await
}
