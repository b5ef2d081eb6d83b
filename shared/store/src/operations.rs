//! What an operator looks at and does, over all tables. Nothing here reads a token.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, EventKind, Facts, Language, TokenId, UserId, facts::Announcement};
use uuid::Uuid;

use crate::{Executor, Result, Transaction};

/// Rows of one table that an operator is shown: a screen is shorter, a file of thousands is a query's work.
pub const SHOWN_ROWS: i64 = 1_000;

/// How long an operator is shown that a notification may not have come.
const UNSURE_SHOWN: TimeDelta = TimeDelta::days(7);

/// A cabinet in a line.
#[derive(Clone, Debug)]
pub struct CabinetLine {
    /// The cabinet.
    pub id: i64,
    /// What the seller calls it.
    pub name: Option<String>,
    /// How many people belong to it.
    pub members: i64,
    /// When a sync last read something.
    pub last_sync_at: Option<DateTime<Utc>>,
    /// Why it pauses.
    pub pause_reason: Option<String>,
    /// The types of the tokens that WB has not refused.
    pub token_types: Vec<String>,
    /// When the last of them ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Before this moment nothing is asked.
    pub not_before: DateTime<Utc>,
    /// Notifications that are not told yet.
    pub pending: i64,
    /// Notifications of the last week of which Telegram never said whether it has them.
    pub unsure: i64,
    /// The newest error of its sources.
    pub last_error: Option<String>,
}

/// All cabinets, or one of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_cabinets(
    db: impl Executor<'_>,
    only: Option<CabinetId>,
    now: DateTime<Utc>,
) -> Result<Vec<CabinetLine>> {
    sqlx::query_as!(
        CabinetLine,
        r#"SELECT c.id, c.name, c.last_sync_at, c.pause_reason, c.not_before,
                  (SELECT count(*) FROM cabinet_users m WHERE m.cabinet_id = c.id) AS "members!",
                  ARRAY(SELECT DISTINCT t.token_type FROM wb_tokens t
                         WHERE t.cabinet_id = c.id AND t.refused_at IS NULL ORDER BY 1) AS "token_types!",
                  (SELECT max(t.expires_at) FROM wb_tokens t WHERE t.cabinet_id = c.id AND t.refused_at IS NULL)
                      AS expires_at,
                  COALESCE(waiting.count, 0) AS "pending!", COALESCE(unsure.count, 0) AS "unsure!",
                  (SELECT d.data_set || ': ' || d.last_error FROM data_sets d
                    WHERE d.cabinet_id = c.id AND d.last_error IS NOT NULL
                    ORDER BY d.last_error_at DESC LIMIT 1) AS last_error
             FROM cabinets c
             LEFT JOIN (SELECT cabinet_id, count(*) FROM notification_history
                         WHERE status IN ('pending', 'sending') GROUP BY 1) waiting ON waiting.cabinet_id = c.id
             LEFT JOIN (SELECT cabinet_id, count(*) FROM notification_history
                         WHERE is_unsure AND sent_at > $3 GROUP BY 1) unsure ON unsure.cabinet_id = c.id
            WHERE c.deleted_at IS NULL AND ($1::bigint IS NULL OR c.id = $1)
            ORDER BY c.id
            LIMIT $2"#,
        only.map(|cabinet| cabinet.0),
        SHOWN_ROWS,
        now - UNSURE_SHOWN
    )
    .fetch_all(db)
    .await
}

/// A token, as much of it as may be shown.
#[derive(Clone, Debug)]
pub struct TokenLine {
    /// Its id, by which logs name it.
    pub id: Uuid,
    /// Its type.
    pub token_type: String,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When WB refused it.
    pub refused_at: Option<DateTime<Utc>>,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

/// The tokens of a cabinet, newest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_tokens(db: impl Executor<'_>, cabinet: CabinetId) -> Result<Vec<TokenLine>> {
    sqlx::query_as!(
        TokenLine,
        "SELECT id, token_type, expires_at, refused_at, created_at FROM wb_tokens
          WHERE cabinet_id = $1 ORDER BY created_at DESC LIMIT $2",
        cabinet.0,
        SHOWN_ROWS
    )
    .fetch_all(db)
    .await
}

/// A source of a cabinet.
#[derive(Clone, Debug)]
pub struct SourceLine {
    /// Its name.
    pub source: String,
    /// When it was last read.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Before this moment it is not asked.
    pub not_before: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: i32,
    /// The last error.
    pub last_error: Option<String>,
}

/// The sources of a cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_sources(db: impl Executor<'_>, cabinet: CabinetId) -> Result<Vec<SourceLine>> {
    sqlx::query_as!(
        SourceLine,
        "SELECT data_set AS source, last_success_at, not_before, failures, last_error FROM data_sets
          WHERE cabinet_id = $1 ORDER BY data_set",
        cabinet.0
    )
    .fetch_all(db)
    .await
}

/// A cooldown that WB has ordered.
#[derive(Clone, Debug)]
pub struct CooldownLine {
    /// The method.
    pub method: String,
    /// Until when.
    pub not_before: DateTime<Utc>,
}

/// The cooldowns of a cabinet's seller that last.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_cooldowns(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    now: DateTime<Utc>,
) -> Result<Vec<CooldownLine>> {
    sqlx::query_as!(
        CooldownLine,
        r#"SELECT w.method, w.not_before AS "not_before!" FROM wb_limits w JOIN cabinets c ON c.seller = w.seller
            WHERE c.id = $1 AND w.not_before > $2 ORDER BY w.method"#,
        cabinet.0,
        now
    )
    .fetch_all(db)
    .await
}

/// A person in a line.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Telegram's id, by which they are removed.
    pub telegram_id: i64,
    /// Their language.
    pub language: String,
    /// Their cabinets.
    pub cabinets: Vec<i64>,
    /// Since when they block the bot.
    pub blocked_at: Option<DateTime<Utc>>,
    /// Notifications that are not told yet.
    pub pending: i64,
    /// When they were last told something.
    pub last_told_at: Option<DateTime<Utc>>,
    /// Since when they are known.
    pub created_at: DateTime<Utc>,
}

/// All people.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_people(db: impl Executor<'_>) -> Result<Vec<PersonLine>> {
    sqlx::query_as!(
        PersonLine,
        r#"SELECT u.telegram_id, u.language, u.created_at,
                  ARRAY(SELECT m.cabinet_id FROM cabinet_users m WHERE m.user_id = u.id ORDER BY 1) AS "cabinets!",
                  (SELECT c.blocked_at FROM chats c WHERE c.chat_id = u.telegram_id) AS blocked_at,
                  COALESCE(waiting.count, 0) AS "pending!",
                  (SELECT max(n.sent_at) FROM notification_history n WHERE n.user_id = u.id) AS last_told_at
             FROM users u
             LEFT JOIN (SELECT user_id, count(*) FROM notification_history
                         WHERE status IN ('pending', 'sending') GROUP BY 1) waiting ON waiting.user_id = u.id
            ORDER BY u.id
            LIMIT $1"#,
        SHOWN_ROWS
    )
    .fetch_all(db)
    .await
}

/// How many people an announcement would reach: who blocks the bot is left out.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count_audience(db: impl Executor<'_>, language: Option<Language>) -> Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM users u
            WHERE ($1::text IS NULL OR u.language = $1)
              AND NOT EXISTS (SELECT 1 FROM chats c WHERE c.chat_id = u.telegram_id AND c.blocked_at IS NOT NULL)"#,
        language.map(Language::code)
    )
    .fetch_one(db)
    .await
}

/// Puts an announcement into the outbox of each of them, in one statement: all of it or nothing. A tick wakes the
/// chats, and each message waits for its turn as every other does.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_announcement(
    db: impl Executor<'_>,
    id: Uuid,
    announcement: &Announcement,
    language: Option<Language>,
    now: DateTime<Utc>,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"WITH event AS (
               INSERT INTO events (kind, event_key, payload, occurred_at, seen_at) VALUES ($1, $2, $3, $4, $4)
               RETURNING id
           ), told AS (
               INSERT INTO notification_history (event_id, user_id, chat_id, kind, deliver_after, created_at)
               SELECT event.id, u.id, u.telegram_id, $1, $4, $4
                 FROM event, users u
                WHERE ($5::text IS NULL OR u.language = $5)
                  AND NOT EXISTS (SELECT 1 FROM chats c WHERE c.chat_id = u.telegram_id AND c.blocked_at IS NOT NULL)
               RETURNING chat_id
           ), woken AS (
               INSERT INTO chats AS c (chat_id, wake_seq) SELECT chat_id, 1 FROM told ORDER BY chat_id
               ON CONFLICT (chat_id) DO UPDATE SET wake_seq = c.wake_seq + 1
           )
           SELECT count(*) AS "count!" FROM told"#,
        EventKind::Announcement.name(),
        id.to_string(),
        Facts::Announcement(announcement.clone()).to_payload(),
        now,
        language.map(Language::code)
    )
    .fetch_one(db)
    .await
}

/// Takes every member out of a cabinet, as each would leave it; the last one takes the shop's data along.
/// Returns how many there were; `None` where there is no such cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_cabinet(tx: &mut Transaction<'_>, cabinet: CabinetId, now: DateTime<Utc>) -> Result<Option<usize>> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM cabinets WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        cabinet.0
    )
    .fetch_optional(&mut **tx)
    .await?;
    if found.is_none() {
        return Ok(None);
    }
    let members = sqlx::query_scalar!("SELECT user_id FROM cabinet_users WHERE cabinet_id = $1 ORDER BY 1", cabinet.0)
        .fetch_all(&mut **tx)
        .await?;
    for member in &members {
        crate::members::leave(tx, UserId(*member), cabinet, now).await?;
    }
    Ok(Some(members.len()))
}

/// Stores the operator's link, by the digest of its code.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_invite(
    db: impl Executor<'_>,
    digest: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("INSERT INTO invites (digest, created_at, expires_at) VALUES ($1, $2, $3)", digest, now, expires_at)
        .execute(db)
        .await?;
    Ok(())
}

/// A token sealed under an older data key.
#[derive(Clone, Debug)]
pub struct StaleSeal {
    /// Its id.
    pub id: TokenId,
    /// The key.
    pub key_id: Uuid,
    /// The sealed token.
    pub sealed: Vec<u8>,
}

/// Tokens, also those that wait, which another key than this one has sealed.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_stale_seals(db: impl Executor<'_>, newest: Uuid, limit: i64) -> Result<Vec<StaleSeal>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", key_id AS "key_id!", sealed AS "sealed!" FROM (
               SELECT id, key_id, sealed FROM wb_tokens
               UNION ALL SELECT id, key_id, sealed FROM token_attempts) all_tokens
            WHERE key_id <> $1 ORDER BY id LIMIT $2"#,
        newest,
        limit
    )
    .fetch_all(db)
    .await?;
    let stale = rows.into_iter().map(|row| StaleSeal { id: TokenId(row.id), key_id: row.key_id, sealed: row.sealed });
    Ok(stale.collect())
}

/// Replaces a seal, unless somebody else was faster. A token keeps its id when it is accepted, so it may stand in
/// either table.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_seal(db: impl Executor<'_>, before: &StaleSeal, key_id: Uuid, sealed: &[u8]) -> Result<()> {
    sqlx::query!(
        "WITH accepted AS (
             UPDATE wb_tokens SET key_id = $3, sealed = $4 WHERE id = $1 AND key_id = $2
         )
         UPDATE token_attempts SET key_id = $3, sealed = $4 WHERE id = $1 AND key_id = $2",
        before.id.0,
        before.key_id,
        key_id,
        sealed
    )
    .execute(db)
    .await?;
    Ok(())
}
