//! What counts as an event. Pure: rows before and after in, events out.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::moscow;
use crate::rows::{Order, OrderState, Review, Sale, SaleKind};

/// How much older than the baseline an event may be and still be news: the statistics are half an
/// hour late, and the same again is left for a slow first load.
pub const BASELINE_GRACE: TimeDelta = TimeDelta::hours(1);
/// The most stars at which a review is negative to somebody who has chosen nothing.
pub const REVIEW_THRESHOLD: i16 = 3;

/// What happened in a longer gap than this is not told any more, but that there was one.
pub const GAP_TOLD: TimeDelta = TimeDelta::days(31);

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
    /// Somebody has joined the cabinet: for its owners.
    MemberJoined,
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
    /// The kinds that no switch governs.
    const UNSWITCHED: [Self; 6] = [
        Self::FirstSyncProgress,
        Self::FirstSyncFinished,
        Self::GapSilent,
        Self::OrdersLate,
        Self::OrdersLateOver,
        Self::MemberJoined,
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
            Self::MemberJoined => "member_joined",
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
    },
}

/// An order row that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenOrder {
    /// The state that we held; `None` for an order seen for the first time.
    pub before: Option<OrderState>,
    /// The state that we hold now, which an older answer does not lower.
    pub state: OrderState,
    /// The row.
    pub order: Order,
}

/// What the changed order rows of one answer make, and whether it is news.
///
/// `baseline_at` is when the first complete load of the data set began, `None` while that load is
/// still going on: its rows are silent whatever their time.
#[must_use]
pub fn decide_orders(seen: &[SeenOrder], baseline_at: Option<DateTime<Utc>>) -> Vec<Event> {
    let Some(baseline_at) = baseline_at else { return Vec::new() };
    seen.iter()
        .filter_map(|row| {
            let order = &row.order;
            let (kind, occurred_at) = match (row.before, order.is_cancelled) {
                (None, false) => (EventKind::NewOrder, order.ordered_at),
                (None, true) => (EventKind::OrderCancellation, cancelled_at(order)),
                // The cancellation of an order that we hold as open is always told.
                (Some(OrderState::Created), true) if row.state == OrderState::Cancelled => {
                    return Some(order_event(EventKind::OrderCancellation, order, cancelled_at(order)));
                }
                _ => return None,
            };
            is_news(occurred_at, baseline_at).then(|| order_event(kind, order, occurred_at))
        })
        .collect()
}

/// What the new sale rows of one answer make.
#[must_use]
pub fn decide_sales(new: &[Sale], baseline_at: Option<DateTime<Utc>>) -> Vec<Event> {
    let Some(baseline_at) = baseline_at else { return Vec::new() };
    // A buyout before the return of the same order, whichever WB names first.
    let mut new: Vec<&Sale> = new.iter().filter(|sale| is_news(sale.sold_at, baseline_at)).collect();
    new.sort_by_key(|sale| sale.kind);
    new.into_iter()
        .map(|sale| Event {
            kind: match sale.kind {
                SaleKind::Buyout => EventKind::OrderBuyout,
                SaleKind::Return => EventKind::OrderReturn,
            },
            key: sale.srid.0.clone(),
            occurred_at: sale.sold_at,
            payload: serde_json::to_value(sale).expect("a sale is plain data"),
            audience: Audience::Members,
        })
        .collect()
}

/// What the new reviews of one answer make. Whether a review is negative is each member's own
/// choice, so every new one is an event and its audience decides.
#[must_use]
pub fn decide_reviews(new: &[Review], baseline_at: Option<DateTime<Utc>>) -> Vec<Event> {
    let Some(baseline_at) = baseline_at else { return Vec::new() };
    new.iter()
        .filter(|review| is_news(review.created_at, baseline_at))
        .map(|review| Event {
            kind: EventKind::NegativeReview,
            key: review.id.0.clone(),
            occurred_at: review.created_at,
            payload: serde_json::to_value(review).expect("a review is plain data"),
            audience: Audience::ReviewThresholdFrom(review.stars),
        })
        .collect()
}

/// Whether something happened late enough not to belong to the history that a first load brings.
fn is_news(occurred_at: DateTime<Utc>, baseline_at: DateTime<Utc>) -> bool {
    occurred_at > baseline_at - BASELINE_GRACE
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
    use crate::ids::{NmId, SaleId, Srid};

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
        }
    }

    fn kinds(before: Option<OrderState>, order: Order, baseline_at: Option<DateTime<Utc>>) -> Vec<EventKind> {
        let state = before.unwrap_or(OrderState::Created).max(order.state());
        decide_orders(&[SeenOrder { before, state, order }], baseline_at).into_iter().map(|event| event.kind).collect()
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
        let sale = |id: &str, kind| Sale {
            sale_id: SaleId(id.into()),
            kind,
            srid: Srid("1.0.0".into()),
            sold_at: at(10),
            changed_at: at(10),
            nm_id: NmId(7),
            supplier_article: None,
            barcode: None,
            size: None,
            subject: None,
            supply: None,
            warehouse: None,
            region: None,
            seller_price: None,
            buyer_price: None,
            for_pay: None,
        };
        let new = [sale("R1", SaleKind::Return), sale("S1", SaleKind::Buyout)];
        let kinds: Vec<_> = decide_sales(&new, Some(at(9))).into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::OrderBuyout, EventKind::OrderReturn]);
        assert_eq!(decide_sales(&new, None), []);
        assert_eq!(decide_sales(&new, Some(at(12))), []);
    }
}
