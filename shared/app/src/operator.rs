//! What the operator of the deployment is told: nobody else can act on it.

use anyhow::Context;
use chrono::{DateTime, Utc};

/// Tells the operator something, once for each key: as an error in the log, on which an alarm can stand.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn tell(pool: &store::Pool, key: &str, text: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
    let is_new =
        store::operator::save_notice(pool, key, text, now).await.context("cannot note what the operator is told")?;
    if is_new {
        tracing::error!(target: "operator", key, "{text}");
        let kind = key.split(':').next().unwrap_or_default();
        tracing::info!(target: "metrics", metric = "OperatorNotices", kind);
    }
    Ok(())
}
