//! Rows for the tests of the events.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::{EventKind, Money, NewsSince, SeenFeedOrder, SeenOrder, SeenSale, decide_feed, decide_orders};
use crate::facts::{Facts, NewOrder, StockFall, TokenExpiring, TokenRefused};
use crate::ids::{ChrtId, NmId, ReviewId, Srid};
use crate::money::Rubles;
use crate::rows::{FeedFacts, Order, OrderState, Review, Sale, SaleKind};
use crate::token_care::PauseReason;

pub(crate) fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, hour, 30, 0).unwrap()
}

pub(crate) fn order(is_cancelled: bool, ordered_at: DateTime<Utc>) -> Order {
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

pub(crate) fn sale(kind: SaleKind) -> Sale {
    Sale::sample(kind, at(10))
}

pub(crate) fn new_sale(sale: Sale) -> SeenSale {
    SeenSale { held: None, is_order_fed: false, sale }
}

pub(crate) fn rubles(sum: i64) -> Option<Rubles> {
    Rubles::filled_in(sum.into())
}

pub(crate) fn second() -> TimeDelta {
    TimeDelta::seconds(1)
}

pub(crate) fn fed(before: Option<OrderState>, state: OrderState, made: u32, updated: u32) -> SeenFeedOrder {
    SeenFeedOrder { before, sold: None, order: order(false, at(made)), state, updated_at: at(updated) }
}

pub(crate) fn told(seen: SeenFeedOrder, orders: Option<NewsSince>, sales: Option<NewsSince>) -> Vec<EventKind> {
    decide_feed(&[seen], orders, sales).into_iter().map(|event| event.kind()).collect()
}

pub(crate) fn kinds(before: Option<OrderState>, order: Order, baseline_at: Option<DateTime<Utc>>) -> Vec<EventKind> {
    let state = before.unwrap_or(OrderState::Created).max(order.state());
    let held = Money::default();
    decide_orders(&[SeenOrder { before, held, state, order }], baseline_at.map(NewsSince::since_baseline))
        .into_iter()
        .map(|event| event.kind())
        .collect()
}

/// What an event of that kind says, as far as these tests need one.
pub(crate) fn facts(kind: EventKind) -> Facts {
    match kind {
        EventKind::NewOrder => Facts::NewOrder(Box::new(NewOrder { order: order(false, at(9)), day: None })),
        EventKind::OrderCancellation => Facts::OrderCancellation(Box::new(order(true, at(9)))),
        EventKind::NegativeReview => Facts::NegativeReview(Box::new(review("r", 1, at(9)))),
        EventKind::CriticalStock => Facts::CriticalStock(StockFall {
            nm_id: NmId(7),
            chrt_id: ChrtId(70),
            threshold: 2,
            remainder: 0,
            in_way_to_client: 0,
            in_way_from_client: 0,
        }),
        EventKind::TokenRefused => Facts::TokenRefused(TokenRefused { reason: PauseReason::Gone }),
        EventKind::TokenExpiring => {
            Facts::TokenExpiring(TokenExpiring { expires_at: at(9), days: 7, data_sets: Vec::new() })
        }
        other => unreachable!("no test needs {other:?}"),
    }
}

/// A review.
pub(crate) fn review(id: &str, stars: i16, created_at: DateTime<Utc>) -> Review {
    Review {
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
    }
}
