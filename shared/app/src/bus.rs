//! What other systems hear: an event of the database as it goes to the bus. `docs/events.md` has the schemas;
//! a test holds them against what is rendered here.
//!
//! At least once: the same event may come again with the same id, and the order is not promised.

use chrono::{DateTime, Utc};
use domain::EventKind;
use queue::{DomainEvent, Published};
use serde_json::{Map, Value, json};
use store::events::Stored;

/// The version of every detail. A field may be added within it; whatever an older reader would misunderstand
/// needs the next one.
const VERSION: u32 = 1;
/// A text of WB's is cut here: all fields of an event at this length stay far below what EventBridge takes.
const TEXT_MAX_CHARS: usize = 1_000;
/// Objects and lists are flat; whatever lies deeper than this is not copied.
const LIST_MAX_ITEMS: usize = 20;

const ORDER: &[&str] = &[
    "srid",
    "basket",
    "nm_id",
    "chrt_id",
    "supplier_article",
    "barcode",
    "size",
    "brand",
    "subject",
    "supply",
    "warehouse",
    "region",
    "city",
    "ordered_at",
    "cancelled_at",
    "cancel_reason",
    "full_price",
    "seller_price",
    "buyer_price",
    "wb_discount_percent",
    "currency",
    "is_b2b",
];
const SALE: &[&str] = &[
    "srid",
    "sale_id",
    "nm_id",
    "chrt_id",
    "supplier_article",
    "barcode",
    "size",
    "subject",
    "supply",
    "warehouse",
    "region",
    "city",
    "sold_at",
    "seller_price",
    "buyer_price",
    "for_pay",
    "currency",
    "is_b2b",
    "is_defective",
];
/// The buyer's name is not among them: it is nobody's business but the seller's.
const REVIEW: &[&str] = &["id", "nm_id", "created_at", "stars", "pros", "cons", "text", "parent_id"];
const STOCK: &[&str] = &["nm_id", "chrt_id", "threshold", "remainder", "in_way_to_client", "in_way_from_client"];
const FIRST_SYNC: &[&str] = &["days", "orders", "sales", "products", "pieces", "reviews"];
const STATE: &[&str] = &["reason", "category", "data_sets", "since", "until"];

/// The event for the bus; `None` for a kind that others are not told of.
fn render(event: &Stored) -> Option<DomainEvent> {
    let (detail_type, fields, state) = match EventKind::parse(&event.kind)? {
        EventKind::NewOrder => ("order.created", ORDER, None),
        EventKind::OrderBuyout => ("order.bought_out", SALE, None),
        EventKind::OrderCancellation => ("order.cancelled", ORDER, None),
        EventKind::OrderReturn => ("order.returned", SALE, None),
        EventKind::NegativeReview => ("review.negative", REVIEW, None),
        EventKind::CriticalStock => ("stock.critical", STOCK, None),
        EventKind::FirstSyncFinished => ("sync.finished", FIRST_SYNC, Some("first")),
        EventKind::OrdersLate | EventKind::PartFailed => ("sync.finished", STATE, Some("failed")),
        EventKind::OrdersLateOver | EventKind::PartRecovered | EventKind::TokenRecovered => {
            ("sync.finished", STATE, Some("recovered"))
        }
        EventKind::TokenRefused => ("sync.finished", STATE, Some("paused")),
        EventKind::FirstSyncProgress
        | EventKind::GapSilent
        | EventKind::LimitSpent
        | EventKind::TokenExpiring
        | EventKind::Digest
        | EventKind::CollectOffer
        | EventKind::MemberJoined
        | EventKind::MemberAsks
        | EventKind::Announcement
        | EventKind::Missed => return None,
    };
    let mut data: Map<String, Value> = state.map(|state| ("state".to_owned(), json!(state))).into_iter().collect();
    let copied = fields.iter().filter_map(|name| Some(((*name).to_owned(), copied(event.payload.get(name)?)?)));
    data.extend(copied);
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

/// A value as others get it: plain, of bounded length, and none that is unknown.
fn copied(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(text.chars().take(TEXT_MAX_CHARS).collect::<String>().into()),
        Value::Array(items) => Some(items.iter().take(LIST_MAX_ITEMS).filter_map(copied).collect()),
        Value::Bool(_) | Value::Number(_) => Some(value.clone()),
    }
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
    use domain::{CabinetId, SellerId};
    use uuid::Uuid;

    use super::*;

    fn stored(kind: EventKind, payload: Value) -> Stored {
        let at = "2026-11-22T09:00:00Z".parse().unwrap();
        let (cabinet, seller) = (CabinetId(7), SellerId(Uuid::nil()));
        Stored { id: 41, cabinet, seller, kind: kind.name().to_owned(), occurred_at: at, seen_at: at, payload }
    }

    fn data(kind: EventKind, payload: Value) -> Value {
        serde_json::from_str::<Value>(&render(&stored(kind, payload)).unwrap().detail).unwrap()["data"].take()
    }

    #[test]
    fn the_buyers_name_and_what_only_our_messages_need_stay_here() {
        let payload = json!({ "id": "r1", "stars": 1, "author": "Анна", "photos": ["https://x"], "answer": null });
        assert_eq!(data(EventKind::NegativeReview, payload), json!({ "id": "r1", "stars": 1 }));
        let payload = json!({ "srid": "1.0", "size": null, "day": { "number": 3 } });
        assert_eq!(data(EventKind::NewOrder, payload), json!({ "srid": "1.0" }));
    }

    #[test]
    fn the_longest_event_is_far_below_what_the_bus_takes() {
        let long = "\u{1}".repeat(100_000);
        let payload: Map<String, Value> = ORDER.iter().map(|name| ((*name).to_owned(), json!(long))).collect();
        let event = render(&stored(EventKind::NewOrder, payload.into())).unwrap();
        // A control character is six bytes in JSON, which is the worst there is.
        assert!(event.detail.len() < 200 * 1024, "{} bytes", event.detail.len());
    }

    #[test]
    fn what_is_for_the_bus_has_a_form_there() {
        for kind in EventKind::SWITCHED.into_iter().chain(EventKind::STATES_OF_SYNC) {
            assert!(render(&stored(kind, json!({}))).is_some(), "{kind:?}");
        }
        assert_eq!(render(&stored(EventKind::Digest, json!({}))), None);
    }
}
