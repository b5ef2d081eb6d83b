//! On deploy: brings the schema up to date.

use anyhow::{Context, ensure};

/// Applies every migration that the database has not seen. Running it again changes nothing. Where the deploy names the
/// migrations that it brings (`expected`), this code must have exactly those. The role of the functions gets its rights to the
/// rows, where it is not the owner itself.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or the code is not of this deploy; the deploy must then stop.
pub async fn run(pool: &store::Pool, expected: Option<&str>, functions: Option<&str>) -> anyhow::Result<()> {
    let ours = store::migrations_name();
    if let Some(expected) = expected {
        ensure!(
            expected == ours,
            "template.yaml names the migrations {expected}, and this code has {ours}: build it again, or run \
             `cargo local prepare`"
        );
    }
    store::migrate(pool).await.context("cannot bring the schema up to date")?;
    if let Some(role) = functions {
        let mut db = pool.acquire().await.context("cannot reach the database")?;
        store::roles::grant(&mut db, role).await.with_context(|| format!("cannot give {role} its rights"))?;
    }
    tracing::info!(migrations = ours, "schema up to date");
    Ok(())
}
