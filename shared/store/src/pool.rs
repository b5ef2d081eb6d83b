//! Connections and transactions, as every file of this crate names them.

/// A pool of connections.
pub type Pool = sqlx::PgPool;
/// A transaction.
pub type Transaction<'a> = sqlx::PgTransaction<'a>;
/// One connection, perhaps within a transaction.
pub type Connection = sqlx::PgConnection;
/// What can go wrong here: the database cannot be reached, or refuses.
pub type Error = sqlx::Error;
/// The outcome of a statement.
pub type Result<T> = std::result::Result<T, Error>;

/// Begins a transaction that may be given up at any moment.
///
/// The `begin` of sqlx 0.9.0 may not: dropped before the server has answered, it gives the
/// connection back with the transaction open, and what the next one writes is never committed
/// (sqlx #4393, mended after 0.9.0). So BEGIN runs to its end in a task of its own, and a
/// transaction that nobody waits for any more is rolled back.
///
/// # Errors
/// When the database cannot be reached.
///
/// # Panics
/// Where sqlx panics.
pub async fn begin(pool: &Pool) -> Result<Transaction<'static>> {
    let pool = pool.clone();
    #[expect(clippy::disallowed_methods, reason = "nobody can drop a task")]
    let begun = tokio::spawn(async move { pool.begin().await });
    begun.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
