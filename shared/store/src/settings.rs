//! The settings: `notification_settings`, `notification_deliveries`, `muted_products`, and what of
//! `users` is a setting.
//!
//! Everything is asked by the person's Telegram id, so that one statement proves who asks and
//! answers: who does not belong to the cabinet finds and changes nothing.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Delivery, EventKind, Language, NotificationId, QuietMode, StockBy, TelegramId, UserId, Zone,
    event::REVIEW_THRESHOLD,
    settings::{DIGEST_HOUR, STOCK_THRESHOLD},
};
use sqlx::types::Json;

use crate::{Executor, Result};

mod muted;

pub use muted::{MUTED_PER_PAGE, Muted, MutedPage, NotificationOf, load_muted, load_notification, mute, unmute};

/// The one who asks, by their Telegram id, and the cabinet that they ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Their first cabinet that is loaded.
    First,
    /// This cabinet.
    Cabinet(CabinetId),
    /// The cabinet of a notification of theirs.
    Notification(NotificationId),
}

/// The settings of a person, and those in one of their cabinets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonSettings {
    /// The person.
    pub user: UserId,
    /// Their language.
    pub language: Language,
    /// The one switch for everything.
    pub all: bool,
    /// By which clock quiet hours and the digest go.
    pub zone: Zone,
    /// Whether there are quiet hours.
    pub quiet_enabled: bool,
    /// The hour at which they begin.
    pub quiet_from: u8,
    /// The hour at which they end.
    pub quiet_until: u8,
    /// What they do.
    pub quiet_mode: QuietMode,
    /// The hour of the digest; `None`: no digest.
    pub digest_hour: Option<u8>,
    /// Their cabinets that are loaded, oldest membership first.
    pub cabinets: Vec<CabinetId>,
    /// The cabinet that was asked for.
    pub cabinet: CabinetId,
    /// Its name.
    pub cabinet_name: Option<String>,
    /// The kind of the notification that was asked about.
    pub kind: Option<EventKind>,
    /// The six kinds, in the order of [`EventKind::SWITCHED`].
    pub kinds: [bool; 6],
    /// How they come, in the same order.
    pub deliveries: [Delivery; 6],
    /// The seventh switch.
    pub orders_late: bool,
    /// The most stars of a negative review.
    pub review_threshold: i16,
    /// The remainder that is critical.
    pub stock_threshold: i32,
    /// Of what it is the remainder.
    pub stock_by: StockBy,
    /// Muted products of the cabinet.
    pub muted: i64,
}

impl PersonSettings {
    /// Whether a kind is on; kinds without a switch are.
    #[must_use]
    pub fn is_on(&self, kind: EventKind) -> bool {
        place(kind).is_none_or(|place| self.kinds[place])
    }

    /// How a kind comes.
    #[must_use]
    pub fn delivery(&self, kind: EventKind) -> Delivery {
        place(kind).map_or(Delivery::AtOnce, |place| self.deliveries[place])
    }
}

fn place(kind: EventKind) -> Option<usize> {
    EventKind::SWITCHED.iter().position(|one| *one == kind)
}

/// The settings; `None` for who has no such cabinet, or whose cabinet is not loaded yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_settings(db: impl Executor<'_>, telegram_id: TelegramId, of: Of) -> Result<Option<PersonSettings>> {
    let (cabinet, notification) = match of {
        Of::First => (None, None),
        Of::Cabinet(cabinet) => (Some(cabinet.0), None),
        Of::Notification(row) => (None, Some(row.0)),
    };
    let row = sqlx::query!(
        r#"WITH person AS (
               SELECT * FROM users WHERE telegram_id = $1
           ), notification AS (
               SELECT n.kind, n.cabinet_id FROM notification_history n JOIN person u ON n.user_id = u.id WHERE n.id = $3
           ), loaded AS (
               SELECT c.id, c.name, m.joined_at
                 FROM person u JOIN cabinet_users m ON m.user_id = u.id JOIN cabinets c ON c.id = m.cabinet_id
                WHERE c.first_sync_ended_at IS NOT NULL
           ), chosen AS (
               SELECT * FROM loaded
                WHERE ($2::bigint IS NULL OR id = $2)
                  AND ($3::bigint IS NULL OR id = (SELECT cabinet_id FROM notification))
                ORDER BY joined_at, id LIMIT 1
           )
           SELECT u.id AS "user!", u.language AS "language!", u.notifications_enabled AS "all!", u.zone AS "zone!",
                  u.quiet_enabled AS "quiet_enabled!", u.quiet_from AS "quiet_from!", u.quiet_until AS "quiet_until!",
                  u.quiet_mode AS "quiet_mode!", u.digest_hour, c.id AS "cabinet!", c.name,
                  (SELECT array_agg(id ORDER BY joined_at, id) FROM loaded) AS "cabinets!",
                  (SELECT kind FROM notification) AS kind,
                  COALESCE(s.new_orders_enabled, true) AS "new_orders!",
                  COALESCE(s.order_buyouts_enabled, true) AS "buyouts!",
                  COALESCE(s.order_cancellations_enabled, true) AS "cancellations!",
                  COALESCE(s.order_returns_enabled, true) AS "returns!",
                  COALESCE(s.negative_reviews_enabled, true) AS "reviews!",
                  COALESCE(s.critical_stocks_enabled, true) AS "stocks!",
                  COALESCE(s.orders_late_enabled, true) AS "orders_late!",
                  s.review_threshold AS "review_threshold?", s.stock_threshold AS "stock_threshold?",
                  s.stock_by AS "stock_by?",
                  (SELECT COALESCE(jsonb_object_agg(v.kind, v.delivery), '{}') FROM notification_deliveries v
                    WHERE v.user_id = u.id AND v.cabinet_id = c.id)
                      AS "deliveries!: Json<std::collections::HashMap<String, String>>",
                  (SELECT count(*) FROM muted_products x WHERE x.user_id = u.id AND x.cabinet_id = c.id) AS "muted!"
             FROM person u CROSS JOIN chosen c
             LEFT JOIN notification_settings s ON s.user_id = u.id AND s.cabinet_id = c.id"#,
        telegram_id.0,
        cabinet,
        notification
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| PersonSettings {
        user: UserId(row.user),
        language: Language::parse(&row.language).unwrap_or_default(),
        all: row.all,
        zone: Zone::parse(&row.zone).unwrap_or_default(),
        quiet_enabled: row.quiet_enabled,
        quiet_from: hour(row.quiet_from),
        quiet_until: hour(row.quiet_until),
        quiet_mode: QuietMode::parse(&row.quiet_mode).unwrap_or_default(),
        digest_hour: row.digest_hour.map(hour),
        cabinets: row.cabinets.into_iter().map(CabinetId).collect(),
        cabinet: CabinetId(row.cabinet),
        cabinet_name: row.name,
        kind: row.kind.as_deref().and_then(EventKind::parse),
        kinds: [row.new_orders, row.buyouts, row.cancellations, row.returns, row.reviews, row.stocks],
        deliveries: EventKind::SWITCHED
            .map(|kind| row.deliveries.0.get(kind.name()).and_then(|name| Delivery::parse(name)).unwrap_or_default()),
        orders_late: row.orders_late,
        review_threshold: row.review_threshold.unwrap_or(REVIEW_THRESHOLD),
        stock_threshold: row.stock_threshold.unwrap_or(DEFAULT_STOCK_THRESHOLD),
        stock_by: row.stock_by.as_deref().and_then(StockBy::parse).unwrap_or_default(),
        muted: row.muted,
    }))
}

/// The default as the column's type has it.
#[allow(clippy::cast_possible_truncation, reason = "the default threshold is small")]
const DEFAULT_STOCK_THRESHOLD: i32 = STOCK_THRESHOLD as i32;

/// An hour as the column holds it.
fn hour(column: i16) -> u8 {
    u8::try_from(column).unwrap_or_default()
}

/// A change of what belongs to the person and no cabinet; `None` leaves a setting as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonChange {
    /// The one switch for everything.
    pub all: Option<bool>,
    /// Whether there are quiet hours.
    pub quiet_enabled: Option<bool>,
    /// When they begin.
    pub quiet_from: Option<u8>,
    /// When they end.
    pub quiet_until: Option<u8>,
    /// What they do.
    pub quiet_mode: Option<QuietMode>,
    /// The zone.
    pub zone: Option<Zone>,
    /// The hour of the digest.
    pub digest_hour: Option<u8>,
}

/// Changes what belongs to the person.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_person_change(db: impl Executor<'_>, telegram_id: TelegramId, change: PersonChange) -> Result<()> {
    sqlx::query!(
        "UPDATE users
            SET notifications_enabled = COALESCE($2, notifications_enabled),
                quiet_enabled = COALESCE($3, quiet_enabled),
                quiet_from = COALESCE($4, quiet_from),
                quiet_until = COALESCE($5, quiet_until),
                quiet_mode = COALESCE($6, quiet_mode),
                zone = COALESCE($7, zone),
                digest_hour = COALESCE($8, digest_hour)
          WHERE telegram_id = $1",
        telegram_id.0,
        change.all,
        change.quiet_enabled,
        change.quiet_from.map(i16::from),
        change.quiet_until.map(i16::from),
        change.quiet_mode.map(QuietMode::name),
        change.zone.map(Zone::name),
        change.digest_hour.map(i16::from)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Turns the digest off. What came only in it comes at once from now on: nothing may wait for a
/// digest that never comes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_digest_off(db: impl Executor<'_>, telegram_id: TelegramId) -> Result<()> {
    sqlx::query!(
        "WITH person AS (
             UPDATE users SET digest_hour = NULL WHERE telegram_id = $1 RETURNING id
         )
         DELETE FROM notification_deliveries WHERE delivery = 'digest' AND user_id IN (SELECT id FROM person)",
        telegram_id.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the switches of a kind, in those of the cabinets to which the person belongs.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_kind(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinets: &[CabinetId],
    kind: EventKind,
    on: bool,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO notification_settings AS s (user_id, cabinet_id, new_orders_enabled, order_buyouts_enabled,
                order_cancellations_enabled, order_returns_enabled, negative_reviews_enabled, critical_stocks_enabled,
                orders_late_enabled)
         SELECT m.user_id, m.cabinet_id, $3 <> 'new_order' OR $4, $3 <> 'order_buyout' OR $4,
                $3 <> 'order_cancellation' OR $4, $3 <> 'order_return' OR $4, $3 <> 'negative_review' OR $4,
                $3 <> 'critical_stock' OR $4, $3 <> 'orders_late' OR $4
           FROM cabinet_users m JOIN users u ON u.id = m.user_id
          WHERE u.telegram_id = $1 AND m.cabinet_id = ANY($2)
         ON CONFLICT (user_id, cabinet_id) DO UPDATE
            SET new_orders_enabled = CASE $3 WHEN 'new_order' THEN $4 ELSE s.new_orders_enabled END,
                order_buyouts_enabled = CASE $3 WHEN 'order_buyout' THEN $4 ELSE s.order_buyouts_enabled END,
                order_cancellations_enabled =
                    CASE $3 WHEN 'order_cancellation' THEN $4 ELSE s.order_cancellations_enabled END,
                order_returns_enabled = CASE $3 WHEN 'order_return' THEN $4 ELSE s.order_returns_enabled END,
                negative_reviews_enabled = CASE $3 WHEN 'negative_review' THEN $4 ELSE s.negative_reviews_enabled END,
                critical_stocks_enabled = CASE $3 WHEN 'critical_stock' THEN $4 ELSE s.critical_stocks_enabled END,
                orders_late_enabled = CASE $3 WHEN 'orders_late' THEN $4 ELSE s.orders_late_enabled END",
        telegram_id.0,
        &ids(cabinets),
        kind.name(),
        on
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets how a kind comes, in those of the cabinets to which the person belongs. Choosing the digest
/// turns it on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_delivery(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinets: &[CabinetId],
    kind: EventKind,
    delivery: Delivery,
) -> Result<()> {
    sqlx::query!(
        "WITH saved AS (
             INSERT INTO notification_deliveries (user_id, cabinet_id, kind, delivery)
             SELECT m.user_id, m.cabinet_id, $3, $4
               FROM cabinet_users m JOIN users u ON u.id = m.user_id
              WHERE u.telegram_id = $1 AND m.cabinet_id = ANY($2)
             ON CONFLICT (user_id, cabinet_id, kind) DO UPDATE SET delivery = excluded.delivery
             RETURNING user_id
         )
         UPDATE users SET digest_hour = $5
          WHERE $4 = 'digest' AND digest_hour IS NULL AND id IN (SELECT user_id FROM saved)",
        telegram_id.0,
        &ids(cabinets),
        kind.name(),
        delivery.name(),
        i16::from(DIGEST_HOUR)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The thresholds of a cabinet; `None` leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// The most stars of a negative review.
    pub review: Option<i16>,
    /// The remainder that is critical.
    pub stock: Option<i32>,
    /// Of what it is the remainder.
    pub stock_by: Option<StockBy>,
}

/// Sets thresholds, in those of the cabinets to which the person belongs.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_thresholds(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinets: &[CabinetId],
    thresholds: Thresholds,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO notification_settings AS s (user_id, cabinet_id, review_threshold, stock_threshold, stock_by)
         SELECT m.user_id, m.cabinet_id, COALESCE($3, $6::smallint), COALESCE($4, $7::integer), COALESCE($5, 'size')
           FROM cabinet_users m JOIN users u ON u.id = m.user_id
          WHERE u.telegram_id = $1 AND m.cabinet_id = ANY($2)
         ON CONFLICT (user_id, cabinet_id) DO UPDATE
            SET review_threshold = COALESCE($3, s.review_threshold),
                stock_threshold = COALESCE($4, s.stock_threshold),
                stock_by = COALESCE($5, s.stock_by)",
        telegram_id.0,
        &ids(cabinets),
        thresholds.review,
        thresholds.stock,
        thresholds.stock_by.map(StockBy::name),
        REVIEW_THRESHOLD,
        DEFAULT_STOCK_THRESHOLD
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Brings back what the settings made wait, because they have changed: the next look at the chat
/// decides anew. Returns whether there was something.
///
/// # Errors
/// When the database cannot be reached.
pub async fn release_held_by_settings(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let released = sqlx::query_scalar!(
        "WITH chat AS (
             SELECT chat_id FROM chats WHERE chat_id = $1 FOR NO KEY UPDATE
         ), released AS (
             -- A digest that has to be sent once more takes what is still wanted with it again, unless the person may have
             -- it already.
             UPDATE notification_history n
                SET deliver_after = $2, is_held = false, told_with = NULL,
                    group_id = CASE WHEN n.told_with IS NULL THEN n.group_id END
              WHERE chat_id IN (SELECT chat_id FROM chat) AND status = 'pending' AND is_held
                AND (told_with IS NULL
                     OR EXISTS (SELECT 1 FROM notification_history d WHERE d.id = n.told_with AND d.status = 'pending' AND d.unseen = 0))
             RETURNING chat_id
         )
         UPDATE chats SET wake_seq = wake_seq + 1 WHERE chat_id IN (SELECT chat_id FROM released) RETURNING chat_id",
        telegram_id.0,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(released.is_some())
}

fn ids(cabinets: &[CabinetId]) -> Vec<i64> {
    cabinets.iter().map(|cabinet| cabinet.0).collect()
}
