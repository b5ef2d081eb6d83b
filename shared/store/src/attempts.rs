//! `token_attempts`: tokens that wait, sealed, for WB to answer or for the person to decide.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ChatId, Language, MessageId, SellerId, TelegramId, TokenId, UpdateId, UserId};
use uuid::Uuid;

use crate::{Executor, Result};

/// Tokens that one tick tries again: they are tried at the same time, within one function's timeout.
const CLAIM_ATTEMPTS: i64 = 20;
/// Whoever claims an attempt has it for this long; it must be longer than a function can run.
pub const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(2);

/// A token to be kept.
#[derive(Clone, Debug)]
pub struct NewAttempt<'a> {
    /// Its id, the associated data of the seal.
    pub id: TokenId,
    /// Whose message it was.
    pub user: UserId,
    /// Where they are answered.
    pub chat: ChatId,
    /// The update that brought it.
    pub update: UpdateId,
    /// As the person is called.
    pub name: &'a str,
    /// The data key that sealed it.
    pub key_id: Uuid,
    /// The sealed token.
    pub sealed: &'a [u8],
    /// SHA-256 of the token.
    pub digest: &'a [u8],
    /// Whose it is and the shop's name, where WB has accepted it and the person is asked; else it
    /// waits for WB.
    pub accepted: Option<(SellerId, Option<&'a str>)>,
    /// Whether an owner is asked, and not the person.
    pub awaits_owner: bool,
    /// When it is tried next.
    pub next_try_at: DateTime<Utc>,
    /// When it is given up.
    pub gives_up_at: DateTime<Utc>,
}

/// A token that is kept.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its id.
    pub id: TokenId,
    /// Whose message it was.
    pub user: UserId,
    /// Their Telegram id.
    pub telegram_id: TelegramId,
    /// The language that is spoken to them.
    pub language: Language,
    /// As they are called.
    pub name: String,
    /// Where they are answered.
    pub chat: ChatId,
    /// The message that says that we are waiting.
    pub message_id: Option<MessageId>,
    /// The update that brought it.
    pub update: UpdateId,
    /// The data key that sealed it.
    pub key_id: Uuid,
    /// The sealed token.
    pub sealed: Vec<u8>,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// The seller, where WB has accepted it and the person is asked.
    pub seller: Option<SellerId>,
    /// The shop's name, likewise.
    pub shop: Option<String>,
    /// Whether an owner is asked, and not the person.
    pub awaits_owner: bool,
    /// How often it has been tried again.
    pub tries: i32,
    /// When it is given up.
    pub gives_up_at: DateTime<Utc>,
}

/// Keeps a token. The same token of the same person is kept once: the id that stands is returned.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_attempt(db: impl Executor<'_>, attempt: &NewAttempt<'_>, now: DateTime<Utc>) -> Result<TokenId> {
    let (seller, shop) = attempt.accepted.map_or((None, None), |(seller, shop)| (Some(seller.0), shop));
    let id = sqlx::query_scalar!(
        "INSERT INTO token_attempts (id, user_id, chat_id, update_id, name, key_id, sealed, digest, state, seller, shop,
                                     next_try_at, gives_up_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
                 CASE WHEN $9::uuid IS NULL THEN 'waiting' WHEN $14 THEN 'approving' ELSE 'asking' END, $9, $10,
                 $11, $12, $13)
         ON CONFLICT (user_id, digest) DO UPDATE
            SET chat_id = $3, update_id = $4, state = excluded.state, seller = $9, shop = $10, next_try_at = $11,
                gives_up_at = $12
         RETURNING id",
        attempt.id.0,
        attempt.user.0,
        attempt.chat.0,
        attempt.update.0,
        attempt.name,
        attempt.key_id,
        attempt.sealed,
        attempt.digest,
        seller,
        shop,
        attempt.next_try_at,
        attempt.gives_up_at,
        now,
        attempt.awaits_owner
    )
    .fetch_one(db)
    .await?;
    Ok(TokenId(id))
}

/// Notes that WB has accepted a token that waited, and that its person, or an owner, is asked until then. `false`: the
/// person has withdrawn it meanwhile.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_asking(
    db: impl Executor<'_>,
    id: TokenId,
    (seller, shop): (SellerId, Option<&str>),
    awaits_owner: bool,
    until: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE token_attempts
            SET state = CASE WHEN $5 THEN 'approving' ELSE 'asking' END, seller = $2, shop = $3, next_try_at = $4,
                gives_up_at = $4
          WHERE id = $1",
        id.0,
        seller.0,
        shop,
        until,
        awaits_owner
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers the message that says that a token waits.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_message(db: impl Executor<'_>, id: TokenId, message_id: MessageId) -> Result<()> {
    sqlx::query!("UPDATE token_attempts SET message_id = $2 WHERE id = $1", id.0, message_id.0).execute(db).await?;
    Ok(())
}

/// Claims the tokens that are due: to be tried again, or to be given up. A doubled tick claims
/// nothing, because the next try has moved.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim_due(db: impl Executor<'_>, now: DateTime<Utc>) -> Result<Vec<Attempt>> {
    let rows = sqlx::query_as!(
        Row,
        "WITH due AS (
             SELECT id FROM token_attempts WHERE next_try_at <= $1
              ORDER BY next_try_at LIMIT $3
                FOR NO KEY UPDATE SKIP LOCKED
         )
         UPDATE token_attempts a SET next_try_at = $2, tries = tries + 1
           FROM due, users u
          WHERE a.id = due.id AND u.id = a.user_id
         RETURNING a.id, a.user_id, u.telegram_id, u.language, a.name, a.chat_id, a.message_id, a.update_id, a.key_id, a.sealed,
                   a.digest, a.seller, a.shop, a.state, a.tries, a.gives_up_at",
        now,
        now + CLAIMED_FOR,
        CLAIM_ATTEMPTS
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}

/// Sets when a token is tried next.
///
/// # Errors
/// When the database cannot be reached.
pub async fn postpone(db: impl Executor<'_>, id: TokenId, next_try_at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE token_attempts SET next_try_at = $2 WHERE id = $1", id.0, next_try_at).execute(db).await?;
    Ok(())
}

/// A kept token, for the person whose it is, by their Telegram id; `None` when it is gone already.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_attempt(db: impl Executor<'_>, telegram_id: TelegramId, id: TokenId) -> Result<Option<Attempt>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT a.id, a.user_id, u.telegram_id, u.language, a.name, a.chat_id, a.message_id, a.update_id, a.key_id, a.sealed,
                a.digest, a.seller, a.shop, a.state, a.tries, a.gives_up_at
           FROM token_attempts a JOIN users u ON u.id = a.user_id
          WHERE a.id = $2 AND u.telegram_id = $1",
        telegram_id.0,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Attempt::from))
}

/// Takes a kept token out, for the person whose it is, by their Telegram id; `None` when it is gone
/// already. In a transaction the token is nowhere else meanwhile.
///
/// # Errors
/// When the database cannot be reached.
pub async fn take_attempt(db: impl Executor<'_>, telegram_id: TelegramId, id: TokenId) -> Result<Option<Attempt>> {
    let row = sqlx::query_as!(
        Row,
        "DELETE FROM token_attempts a USING users u
          WHERE a.id = $2 AND u.id = a.user_id AND u.telegram_id = $1
         RETURNING a.id, a.user_id, u.telegram_id, u.language, a.name, a.chat_id, a.message_id, a.update_id, a.key_id, a.sealed,
                   a.digest, a.seller, a.shop, a.state, a.tries, a.gives_up_at",
        telegram_id.0,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Attempt::from))
}

/// A token that waits for an owner's yes, for whoever owns the cabinet of its seller, by their Telegram id.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_asking_owner(db: impl Executor<'_>, telegram_id: TelegramId, id: TokenId) -> Result<Option<Attempt>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT a.id, a.user_id, u.telegram_id, u.language, a.name, a.chat_id, a.message_id, a.update_id, a.key_id, a.sealed,
                a.digest, a.seller, a.shop, a.state, a.tries, a.gives_up_at
           FROM token_attempts a
           JOIN users u ON u.id = a.user_id
           JOIN cabinets c ON c.seller = a.seller
           JOIN cabinet_users m ON m.cabinet_id = c.id AND m.role = 'owner'
           JOIN users o ON o.id = m.user_id
          WHERE a.id = $2 AND a.state = 'approving' AND o.telegram_id = $1",
        telegram_id.0,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Attempt::from))
}

struct Row {
    id: Uuid,
    user_id: i64,
    telegram_id: i64,
    language: String,
    name: String,
    chat_id: i64,
    message_id: Option<i64>,
    update_id: i64,
    key_id: Uuid,
    sealed: Vec<u8>,
    digest: Vec<u8>,
    seller: Option<Uuid>,
    shop: Option<String>,
    state: String,
    tries: i32,
    gives_up_at: DateTime<Utc>,
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        Self {
            id: TokenId(row.id),
            user: UserId(row.user_id),
            telegram_id: TelegramId(row.telegram_id),
            language: Language::parse(&row.language).unwrap_or_default(),
            name: row.name,
            chat: ChatId(row.chat_id),
            message_id: row.message_id.map(MessageId),
            update: UpdateId(row.update_id),
            key_id: row.key_id,
            sealed: row.sealed,
            digest: row.digest,
            seller: row.seller.map(SellerId),
            shop: row.shop,
            awaits_owner: row.state == "approving",
            tries: row.tries,
            gives_up_at: row.gives_up_at,
        }
    }
}
