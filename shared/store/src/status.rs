//! What 📡 Состояние and ⚙️ Настройки show: each cabinet of a person as a sync would see it, but for
//! the seals.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, Language, SellerId, TelegramId,
    token_care::{ClosedParts, PauseReason},
};
use sqlx::types::Json;

use crate::{
    Executor, Result,
    data_sets::{DataSetState, complete},
    leases::Lease,
    limits::MethodLimit,
    tokens::SealedToken,
};

/// As many cabinets as a deployment can allow to one person (`MAX_CABINETS_PER_USER`).
pub const ALL_CABINETS: i64 = 1_000;

/// How long a person is shown that a message may not have come.
const UNSURE_SHOWN: TimeDelta = TimeDelta::hours(24);

/// A cabinet of a person.
#[derive(Clone, Debug)]
pub struct CabinetState {
    /// Which.
    pub cabinet: CabinetId,
    /// The language of the person.
    pub language: Language,
    /// How many cabinets they have.
    pub cabinets: i64,
    /// Its name.
    pub name: Option<String>,
    /// Whether its first sync has ended.
    pub is_ready: bool,
    /// Messages of the last day of which Telegram never said whether it has them.
    pub unsure: i64,
    /// When it was last synced.
    pub last_sync_at: Option<DateTime<Utc>>,
    /// Since when it pauses, and why.
    pub pause: Option<(DateTime<Utc>, PauseReason)>,
    /// What a sync would have to plan with. Nobody holds it: its fence is 0, its seals are empty, and
    /// `tokens` are all tokens, newest first, whether they serve or not.
    pub lease: Lease,
}

/// A page of the cabinets of a person, oldest membership first; behind the last page the last one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_status(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    page: i64,
    per_page: i64,
    now: DateTime<Utc>,
) -> Result<Vec<CabinetState>> {
    let rows = sqlx::query!(
        r#"SELECT u.language, count(*) OVER () AS "cabinets!", c.id, c.seller, c.name, c.first_sync_ended_at IS NOT NULL AS "is_ready!", c.last_sync_at, c.paused_at,
                  c.closed_parts AS "closed_parts!: Json<ClosedParts>",
                  c.pause_reason,
                  (SELECT count(*) FROM notification_history n
                    WHERE n.cabinet_id = c.id AND n.is_unsure AND n.user_id = u.id AND n.sent_at > $4) AS "unsure!",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'id', t.id, 'key_id', t.key_id, 'sealed', '', 'token_type', t.token_type,
                              'categories', t.categories, 'expires_at', t.expires_at, 'suspected_at', t.suspected_at,
                              'refused_at', t.refused_at, 'refused_categories', t.refused_categories)
                              ORDER BY t.created_at DESC), '[]')
                     FROM wb_tokens t WHERE t.cabinet_id = c.id) AS "tokens!: Json<Vec<SealedToken>>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'data_set', d.data_set, 'covered_until', d.covered_until, 'baseline_at', d.baseline_at,
                              'not_before', d.not_before, 'last_error_at', d.last_error_at, 'refused_at', d.refused_at,
                              'put_off_reason', d.put_off_reason, 'put_off_until', d.put_off_until)), '[]')
                     FROM data_sets d WHERE d.cabinet_id = c.id) AS "data_sets!: Json<Vec<DataSetState>>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'method', w.method, 'full_at', w.full_at, 'not_before', w.not_before)), '[]')
                     FROM wb_limits w WHERE w.seller = c.seller) AS "limits!: Json<Vec<MethodLimit>>"
             FROM users u
             JOIN cabinet_users m ON m.user_id = u.id
             JOIN cabinets c ON c.id = m.cabinet_id
            WHERE u.telegram_id = $1
            ORDER BY m.joined_at, c.id
            LIMIT $3
           OFFSET LEAST($2, GREATEST(0, (SELECT count(*) - 1 FROM cabinet_users o JOIN users ou ON ou.id = o.user_id
                                          WHERE ou.telegram_id = $1) / $3)) * $3"#,
        telegram_id.0,
        page,
        per_page,
        now - UNSURE_SHOWN
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CabinetState {
            cabinet: CabinetId(row.id),
            language: Language::parse(&row.language).unwrap_or_default(),
            cabinets: row.cabinets,
            name: row.name,
            is_ready: row.is_ready,
            unsure: row.unsure,
            last_sync_at: row.last_sync_at,
            pause: row.paused_at.zip(row.pause_reason.as_deref().map(PauseReason::parse)),
            lease: Lease {
                fence: 0,
                seller: SellerId(row.seller),
                is_first_sync: !row.is_ready,
                paused_at: row.paused_at,
                has_silence: false,
                closed_parts: row.closed_parts.0,
                tokens: row.tokens.0,
                refused_tokens: Vec::new(),
                expired_tokens: 0,
                data_sets: complete(row.data_sets.0),
                limits: row.limits.0,
            },
        })
        .collect())
}
