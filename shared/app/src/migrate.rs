//! On deploy: brings the schema up to date.

use anyhow::Context;

/// Applies every migration that the database has not seen. Running it again changes nothing.
///
/// # Errors
/// When the database cannot be reached or a migration fails; the deploy must then stop.
pub async fn run(pool: &store::Pool) -> anyhow::Result<()> {
    store::migrate(pool).await.context("cannot bring the schema up to date")?;
    tracing::info!("the schema is up to date");
    Ok(())
}
