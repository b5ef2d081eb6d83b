//! How time passes in a world: what its functions have written down grows older.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Columns that say when something of ours is due or was; WB's own rows stay as WB has told them.
const AGING_COLUMNS: &str =
    "SELECT table_name, string_agg(format('%1$I = %1$I - make_interval(secs => $s)', column_name), ', ')
   FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'timestamp with time zone'
    AND (table_name NOT LIKE 'wb\\_%' OR table_name IN ('wb_tokens', 'wb_limits')) AND table_name <> 'send_seconds'
    AND table_name NOT LIKE '\\_sqlx%'
  GROUP BY table_name";
/// A message as it reads after so many seconds: what it says is due is so much longer ago.
pub(super) fn aged(body: &str, seconds: i64) -> String {
    let Ok(mut message) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let due_at = message["due_at"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
    let Some(due_at) = due_at else { return body.to_owned() };
    message["due_at"] = json!(due_at - TimeDelta::seconds(seconds));
    message.to_string()
}

/// The statements by which time passes in a database; `$s` stands for the seconds.
pub(super) async fn aging(pool: &PgPool) -> Result<String> {
    let tables: Vec<(String, String)> =
        sqlx::query_as(AGING_COLUMNS).fetch_all(pool).await.context("cannot read the columns")?;
    ensure!(!tables.is_empty(), "the database has no times");
    let statements = tables.into_iter().map(|(table, columns)| format!("UPDATE {table} SET {columns}; "));
    Ok(statements.collect::<String>() + "DELETE FROM send_seconds;")
}
