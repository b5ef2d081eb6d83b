//! A strict fake of the Wildberries seller API, for tests and for `cargo local`.
//!
//! It knows the methods that the product uses and is written from WB's documents (the sheet of
//! facts beside the repository), not from the product's code, so that it can judge that code: it
//! checks tokens, counts requests against WB's limits, refuses what WB does not document, lags as
//! WB's reports lag, and writes down every request.
//!
//! One address serves all of WB's hosts: by plain paths, or with the host's name in front
//! (`/statistics/api/v1/supplier/orders`), where a method asked at the wrong host is not found.
//! Under `/control/` a terminal program plays the seller and their buyers; `/images/` serves the
//! pictures.

mod answers;
mod asked;
mod control;
mod faults;
mod feed;
mod limits;
mod method;
mod methods;
mod moscow;
mod news;
mod one_shop;
mod pictures;
mod questions;
mod readings;
mod remains;
mod reported;
mod sales;
mod sample;
mod server;
mod shared;
mod shop;
mod things;
mod token;
mod wire;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use faults::Fault;
pub use method::{Host, Method};
pub use news::NewNews;
pub use one_shop::{Expected, Told};
pub use questions::NewQuestion;
pub use sales::NewSale;
pub use shared::{Exchange, RequestRecord};
pub use shop::{NewOrder, NewReview, Shop};
pub use things::{
    AnswerState, CancelReason, News, Order, Product, Question, QuestionState, Review, Sale, SaleKind, Seller, Size,
    Stock, Warehouse,
};
pub use token::{Category, TokenSpec, TokenType};

use crate::clock::TestClock;
use shared::{Shared, State};

/// The running fake. Clones are handles of the same one; it stops when the last is dropped.
#[derive(Clone)]
pub struct FakeWb {
    shared: Arc<Shared>,
    running: Arc<Running>,
}

/// Stops the server when it is dropped.
struct Running {
    url: String,
    /// Dropping the sender is the signal.
    _stop: oneshot::Sender<()>,
    shared: Arc<Shared>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // A graceful shutdown waits for answers under way, so none may be held back.
        self.shared.gate.open();
    }
}

/// Everything that outlives a restart: shops, tokens, buckets. Not the record of requests, nor the
/// faults that wait.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(State);

impl FakeWb {
    /// Starts without any shop. Port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub async fn start(listen: SocketAddr, clock: TestClock) -> anyhow::Result<Self> {
        Self::start_with_state(listen, clock, None).await
    }

    /// Starts with what an earlier run left, if there is something.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub async fn start_with_state(
        listen: SocketAddr,
        clock: TestClock,
        state: Option<Snapshot>,
    ) -> anyhow::Result<Self> {
        let cannot_listen = || format!("cannot start the fake WB at {listen}");
        let listener = TcpListener::bind(listen).await.with_context(cannot_listen)?;
        let url = format!("http://{}", listener.local_addr().with_context(cannot_listen)?);
        let shared = Arc::new(Shared::new(clock, state.map(|Snapshot(state)| state).unwrap_or_default()));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, server::router(shared.clone())).with_graceful_shutdown(async move {
            // An error says that the sender was dropped, which is the signal.
            stopped.await.ok();
        });
        tokio::spawn(server.into_future());
        let running = Running { url, _stop: stop, shared: shared.clone() };
        Ok(Self { shared, running: Arc::new(running) })
    }

    /// `http://127.0.0.1:PORT`, one address for all hosts.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// `http://127.0.0.1:PORT/{category}`, which tells the hosts apart.
    #[must_use]
    pub fn url_template(&self) -> String {
        format!("{}/{{category}}", self.running.url)
    }

    /// Opens a shop and returns its seller.
    ///
    /// # Errors
    /// The seller has one already.
    pub fn add_shop(&self, shop: Shop) -> anyhow::Result<Uuid> {
        let mut world = self.shared.world();
        let seller = shop.seller.id;
        ensure!(world.state.shop(Some(seller)).is_err(), "seller {seller} has a shop already");
        world.state.shops.push(shop);
        Ok(seller)
    }

    /// Looks at a shop or changes it, with the present of the clock.
    ///
    /// # Errors
    /// The seller has no shop, or `act` fails.
    pub fn shop<R>(
        &self,
        seller: Uuid,
        act: impl FnOnce(&mut Shop, DateTime<Utc>) -> anyhow::Result<R>,
    ) -> anyhow::Result<R> {
        let now = self.shared.clock.now();
        let mut world = self.shared.world();
        let shop = world.state.shop(Some(seller))?;
        shop.renew(now);
        act(shop, now)
    }

    /// The sellers, in the order in which their shops were opened.
    #[must_use]
    pub fn sellers(&self) -> Vec<Uuid> {
        self.shared.world().state.shops.iter().map(|shop| shop.seller.id).collect()
    }

    /// Issues a token, as the seller would in their settings.
    ///
    /// # Errors
    /// The seller has no shop.
    pub fn issue_token(&self, spec: &TokenSpec<'_>) -> anyhow::Result<String> {
        let now = self.shared.clock.now();
        self.shared.world().state.issue_token(spec, now)
    }

    /// Takes a token back: from now on it gets 401.
    ///
    /// # Errors
    /// The token was never issued.
    pub fn revoke_token(&self, token: &str) -> anyhow::Result<()> {
        ensure!(self.shared.world().state.tokens.revoke(token), "this token was never issued");
        Ok(())
    }

    /// From now on every token that the seller has gets 401, or is accepted again.
    pub fn refuse_tokens(&self, seller: Uuid, refused: bool) {
        self.shared.world().state.tokens.refuse_all(seller, refused);
    }

    /// From now on the hosts of these categories answer 401 to every token that the seller has, and no other host does.
    pub fn close_hosts(&self, seller: Uuid, closed: &[Category]) {
        self.shared.world().state.tokens.close_hosts(seller, closed);
    }

    /// From now on the token opens the hosts of these categories only, whatever it says of itself: the
    /// others answer 403.
    ///
    /// # Errors
    /// The token was never issued.
    pub fn narrow_token(&self, token: &str, categories: &[Category]) -> anyhow::Result<()> {
        ensure!(self.shared.world().state.tokens.narrow(token, categories), "this token was never issued");
        Ok(())
    }

    /// Fills all buckets.
    pub fn refill(&self) {
        self.shared.world().state.buckets.refill();
    }

    /// Makes the reports of every shop current at once.
    pub fn refresh_reports(&self) {
        self.shared.world().state.shops.iter_mut().for_each(Shop::refresh_reports);
    }

    /// Breaks the next request of a method.
    pub fn break_next(&self, method: Method, fault: Fault) {
        self.break_times(method, fault, 1);
    }

    /// Breaks the next `times` requests of a method, after those that are to be broken already.
    ///
    /// # Panics
    /// A status below 400 or above 599 is no fault.
    pub fn break_times(&self, method: Method, fault: Fault, times: u32) {
        assert!(fault.is_possible(), "{fault:?} is no fault");
        self.shared.world().faults.add(method, fault, times);
    }

    /// Forgets the faults that still wait and lets go what they hold back.
    pub fn mend(&self) {
        self.shared.world().faults.clear();
        self.release_slow();
    }

    /// Lets the answers go that [`Fault::Slow`] holds back now.
    pub fn release_slow(&self) {
        self.shared.gate.open();
    }

    /// Returns as soon as [`Fault::Slow`] holds `count` answers back.
    pub async fn until_slow(&self, count: usize) {
        self.shared.gate.until_held(count).await;
    }

    /// The last 100,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.world().requests.iter().cloned().collect()
    }

    /// Those requests that came after the first `count`.
    #[must_use]
    pub fn requests_after(&self, count: usize) -> Vec<RequestRecord> {
        self.shared.world().requests.iter().skip(count).cloned().collect()
    }

    /// How many requests asked for something that WB has.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.shared.world().requests.iter().filter(|request| request.method.is_some()).count()
    }

    /// Those of them that came before WB allowed it: violations. A 429 that a fault made is none,
    /// a request that did not wait for its end is.
    #[must_use]
    pub fn refused(&self) -> Vec<RequestRecord> {
        self.shared.world().requests.iter().filter(|request| request.violation).cloned().collect()
    }

    /// How many orders or sales one answer holds at most, 80,000 at first.
    pub fn set_orders_cap(&self, rows: usize) {
        self.shared.world().orders_cap = rows;
    }

    /// Whether WB hides the names of its warehouses in Russia, as at first.
    pub fn set_masking(&self, is_masked: bool) {
        self.shared.world().is_masked = is_masked;
    }

    /// How often the status of a report is asked before it is done, twice at first. After five
    /// minutes it is done however seldom it was asked.
    pub fn set_remains_calls(&self, calls: u32) {
        self.shared.world().remains_calls = calls;
    }

    /// Switches a method off until [`switch_on`](Self::switch_on): 404 with WB's text, or 410 if it is
    /// gone `for_good`.
    pub fn switch_off(&self, method: Method, for_good: bool) {
        self.shared.world().state.switch_off(method, for_good);
    }

    /// Switches a method on again.
    pub fn switch_on(&self, method: Method) {
        self.shared.world().state.switch_on(method);
    }

    /// How long every answer takes from now on, for measurements; tests wait for nothing.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.world().latency = latency;
    }

    /// The secret of a service, and the header that brings it: base tokens then have the full limits.
    pub fn set_client_secret(&self, header: &str, secret: &str) {
        self.shared.world().state.client_secret = Some((header.to_owned(), secret.to_owned()));
    }

    /// Publishes news, now.
    pub fn publish(&self, new: NewNews) -> News {
        let now = self.shared.clock.now();
        news::publish(&mut self.shared.world().state.news, new, now)
    }

    /// From now on every request to a method is kept with its answer, word for word.
    pub fn keep_exchanges(&self) {
        self.shared.world().exchanges.get_or_insert_default();
    }

    /// What was kept since, oldest first; it is forgotten here.
    #[must_use]
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.shared.world().exchanges.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Where pictures are: below this address (`Some(wb.url())`: here), or at WB's hosts, as at
    /// first.
    pub fn set_picture_base(&self, base: Option<String>) {
        self.shared.world().picture_base = base;
    }

    /// What a later run needs to go on from here.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.shared.world().state.clone())
    }

    /// Goes on from a snapshot.
    pub fn restore(&self, snapshot: Snapshot) {
        self.shared.world().state = snapshot.0;
    }
}
