//! `muted_products`: what a person does not want to hear of one product.

use chrono::{DateTime, Utc};
use domain::{CabinetId, EventKind, MutingId, NmId, NotificationId, TelegramId};

use crate::{Executor, Result};

/// Muted products on one page: Telegram's apps show about so many buttons without scrolling.
pub const MUTED_PER_PAGE: i64 = 8;
/// Stands for all kinds in the column.
const ALL_KINDS: &str = "all";

/// What a notification is about, for the one who got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationOf {
    /// Its cabinet.
    pub cabinet: CabinetId,
    /// The cabinet's name, if the person has several.
    pub cabinet_name: Option<String>,
    /// Its kind.
    pub kind: EventKind,
    /// The product.
    pub nm_id: NmId,
    /// The product's title, or «Артикул продавца».
    pub title: Option<String>,
    /// The person's language.
    pub language: domain::Language,
}

/// What one of the person's notifications is about; `None` for one of somebody else, of a cabinet to
/// which they do not belong any more, or about no product.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_notification(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    notification: NotificationId,
) -> Result<Option<NotificationOf>> {
    let row = sqlx::query!(
        r#"SELECT n.kind, c.id AS cabinet, u.language, e.nm_id AS "nm_id!",
                  COALESCE(p.title, p.supplier_article) AS title,
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = u.id) > 1 THEN c.name END AS cabinet_name
             FROM users u
             JOIN notification_history n ON n.user_id = u.id
             JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = u.id
             JOIN cabinets c ON c.id = n.cabinet_id
             JOIN events e ON e.id = n.event_id
             LEFT JOIN wb_products p ON p.cabinet_id = c.id AND p.nm_id = e.nm_id
            WHERE u.telegram_id = $1 AND n.id = $2 AND e.nm_id IS NOT NULL"#,
        telegram_id.0,
        notification.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| {
        Some(NotificationOf {
            cabinet: CabinetId(row.cabinet),
            cabinet_name: row.cabinet_name,
            kind: EventKind::parse(&row.kind)?,
            nm_id: NmId(row.nm_id),
            title: row.title,
            language: domain::Language::parse(&row.language).unwrap_or_default(),
        })
    }))
}

/// Mutes the product of a notification for the one who got it: its kind, or all kinds. Returns the
/// id by which it is unmuted.
///
/// # Errors
/// When the database cannot be reached.
pub async fn mute(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    notification: NotificationId,
    all_kinds: bool,
    now: DateTime<Utc>,
) -> Result<Option<MutingId>> {
    let id = sqlx::query_scalar!(
        "INSERT INTO muted_products AS x (user_id, cabinet_id, nm_id, kind, muted_at)
         SELECT u.id, n.cabinet_id, e.nm_id, CASE WHEN $3 THEN $4 ELSE n.kind END, $5
           FROM users u
           JOIN notification_history n ON n.user_id = u.id
           JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = u.id
           JOIN events e ON e.id = n.event_id
          WHERE u.telegram_id = $1 AND n.id = $2 AND e.nm_id IS NOT NULL
         ON CONFLICT (user_id, cabinet_id, nm_id, kind) DO UPDATE SET muted_at = x.muted_at
         RETURNING id",
        telegram_id.0,
        notification.0,
        all_kinds,
        ALL_KINDS,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(MutingId))
}

/// A muted product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Muted {
    /// The id by which it is unmuted.
    pub id: MutingId,
    /// The product.
    pub nm_id: NmId,
    /// Its title, or «Артикул продавца».
    pub title: Option<String>,
    /// The kind; `None` for all kinds.
    pub kind: Option<EventKind>,
}

/// A page of the muted products of a person in a cabinet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutedPage {
    /// The person's language.
    pub language: domain::Language,
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The cabinet's name, if the person has several.
    pub cabinet_name: Option<String>,
    /// How many there are on all pages.
    pub total: i64,
    /// The products, latest first.
    pub products: Vec<Muted>,
}

/// A page, counted from 0; `None` where the person does not belong to the cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_muted(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: CabinetId,
    page: i64,
) -> Result<Option<MutedPage>> {
    let rows = sqlx::query!(
        r#"SELECT u.language, c.id AS cabinet,
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = u.id) > 1 THEN c.name END AS cabinet_name,
                  x.id AS "id?", x.nm_id AS "nm_id?", x.kind AS "kind?", COALESCE(p.title, p.supplier_article) AS title,
                  count(x.id) OVER () AS "total!"
             FROM users u
             JOIN cabinet_users m ON m.user_id = u.id AND m.cabinet_id = $2
             JOIN cabinets c ON c.id = m.cabinet_id
             LEFT JOIN muted_products x ON x.user_id = u.id AND x.cabinet_id = c.id
             LEFT JOIN wb_products p ON p.cabinet_id = c.id AND p.nm_id = x.nm_id
            WHERE u.telegram_id = $1
            ORDER BY x.id DESC
            LIMIT $3 OFFSET LEAST($4, GREATEST(0, (SELECT count(*) - 1 FROM muted_products o JOIN users ou ON ou.id = o.user_id
                                                    WHERE ou.telegram_id = $1 AND o.cabinet_id = $2) / $3)) * $3"#,
        telegram_id.0,
        cabinet.0,
        MUTED_PER_PAGE,
        page
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some(MutedPage {
        language: domain::Language::parse(&first.language).unwrap_or_default(),
        cabinet: CabinetId(first.cabinet),
        cabinet_name: first.cabinet_name.clone(),
        total: first.total,
        products: rows
            .into_iter()
            .filter_map(|row| {
                Some(Muted {
                    id: MutingId(row.id?),
                    nm_id: NmId(row.nm_id?),
                    title: row.title,
                    kind: row.kind.as_deref().and_then(EventKind::parse),
                })
            })
            .collect(),
    }))
}

/// Unmutes for the one who muted, and tells in which cabinet that was.
///
/// # Errors
/// When the database cannot be reached.
pub async fn unmute(db: impl Executor<'_>, telegram_id: TelegramId, id: MutingId) -> Result<Option<CabinetId>> {
    let cabinet = sqlx::query_scalar!(
        "DELETE FROM muted_products x USING users u
          WHERE u.telegram_id = $1 AND x.user_id = u.id AND x.id = $2
         RETURNING x.cabinet_id",
        telegram_id.0,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(cabinet.map(CabinetId))
}
