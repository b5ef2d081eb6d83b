//! The EventBridge bus, on which other systems hear what happened.

use aws_sdk_eventbridge::{Client, primitives::DateTime as Moment, types::PutEventsRequestEntry};
use chrono::{DateTime, Utc};

use crate::{Error, failure::Failure};

/// By this name a rule knows our events.
pub const SOURCE: &str = "wb-assist";
/// EventBridge takes no more in one request.
const BATCH_EVENTS: usize = 10;
/// The entries of a request may have 256 KiB together by EventBridge's older limit, which we keep: the newer
/// one, 1 MiB, is not what every target takes.
const BATCH_BYTES: usize = 256 * 1024;
/// What EventBridge counts for the time of an entry.
const TIME_BYTES: usize = 14;

/// Something that happened, as others hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainEvent {
    /// Our id of it, which stays when it is published again.
    pub id: i64,
    /// What happened, as `order.created`.
    pub detail_type: &'static str,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The facts, a JSON object.
    pub detail: String,
}

impl DomainEvent {
    /// What EventBridge counts of it.
    fn bytes(&self) -> usize {
        TIME_BYTES + SOURCE.len() + self.detail_type.len() + self.detail.len()
    }
}

/// How a publication went.
#[derive(Debug, Default)]
pub struct Published {
    /// The ids of the events that the bus has.
    pub taken: Vec<i64>,
    /// Why it has not the others.
    pub error: Option<Error>,
}

/// The bus.
#[derive(Clone, Debug)]
pub struct Bus {
    /// The client, which brings its time limits and retries with it.
    pub client: Client,
    /// Its name or ARN.
    pub name: String,
}

impl Bus {
    /// Publishes events in their order. After a request that failed as a whole nothing more is sent: the bus
    /// is in trouble, and whoever publishes has other work.
    pub(crate) async fn publish(&self, events: &[DomainEvent]) -> Published {
        let mut published = Published::default();
        for batch in batches(events) {
            let entries = batch.iter().map(|event| self.entry(event)).collect();
            match self.client.put_events().set_entries(Some(entries)).send().await {
                Ok(answer) => {
                    for (event, entry) in batch.iter().zip(answer.entries()) {
                        match entry.error_code() {
                            None => published.taken.push(event.id),
                            Some(code) => {
                                let text = format!("{code}: {}", entry.error_message().unwrap_or("no reason given"));
                                published.error =
                                    Some(Error::BusRefused { detail_type: event.detail_type, reason: text });
                            }
                        }
                    }
                }
                Err(error) => {
                    published.error = Some(Error::BusUnavailable(Failure::of(&error).reason));
                    break;
                }
            }
        }
        published
    }

    fn entry(&self, event: &DomainEvent) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(event.detail_type)
            .time(Moment::from_secs(event.occurred_at.timestamp()))
            .detail(&event.detail)
            .build()
    }
}

/// As many events a request as EventBridge takes. One that is too large by itself goes alone and is refused.
fn batches(events: &[DomainEvent]) -> Vec<&[DomainEvent]> {
    let mut batches = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (place, event) in events.iter().enumerate() {
        if place > from && (place - from == BATCH_EVENTS || bytes + event.bytes() > BATCH_BYTES) {
            batches.push(&events[from..place]);
            (from, bytes) = (place, 0);
        }
        bytes += event.bytes();
    }
    if from < events.len() {
        batches.push(&events[from..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: i64, bytes: usize) -> DomainEvent {
        let detail = "x".repeat(bytes - TIME_BYTES - SOURCE.len() - "t".len());
        DomainEvent { id, detail_type: "t", occurred_at: DateTime::UNIX_EPOCH, detail }
    }

    fn sizes(events: &[DomainEvent]) -> Vec<usize> {
        batches(events).iter().map(|batch| batch.len()).collect()
    }

    #[test]
    fn a_request_has_at_most_ten_events_and_256_kib() {
        let small: Vec<DomainEvent> = (0..25).map(|id| event(id, 100)).collect();
        assert_eq!(sizes(&small), [10, 10, 5]);
        let half = BATCH_BYTES / 2;
        assert_eq!(sizes(&[event(1, half), event(2, half), event(3, half)]), [2, 1]);
        assert_eq!(sizes(&[event(1, half), event(2, half + 1), event(3, 100)]), [1, 2]);
        assert_eq!(sizes(&[event(1, 100), event(2, BATCH_BYTES + 1), event(3, 100)]), [1, 1, 1]);
        assert_eq!(sizes(&[]), [0; 0]);
    }
}
