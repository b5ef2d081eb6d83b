//! Rows of the database become a message: for `webhook`, which sends it, and for `bot`, which turns
//! the pages of a group.

use domain::{EventKind, Order, stock::StockFall};
use messages::{Group, GroupRow, Message, ProductFacts};
use serde::Deserialize;
use store::chats::{Batch, ProductNow, Row};

/// The message of a batch.
pub fn message(kind: EventKind, batch: &Batch) -> anyhow::Result<Message> {
    if batch.is_group {
        return group_page(kind, batch, 0);
    }
    let Some(first) = batch.rows.first() else { anyhow::bail!("a batch without rows") };
    let product = Product::of(first);
    let facts = product.facts(batch);
    Ok(match kind {
        EventKind::NewOrder => messages::new_order(&read(first)?, facts),
        EventKind::OrderCancellation => messages::order_cancellation(&read(first)?, facts),
        EventKind::OrderBuyout => messages::order_buyout(&read(first)?, facts),
        EventKind::OrderReturn => messages::order_return(&read(first)?, facts),
        EventKind::NegativeReview => messages::negative_review(&read(first)?, facts),
        EventKind::CriticalStock => {
            let falls = batch.rows.iter().map(read).collect::<Result<Vec<StockFall>, _>>()?;
            messages::critical_stock(read::<StockFall>(first)?.nm_id, &falls, facts)
        }
        EventKind::FirstSyncProgress => messages::first_sync_progress(batch.language, batch.cabinet, &read(first)?),
        EventKind::FirstSyncFinished => messages::first_sync_finished(batch.language, &read(first)?),
        EventKind::GapSilent => messages::gap_silent(&read(first)?),
        EventKind::OrdersLate => messages::orders_late(&read(first)?),
        EventKind::OrdersLateOver => messages::orders_late_over(),
        EventKind::MemberJoined => messages::member_joined(batch.language, batch.cabinet, &read(first)?),
    })
}

/// A page of a group, counted from 0; the nearest one where there are fewer.
pub fn group_page(kind: EventKind, batch: &Batch, page: usize) -> anyhow::Result<Message> {
    let rows = batch.rows.iter().map(|row| group_row(kind, batch, row)).collect::<anyhow::Result<Vec<GroupRow>>>()?;
    let id = batch.rows.first().map_or(0, |row| row.id);
    Ok(messages::group(&Group { kind, cabinet: batch.cabinet_name.as_deref(), id, rows, page }))
}

/// A row of a group, whatever its kind.
fn group_row(kind: EventKind, batch: &Batch, row: &Row) -> anyhow::Result<GroupRow> {
    let product = Product::of(row);
    let facts = product.facts(batch);
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
        EventKind::CriticalStock => GroupRow::of_stock_fall(&read(row)?, row.seen_at, &facts),
        EventKind::FirstSyncProgress
        | EventKind::FirstSyncFinished
        | EventKind::GapSilent
        | EventKind::OrdersLate
        | EventKind::OrdersLateOver
        | EventKind::MemberJoined => {
            anyhow::bail!("{} never comes in a group", kind.name())
        }
    })
}

fn read<T: for<'de> Deserialize<'de>>(row: &Row) -> Result<T, serde_json::Error> {
    T::deserialize(&row.payload)
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

    fn facts<'a>(&'a self, batch: &'a Batch) -> ProductFacts<'a> {
        ProductFacts {
            title: self.now.title.as_deref(),
            article: self.now.article.as_deref(),
            photo: self.now.image_url.as_ref(),
            sizes: &self.now.sizes,
            stocks: self.stocks.as_deref(),
            cabinet: batch.cabinet_name.as_deref(),
        }
    }
}
