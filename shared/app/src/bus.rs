//! What other systems hear: an event of the database as it goes to the bus. `docs/events.md` has the schemas;
//! a test holds them against what is rendered here.
//!
//! At least once: the same event may come again with the same id, and the order is not promised.

use chrono::{DateTime, Utc};
use domain::{
    Facts, Order, Review, Sale,
    facts::{FirstSyncFinished, OrdersLate, PartAccess, StockFall, TokenRecovered, TokenRefused},
};
use queue::{DomainEvent, Published};
use serde_json::{Value, json};
use store::events::Stored;

/// The version of every detail. A field may be added within it; whatever an older reader would misunderstand
/// needs the next one.
const VERSION: u32 = 1;
/// A text of WB's is cut here: all fields of an event at this length stay far below what EventBridge takes.
const TEXT_MAX_CHARS: usize = 1_000;
/// The detail type of what changes the state of the syncs.
const SYNC: &str = "sync.finished";

/// The event for the bus; `None` for a kind that others are not told of, or that this version cannot read.
fn render(event: &Stored) -> Option<DomainEvent> {
    let (detail_type, data) = data(event.facts.as_ref().ok()?)?;
    let detail = json!({
        "version": VERSION,
        "id": event.id.to_string(),
        "cabinet": { "id": event.cabinet.0, "seller": event.seller.0 },
        "occurred_at": event.occurred_at,
        "seen_at": event.seen_at,
        "data": data,
    });
    Some(DomainEvent { id: event.id, detail_type, occurred_at: event.occurred_at, detail: detail.to_string() })
}

/// What others learn of an event, and under which name.
fn data(facts: &Facts) -> Option<(&'static str, Value)> {
    Some(match facts {
        Facts::NewOrder(new) => ("order.created", order(&new.order)),
        Facts::OrderCancellation(cancelled) => ("order.cancelled", order(cancelled)),
        Facts::OrderBuyout(bought) => ("order.bought_out", sale(bought)),
        Facts::OrderReturn(returned) => ("order.returned", sale(returned)),
        Facts::NegativeReview(negative) => ("review.negative", review(negative)),
        Facts::CriticalStock(fall) => ("stock.critical", stock(fall)),
        Facts::FirstSyncFinished(finished) => (SYNC, first_sync(finished)),
        Facts::OrdersLate(OrdersLate { since }) => (SYNC, state("failed", json!({ "since": since }))),
        Facts::OrdersLateOver(OrdersLate { since }) => (SYNC, state("recovered", json!({ "since": since }))),
        Facts::PartFailed(part) => (SYNC, state("failed", access(part))),
        Facts::PartRecovered(part) => (SYNC, state("recovered", access(part))),
        Facts::TokenRecovered(TokenRecovered { since, until }) => {
            (SYNC, state("recovered", json!({ "since": since, "until": until })))
        }
        Facts::TokenRefused(TokenRefused { reason }) => (SYNC, state("paused", json!({ "reason": reason }))),
        Facts::FirstSyncProgress(_)
        | Facts::GapSilent(_)
        | Facts::LimitSpent(_)
        | Facts::TokenExpiring(_)
        | Facts::Digest(_)
        | Facts::CollectOffer(_)
        | Facts::MemberJoined(_)
        | Facts::MemberAsks(_)
        | Facts::Announcement(_)
        | Facts::Missed(_) => return None,
    })
}

fn order(order: &Order) -> Value {
    known(json!({
        "srid": text(&order.srid.0),
        "basket": order.basket.as_deref().map(text),
        "nm_id": order.nm_id,
        "chrt_id": order.feed.chrt_id,
        "supplier_article": order.supplier_article.as_deref().map(text),
        "barcode": order.barcode.as_ref().map(|barcode| text(&barcode.0)),
        "size": order.size.as_deref().map(text),
        "brand": order.brand.as_deref().map(text),
        "subject": order.subject.as_deref().map(text),
        "supply": order.supply,
        "warehouse": order.warehouse.as_deref().map(text),
        "region": order.region.as_deref().map(text),
        "city": order.feed.city.as_deref().map(text),
        "ordered_at": order.ordered_at,
        "cancelled_at": order.cancelled_at,
        "cancel_reason": order.feed.cancel_reason,
        "full_price": order.full_price,
        "seller_price": order.seller_price,
        "buyer_price": order.buyer_price,
        "wb_discount_percent": order.wb_discount_percent,
        "currency": order.feed.currency.as_deref().map(text),
        "is_b2b": order.feed.is_b2b.then_some(true),
    }))
}

fn sale(sale: &Sale) -> Value {
    known(json!({
        "srid": text(&sale.srid.0),
        "sale_id": text(&sale.sale_id.0),
        "nm_id": sale.nm_id,
        "chrt_id": sale.feed.chrt_id,
        "supplier_article": sale.supplier_article.as_deref().map(text),
        "barcode": sale.barcode.as_ref().map(|barcode| text(&barcode.0)),
        "size": sale.size.as_deref().map(text),
        "subject": sale.subject.as_deref().map(text),
        "supply": sale.supply,
        "warehouse": sale.warehouse.as_deref().map(text),
        "region": sale.region.as_deref().map(text),
        "city": sale.feed.city.as_deref().map(text),
        "sold_at": sale.sold_at,
        "seller_price": sale.seller_price,
        "buyer_price": sale.buyer_price,
        "for_pay": sale.for_pay,
        "currency": sale.feed.currency.as_deref().map(text),
        "is_b2b": sale.feed.is_b2b.then_some(true),
        "is_defective": sale.feed.is_defective.then_some(true),
    }))
}

/// The buyer's name is not in it: it is nobody's business but the seller's.
fn review(review: &Review) -> Value {
    known(json!({
        "id": text(&review.id.0),
        "nm_id": review.nm_id,
        "created_at": review.created_at,
        "stars": review.stars,
        "pros": review.pros.as_deref().map(text),
        "cons": review.cons.as_deref().map(text),
        "text": review.text.as_deref().map(text),
        "parent_id": review.parent_id.as_ref().map(|id| text(&id.0)),
    }))
}

fn stock(fall: &StockFall) -> Value {
    json!({
        "nm_id": fall.nm_id,
        "chrt_id": fall.chrt_id,
        "threshold": fall.threshold,
        "remainder": fall.remainder,
        "in_way_to_client": fall.in_way_to_client,
        "in_way_from_client": fall.in_way_from_client,
    })
}

fn first_sync(finished: &FirstSyncFinished) -> Value {
    let FirstSyncFinished { days, orders, sales, products, pieces, reviews, .. } = finished;
    let figures = json!({
        "days": days, "orders": orders, "sales": sales, "products": products, "pieces": pieces, "reviews": reviews,
    });
    state("first", figures)
}

fn access(part: &PartAccess) -> Value {
    json!({ "category": part.category, "data_sets": part.data_sets })
}

/// The state of the syncs, with what belongs to it.
fn state(state: &str, mut data: Value) -> Value {
    data["state"] = state.into();
    data
}

/// A text of WB's, of bounded length.
fn text(text: &str) -> String {
    text.chars().take(TEXT_MAX_CHARS).collect()
}

/// Without the fields that are unknown.
fn known(mut data: Value) -> Value {
    if let Some(fields) = data.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    data
}

/// Publishes events, and says which the bus has. What it does not take is published by a later tick.
pub(crate) async fn publish(queues: &dyn queue::Enqueue, events: &[Stored]) -> Vec<i64> {
    if events.is_empty() {
        return Vec::new();
    }
    let rendered: Vec<DomainEvent> = events.iter().filter_map(render).collect();
    let Published { taken, error } = queues.publish(&rendered).await;
    if let Some(error) = error {
        let (events, published) = (rendered.len(), taken.len());
        tracing::warn!(events, published, error = %error, "events not published to the bus; a later tick tries again");
    }
    taken
}

/// Publishes events outside of a sync's own data and notes at once what the bus has: they are few.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn publish_and_note(
    pool: &store::Pool,
    queues: &dyn queue::Enqueue,
    events: &[Stored],
    now: DateTime<Utc>,
) -> anyhow::Result<usize> {
    let taken = publish(queues, events).await;
    if !taken.is_empty() {
        store::events::save_published(pool, &taken, now).await?;
    }
    Ok(taken.len())
}

#[cfg(test)]
mod tests {
    use domain::{
        CabinetId, EventKind, FeedFacts, NmId, ReviewId, SellerId, Srid,
        facts::{DigestFacts, NewOrder},
    };
    use uuid::Uuid;

    use super::*;

    fn at() -> DateTime<Utc> {
        "2026-11-22T09:00:00Z".parse().unwrap()
    }

    fn stored(facts: Facts) -> Stored {
        let (cabinet, seller) = (CabinetId(7), SellerId(Uuid::nil()));
        Stored { id: 41, cabinet, seller, occurred_at: at(), seen_at: at(), facts: Ok(facts) }
    }

    fn data(facts: Facts) -> Value {
        serde_json::from_str::<Value>(&render(&stored(facts)).unwrap().detail).unwrap()["data"].take()
    }

    /// An order all of whose texts are this one.
    fn order(text: Option<&str>) -> Facts {
        let text = || text.map(ToOwned::to_owned);
        let order = Order {
            srid: Srid(text().unwrap_or_else(|| "1.0".to_owned())),
            basket: text(),
            ordered_at: at(),
            changed_at: at(),
            cancelled_at: None,
            is_cancelled: false,
            nm_id: NmId(7),
            supplier_article: text(),
            barcode: text().map(domain::Barcode),
            size: text(),
            brand: text(),
            subject: text(),
            supply: None,
            warehouse: text(),
            region: text(),
            full_price: None,
            seller_price: None,
            buyer_price: None,
            wb_discount_percent: None,
            feed: FeedFacts { city: text(), currency: text(), ..FeedFacts::default() },
        };
        Facts::NewOrder(Box::new(NewOrder { order, day: None }))
    }

    #[test]
    fn nothing_but_the_named_fields_leaves_and_unknown_ones_are_absent() {
        let review = Review {
            id: ReviewId("r1".into()),
            nm_id: NmId(7),
            created_at: at(),
            stars: 1,
            pros: None,
            cons: None,
            text: None,
            author: Some("Анна".into()),
            answer: None,
            is_processed: false,
            parent_id: None,
            photos: vec!["https://feedback04.wbbasket.ru/1.webp".parse().unwrap()],
        };
        let review = data(Facts::NegativeReview(Box::new(review)));
        assert_eq!(review, json!({ "id": "r1", "nm_id": 7, "stars": 1, "created_at": "2026-11-22T09:00:00Z" }));
        assert_eq!(data(order(None)), json!({ "srid": "1.0", "nm_id": 7, "ordered_at": "2026-11-22T09:00:00Z" }));
    }

    #[test]
    fn the_longest_event_is_far_below_what_the_bus_takes() {
        let event = render(&stored(order(Some(&"\u{1}".repeat(100_000))))).unwrap();
        // A control character is six bytes in JSON, which is the worst there is.
        assert!(event.detail.len() < 200 * 1024, "{} bytes", event.detail.len());
        assert!(event.detail.len() > 6 * TEXT_MAX_CHARS, "its texts are there");
    }

    #[test]
    fn a_state_of_the_syncs_says_which() {
        let late = OrdersLate { since: at() };
        let since = "2026-11-22T09:00:00Z";
        assert_eq!(data(Facts::OrdersLate(late)), json!({ "state": "failed", "since": since }));
        assert_eq!(data(Facts::OrdersLateOver(late)), json!({ "state": "recovered", "since": since }));
    }

    #[test]
    fn what_is_not_for_the_bus_or_cannot_be_read_has_no_form_there() {
        let digest = DigestFacts { day: at().date_naive(), is_yesterday: true, is_asked_for: false };
        assert_eq!(render(&stored(Facts::Digest(digest))), None);
        let unreadable = Facts::parse(EventKind::NewOrder.name(), json!({})).unwrap_err();
        assert_eq!(render(&Stored { facts: Err(unreadable), ..stored(Facts::Digest(digest)) }), None);
    }
}
