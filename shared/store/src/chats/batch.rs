//! Rows that make one message, and those of a message that was sent: a page of a group, a card.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, EventKind, GroupId, Language, NotificationId, Photo, Size, TelegramId,
    figures::{ProductCounts, ProductFigures},
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{Executor, Result};

/// Rows looked at by one statement, which is also the largest group: a longer backlog comes as
/// several.
pub(super) const LOOK_AHEAD_ROWS: i64 = 1_000;
/// How long a picture's id is good: sellers put other pictures at the same address.
pub(super) const PICTURE_KEPT: TimeDelta = TimeDelta::days(7);

/// Rows of one kind and cabinet that make one message.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Their kind; `None` for one that only a newer version knows.
    pub kind: Option<EventKind>,
    /// The cabinet that they are about; a digest is about all of a person's.
    pub cabinet: Option<CabinetId>,
    /// The name of that cabinet, if the person has several.
    pub cabinet_name: Option<String>,
    /// The language of the person.
    pub language: Language,
    /// What names the group as which they come, because they are more than the limit at once, a backlog, or
    /// collected; its buttons carry it.
    pub group: Option<i64>,
    /// Whether it comes without a sound: the person's quiet hours.
    pub is_silent: bool,
    /// Since when the longest waiting of its rows was due; `None` for what is only shown again.
    pub due_since: Option<DateTime<Utc>>,
    /// The rows, in order; at least one.
    pub rows: Vec<Row>,
}

impl Batch {
    /// How often nobody saw the end of its sending, of the row that this happened to most.
    #[must_use]
    pub fn unseen(&self) -> usize {
        self.rows.iter().map(|row| usize::try_from(row.unseen).unwrap_or_default()).max().unwrap_or_default()
    }
}

/// A notification row with what its message needs.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: i64,
    /// How often it has been tried, this time included.
    pub attempts: i32,
    /// How often it was sent before and nobody saw the end: Telegram may have it.
    pub unseen: i16,
    /// The message that it already has, to be edited.
    pub message_id: Option<i64>,
    /// Whether that message is a picture, whose words are its caption.
    pub is_photo: bool,
    /// What stands for the product's picture at Telegram, if that has it.
    pub file_id: Option<String>,
    /// When we learned of it.
    pub seen_at: DateTime<Utc>,
    /// The facts of the event.
    pub payload: serde_json::Value,
    /// The product that the event is about, as far as we know it.
    pub product: Option<ProductNow>,
}

/// A product at the moment of telling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductNow {
    /// The title.
    pub title: Option<String>,
    /// «Артикул продавца».
    pub article: Option<String>,
    /// The picture.
    pub image_url: Option<Photo>,
    /// The sizes of the card.
    pub sizes: Vec<Size>,
    /// What is left, by size; `None` while the stocks are not loaded, or cannot be seen.
    pub stocks: Option<Vec<SizeStock>>,
    /// Whether the seller may keep more in warehouses of their own, which no token of the cabinet sees.
    #[serde(default)]
    pub hides_sellers: bool,
    /// What its figures are made of; `None` in a group, whose rows have no room for them.
    #[serde(default)]
    pub counts: Option<ProductCounts>,
}

impl ProductNow {
    /// The figures of the product, as far as they are known.
    #[must_use]
    pub fn figures(&self) -> ProductFigures {
        let figures = self.counts.as_ref().map(ProductCounts::figures).unwrap_or_default();
        let left: i64 = self.stocks.iter().flatten().map(|size| size.quantity).sum();
        // Nothing that is seen is not nothing at all.
        let is_unknown = self.stocks.is_none() || (self.hides_sellers && left == 0);
        ProductFigures { stock_days: figures.stock_days.filter(|_| !is_unknown), ..figures }
    }
}

/// What is left of one size, over all warehouses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeStock {
    /// The size.
    pub chrt_id: i64,
    /// The pieces that can be sold.
    pub quantity: i64,
}

/// The rows of a group, in order, for one of its pages; only for the person whose group it is, by
/// their Telegram id, and while they belong to the cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_group(db: impl Executor<'_>, telegram_id: TelegramId, group: GroupId) -> Result<Option<Batch>> {
    let rows = sqlx::query_as!(
        Loaded,
        r#"SELECT n.id, n.kind, n.cabinet_id, n.attempts, NULL::bigint AS message_id, false AS "is_photo!", NULL::text AS file_id,
                  e.payload, e.seen_at, u.language,
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = n.user_id) > 1 THEN c.name END AS cabinet_name,
                  jsonb_build_object('title', p.title, 'article', p.supplier_article, 'image_url', p.image_url, 'sizes', COALESCE(p.sizes, '[]'),
                                     'stocks', NULL) AS "product!: Json<ProductNow>"
             FROM notification_history n
             JOIN users u ON u.id = n.user_id
             JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
             JOIN events e ON e.id = n.event_id
             JOIN cabinets c ON c.id = n.cabinet_id
             LEFT JOIN wb_products p ON p.cabinet_id = n.cabinet_id AND p.nm_id = (e.payload->>'nm_id')::bigint
            WHERE n.group_id = $2 AND u.telegram_id = $1
            ORDER BY n.id
            LIMIT $3"#,
        telegram_id.0,
        group.0,
        LOOK_AHEAD_ROWS
    )
    .fetch_all(db)
    .await?;
    Ok(batch(rows, Some(group.0)))
}

/// The rows of the message that this row came with, for the card behind it: itself, or the sizes that
/// fell together; only for the person to whom it belongs, by their Telegram id, and while they belong to
/// the cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_row(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    row: NotificationId,
    now: DateTime<Utc>,
) -> Result<Option<Batch>> {
    let rows = sqlx::query_as!(
        Loaded,
        r#"WITH named AS (
               SELECT n.id, n.kind, n.cabinet_id, n.user_id, n.telegram_message_id, e.seen_at, e.payload->>'nm_id' AS nm_id
                 FROM notification_history n
                 JOIN users u ON u.id = n.user_id
                 JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
                 JOIN events e ON e.id = n.event_id
                WHERE n.id = $2 AND u.telegram_id = $1
           ), chosen AS (
               SELECT id FROM named
               UNION
               SELECT n.id
                 FROM named
                 JOIN events e ON e.cabinet_id = named.cabinet_id AND e.kind = named.kind AND e.seen_at = named.seen_at
                              AND e.payload->>'nm_id' = named.nm_id
                 JOIN notification_history n ON n.event_id = e.id AND n.user_id = named.user_id
                                            AND n.telegram_message_id = named.telegram_message_id
                WHERE named.kind = 'critical_stock'
           )
           SELECT n.id, n.kind, n.cabinet_id, n.attempts, n.telegram_message_id AS message_id, n.is_photo, e.payload, e.seen_at, t.file_id AS "file_id?",
                  u.language,
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = n.user_id) > 1 THEN c.name END AS cabinet_name,
                  jsonb_build_object(
                      'title', p.title, 'article', p.supplier_article, 'image_url', p.image_url, 'sizes', COALESCE(p.sizes, '[]'),
                      'stocks', product_stocks(n.cabinet_id, (e.payload->>'nm_id')::bigint),
                      'hides_sellers', NOT sees_seller_stocks(n.cabinet_id),
                      'counts', product_figures(n.cabinet_id, (e.payload->>'nm_id')::bigint, $3)) AS "product!: Json<ProductNow>"
             FROM chosen
             JOIN notification_history n ON n.id = chosen.id
             JOIN users u ON u.id = n.user_id
             JOIN events e ON e.id = n.event_id
             JOIN cabinets c ON c.id = n.cabinet_id
             LEFT JOIN wb_products p ON p.cabinet_id = n.cabinet_id AND p.nm_id = (e.payload->>'nm_id')::bigint
             LEFT JOIN telegram_pictures t ON t.image_url = p.image_url AND t.sent_at > $5
            ORDER BY n.id
            LIMIT $4"#,
        telegram_id.0,
        row.0,
        now,
        LOOK_AHEAD_ROWS,
        now - PICTURE_KEPT
    )
    .fetch_all(db)
    .await?;
    Ok(batch(rows, None))
}

/// A row of a message that was sent.
struct Loaded {
    id: i64,
    kind: String,
    cabinet_id: Option<i64>,
    attempts: i32,
    message_id: Option<i64>,
    is_photo: bool,
    file_id: Option<String>,
    payload: serde_json::Value,
    seen_at: DateTime<Utc>,
    language: String,
    cabinet_name: Option<String>,
    product: Json<ProductNow>,
}

/// What the first row says of all of them; `None` where there is none.
fn batch(rows: Vec<Loaded>, group: Option<i64>) -> Option<Batch> {
    let first = rows.first()?;
    Some(Batch {
        kind: EventKind::parse(&first.kind),
        cabinet: first.cabinet_id.map(CabinetId),
        cabinet_name: first.cabinet_name.clone(),
        language: Language::parse(&first.language).unwrap_or_default(),
        group,
        is_silent: false,
        due_since: None,
        rows: rows
            .into_iter()
            .map(|row| Row {
                id: row.id,
                attempts: row.attempts,
                unseen: 0,
                message_id: row.message_id,
                is_photo: row.is_photo,
                file_id: row.file_id,
                seen_at: row.seen_at,
                payload: row.payload,
                product: Some(row.product.0),
            })
            .collect(),
    })
}
