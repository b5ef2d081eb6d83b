//! What counts as an event. Pure: rows before and after in, events out.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::Rubles;
use crate::ids::{SaleId, Srid};
use crate::moscow;
use crate::rows::{CancelReason, Order, OrderState, Review, Sale, SaleKind};
use crate::settings::{STOCK_THRESHOLD, StockBy};

/// How much older than the baseline an event may be and still be news: the statistics are half an
/// hour late, and the same again is left for a slow first load.
pub const BASELINE_GRACE: TimeDelta = TimeDelta::hours(1);
/// The most stars at which a review is negative to somebody who has chosen nothing.
pub const REVIEW_THRESHOLD: i16 = 3;

/// What happened in a longer gap than this is not told any more, but that there was one.
pub const GAP_TOLD: TimeDelta = TimeDelta::days(31);

/// Money that WB fills in later than this after a message was sent is not added to it.
pub const FILLED_IN_WITHIN: TimeDelta = TimeDelta::hours(24);

/// What is told, as it is named in the database and in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// An order seen for the first time, not cancelled.
    NewOrder,
    /// A sale seen for the first time.
    OrderBuyout,
    /// An order first seen cancelled, or that became cancelled.
    OrderCancellation,
    /// A return seen for the first time.
    OrderReturn,
    /// A review of few stars seen for the first time.
    NegativeReview,
    /// A size that fell through a threshold.
    CriticalStock,
    /// The one message of a first sync, edited in place while the data sets come in.
    FirstSyncProgress,
    /// The first sync has ended: the main menu.
    FirstSyncFinished,
    /// A data set could not be read for so long that what happened meanwhile is not told.
    GapSilent,
    /// Orders have not been read for an hour.
    OrdersLate,
    /// Orders are read again.
    OrdersLateOver,
    /// WB refuses requests for which its limit leaves room: another service spends it.
    LimitSpent,
    /// A token ends in 30, 7 or 1 days.
    TokenExpiring,
    /// WB refuses a part of the data to the token.
    PartFailed,
    /// WB gives that part again.
    PartRecovered,
    /// No token serves any more: the cabinet pauses.
    TokenRefused,
    /// A token serves again.
    TokenRecovered,
    /// The daily digest of one person.
    Digest,
    /// Many single messages of a kind came within an hour: collecting is offered.
    CollectOffer,
    /// Somebody has joined the cabinet: for its owners.
    MemberJoined,
    /// Somebody whom an owner has removed wants to come back: for the owners.
    MemberAsks,
    /// What the operator tells everybody.
    Announcement,
    /// How much happened while a person had blocked the bot.
    Missed,
}

impl EventKind {
    /// The six kinds that a person can switch, in the order of the settings.
    pub const SWITCHED: [Self; 6] = [
        Self::NewOrder,
        Self::OrderBuyout,
        Self::OrderCancellation,
        Self::OrderReturn,
        Self::NegativeReview,
        Self::CriticalStock,
    ];
    /// The kinds that say how the syncs of a cabinet fare.
    pub const STATES_OF_SYNC: [Self; 7] = [
        Self::FirstSyncFinished,
        Self::OrdersLate,
        Self::OrdersLateOver,
        Self::PartFailed,
        Self::PartRecovered,
        Self::TokenRefused,
        Self::TokenRecovered,
    ];
    /// The kinds that no switch governs.
    const UNSWITCHED: [Self; 17] = [
        Self::FirstSyncProgress,
        Self::FirstSyncFinished,
        Self::GapSilent,
        Self::OrdersLate,
        Self::OrdersLateOver,
        Self::LimitSpent,
        Self::TokenExpiring,
        Self::PartFailed,
        Self::PartRecovered,
        Self::TokenRefused,
        Self::TokenRecovered,
        Self::Digest,
        Self::CollectOffer,
        Self::MemberJoined,
        Self::MemberAsks,
        Self::Announcement,
        Self::Missed,
    ];

    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewOrder => "new_order",
            Self::OrderBuyout => "order_buyout",
            Self::OrderCancellation => "order_cancellation",
            Self::OrderReturn => "order_return",
            Self::NegativeReview => "negative_review",
            Self::CriticalStock => "critical_stock",
            Self::FirstSyncProgress => "first_sync_progress",
            Self::FirstSyncFinished => "first_sync_finished",
            Self::GapSilent => "gap_silent",
            Self::OrdersLate => "orders_late",
            Self::OrdersLateOver => "orders_late_over",
            Self::LimitSpent => "limit_spent",
            Self::TokenExpiring => "token_expiring",
            Self::PartFailed => "part_failed",
            Self::PartRecovered => "part_recovered",
            Self::TokenRefused => "token_refused",
            Self::TokenRecovered => "token_recovered",
            Self::Digest => "digest",
            Self::CollectOffer => "collect_offer",
            Self::MemberJoined => "member_joined",
            Self::MemberAsks => "member_asks",
            Self::Announcement => "announcement",
            Self::Missed => "missed",
        }
    }

    /// The kind of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::SWITCHED.into_iter().chain(Self::UNSWITCHED).find(|kind| kind.name() == name)
    }
}

/// Something that happened in a shop, once: `(kind, key)` is unique in a cabinet.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// What it happened to: an order's `srid`, a review's id, a fall of a size.
    pub key: String,
    /// When it happened, by WB's word.
    pub occurred_at: DateTime<Utc>,
    /// The facts as they were seen, for the message.
    pub payload: serde_json::Value,
    /// Whom it concerns, beside being a member.
    pub audience: Audience,
}

impl Event {
    /// Whether other systems are told of it on the bus, whatever the members have chosen: what happens to
    /// orders, reviews of [`REVIEW_THRESHOLD`] stars at most, sizes that fall through
    /// [`STOCK_THRESHOLD`], and what changes the state of the syncs.
    #[must_use]
    pub fn is_for_bus(&self) -> bool {
        match self.audience {
            Audience::ReviewThresholdFrom(stars) => stars <= REVIEW_THRESHOLD,
            Audience::StockFall { threshold, by, .. } => threshold == STOCK_THRESHOLD && by == StockBy::Size,
            Audience::Members => {
                EventKind::SWITCHED.contains(&self.kind) || EventKind::STATES_OF_SYNC.contains(&self.kind)
            }
        }
    }
}

/// Which members an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All of them.
    Members,
    /// Those whose threshold for reviews is at least so many stars.
    ReviewThresholdFrom(i16),
    /// Those to whom a fall to this remainder through this threshold is the deepest of their own
    /// threshold and 0.
    StockFall {
        /// The threshold that was crossed.
        threshold: i64,
        /// What is left.
        remainder: i64,
        /// What was left before.
        before: i64,
        /// Whether a product fell, for those who watch products, or a size.
        by: StockBy,
    },
}

/// An order row that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenOrder {
    /// The state that we held; `None` for an order seen for the first time.
    pub before: Option<OrderState>,
    /// The money that we held.
    pub held: Money,
    /// The state that we hold now, which an older answer does not lower.
    pub state: OrderState,
    /// The row.
    pub order: Order,
}

/// What WB fills in up to a day after an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// The seller's price with their discount.
    pub seller_price: Option<Rubles>,
    /// What the buyer pays.
    pub buyer_price: Option<Rubles>,
    /// WB's own discount in per cent.
    pub wb_discount_percent: Option<Rubles>,
}

/// What WB has filled in since an event was made of the row: money, or why an order was cancelled. What
/// differs from what is held is a correction, which nobody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledIn {
    /// What had happened.
    pub kind: EventKind,
    /// To which order.
    pub srid: Srid,
    /// The seller's price with their discount.
    pub seller_price: Option<Rubles>,
    /// What the buyer pays.
    pub buyer_price: Option<Rubles>,
    /// WB's own discount in per cent.
    pub wb_discount_percent: Option<Rubles>,
    /// What WB will pay the seller.
    pub for_pay: Option<Rubles>,
    /// Why the order was cancelled.
    pub cancel_reason: Option<CancelReason>,
}

/// The cancellations whose reason the feed brings: statistics, which know none, may have told them.
#[must_use]
pub fn decide_reasons(seen: &[SeenFeedOrder]) -> Vec<FilledIn> {
    let was_cancelled =
        |row: &&SeenFeedOrder| row.before == Some(OrderState::Cancelled) && row.state == OrderState::Cancelled;
    let explained = seen.iter().filter(was_cancelled).filter_map(|row| {
        Some(FilledIn {
            kind: EventKind::OrderCancellation,
            srid: row.order.srid.clone(),
            seller_price: None,
            buyer_price: None,
            wb_discount_percent: None,
            for_pay: None,
            cancel_reason: Some(row.order.feed.cancel_reason?),
        })
    });
    explained.collect()
}

/// The orders of one answer whose money WB has filled in since we held them.
#[must_use]
pub fn decide_filled_in(seen: &[SeenOrder]) -> Vec<FilledIn> {
    let filled_in = |row: &SeenOrder| {
        let SeenOrder { held, order, .. } = row;
        let is_filled_in = is_filled_in(&[
            (held.seller_price, order.seller_price),
            (held.buyer_price, order.buyer_price),
            (held.wb_discount_percent, order.wb_discount_percent),
        ]);
        (row.before.is_some() && is_filled_in).then(|| FilledIn {
            kind: EventKind::NewOrder,
            srid: order.srid.clone(),
            seller_price: order.seller_price,
            buyer_price: order.buyer_price,
            wb_discount_percent: order.wb_discount_percent,
            for_pay: None,
            cancel_reason: None,
        })
    };
    seen.iter().filter_map(filled_in).collect()
}

/// The sales of one answer whose money WB has filled in since we held them.
#[must_use]
pub fn decide_filled_in_sales(seen: &[SeenSale]) -> Vec<FilledIn> {
    let filled_in = |row: &SeenSale| {
        let (held, sale) = (row.held?, &row.sale);
        let is_filled_in = is_filled_in(&[
            (held.seller_price, sale.seller_price),
            (held.buyer_price, sale.buyer_price),
            (held.for_pay, sale.for_pay),
        ]);
        is_filled_in.then(|| FilledIn {
            kind: sale_event_kind(sale.kind),
            srid: sale.srid.clone(),
            seller_price: sale.seller_price,
            buyer_price: sale.buyer_price,
            wb_discount_percent: None,
            for_pay: sale.for_pay,
            cancel_reason: None,
        })
    };
    seen.iter().filter_map(filled_in).collect()
}

fn is_filled_in(sums: &[(Option<Rubles>, Option<Rubles>)]) -> bool {
    sums.iter().any(|(held, seen)| held.is_none() && seen.is_some())
}

fn sale_event_kind(kind: SaleKind) -> EventKind {
    match kind {
        SaleKind::Buyout => EventKind::OrderBuyout,
        SaleKind::Return => EventKind::OrderReturn,
    }
}

/// From when on what happened is news.
///
/// What a first load brings is silent whatever its time; without a `News` everything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// What was never seen before must have happened later than this.
    unseen_after: DateTime<Utc>,
    /// What became of something known must have happened later than this.
    known_after: DateTime<Utc>,
    /// Whatever happened before this is silent, cancellations of known orders too: nobody was there to be told, or the
    /// data were away for too long.
    silent_before: Option<DateTime<Utc>>,
}

impl News {
    /// What happened after the first complete load of the data set began.
    #[must_use]
    pub fn since_baseline(baseline_at: DateTime<Utc>) -> Self {
        let after = baseline_at - BASELINE_GRACE;
        Self { unseen_after: after, known_after: after, silent_before: None }
    }

    /// The same for a source that is laid over what another one has shown up to `covered_until`: what
    /// is older and was not shown there is a difference between the two, and no news.
    #[must_use]
    pub fn laid_over(self, covered_until: DateTime<Utc>) -> Self {
        Self { unseen_after: self.unseen_after.max(covered_until), ..self }
    }

    /// The same, with silence about everything that happened before this moment.
    #[must_use]
    pub fn silent_before(self, at: Option<DateTime<Utc>>) -> Self {
        Self { silent_before: at, ..self }
    }

    /// What would be told without that silence; `None` where there is none.
    #[must_use]
    pub fn without_silence(self) -> Option<Self> {
        self.silent_before.map(|_| Self { silent_before: None, ..self })
    }

    fn tells_unseen(self, at: DateTime<Utc>) -> bool {
        at > self.unseen_after && self.speaks_of(at)
    }

    fn tells_change(self, at: DateTime<Utc>) -> bool {
        at > self.known_after && self.speaks_of(at)
    }

    fn speaks_of(self, at: DateTime<Utc>) -> bool {
        self.silent_before.is_none_or(|before| at >= before)
    }
}

/// How many events there are of each kind.
pub type Totals = BTreeMap<EventKind, i64>;

/// How much happened while a person had blocked the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// What they are told in one line instead of one by one.
    pub totals: Totals,
}

/// How many of the events that were left out for the sake of the silence there are of each kind.
#[must_use]
pub fn count_silent(told: &[Event], without_silence: &[Event]) -> Totals {
    let mut totals = Totals::new();
    for event in without_silence {
        let is_told = told.iter().any(|one| (one.kind, &one.key) == (event.kind, &event.key));
        let is_wanted = match event.audience {
            Audience::ReviewThresholdFrom(stars) => stars <= REVIEW_THRESHOLD,
            Audience::Members | Audience::StockFall { .. } => true,
        };
        if !is_told && is_wanted {
            *totals.entry(event.kind).or_default() += 1;
        }
    }
    totals
}

/// A time of which nothing is told but how much happened in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// When it began.
    pub since: DateTime<Utc>,
    /// When it ended.
    pub until: DateTime<Utc>,
    /// Why nothing of it is told.
    #[serde(default)]
    pub cause: SilenceCause,
    /// What happened in it.
    #[serde(default)]
    pub totals: Totals,
}

impl Silence {
    /// Adds what was found later.
    pub fn add(&mut self, more: &Totals) {
        for (kind, count) in more {
            *self.totals.entry(*kind).or_default() += count;
        }
    }
}

/// Why nothing of a time is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceCause {
    /// WB gave no data for more than [`GAP_TOLD`].
    #[default]
    Gap,
    /// Every member had blocked the bot, so nobody read the data.
    Deserted,
}

/// What the changed order rows of one answer make, and whether it is news.
#[must_use]
pub fn decide_orders(seen: &[SeenOrder], news: Option<News>) -> Vec<Event> {
    let Some(news) = news else { return Vec::new() };
    let mut events: Vec<Event> = seen
        .iter()
        .filter_map(|row| {
            let order = &row.order;
            let (kind, occurred_at) = match (row.before, order.is_cancelled) {
                (None, false) => (EventKind::NewOrder, order.ordered_at),
                (None, true) => (EventKind::OrderCancellation, cancelled_at(order)),
                // The cancellation of an order that we hold as open is told whenever it was.
                (Some(OrderState::Created), true) if row.state == OrderState::Cancelled => {
                    let at = cancelled_at(order);
                    return news.speaks_of(at).then(|| order_event(EventKind::OrderCancellation, order, at));
                }
                _ => return None,
            };
            news.tells_unseen(occurred_at).then(|| order_event(kind, order, occurred_at))
        })
        .collect();
    // In the order in which they are numbered within their day, so that the messages count up.
    events.sort_by(|one, other| (one.occurred_at, &one.key).cmp(&(other.occurred_at, &other.key)));
    events
}

/// A sale row that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenSale {
    /// The money that we held; `None` for a sale seen for the first time.
    pub held: Option<SaleMoney>,
    /// Whether the order feed has shown the order, so that its sale is no difference between the two.
    pub is_order_fed: bool,
    /// The row.
    pub sale: Sale,
}

/// What WB fills in up to a day after a sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaleMoney {
    /// The seller's price with their discount.
    pub seller_price: Option<Rubles>,
    /// What the buyer paid.
    pub buyer_price: Option<Rubles>,
    /// What WB will pay the seller.
    pub for_pay: Option<Rubles>,
}

/// What the new sale rows of one answer make.
#[must_use]
pub fn decide_sales(seen: &[SeenSale], news: Option<News>) -> Vec<Event> {
    let Some(news) = news else { return Vec::new() };
    let is_news = |row: &&SeenSale| {
        let at = row.sale.sold_at;
        row.held.is_none() && if row.is_order_fed { news.tells_change(at) } else { news.tells_unseen(at) }
    };
    // A buyout before the return of the same order, whichever WB names first.
    let mut new: Vec<&Sale> = seen.iter().filter(is_news).map(|row| &row.sale).collect();
    new.sort_by_key(|sale| sale.kind);
    new.into_iter().map(|sale| sale_event(sale, sale.sold_at)).collect()
}

/// A row of the order feed that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFeedOrder {
    /// The state that we held; `None` for an order seen for the first time.
    pub before: Option<OrderState>,
    /// How far the sales had brought it that we held without the order itself.
    pub sold: Option<OrderState>,
    /// The order as we hold it now, with what statistics and the cards know of it.
    pub order: Order,
    /// Its state now, which an older answer does not lower.
    pub state: OrderState,
    /// When it came into that state.
    pub updated_at: DateTime<Utc>,
}

/// What the changed rows of the order feed make: the steps that an order has come since we last saw
/// it. Orders and their cancellations are judged by the news of the orders, buyouts and returns by
/// that of the sales.
#[must_use]
pub fn decide_feed(seen: &[SeenFeedOrder], orders: Option<News>, sales: Option<News>) -> Vec<Event> {
    let mut events = Vec::new();
    for SeenFeedOrder { before, sold, order, state, updated_at } in seen {
        if *before == Some(*state) {
            continue;
        }
        let is_new = before.is_none();
        let is_later = |news: Option<News>, at: DateTime<Utc>| {
            news.is_some_and(|news| if is_new { news.tells_unseen(at) } else { news.tells_change(at) })
        };
        if is_new && *state != OrderState::Cancelled && is_later(orders, order.ordered_at) {
            events.push(order_event(EventKind::NewOrder, order, order.ordered_at));
        }
        match state {
            OrderState::Created => {}
            OrderState::Cancelled => {
                let is_always_told =
                    *before == Some(OrderState::Created) && orders.is_some_and(|news| news.speaks_of(*updated_at));
                if is_always_told || is_later(orders, *updated_at) {
                    events.push(order_event(EventKind::OrderCancellation, order, *updated_at));
                }
            }
            OrderState::BoughtOut | OrderState::Returned => {
                let is_returned = *state == OrderState::Returned;
                // When a returned order was bought is not said: for one never seen it was after it was made.
                let bought_at = if is_returned && is_new { order.ordered_at } else { *updated_at };
                if *before != Some(OrderState::BoughtOut) && sold.is_none() && is_later(sales, bought_at) {
                    events.push(sale_event(&feed_sale(order, SaleKind::Buyout, *updated_at), bought_at));
                }
                if is_returned && *sold != Some(OrderState::Returned) && is_later(sales, *updated_at) {
                    events.push(sale_event(&feed_sale(order, SaleKind::Return, *updated_at), *updated_at));
                }
            }
        }
    }
    // A buyout before the return of the same order, and the orders of a day as they are numbered.
    events
        .sort_by(|one, other| (one.occurred_at, &one.key, one.kind).cmp(&(other.occurred_at, &other.key, other.kind)));
    events
}

/// A sale as the order feed knows it: what WB pays for it is not said there.
fn feed_sale(order: &Order, kind: SaleKind, at: DateTime<Utc>) -> Sale {
    Sale {
        sale_id: feed_sale_id(&order.srid, kind),
        kind,
        srid: order.srid.clone(),
        sold_at: at,
        changed_at: at,
        nm_id: order.nm_id,
        supplier_article: order.supplier_article.clone(),
        barcode: order.barcode.clone(),
        size: order.size.clone(),
        subject: order.subject.clone(),
        supply: order.supply,
        warehouse: order.warehouse.clone(),
        region: order.region.clone(),
        seller_price: order.seller_price,
        buyer_price: order.buyer_price,
        for_pay: None,
        feed: order.feed.clone(),
    }
}

/// How the id of a buyout begins that only the order feed has shown; its `srid` follows. WB's own begin
/// with `S` or `R` and a digit.
pub const FEED_BUYOUT: &str = "feed-S:";
/// The same of a return.
pub const FEED_RETURN: &str = "feed-R:";

fn feed_sale_id(srid: &Srid, kind: SaleKind) -> SaleId {
    match kind {
        SaleKind::Buyout => SaleId(format!("{FEED_BUYOUT}{srid}")),
        SaleKind::Return => SaleId(format!("{FEED_RETURN}{srid}")),
    }
}

fn sale_event(sale: &Sale, occurred_at: DateTime<Utc>) -> Event {
    Event {
        kind: sale_event_kind(sale.kind),
        key: sale.srid.0.clone(),
        occurred_at,
        payload: serde_json::to_value(sale).expect("a sale is plain data"),
        audience: Audience::Members,
    }
}

/// What the new reviews of one answer make. Whether a review is negative is each member's own
/// choice, so every new one is an event and its audience decides.
#[must_use]
pub fn decide_reviews(new: &[Review], news: Option<News>) -> Vec<Event> {
    let Some(news) = news else { return Vec::new() };
    new.iter()
        .filter(|review| news.tells_unseen(review.created_at))
        .map(|review| Event {
            kind: EventKind::NegativeReview,
            key: review.id.0.clone(),
            occurred_at: review.created_at,
            payload: serde_json::to_value(review).expect("a review is plain data"),
            audience: Audience::ReviewThresholdFrom(review.stars),
        })
        .collect()
}

/// When an order was cancelled. WB often knows the day only; that counts as the day's end.
fn cancelled_at(order: &Order) -> DateTime<Utc> {
    let at = order.cancelled_at.unwrap_or(order.changed_at);
    if moscow::wall(at).time() == chrono::NaiveTime::MIN { at + TimeDelta::days(1) - TimeDelta::seconds(1) } else { at }
}

fn order_event(kind: EventKind, order: &Order, occurred_at: DateTime<Utc>) -> Event {
    Event {
        kind,
        key: order.srid.0.clone(),
        occurred_at,
        payload: serde_json::to_value(order).expect("an order is plain data"),
        audience: Audience::Members,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::ids::{NmId, ReviewId};
    use crate::rows::FeedFacts;

    #[test]
    fn the_bus_hears_the_same_whatever_the_members_have_chosen() {
        let fall = |threshold, by| Audience::StockFall { threshold, remainder: 0, before: 9, by };
        let is_for_bus = |kind, audience| {
            Event { kind, key: String::new(), occurred_at: at(9), payload: serde_json::Value::Null, audience }
                .is_for_bus()
        };
        assert!(is_for_bus(EventKind::NewOrder, Audience::Members));
        assert!(is_for_bus(EventKind::NegativeReview, Audience::ReviewThresholdFrom(3)));
        assert!(!is_for_bus(EventKind::NegativeReview, Audience::ReviewThresholdFrom(4)));
        assert!(is_for_bus(EventKind::CriticalStock, fall(2, StockBy::Size)));
        assert!(!is_for_bus(EventKind::CriticalStock, fall(0, StockBy::Size)), "it fell through 2 as well");
        assert!(!is_for_bus(EventKind::CriticalStock, fall(2, StockBy::Product)));
        assert!(is_for_bus(EventKind::TokenRefused, Audience::Members));
        assert!(!is_for_bus(EventKind::TokenExpiring, Audience::Members));
    }

    fn at(hour: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, hour, 30, 0).unwrap()
    }

    fn order(is_cancelled: bool, ordered_at: DateTime<Utc>) -> Order {
        Order {
            srid: Srid("1.0.0".into()),
            basket: None,
            ordered_at,
            changed_at: ordered_at,
            cancelled_at: is_cancelled.then_some(ordered_at + TimeDelta::hours(1)),
            is_cancelled,
            nm_id: NmId(7),
            supplier_article: None,
            barcode: None,
            size: None,
            brand: None,
            subject: None,
            supply: None,
            warehouse: None,
            region: None,
            full_price: None,
            seller_price: None,
            buyer_price: None,
            wb_discount_percent: None,
            feed: FeedFacts::default(),
        }
    }

    fn sale(kind: SaleKind) -> Sale {
        Sale::sample(kind, at(10))
    }

    fn new_sale(sale: Sale) -> SeenSale {
        SeenSale { held: None, is_order_fed: false, sale }
    }

    fn rubles(sum: i64) -> Option<Rubles> {
        Rubles::filled_in(sum.into())
    }

    fn second() -> TimeDelta {
        TimeDelta::seconds(1)
    }

    fn kinds(before: Option<OrderState>, order: Order, baseline_at: Option<DateTime<Utc>>) -> Vec<EventKind> {
        let state = before.unwrap_or(OrderState::Created).max(order.state());
        let held = Money::default();
        decide_orders(&[SeenOrder { before, held, state, order }], baseline_at.map(News::since_baseline))
            .into_iter()
            .map(|event| event.kind)
            .collect()
    }

    #[test]
    fn the_table_of_transitions_holds() {
        let baseline = Some(at(9));
        let open = || order(false, at(10));
        let cancelled = || order(true, at(10));
        assert_eq!(kinds(None, open(), baseline), [EventKind::NewOrder]);
        assert_eq!(kinds(None, cancelled(), baseline), [EventKind::OrderCancellation]);
        assert_eq!(kinds(Some(OrderState::Created), cancelled(), baseline), [EventKind::OrderCancellation]);
        assert_eq!(kinds(Some(OrderState::Created), open(), baseline), []);
        assert_eq!(kinds(Some(OrderState::Cancelled), open(), baseline), []);
        assert_eq!(kinds(Some(OrderState::Cancelled), cancelled(), baseline), []);
        assert_eq!(kinds(Some(OrderState::BoughtOut), cancelled(), baseline), []);
        assert_eq!(kinds(Some(OrderState::Returned), cancelled(), baseline), []);
    }

    #[test]
    fn money_is_filled_in_where_there_was_none() {
        let order = Order { seller_price: Rubles::filled_in(1_290.into()), ..order(false, at(10)) };
        let seen = |before, held: Option<i64>| {
            let held = Money { seller_price: held.map(|sum| Rubles(sum.into())), ..Money::default() };
            vec![SeenOrder { before, held, state: OrderState::Created, order: order.clone() }]
        };
        let held = Some(OrderState::Created);
        assert_eq!(decide_filled_in(&seen(held, None)).len(), 1);
        assert_eq!(decide_filled_in(&seen(held, Some(990))).len(), 0, "a correction");
        assert_eq!(decide_filled_in(&seen(held, Some(1_290))).len(), 0);
        assert_eq!(decide_filled_in(&seen(None, None)).len(), 0, "a new order");
    }

    #[test]
    fn a_first_load_is_silent_and_history_stays_so() {
        assert_eq!(kinds(None, order(false, at(10)), None), []);
        assert_eq!(kinds(None, order(false, at(8)), Some(at(10))), []);
        assert_eq!(kinds(None, order(false, at(9) + TimeDelta::minutes(1)), Some(at(10))), [EventKind::NewOrder]);
        assert_eq!(kinds(Some(OrderState::Created), order(true, at(1)), Some(at(10))), [EventKind::OrderCancellation]);
        assert_eq!(kinds(None, order(true, at(1)), Some(at(10))), []);
    }

    #[test]
    fn a_cancellation_of_which_only_the_day_is_known_counts_at_the_end_of_that_day() {
        let midnight = moscow::moment(moscow::day(at(9)).and_time(chrono::NaiveTime::MIN));
        let cancelled = Order { cancelled_at: Some(midnight), ..order(true, at(1)) };
        assert_eq!(kinds(None, cancelled, Some(at(15))), [EventKind::OrderCancellation]);
    }

    #[test]
    fn a_return_that_comes_with_its_buyout_is_told_after_it() {
        let new = [sale(SaleKind::Return), sale(SaleKind::Buyout)].map(new_sale);
        let kinds: Vec<_> =
            decide_sales(&new, Some(News::since_baseline(at(9)))).into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::OrderBuyout, EventKind::OrderReturn]);
        assert_eq!(decide_sales(&new, None), []);
        assert_eq!(decide_sales(&new, Some(News::since_baseline(at(12)))), []);
    }

    fn fed(before: Option<OrderState>, state: OrderState, made: u32, updated: u32) -> SeenFeedOrder {
        SeenFeedOrder { before, sold: None, order: order(false, at(made)), state, updated_at: at(updated) }
    }

    fn told(seen: SeenFeedOrder, orders: Option<News>, sales: Option<News>) -> Vec<EventKind> {
        decide_feed(&[seen], orders, sales).into_iter().map(|event| event.kind).collect()
    }

    #[test]
    fn the_feed_tells_every_step_that_an_order_has_come() {
        use EventKind::{NewOrder, OrderBuyout, OrderCancellation, OrderReturn};
        use OrderState::{BoughtOut, Cancelled, Created, Returned};
        let news = Some(News::since_baseline(at(9)));
        for (before, state, kinds) in [
            (None, Created, vec![NewOrder]),
            (None, Cancelled, vec![OrderCancellation]),
            (None, BoughtOut, vec![NewOrder, OrderBuyout]),
            (None, Returned, vec![NewOrder, OrderBuyout, OrderReturn]),
            (Some(Created), Created, vec![]),
            (Some(Created), Cancelled, vec![OrderCancellation]),
            (Some(Created), BoughtOut, vec![OrderBuyout]),
            (Some(Created), Returned, vec![OrderBuyout, OrderReturn]),
            (Some(BoughtOut), Returned, vec![OrderReturn]),
            (Some(Returned), Returned, vec![]),
        ] {
            assert_eq!(told(fed(before, state, 10, 12), news, news), kinds, "{before:?} → {state:?}");
        }
    }

    #[test]
    fn the_feed_explains_a_cancellation_that_another_source_has_shown() {
        use OrderState::{Cancelled, Created};
        let mut known = fed(Some(Cancelled), Cancelled, 10, 12);
        assert_eq!(decide_reasons(std::slice::from_ref(&known)), []);
        known.order.feed.cancel_reason = Some(CancelReason::Receipt);
        let explained = decide_reasons(std::slice::from_ref(&known));
        assert_eq!(explained[0].cancel_reason, Some(CancelReason::Receipt));
        assert_eq!((explained.len(), explained[0].kind), (1, EventKind::OrderCancellation));
        // What it tells itself has its reason from the beginning.
        let told = SeenFeedOrder { before: Some(Created), ..known };
        assert_eq!(decide_reasons(&[told]), []);
    }

    #[test]
    fn a_first_load_of_the_feed_is_silent_for_what_has_no_baseline() {
        use OrderState::{BoughtOut, Cancelled, Created};
        let news = Some(News::since_baseline(at(9)));
        assert_eq!(told(fed(None, BoughtOut, 10, 12), None, None), []);
        assert_eq!(told(fed(None, BoughtOut, 10, 12), news, None), [EventKind::NewOrder]);
        assert_eq!(told(fed(None, Cancelled, 1, 2), news, news), [], "nobody was told of the order");
        assert_eq!(told(fed(Some(Created), Cancelled, 1, 2), None, news), []);
        assert_eq!(told(fed(Some(Created), Cancelled, 1, 2), news, None), [EventKind::OrderCancellation]);
    }

    #[test]
    fn a_source_laid_over_another_tells_only_what_that_one_could_not_have_shown() {
        use OrderState::{BoughtOut, Created};
        let news = Some(News::since_baseline(at(5)).laid_over(at(11)));
        assert_eq!(told(fed(None, Created, 10, 10), news, news), []);
        assert_eq!(told(fed(None, Created, 12, 12), news, news), [EventKind::NewOrder]);
        // An order that both know moves on as ever.
        assert_eq!(told(fed(Some(Created), BoughtOut, 3, 10), news, news), [EventKind::OrderBuyout]);
        assert_eq!(decide_orders(&[], news), []);
    }

    #[test]
    fn a_sale_that_statistics_have_shown_is_not_told_again_by_the_feed() {
        use OrderState::{BoughtOut, Returned};
        let news = Some(News::since_baseline(at(5)));
        let seen = |sold, state| SeenFeedOrder { sold, ..fed(None, state, 10, 12) };
        assert_eq!(told(seen(Some(BoughtOut), BoughtOut), news, news), [EventKind::NewOrder]);
        assert_eq!(told(seen(Some(BoughtOut), Returned), news, news), [EventKind::NewOrder, EventKind::OrderReturn]);
        assert_eq!(told(seen(Some(Returned), Returned), news, news), [EventKind::NewOrder]);
    }

    #[test]
    fn the_database_and_the_totals_name_a_kind_alike() {
        for kind in EventKind::SWITCHED.into_iter().chain(EventKind::UNSWITCHED) {
            assert_eq!(EventKind::parse(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(EventKind::parse("newer"), None);
    }

    #[test]
    fn each_sum_of_an_order_is_filled_in_by_itself() {
        let order = Order {
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: rubles(22),
            ..order(false, at(10))
        };
        let all = Money { seller_price: rubles(1_290), buyer_price: rubles(999), wb_discount_percent: rubles(22) };
        let filled_in = |held| {
            let before = Some(OrderState::Created);
            decide_filled_in(&[SeenOrder { before, held, state: OrderState::Created, order: order.clone() }])
        };
        let told = vec![FilledIn {
            kind: EventKind::NewOrder,
            srid: Srid("1.0.0".into()),
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: rubles(22),
            for_pay: None,
            cancel_reason: None,
        }];
        assert_eq!(filled_in(Money { seller_price: None, ..all }), told);
        assert_eq!(filled_in(Money { buyer_price: None, ..all }), told);
        assert_eq!(filled_in(Money { wb_discount_percent: None, ..all }), told);
        assert_eq!(filled_in(all), []);
    }

    #[test]
    fn each_sum_of_a_sale_is_filled_in_by_itself_and_a_new_sale_fills_in_nothing() {
        let all = SaleMoney { seller_price: rubles(1_290), buyer_price: rubles(999), for_pay: rubles(870) };
        let filled_in = |held, kind| {
            let SaleMoney { seller_price, buyer_price, for_pay } = all;
            let sale = Sale { seller_price, buyer_price, for_pay, ..sale(kind) };
            decide_filled_in_sales(&[SeenSale { held, is_order_fed: false, sale }])
        };
        let told = |kind| FilledIn {
            kind,
            srid: Srid("1.0.0".into()),
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: None,
            for_pay: rubles(870),
            cancel_reason: None,
        };
        for held in [
            SaleMoney { seller_price: None, ..all },
            SaleMoney { buyer_price: None, ..all },
            SaleMoney { for_pay: None, ..all },
            SaleMoney::default(),
        ] {
            assert_eq!(filled_in(Some(held), SaleKind::Buyout), [told(EventKind::OrderBuyout)]);
            assert_eq!(filled_in(Some(held), SaleKind::Return), [told(EventKind::OrderReturn)]);
        }
        assert_eq!(filled_in(Some(all), SaleKind::Buyout), []);
        assert_eq!(filled_in(Some(SaleMoney { for_pay: rubles(860), ..all }), SaleKind::Buyout), [], "a correction");
        assert_eq!(filled_in(None, SaleKind::Buyout), [], "a new sale");
        // WB has filled in nothing yet.
        let empty = SeenSale { held: Some(SaleMoney::default()), ..new_sale(sale(SaleKind::Buyout)) };
        assert_eq!(decide_filled_in_sales(&[empty]), []);
    }

    #[test]
    fn what_happened_an_hour_before_the_baseline_is_old_and_a_second_later_is_news() {
        use OrderState::{BoughtOut, Created};
        let edge = at(9);
        let news = Some(News::since_baseline(at(10)));
        assert_eq!(kinds(None, order(false, edge), Some(at(10))), []);
        assert_eq!(kinds(None, order(false, edge + second()), Some(at(10))), [EventKind::NewOrder]);
        let bought_out = |updated_at| SeenFeedOrder { updated_at, ..fed(Some(Created), BoughtOut, 1, 1) };
        assert_eq!(told(bought_out(edge), news, news), []);
        assert_eq!(told(bought_out(edge + second()), news, news), [EventKind::OrderBuyout]);
    }

    #[test]
    fn a_source_that_is_laid_over_another_is_news_a_second_after_what_that_one_covers() {
        let news = Some(News::since_baseline(at(5)).laid_over(at(11)));
        let orders =
            |ordered_at| SeenFeedOrder { order: order(false, ordered_at), ..fed(None, OrderState::Created, 1, 1) };
        assert_eq!(told(orders(at(11)), news, news), []);
        assert_eq!(told(orders(at(11) + second()), news, news), [EventKind::NewOrder]);
        // What the other one covers is older than the baseline: the baseline decides.
        let news = Some(News::since_baseline(at(13)).laid_over(at(11)));
        assert_eq!(told(orders(at(12)), news, news), []);
        assert_eq!(told(orders(at(12) + second()), news, news), [EventKind::NewOrder]);
    }

    #[test]
    fn the_sale_of_an_order_that_the_feed_has_shown_is_no_difference_between_the_sources() {
        let news = Some(News::since_baseline(at(5)).laid_over(at(11)));
        let seen = |is_order_fed| SeenSale { is_order_fed, ..new_sale(sale(SaleKind::Buyout)) };
        assert_eq!(decide_sales(&[seen(false)], news), [], "sold at 10:30, covered until 11:30");
        let told = decide_sales(&[seen(true)], news);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].kind, told[0].key.as_str(), told[0].occurred_at),
            (EventKind::OrderBuyout, "1.0.0", at(10))
        );
        assert_eq!(serde_json::from_value::<Sale>(told[0].payload.clone()).unwrap(), sale(SaleKind::Buyout));
        let known = SeenSale { held: Some(SaleMoney::default()), ..seen(true) };
        assert_eq!(decide_sales(&[known], news), []);
    }

    #[test]
    fn silence_ends_with_its_last_second_for_everything_that_happens() {
        use OrderState::{Cancelled, Created};
        let end = at(10);
        let news = Some(News::since_baseline(at(5)).silent_before(Some(end)));
        let before = end - second();
        let new = |ordered_at| SeenFeedOrder { order: order(false, ordered_at), ..fed(None, Created, 1, 1) };
        assert_eq!(told(new(before), news, news), []);
        assert_eq!(told(new(end), news, news), [EventKind::NewOrder]);
        let cancelled = |updated_at| SeenFeedOrder { updated_at, ..fed(Some(Created), Cancelled, 1, 1) };
        assert_eq!(told(cancelled(before), news, news), []);
        assert_eq!(told(cancelled(end), news, news), [EventKind::OrderCancellation]);
        let by_statistics = |cancelled_at| {
            let order = Order { cancelled_at: Some(cancelled_at), ..order(true, at(1)) };
            let (before, held) = (Some(Created), Money::default());
            decide_orders(&[SeenOrder { before, held, state: Cancelled, order }], news).len()
        };
        assert_eq!((by_statistics(before), by_statistics(end)), (0, 1));
    }

    #[test]
    fn only_news_with_a_silence_has_something_that_the_silence_keeps_back() {
        let news = News::since_baseline(at(5));
        assert_eq!(news.without_silence(), None);
        assert_eq!(news.silent_before(Some(at(10))).without_silence(), Some(news));
        assert_eq!(news.silent_before(None), news);
    }

    #[test]
    fn what_silence_keeps_back_is_counted_by_kind_without_what_is_told_and_without_good_reviews() {
        let event = |kind, key: &str, audience| Event {
            kind,
            key: key.into(),
            occurred_at: at(9),
            payload: serde_json::Value::Null,
            audience,
        };
        let order = |kind, key| event(kind, key, Audience::Members);
        let review = |key, stars| event(EventKind::NegativeReview, key, Audience::ReviewThresholdFrom(stars));
        let fall = Audience::StockFall { threshold: 0, remainder: 0, before: 9, by: StockBy::Size };
        let told = [order(EventKind::NewOrder, "a")];
        let all = [
            order(EventKind::NewOrder, "a"),
            order(EventKind::NewOrder, "b"),
            order(EventKind::NewOrder, "c"),
            order(EventKind::OrderCancellation, "a"),
            review("d", 1),
            review("e", 3),
            review("f", 4),
            event(EventKind::CriticalStock, "g", fall),
        ];
        let totals = [
            (EventKind::NewOrder, 2),
            (EventKind::OrderCancellation, 1),
            (EventKind::NegativeReview, 2),
            (EventKind::CriticalStock, 1),
        ];
        assert_eq!(count_silent(&told, &all), Totals::from(totals));
        assert_eq!(count_silent(&all, &all), Totals::new());
    }

    #[test]
    fn what_is_found_later_is_added_to_a_silence() {
        let mut silence = Silence {
            since: at(1),
            until: at(9),
            cause: SilenceCause::Gap,
            totals: Totals::from([(EventKind::NewOrder, 2)]),
        };
        silence.add(&Totals::from([(EventKind::NewOrder, 3), (EventKind::OrderReturn, 4)]));
        assert_eq!(silence.totals, Totals::from([(EventKind::NewOrder, 5), (EventKind::OrderReturn, 4)]));
    }

    #[test]
    fn orders_are_told_by_their_time_and_those_of_one_moment_by_their_id() {
        let seen = |srid: &str, hour| SeenOrder {
            before: None,
            held: Money::default(),
            state: OrderState::Created,
            order: Order { srid: Srid(srid.into()), ..order(false, at(hour)) },
        };
        let answer = [seen("b", 12), seen("a", 12), seen("c", 11)];
        let news = Some(News::since_baseline(at(9)));
        let told: Vec<_> =
            decide_orders(&answer, news).into_iter().map(|event| (event.key, event.occurred_at)).collect();
        assert_eq!(told, [("c".into(), at(11)), ("a".into(), at(12)), ("b".into(), at(12))]);
    }

    #[test]
    fn a_cancelled_row_of_an_order_that_is_bought_out_by_now_is_an_old_answer() {
        let seen = SeenOrder {
            before: Some(OrderState::Created),
            held: Money::default(),
            state: OrderState::BoughtOut,
            order: order(true, at(10)),
        };
        assert_eq!(decide_orders(&[seen], Some(News::since_baseline(at(9)))), []);
    }

    #[test]
    fn a_cancellation_is_told_with_its_moment_or_the_last_second_of_its_moscow_day() {
        let told_at = |cancelled_at| {
            let order = Order { cancelled_at, changed_at: at(13), ..order(true, at(10)) };
            let seen = SeenOrder { before: None, held: Money::default(), state: OrderState::Cancelled, order };
            decide_orders(&[seen], Some(News::since_baseline(at(9))))[0].occurred_at
        };
        assert_eq!(told_at(Some(at(12))), at(12));
        assert_eq!(told_at(None), at(13), "the change of the row stands for a moment that WB does not say");
        // Moscow's 23 November begins at 21:00 UTC and ends a second before 21:00 UTC of the next day.
        let moscow_midnight = Utc.with_ymd_and_hms(2026, 11, 22, 21, 0, 0).unwrap();
        let end_of_day = Utc.with_ymd_and_hms(2026, 11, 23, 20, 59, 59).unwrap();
        assert_eq!(told_at(Some(moscow_midnight)), end_of_day);
        assert_eq!(told_at(Some(moscow_midnight + second())), moscow_midnight + second());
    }

    #[test]
    fn the_feed_tells_a_return_and_its_unseen_buyout_each_at_its_moment_and_with_its_id() {
        use OrderState::{Created, Returned};
        let news = Some(News::since_baseline(at(9)));
        let sales = |before| {
            let events = decide_feed(&[fed(before, Returned, 10, 12)], None, news);
            let told = events.into_iter().map(|event| {
                let sale: Sale = serde_json::from_value(event.payload).unwrap();
                (event.kind, event.occurred_at, sale.sale_id.0, sale.sold_at)
            });
            told.collect::<Vec<_>>()
        };
        let buyout = |told_at| (EventKind::OrderBuyout, told_at, "feed-S:1.0.0".to_owned(), at(12));
        let its_return = (EventKind::OrderReturn, at(12), "feed-R:1.0.0".to_owned(), at(12));
        // The feed does not say when a returned order was bought: for an unseen one, after it was made.
        assert_eq!(sales(None), [buyout(at(10)), its_return.clone()]);
        assert_eq!(sales(Some(Created)), [buyout(at(12)), its_return]);
    }

    #[test]
    fn the_feed_tells_the_steps_of_all_orders_in_the_order_of_time() {
        use OrderState::{BoughtOut, Created};
        let named = |srid: &str, seen: SeenFeedOrder| {
            let order = Order { srid: Srid(srid.into()), ..seen.order };
            SeenFeedOrder { order, ..seen }
        };
        let seen = [
            named("b", fed(None, Created, 12, 12)),
            named("a", fed(None, Created, 12, 12)),
            named("c", fed(None, BoughtOut, 10, 13)),
        ];
        let news = Some(News::since_baseline(at(9)));
        let told: Vec<_> = decide_feed(&seen, news, news).into_iter().map(|event| (event.kind, event.key)).collect();
        let new = |key: &str| (EventKind::NewOrder, key.to_owned());
        assert_eq!(told, [new("c"), new("a"), new("b"), (EventKind::OrderBuyout, "c".to_owned())]);
    }

    #[test]
    fn every_new_review_is_told_to_those_whose_threshold_it_reaches() {
        let review = |id: &str, stars, created_at| Review {
            id: ReviewId(id.into()),
            nm_id: NmId(7),
            created_at,
            stars,
            pros: None,
            cons: None,
            text: Some("Не подошло".into()),
            author: None,
            answer: None,
            is_processed: false,
            parent_id: None,
            photos: Vec::new(),
        };
        let reviews = [review("old", 1, at(9)), review("bad", 2, at(9) + second()), review("good", 5, at(11))];
        assert_eq!(decide_reviews(&reviews, None), []);
        let told = decide_reviews(&reviews, Some(News::since_baseline(at(10))));
        let heads: Vec<_> =
            told.iter().map(|event| (event.kind, event.key.as_str(), event.occurred_at, event.audience)).collect();
        let kind = EventKind::NegativeReview;
        assert_eq!(
            heads,
            [
                (kind, "bad", at(9) + second(), Audience::ReviewThresholdFrom(2)),
                (kind, "good", at(11), Audience::ReviewThresholdFrom(5)),
            ]
        );
        assert_eq!(serde_json::from_value::<Review>(told[0].payload.clone()).unwrap(), reviews[1]);
    }
}
