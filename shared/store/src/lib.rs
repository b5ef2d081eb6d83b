//! PostgreSQL: a file for each table and for each question over several, free functions over an executor, checked SQL.
//!
//! Functions take the executor that the caller chose, so that a use case decides what belongs to
//! one transaction. `load_` reads; `save_`, `upsert_`, `claim_` and `take_` write. Times come in as
//! arguments: the server's clock is never asked.
//!
//! Locks are taken in one order, so that nobody waits for somebody who waits for them: the cabinet, the chats by their
//! ids, the rows. Whoever changes rows of a chat locks the chat first. Events that are changed are locked before the chats:
//! nobody who holds a chat waits for an event. A lock is `FOR NO KEY UPDATE` where the key stays:
//! whoever only refers to the row does not wait for it.

#![warn(unreachable_pub)]

pub mod attempts;
pub mod cabinets;
pub mod chats;
pub mod chores;
pub mod cleanup;
mod config;
pub mod data_sets;
pub mod digests;
pub mod events;
mod hex;
pub mod invites;
pub mod leases;
pub mod limits;
pub mod members;
pub mod operations;
pub mod operator;
pub mod orders;
pub mod outbox;
pub mod people;
mod pool;
pub mod product_now;
pub mod products;
pub mod questions;
pub mod read;
pub mod review_replies;
pub mod reviews;
pub mod roles;
pub mod sales;
pub mod searches;
pub mod settings;
pub mod silences;
pub mod status;
pub mod stocks;
pub mod tokens;
pub mod updates;
pub mod vault_keys;

pub use config::{Config, Tls, connect, knows_databases_of};
pub use hex::Bytes;
pub use pool::{Connection, Error, Pool, Result, Transaction, begin};
pub use sqlx::PgExecutor as Executor;

/// Reads the database: whether it answers, and lets this role read its rows.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn check(pool: &Pool) -> Result<()> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM cabinets) AS "exists!""#).fetch_one(pool).await.map(drop)
}

/// The migrations, compiled in.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// Applies the migrations that the database has not seen, under an advisory lock. Migrations that only the database knows
/// are left alone: this code is then the one that a failed deploy goes back to, and works with the newer schema.
///
/// # Errors
/// When the database cannot be reached, or a migration fails.
pub async fn migrate(pool: &Pool) -> std::result::Result<(), sqlx::migrate::MigrateError> {
    let mut migrator = sqlx::migrate::Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
    migrator.set_ignore_missing(true).run(pool).await
}

/// What names the compiled migrations: the number of the last one, and the beginning of its checksum.
#[must_use]
pub fn migrations_name() -> String {
    let Some(last) = MIGRATOR.iter().last() else { return String::new() };
    let begin = last.checksum.first_chunk::<6>().map(::hex::encode).unwrap_or_default();
    format!("{:04}-{begin}", last.version)
}
