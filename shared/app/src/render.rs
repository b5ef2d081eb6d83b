//! Rows of the database become a message: for `webhook`, which sends it, and for `bot`, which turns
//! the pages of a group.

use domain::{
    Facts, NotificationId,
    facts::{StockFall, Unreadable},
};
use messages::{CabinetDay, Collected, Detail, DigestView, Group, GroupRow, Message, ProductFacts};
use store::{
    outbox::{Batch, Notification},
    product_now::ProductNow,
};

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was stored cannot be read by this version.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// These rows do not make such a message.
    #[error("{0}")]
    Misplaced(&'static str),
    /// The database failed. Nothing is wrong with what was stored.
    #[error(transparent)]
    Database(#[from] store::Error),
}

/// The message of a batch.
pub(crate) fn message(batch: &Batch) -> Result<Message, Error> {
    if batch.group.is_some() { group_page(batch, 0) } else { single(batch, Detail::Folded) }
}

/// The card behind «Подробнее»: everything about what the first row says.
pub(crate) fn card(batch: &Batch) -> Result<Message, Error> {
    single(batch, Detail::Full)
}

/// The message of one event, or of the sizes of one product that fell together.
fn single(batch: &Batch, detail: Detail) -> Result<Message, Error> {
    let first = batch.rows.first().ok_or(Error::Misplaced("a batch without rows"))?;
    let (language, name) = (batch.language, batch.cabinet_name.as_deref());
    let cabinet = || batch.cabinet.ok_or(Error::Misplaced("a row without its cabinet"));
    let product = Product::of(first);
    let product = ProductFacts { detail, ..product.facts(batch, first) };
    Ok(match facts(first)? {
        Facts::NewOrder(new) => messages::new_order(language, &new.order, new.day, first.seen_at, product),
        Facts::OrderCancellation(order) => messages::order_cancellation(language, order, product),
        Facts::OrderBuyout(sale) => messages::order_buyout(language, sale, product),
        Facts::OrderReturn(sale) => messages::order_return(language, sale, product),
        Facts::NegativeReview(review) => messages::negative_review(language, review, product),
        Facts::CriticalStock(fall) => {
            messages::critical_stock(language, fall.nm_id, &falls(batch).collect::<Result<Vec<_>, _>>()?, product)
        }
        Facts::FirstSyncProgress(progress) => messages::first_sync_progress(language, cabinet()?, progress),
        Facts::FirstSyncFinished(finished) => messages::first_sync_finished(language, finished),
        Facts::GapSilent(silence) => messages::gap_silent(language, silence),
        Facts::OrdersLate(late) => messages::orders_late(language, late),
        Facts::OrdersLateOver(_) => messages::orders_late_over(language),
        Facts::LimitSpent(spent) => messages::limit_spent(language, spent),
        Facts::TokenExpiring(expiring) => messages::token_expiring(language, expiring, name),
        Facts::PartFailed(part) => messages::part_failed(language, part, name),
        Facts::PartRecovered(part) => messages::part_recovered(language, part, name),
        Facts::TokenRefused(refused) => messages::token_refused(language, *refused, name),
        Facts::TokenRecovered(recovered) => messages::token_recovered(language, *recovered, name),
        Facts::Digest(_) => return Err(Error::Misplaced("a digest is rendered with the figures of its day")),
        Facts::CollectOffer(offer) => messages::collect_offer(language, offer.cabinet, offer.kind, name),
        Facts::MemberJoined(joined) => messages::member_joined(language, cabinet()?, joined),
        Facts::MemberAsks(asks) => messages::member_asks(language, asks),
        Facts::Announcement(announcement) => messages::announcement(announcement),
        Facts::Missed(missed) => messages::missed(language, missed),
    })
}

/// The falls of a batch.
fn falls(batch: &Batch) -> impl Iterator<Item = Result<StockFall, Error>> {
    batch.rows.iter().map(|row| match facts(row)? {
        Facts::CriticalStock(fall) => Ok(fall.clone()),
        _ => Err(Error::Misplaced("a batch of several kinds")),
    })
}

/// The message of a digest, with the figures of its day and what was collected for it as they are now.
///
/// # Errors
/// [`Error::Unreadable`] and, alone of all messages, [`Error::Database`].
pub(crate) async fn digest(db: &store::Pool, row: &Notification) -> Result<Message, Error> {
    let Facts::Digest(facts) = facts(row)? else { return Err(Error::Misplaced("no digest")) };
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
            .map(|one| Collected { kind: one.kind, cabinet: one.cabinet, group: one.group, events: one.events })
            .collect(),
    };
    Ok(messages::digest(digest.language, &view))
}

/// A page of a group, counted from 0; the nearest one where there are fewer.
pub(crate) fn group_page(batch: &Batch, page: usize) -> Result<Message, Error> {
    let rows = batch.rows.iter().map(|row| group_row(batch, row)).collect::<Result<Vec<GroupRow>, _>>()?;
    let id = batch.group.ok_or(Error::Misplaced("these rows are no group"))?;
    let kind = batch.kind.ok_or(Error::Misplaced("a group of a kind of a newer version"))?;
    let group = Group { kind, cabinet: batch.cabinet_name.as_deref(), id, rows, page };
    Ok(messages::group(batch.language, &group))
}

/// A row of a group, whatever its kind.
fn group_row(batch: &Batch, row: &Notification) -> Result<GroupRow, Error> {
    let product = Product::of(row);
    let product = product.facts(batch, row);
    Ok(match facts(row)? {
        Facts::NewOrder(new) => GroupRow::of_order(&new.order, new.order.ordered_at, &product),
        Facts::OrderCancellation(order) => {
            GroupRow::of_order(order, order.cancelled_at.unwrap_or(order.changed_at), &product)
        }
        Facts::OrderBuyout(sale) | Facts::OrderReturn(sale) => GroupRow::of_sale(sale, &product),
        Facts::NegativeReview(review) => GroupRow::of_review(review, &product),
        Facts::CriticalStock(fall) => GroupRow::of_stock_fall(batch.language, fall, row.seen_at, &product),
        Facts::FirstSyncProgress(_)
        | Facts::FirstSyncFinished(_)
        | Facts::GapSilent(_)
        | Facts::OrdersLate(_)
        | Facts::OrdersLateOver(_)
        | Facts::LimitSpent(_)
        | Facts::TokenExpiring(_)
        | Facts::PartFailed(_)
        | Facts::PartRecovered(_)
        | Facts::TokenRefused(_)
        | Facts::TokenRecovered(_)
        | Facts::Digest(_)
        | Facts::CollectOffer(_)
        | Facts::MemberJoined(_)
        | Facts::MemberAsks(_)
        | Facts::Announcement(_)
        | Facts::Missed(_) => return Err(Error::Misplaced("a kind that never comes in a group")),
    })
}

/// What a row says.
fn facts(row: &Notification) -> Result<&Facts, Error> {
    row.facts.as_ref().map_err(|unreadable| Error::Unreadable(*unreadable))
}

/// A product, with its stocks as `messages` takes them.
pub(crate) struct Product {
    now: ProductNow,
    stocks: Option<Vec<(i64, i64)>>,
}

impl From<ProductNow> for Product {
    fn from(now: ProductNow) -> Self {
        let stocks = now.stocks.as_ref().map(|sizes| sizes.iter().map(|size| (size.chrt_id, size.quantity)).collect());
        Self { now, stocks }
    }
}

impl Product {
    fn of(row: &Notification) -> Self {
        row.product.clone().into()
    }

    fn facts<'a>(&'a self, batch: &'a Batch, row: &Notification) -> ProductFacts<'a> {
        ProductFacts { row: row.id, detail: Detail::Folded, ..self.shown_in_full(batch.cabinet_name.as_deref()) }
    }

    /// What a screen shows of it, to a reader for whom the cabinet has this name if they have several.
    pub(crate) fn shown_in_full<'a>(&'a self, cabinet: Option<&'a str>) -> ProductFacts<'a> {
        ProductFacts {
            title: self.now.title.as_deref(),
            article: self.now.article.as_deref(),
            photo: self.now.image_url.as_ref(),
            sizes: &self.now.sizes,
            stocks: self.stocks.as_deref(),
            hides_sellers: self.now.hides_sellers,
            figures: self.now.figures(),
            cabinet,
            row: NotificationId::default(),
            detail: Detail::Full,
        }
    }
}
