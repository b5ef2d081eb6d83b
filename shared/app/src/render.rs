//! Rows of the database become a message: for `webhook`, which sends it, and for `bot`, which turns
//! the pages of a group.

use anyhow::Context;
use domain::{CabinetId, EventKind, GroupId, NotificationId, Order, figures::DayPlace, stock::StockFall};
use messages::{CabinetDay, Collected, Detail, DigestView, Group, GroupRow, Message, ProductFacts};
use serde::Deserialize;
use store::{
    chats::{Batch, ProductNow, Row},
    digests::DigestFacts,
};

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was stored cannot be read by this version.
    #[error(transparent)]
    Unreadable(#[from] anyhow::Error),
    /// The database failed. Nothing is wrong with what was stored.
    #[error(transparent)]
    Database(#[from] store::Error),
}

/// The message of a batch.
pub fn message(kind: EventKind, batch: &Batch) -> anyhow::Result<Message> {
    if batch.group.is_some() { group_page(kind, batch, 0) } else { single(kind, batch, Detail::Folded) }
}

/// The card behind «Подробнее»: everything about what the first row tells.
pub fn card(kind: EventKind, batch: &Batch) -> anyhow::Result<Message> {
    single(kind, batch, Detail::Full)
}

/// The message of one event, or of the sizes of one product that fell together.
fn single(kind: EventKind, batch: &Batch, detail: Detail) -> anyhow::Result<Message> {
    let Some(first) = batch.rows.first() else { anyhow::bail!("a batch without rows") };
    let language = batch.language;
    let cabinet = || batch.cabinet.context("a row without its cabinet");
    let product = Product::of(first);
    let facts = ProductFacts { detail, ..product.facts(batch, first) };
    Ok(match kind {
        EventKind::NewOrder => {
            let Placed { day } = read(first)?;
            messages::new_order(language, &read(first)?, day, first.seen_at, facts)
        }
        EventKind::OrderCancellation => messages::order_cancellation(language, &read(first)?, facts),
        EventKind::OrderBuyout => messages::order_buyout(language, &read(first)?, facts),
        EventKind::OrderReturn => messages::order_return(language, &read(first)?, facts),
        EventKind::NegativeReview => messages::negative_review(language, &read(first)?, facts),
        EventKind::CriticalStock => {
            let falls = batch.rows.iter().map(read).collect::<anyhow::Result<Vec<StockFall>>>()?;
            messages::critical_stock(language, read::<StockFall>(first)?.nm_id, &falls, facts)
        }
        EventKind::FirstSyncProgress => messages::first_sync_progress(language, cabinet()?, &read(first)?),
        EventKind::FirstSyncFinished => messages::first_sync_finished(batch.language, &read(first)?),
        EventKind::GapSilent => messages::gap_silent(language, &read(first)?),
        EventKind::OrdersLate => messages::orders_late(language, &read(first)?),
        EventKind::OrdersLateOver => messages::orders_late_over(language),
        EventKind::LimitSpent => messages::limit_spent(language, &read(first)?),
        EventKind::TokenExpiring => messages::token_expiring(language, &read(first)?, batch.cabinet_name.as_deref()),
        EventKind::PartFailed => messages::part_failed(language, &read(first)?, batch.cabinet_name.as_deref()),
        EventKind::PartRecovered => messages::part_recovered(language, &read(first)?, batch.cabinet_name.as_deref()),
        EventKind::TokenRefused => messages::token_refused(language, read(first)?, batch.cabinet_name.as_deref()),
        EventKind::TokenRecovered => messages::token_recovered(language, read(first)?, batch.cabinet_name.as_deref()),
        EventKind::Digest => anyhow::bail!("a digest is rendered with the figures of its day"),
        EventKind::CollectOffer => {
            let offer: CollectOffer = read(first)?;
            messages::collect_offer(batch.language, offer.cabinet, offer.kind, batch.cabinet_name.as_deref())
        }
        EventKind::MemberJoined => messages::member_joined(language, cabinet()?, &read(first)?),
        EventKind::MemberAsks => messages::member_asks(language, &read(first)?),
        EventKind::Announcement => messages::announcement(&read(first)?),
        EventKind::Missed => messages::missed(language, &read(first)?),
    })
}

/// What stands in the payload of a new order beside the order itself.
#[derive(Deserialize)]
struct Placed {
    /// Its place in its day, fixed when we learned of it.
    #[serde(default)]
    day: Option<DayPlace>,
}

/// The facts of an offer to collect.
#[derive(Deserialize)]
struct CollectOffer {
    cabinet: CabinetId,
    kind: EventKind,
}

/// The message of a digest, with the figures of its day and what was collected for it as they are now.
///
/// # Errors
/// [`Error::Unreadable`] and, alone of all messages, [`Error::Database`].
pub async fn digest(db: &store::Pool, row: &Row) -> Result<Message, Error> {
    let facts: DigestFacts = read(row)?;
    store::digests::save_collected(db, row.id, row.unseen > 0).await?;
    let digest = store::digests::load_digest(db, row.id, facts.day).await?;
    let view = DigestView {
        day: facts.day,
        is_yesterday: facts.is_yesterday,
        at: row.seen_at,
        cabinets: digest.cabinets.into_iter().map(|(name, figures)| CabinetDay { name, figures }).collect(),
        collected: digest
            .collected
            .into_iter()
            .map(|one| Collected {
                kind: one.kind,
                cabinet: one.cabinet,
                group: GroupId(one.group),
                events: one.events,
            })
            .collect(),
    };
    Ok(messages::digest(digest.language, &view))
}

/// A page of a group, counted from 0; the nearest one where there are fewer.
pub fn group_page(kind: EventKind, batch: &Batch, page: usize) -> anyhow::Result<Message> {
    let rows = batch.rows.iter().map(|row| group_row(kind, batch, row)).collect::<anyhow::Result<Vec<GroupRow>>>()?;
    let id = batch.group.map(GroupId).context("these rows are no group")?;
    let group = Group { kind, cabinet: batch.cabinet_name.as_deref(), id, rows, page };
    Ok(messages::group(batch.language, &group))
}

/// A row of a group, whatever its kind.
fn group_row(kind: EventKind, batch: &Batch, row: &Row) -> anyhow::Result<GroupRow> {
    let product = Product::of(row);
    let facts = product.facts(batch, row);
    Ok(match kind {
        EventKind::NewOrder => {
            let order: Order = read(row)?;
            GroupRow::of_order(&order, order.ordered_at, &facts)
        }
        EventKind::OrderCancellation => {
            let order: Order = read(row)?;
            GroupRow::of_order(&order, order.cancelled_at.unwrap_or(order.changed_at), &facts)
        }
        EventKind::OrderBuyout | EventKind::OrderReturn => GroupRow::of_sale(&read(row)?, &facts),
        EventKind::NegativeReview => GroupRow::of_review(&read(row)?, &facts),
        EventKind::CriticalStock => GroupRow::of_stock_fall(batch.language, &read(row)?, row.seen_at, &facts),
        EventKind::FirstSyncProgress
        | EventKind::FirstSyncFinished
        | EventKind::GapSilent
        | EventKind::OrdersLate
        | EventKind::OrdersLateOver
        | EventKind::LimitSpent
        | EventKind::TokenExpiring
        | EventKind::PartFailed
        | EventKind::PartRecovered
        | EventKind::TokenRefused
        | EventKind::TokenRecovered
        | EventKind::Digest
        | EventKind::CollectOffer
        | EventKind::MemberJoined
        | EventKind::MemberAsks
        | EventKind::Announcement
        | EventKind::Missed => {
            anyhow::bail!("{} never comes in a group", kind.name())
        }
    })
}

/// The facts of a row. What cannot be read is named without its values: they are the seller's.
fn read<T: for<'de> Deserialize<'de>>(row: &Row) -> anyhow::Result<T> {
    T::deserialize(&row.payload).map_err(|_| anyhow::anyhow!("the facts of notification {} have another shape", row.id))
}

/// The product of a row, with its stocks as `messages` takes them.
struct Product {
    now: ProductNow,
    stocks: Option<Vec<(i64, i64)>>,
}

impl Product {
    fn of(row: &Row) -> Self {
        let now = row.product.clone().unwrap_or_default();
        let stocks = now.stocks.as_ref().map(|sizes| sizes.iter().map(|size| (size.chrt_id, size.quantity)).collect());
        Self { now, stocks }
    }

    fn facts<'a>(&'a self, batch: &'a Batch, row: &Row) -> ProductFacts<'a> {
        ProductFacts {
            title: self.now.title.as_deref(),
            article: self.now.article.as_deref(),
            photo: self.now.image_url.as_ref(),
            sizes: &self.now.sizes,
            stocks: self.stocks.as_deref(),
            hides_sellers: self.now.hides_sellers,
            figures: self.now.figures(),
            cabinet: batch.cabinet_name.as_deref(),
            row: NotificationId(row.id),
            detail: Detail::Folded,
        }
    }
}
