//! What the handles and the server share: the shops, the tokens, the faults, the record of requests.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::faults::{Fault, Faults, Gate};
use super::limits::Buckets;
use super::method::{Host, Method};
use super::shop::Shop;
use super::things::News;
use super::token::{TokenSpec, Tokens};
use crate::clock::TestClock;

/// No request of these methods comes near: 1,000 articles are 10 kB.
pub(super) const BODY_LIMIT_BYTES: usize = 1_000_000;

/// The status of a method that is gone for good.
pub(super) const GONE: u16 = 410;
/// The status of one that is switched off for a while.
const DISABLED: u16 = 404;

/// WB's "conditional" limit of rows in one answer of orders or sales.
const ORDERS_CAP: usize = 80_000;

/// So often the status of a report is asked before it is done.
const REMAINS_CALLS: u32 = 2;

/// One request as it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// The host; `None` when the address is none of ours.
    pub host: Option<Host>,
    /// The method; `None` when the address is none of ours.
    pub method: Option<Method>,
    /// The path.
    pub path: String,
    /// The query.
    pub query: String,
    /// From when on it asked for changes; `None` when it asked for everything.
    pub since: Option<DateTime<Utc>>,
    /// The report of remains that it made, or downloads.
    pub report: Option<Uuid>,
    /// Whose token it was; `None` when it was refused.
    pub seller: Option<Uuid>,
    /// When it came.
    pub at: DateTime<Utc>,
    /// The status of the answer.
    pub status: u16,
    /// How many bytes of the answer's body were sent.
    pub bytes_sent: usize,
    /// It came before WB allowed it.
    pub violation: bool,
    /// The fault that spoiled the answer.
    pub fault: Option<Fault>,
}

/// A request and its answer, word for word, for a judge of both.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `GET`, `POST`.
    pub verb: String,
    /// The host that was asked.
    pub host: Host,
    /// The method that it was for.
    pub method: Method,
    /// The path, without a host in front.
    pub path: String,
    /// The query.
    pub query: String,
    /// The type of the request's body.
    pub request_type: Option<String>,
    /// The request's body.
    pub request_body: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
    /// The type of the answer's body.
    pub answer_type: &'static str,
    /// The answer's body, as a whole.
    pub answer_body: Vec<u8>,
}

/// What outlives a restart.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) shops: Vec<Shop>,
    pub(super) tokens: Tokens,
    pub(super) buckets: Buckets,
    #[serde(default)]
    pub(super) news: Vec<News>,
    /// The methods that WB switched off, with the status that they answer.
    #[serde(default)]
    pub(super) shut: Vec<(Method, u16)>,
    /// The name of the header that carries a service's secret, and the secret.
    #[serde(default)]
    pub(super) client_secret: Option<(String, String)>,
}

impl State {
    /// The shop of a seller, or the first one.
    pub(super) fn shop(&mut self, seller: Option<Uuid>) -> anyhow::Result<&mut Shop> {
        match seller {
            Some(seller) => {
                let shop = self.shops.iter_mut().find(|shop| shop.seller.id == seller);
                shop.with_context(|| format!("seller {seller} has no shop"))
            }
            None => self.shops.first_mut().context("there is no shop"),
        }
    }

    pub(super) fn switch_off(&mut self, method: Method, for_good: bool) {
        self.switch_on(method);
        self.shut.push((method, if for_good { GONE } else { DISABLED }));
    }

    pub(super) fn switch_on(&mut self, method: Method) {
        self.shut.retain(|(shut, _)| *shut != method);
    }

    pub(super) fn issue_token(&mut self, spec: &TokenSpec<'_>, now: DateTime<Utc>) -> anyhow::Result<String> {
        let oid = self.shop(Some(spec.seller))?.seller.oid;
        Ok(self.tokens.issue(spec, oid, now))
    }
}

/// All that changes.
pub(super) struct World {
    pub(super) state: State,
    pub(super) faults: Faults,
    pub(super) requests: VecDeque<RequestRecord>,
    pub(super) orders_cap: usize,
    pub(super) picture_base: Option<String>,
    pub(super) is_masked: bool,
    pub(super) remains_calls: u32,
    /// How long every answer takes.
    pub(super) latency: Duration,
    /// What went over the wire, if it is to be kept.
    pub(super) exchanges: Option<Vec<Exchange>>,
    pub(super) numbered: u64,
}

/// What the handles and the server share.
pub(super) struct Shared {
    pub(super) clock: TestClock,
    pub(super) gate: Gate,
    world: Mutex<World>,
}

impl Shared {
    pub(super) fn new(clock: TestClock, state: State) -> Self {
        let world = World {
            state,
            faults: Faults::default(),
            requests: VecDeque::new(),
            orders_cap: ORDERS_CAP,
            picture_base: None,
            is_masked: true,
            remains_calls: REMAINS_CALLS,
            latency: Duration::ZERO,
            exchanges: None,
            numbered: 0,
        };
        Self { clock, gate: Gate::new(), world: Mutex::new(world) }
    }

    /// The world, for a moment that must not hold an `await`.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A test whose closure panicked has failed already; the others shall say their own reason.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
