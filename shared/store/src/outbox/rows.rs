//! Notifications that make one message, with what it needs: of one that is sent next, of a page of a group, of a card.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, EventKind, Facts, GroupId, Language, NotificationId, TelegramId,
    facts::{CollectOffer, Unreadable},
};
use sqlx::types::Json;

use crate::{Executor, Pool, product_now::ProductNow};

/// Rows looked at by one statement, which is also the largest group: a longer backlog comes as
/// several.
pub(super) const LOOK_AHEAD_ROWS: i64 = 1_000;
/// How long a picture's id is good: sellers put other pictures at the same address.
const PICTURE_KEPT: TimeDelta = TimeDelta::days(7);

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
    pub group: Option<GroupId>,
    /// Whether it comes without a sound: the person's quiet hours.
    pub is_silent: bool,
    /// Since when the longest waiting of its rows was due; `None` for what is only shown again.
    pub due_since: Option<DateTime<Utc>>,
    /// The rows, in order; at least one.
    pub rows: Vec<Notification>,
}

impl Batch {
    /// What is offered when too many of these come one by one.
    pub(super) fn offer(&self) -> Option<CollectOffer> {
        let kind = self.kind.filter(|kind| EventKind::SWITCHED.contains(kind))?;
        Some(CollectOffer { cabinet: self.cabinet?, kind })
    }

    /// How often nobody saw the end of its sending, of the row that this happened to most.
    #[must_use]
    pub fn unseen(&self) -> usize {
        self.rows.iter().map(|row| usize::try_from(row.unseen).unwrap_or_default()).max().unwrap_or_default()
    }
}

/// A notification row with what its message needs.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
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
    /// What the event says, or why this version cannot read it.
    pub facts: Result<Facts, Unreadable>,
    /// The product that the event is about, as far as we know it.
    pub product: ProductNow,
}

/// The rows of a group, in order, for one of its pages; only for the person whose group it is, by
/// their Telegram id, and while they belong to the cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_group(
    pool: &Pool,
    telegram_id: TelegramId,
    group: GroupId,
    now: DateTime<Utc>,
) -> crate::Result<Option<Batch>> {
    let ids = sqlx::query_scalar!(
        r#"SELECT id AS "id!" FROM notification_cards
            WHERE group_id = $2 AND telegram_id = $1 AND is_member
            ORDER BY id
            LIMIT $3"#,
        telegram_id.0,
        group.0,
        LOOK_AHEAD_ROWS
    )
    .fetch_all(pool)
    .await?;
    load_batch(pool, &ids, Some(group), now).await
}

/// The rows of the message that this row came with, for the card behind it: itself, or the sizes that
/// fell together; only for the person to whom it belongs, by their Telegram id, and while they belong to
/// the cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_row(
    pool: &Pool,
    telegram_id: TelegramId,
    row: NotificationId,
    now: DateTime<Utc>,
) -> crate::Result<Option<Batch>> {
    let ids = sqlx::query_scalar!(
        r#"WITH named AS (
               SELECT id, kind, cabinet_id, user_id, telegram_message_id, seen_at, nm_id FROM notification_cards
                WHERE id = $2 AND telegram_id = $1 AND is_member
           )
           SELECT id AS "id!" FROM named
           UNION
           SELECT n.id
             FROM named
             JOIN events e ON e.cabinet_id = named.cabinet_id AND e.kind = named.kind AND e.seen_at = named.seen_at
                          AND e.nm_id = named.nm_id
             JOIN notification_history n ON n.event_id = e.id AND n.user_id = named.user_id
                                        AND n.telegram_message_id = named.telegram_message_id
            WHERE named.kind = 'critical_stock'
            LIMIT $3"#,
        telegram_id.0,
        row.0,
        LOOK_AHEAD_ROWS
    )
    .fetch_all(pool)
    .await?;
    load_batch(pool, &ids, None, now).await
}

/// These rows, which make one message, with their product as it is now; those of a group show less of it.
pub(super) async fn load_batch(
    db: impl Executor<'_>,
    ids: &[i64],
    group: Option<GroupId>,
    now: DateTime<Utc>,
) -> crate::Result<Option<Batch>> {
    if ids.is_empty() {
        return Ok(None);
    }
    let rows = sqlx::query!(
        r#"SELECT n.id AS "id!", n.kind AS "kind!", n.cabinet_id, n.attempts AS "attempts!", n.unseen AS "unseen!",
                  n.telegram_message_id, n.is_photo AS "is_photo!", t.file_id AS "file_id?", n.payload AS "payload!",
                  n.seen_at AS "seen_at!", n.language AS "language!", n.cabinet_name,
                  n.product || CASE WHEN $4 OR n.nm_id IS NULL THEN '{}' ELSE jsonb_build_object(
                      'stocks', product_stocks(n.cabinet_id, n.nm_id),
                      'hides_sellers', NOT sees_seller_stocks(n.cabinet_id),
                      'counts', product_figures(n.cabinet_id, n.nm_id, $2)) END AS "product!: Json<ProductNow>"
             FROM notification_cards n
             LEFT JOIN telegram_pictures t ON t.image_url = n.image_url AND t.sent_at > $3
            WHERE n.id = ANY($1)
            ORDER BY n.id"#,
        ids,
        now,
        now - PICTURE_KEPT,
        group.is_some()
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some(Batch {
        kind: EventKind::parse(&first.kind),
        cabinet: first.cabinet_id.map(CabinetId),
        cabinet_name: first.cabinet_name.clone(),
        language: Language::parse(&first.language).unwrap_or_default(),
        group,
        is_silent: false,
        due_since: None,
        rows: rows
            .into_iter()
            .map(|row| Notification {
                id: NotificationId(row.id),
                attempts: row.attempts,
                unseen: row.unseen,
                message_id: row.telegram_message_id,
                is_photo: row.is_photo,
                file_id: row.file_id,
                seen_at: row.seen_at,
                facts: Facts::parse(&row.kind, row.payload),
                product: row.product.0,
            })
            .collect(),
    }))
}
