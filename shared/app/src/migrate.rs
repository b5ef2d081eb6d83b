//! On deploy: brings the schema up to date.

use anyhow::{Context, ensure};

/// Applies every migration that the database has not seen. Running it again changes nothing. Where the deploy names the
/// migrations that it brings (`expected`), this code must have exactly those.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or the code is not of this deploy; the deploy must then stop.
pub async fn run(pool: &store::Pool, expected: Option<&str>) -> anyhow::Result<()> {
    let ours = store::migrations_name();
    if let Some(expected) = expected {
        ensure!(
            expected == ours,
            "template.yaml names the migrations {expected}, and this code has {ours}: build it again, or run \
             `cargo local prepare`"
        );
    }
    store::migrate(pool).await.context("cannot bring the schema up to date")?;
    tracing::info!(migrations = ours, "the schema is up to date");
    Ok(())
}
