//! What a test may break.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::answers::{Answer, Body, Request};
use super::method::Method;

/// A way to fail. The request is judged first: a fault costs a token of the bucket, as at WB, and
/// a request that is refused anyway uses up no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// This status with a page of HTML, for example 502.
    Status(u16),
    /// 429 for so many seconds. What comes earlier is refused and counts as a violation.
    RateLimited(u32),
    /// The right answer, of which only the first half arrives.
    CutOff,
    /// 200 without a body.
    Empty,
    /// The right answer as of now, which arrives only when the test lets it
    /// ([`release_slow`](super::FakeWb::release_slow)).
    Slow,
    /// 404: WB switched the method off.
    Disabled,
    /// 410: WB switched the method off for good.
    Gone,
    /// 402: the service has no money.
    PaymentRequired,
    /// 403 in the shape of the host's own service.
    AccessDenied,
    /// 200 that calls itself an error.
    SaysError,
    /// The right answer, whose first row has an object where its id should be.
    MalformedRow,
    /// The first page of reviews or questions, whichever is asked for.
    FirstPage,
}

impl Fault {
    /// Whether there is such a fault: a status must be one.
    pub(super) fn is_possible(self) -> bool {
        !matches!(self, Self::Status(status) if !(400..=599).contains(&status))
    }

    /// The answer with the fault in it. `Slow` and `CutOff` happen on the way out, `RateLimited`
    /// at the limiter.
    pub(super) fn spoil(self, mut answer: Answer, method: Method, request: &Request) -> Answer {
        match self {
            Self::Status(status) => Answer::html(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)),
            Self::Empty => Answer::empty(),
            Self::Disabled => request.disabled(),
            Self::Gone => request.gone(),
            Self::PaymentRequired => request.payment_required(),
            Self::AccessDenied => request.denied_by_service(method.host()),
            Self::SaysError => request.says_error(),
            Self::MalformedRow => {
                if let Body::Json(body) = &mut answer.body {
                    malform(body, method);
                }
                answer
            }
            // The last one was minded where the page was cut.
            Self::RateLimited(_) | Self::CutOff | Self::Slow | Self::FirstPage => answer,
        }
    }
}

fn malform(body: &mut Value, method: Method) {
    let (rows, id) = match method {
        Method::Ping => ("", "Status"),
        Method::SellerInfo => ("", "sid"),
        Method::Orders => ("", "srid"),
        Method::Sales => ("", "saleID"),
        Method::Stocks | Method::SellerStocks => ("/data/items", "nmId"),
        Method::OrderFeed => ("/data/orders", "srid"),
        Method::RemainsCreate => ("/data", "taskId"),
        Method::RemainsStatus => ("/data", "status"),
        Method::RemainsDownload => ("", "nmId"),
        Method::Cards => ("/cards", "nmID"),
        Method::Feedbacks => ("/data/feedbacks", "id"),
        Method::Feedback => ("/data", "id"),
        Method::FeedbackAnswer => return,
        Method::Questions => ("/data/questions", "id"),
        Method::News => ("/data", "id"),
    };
    let row = match body.pointer_mut(rows) {
        Some(Value::Array(rows)) => rows.first_mut(),
        other => other,
    };
    if let Some(Value::Object(row)) = row {
        row.insert(id.to_owned(), json!({"unexpected": true}));
    }
}

/// The faults that wait for their requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Method, Fault, u32)>);

impl Faults {
    pub(super) fn add(&mut self, method: Method, fault: Fault, times: u32) {
        self.0.push((method, fault, times));
    }

    /// The fault for this request, which is used up by it.
    pub(super) fn next(&mut self, method: Method) -> Option<Fault> {
        let (_, fault, times) = self.0.iter_mut().find(|(broken, _, times)| *broken == method && *times > 0)?;
        *times -= 1;
        let fault = *fault;
        self.0.retain(|(_, _, times)| *times > 0);
        Some(fault)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Where slow answers wait.
#[derive(Debug)]
pub(super) struct Gate {
    held: watch::Sender<usize>,
    opened: watch::Sender<u64>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { held: watch::Sender::new(0), opened: watch::Sender::new(0) }
    }

    /// Returns when the gate is opened the next time.
    pub(super) async fn pass(&self) {
        let mut opened = self.opened.subscribe();
        self.held.send_modify(|held| *held += 1);
        // A client may lose its patience: then this future is dropped while it waits.
        let _leave = Leave(&self.held);
        // The sender lives in `self`, so this ends only when the gate opens.
        opened.changed().await.ok();
    }

    pub(super) fn open(&self) {
        self.opened.send_modify(|opened| *opened += 1);
    }

    /// Returns as soon as `count` answers wait at the same time.
    pub(super) async fn until_held(&self, count: usize) {
        self.held.subscribe().wait_for(|held| *held >= count).await.ok();
    }
}

struct Leave<'a>(&'a watch::Sender<usize>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_method_come_in_order_and_as_often_as_asked() {
        let mut faults = Faults::default();
        faults.add(Method::Orders, Fault::Empty, 2);
        faults.add(Method::Orders, Fault::Disabled, 1);
        faults.add(Method::Cards, Fault::CutOff, 1);
        let orders: Vec<_> = (0..4).map(|_| faults.next(Method::Orders)).collect();
        assert_eq!(orders, [Some(Fault::Empty), Some(Fault::Empty), Some(Fault::Disabled), None]);
        assert_eq!(faults.next(Method::Cards), Some(Fault::CutOff));
    }

    #[test]
    fn faults_are_written_as_words_or_as_words_with_a_number() {
        let read = |text: &str| serde_json::from_str::<Fault>(text).unwrap();
        assert_eq!(read("\"cut_off\""), Fault::CutOff);
        assert_eq!(read("{\"status\":503}"), Fault::Status(503));
        assert_eq!(read("{\"rate_limited\":60}"), Fault::RateLimited(60));
        assert!(!Fault::Status(200).is_possible());
    }
}
