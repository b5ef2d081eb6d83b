//! The methods of WB's API, as a table of contents.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{FeedOrder, Order, Product, Question, Remains, Review, ReviewId, Sale, Stock, TokenType, moscow};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::config::{Authorization, ClientSecret, Config, Host};
use crate::error::{self, Detail, Error, ErrorFields};
use crate::limits::{self, Access, Method};
use crate::models::{
    self, AnsweredReview, Broken, CardsCursor, Feed, FeedPage, News, ProductPage, RemainsTask, SellerInfo, TaskStatus,
};
use crate::rows::{self, Rows};
use crate::split::{Found, Parts, Path, Splitter};
use crate::text;
use crate::turn::{Turn, Turns};

/// The most cards that WB puts on a page; its default is 10.
pub const PRODUCTS_PAGE_ROWS: usize = 100;
/// The most stocks that WB puts on a page, and its default.
pub const STOCKS_PAGE_ROWS: u32 = 250_000;
/// The most reviews that WB puts on a page.
pub const REVIEWS_PAGE_ROWS: u32 = 5_000;
/// The most reviews that WB skips: what is older cannot be read.
pub const REVIEWS_MAX_SKIP_ROWS: u32 = 199_990;
/// More sizes times warehouses than any seller has: whoever skips so many stocks reads in a circle.
pub const STOCKS_MAX_ROWS: u32 = 5_000_000;
/// The most orders that WB puts on a page of the feed; its default is 50.
pub const FEED_PAGE_ROWS: u32 = 10_000;
/// How far back the feed may be asked.
pub const FEED_DAYS: i64 = 31;
/// More than the largest sellers get in the 31 days of the feed: whoever skips so many reads in a circle.
const FEED_MAX_ROWS: u32 = 10_000_000;
/// The most questions that are asked for at once; WB would give all that it gives at all.
pub const QUESTIONS_PAGE_ROWS: u32 = 5_000;
/// The most questions that WB gives and skips together: what is older cannot be read.
pub const QUESTIONS_MAX_ROWS: u32 = 10_000;
/// A page of 100 cards with long descriptions has some 3 MB: ten times as much is no answer any more.
const SHORT_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Wildberries, for any seller: the token comes with each call.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    config: Arc<Config>,
    turns: Turns,
    /// The turn that all answers take together; without one each takes its own.
    turn: Option<Turn>,
    /// Whether an answer of nothing is an empty list.
    believes_nothing: bool,
}

/// The client cannot be built: the machine's TLS or DNS settings cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the HTTP client of Wildberries")]
pub struct ClientError(#[source] pub(crate) reqwest::Error);

impl Client {
    /// A client with a connection pool of its own.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    ///
    /// # Panics
    /// No crypto provider of rustls is installed; `runtime` does it first.
    pub fn new(config: Config) -> Result<Self, ClientError> {
        let mut http = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            // An API that sends elsewhere is not WB's, and the token must not go with it.
            .redirect(Policy::none());
        if config.url.is_plain_text() {
            // Plain text stays on this machine, whatever proxy its environment names.
            http = http.no_proxy();
        }
        let http = http.build().map_err(ClientError)?;
        Ok(Self { http, config: Arc::new(config), turns: Turns::default(), turn: None, believes_nothing: false })
    }

    /// The same client for one reading, of however many answers. A process reads only a few long ones at once: the reading's
    /// turn comes with its first, and ends when this client is dropped and with it whatever the reading still holds.
    /// `believes_nothing`: the method has answered with nothing before, so that it means an empty list; else it is
    /// [`Error::Nothing`].
    #[must_use]
    pub fn for_one_reading(&self, believes_nothing: bool) -> Self {
        Self { turn: Some(self.turns.turn()), believes_nothing, ..self.clone() }
    }

    /// WB's limit of a method for a type of token, as this client asks: with a service's secret a
    /// base token has the full limits.
    #[must_use]
    pub fn limit(&self, method: Method, token: TokenType) -> Access {
        match self.config.client_secret {
            Some(_) => limits::limit_with_secret(method, token),
            None => limits::limit(method, token),
        }
    }

    /// Whether this host accepts the token: its signature, its end and its category.
    ///
    /// # Errors
    /// See [`Error`]; a wrong category is 401 at some hosts and 403 at others.
    pub async fn ping(&self, token: &SecretString, host: Host) -> Result<(), Error> {
        let request = self.get(host, "ping");
        let body = self.fetch_json(Method::Ping(host), token, request).await?;
        if models::is_pong(&body) {
            Ok(())
        } else {
            Err(Error::unavailable("the answer to a ping says something else"))
        }
    }

    /// Who the owner of the token is. Any category will do.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_seller_info(&self, token: &SecretString) -> Result<SellerInfo, Error> {
        let request = self.get(Host::Common, "api/v1/seller-info");
        let body = self.fetch_json(Method::SellerInfo, token, request).await?;
        models::seller_info(&body).ok_or_else(|| Error::unavailable("the answer has another shape"))
    }

    /// The orders that WB changed since this moment, the longest unchanged first, at most some
    /// 80,000 in one answer. Whether the moment itself belongs to it has changed twice: overlap.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_orders(&self, token: &SecretString, changed_since: DateTime<Utc>) -> Result<Rows<Order>, Error> {
        let request = self.changed_rows("api/v1/supplier/orders", changed_since);
        self.fetch_rows(Method::Orders, token, request, &[], whole(models::order)).await
    }

    /// The sales and returns that WB changed since this moment, as [`Self::fetch_orders`] gives the
    /// orders. Money comes up to 24 h later, and with it the row a second time. Rows that are
    /// neither are counted by [`Rows::passed_over`].
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_sales(&self, token: &SecretString, changed_since: DateTime<Utc>) -> Result<Rows<Sale>, Error> {
        let request = self.changed_rows("api/v1/supplier/sales", changed_since);
        self.fetch_rows(Method::Sales, token, request, &[], models::sale).await
    }

    /// A page of cards after `cursor`, from the beginning without one. A card that changes moves
    /// to the end, so that the cursor of the last page is where the next reading goes on.
    ///
    /// # Errors
    /// See [`Error`]; a cursor that stands still is [`Error::Unavailable`], or the reading would never end.
    pub async fn fetch_products(
        &self,
        token: &SecretString,
        cursor: Option<&CardsCursor>,
    ) -> Result<ProductPage, Error> {
        let mut page = json!({ "limit": PRODUCTS_PAGE_ROWS });
        if let Some(cursor) = cursor {
            page["updatedAt"] = json!(cursor.updated_at);
            page["nmID"] = json!(cursor.nm_id);
        }
        let settings = json!({ "sort": { "ascending": true }, "cursor": page, "filter": { "withPhoto": -1 } });
        let request = self.post(Host::Content, "content/v2/get/cards/list").json(&json!({ "settings": settings }));
        let response = self.request(Method::Products, token, request).await?;
        let remaining = error::remaining(response.headers());
        let body = self.read_short(response).await?;
        Ok(ProductPage { remaining, ..product_page(&body, cursor, self.believes_nothing)? })
    }

    /// A page of what WB's warehouses hold, one row per size and warehouse, renewed every 30 min.
    /// The page is the last when it has fewer than [`STOCKS_PAGE_ROWS`], broken ones included.
    ///
    /// # Errors
    /// See [`Error`]; a base token is [`Error::AccessDenied`].
    pub async fn fetch_stocks(&self, token: &SecretString, offset: u32) -> Result<Rows<Stock>, Error> {
        let request = self.stocks_page("wb-warehouses", offset)?;
        self.fetch_rows(Method::Stocks, token, request, &["data", "items"], whole(models::stock)).await
    }

    /// A page of what the seller's own warehouses hold, as [`Self::fetch_stocks`] gives WB's; nothing
    /// is on the way there.
    ///
    /// # Errors
    /// See [`Error`]; a base token is [`Error::AccessDenied`], with a service's secret as well.
    pub async fn fetch_seller_stocks(&self, token: &SecretString, offset: u32) -> Result<Rows<Stock>, Error> {
        let request = self.stocks_page("seller-warehouses", offset)?;
        self.fetch_rows(Method::SellerStocks, token, request, &["data", "items"], whole(models::seller_stock)).await
    }

    /// Has a report made of what WB's warehouses hold, by barcode, which any token may: the way for
    /// one that [`Self::fetch_stocks`] refuses. It takes WB some minutes.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_remains_report(&self, token: &SecretString) -> Result<RemainsTask, Error> {
        // The names of the pseudo-warehouses are known in Russian.
        let query = [("locale", "ru"), ("groupByNm", "true"), ("groupByBarcode", "true"), ("groupBySize", "true")];
        let request = self.get(Host::Analytics, "api/v1/warehouse_remains").query(&query);
        let body = self.fetch_json(Method::RemainsCreate, token, request).await?;
        models::remains_task(&body).ok_or_else(|| Error::unavailable("the answer names no task"))
    }

    /// How far a report is.
    ///
    /// # Errors
    /// See [`Error`]; a task that WB does not know is [`TaskStatus::Lost`].
    pub async fn fetch_remains_status(&self, token: &SecretString, task: RemainsTask) -> Result<TaskStatus, Error> {
        let request = self.get(Host::Analytics, &format!("api/v1/warehouse_remains/tasks/{}/status", task.0));
        match self.fetch_json(Method::RemainsStatus, token, request).await {
            Ok(body) => models::task_status(&body).ok_or_else(|| Error::unavailable("the answer names no status")),
            Err(error) if error.is_unknown_id() => Ok(TaskStatus::Lost),
            Err(error) => Err(error),
        }
    }

    /// The report that a task has made, as a whole; `None` if WB does not know the task (any more).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_remains(&self, token: &SecretString, task: RemainsTask) -> Result<Option<Rows<Remains>>, Error> {
        let request = self.get(Host::Analytics, &format!("api/v1/warehouse_remains/tasks/{}/download", task.0));
        match self.fetch_rows(Method::RemainsDownload, token, request, &[], whole(models::remains)).await {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if error.is_unknown_id() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A page of the orders whose status changed since a moment, at most [`FEED_DAYS`] ago; the first
    /// one without `page`. All pages of a reading show one snapshot and must be asked with the same
    /// `since`. How long WB keeps a snapshot is unknown: where it rejects a later page, begin anew.
    ///
    /// # Errors
    /// See [`Error`]; a reading that goes in a circle is [`Error::Unavailable`].
    pub async fn fetch_order_feed(
        &self,
        token: &SecretString,
        since: DateTime<Utc>,
        page: Option<&FeedPage>,
    ) -> Result<Feed, Error> {
        let offset = page.map_or(0, |page| page.offset);
        if offset >= FEED_MAX_ROWS {
            return Err(Error::circle("the order feed does not end"));
        }
        let mut pagination = json!({ "offset": offset, "limit": FEED_PAGE_ROWS });
        if let Some(page) = page {
            pagination["snapshotTime"] = json!(page.snapshot_time);
        }
        let start = moscow::wall(since).format("%Y-%m-%dT%H:%M:%S+03:00").to_string();
        let body = json!({ "selectedPeriod": { "start": start }, "pagination": pagination });
        let request = self.post(Host::Analytics, "api/analytics/v1/order-feed").json(&body);
        let response = self.request(Method::OrderFeed, token, request).await?;
        let notes = &["snapshotTime", "currency"];
        let parse = whole(models::feed_order);
        let path = &["data", "orders"];
        let rows = Rows::read(response, path, notes, &self.config, (self.turn(), self.believes_nothing), parse);
        feed(rows, page).await
    }

    /// A page of the reviews written since a moment (all without one), the newest first. WB calls a
    /// review processed when it is answered or has neither text nor picture, so both lists are
    /// needed for all reviews.
    /// The page is the last when it has fewer than [`REVIEWS_PAGE_ROWS`], broken ones included.
    ///
    /// # Errors
    /// See [`Error`]; `skip` above [`REVIEWS_MAX_SKIP_ROWS`] is [`Error::Rejected`].
    pub async fn fetch_reviews(
        &self,
        token: &SecretString,
        processed: bool,
        written_since: Option<DateTime<Utc>>,
        skip: u32,
    ) -> Result<Rows<Review>, Error> {
        let (take, skip) = (REVIEWS_PAGE_ROWS.to_string(), skip.to_string());
        let processed_text = if processed { "true" } else { "false" };
        let query = [("isAnswered", processed_text), ("take", &take), ("skip", &skip), ("order", "dateDesc")];
        let date_from: Vec<_> = written_since.iter().map(|since| ("dateFrom", since.timestamp())).collect();
        let request = self.get(Host::Feedbacks, "api/v1/feedbacks").query(&query).query(&date_from);
        let parse = whole(move |row: &str| models::review(row, processed));
        self.fetch_rows(Method::Reviews, token, request, &["data", "feedbacks"], parse).await
    }

    /// The review of this id as it is now; `None` if WB does not know it. This is how an answer is
    /// verified.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_review(&self, token: &SecretString, id: &ReviewId) -> Result<Option<AnsweredReview>, Error> {
        let request = self.get(Host::Feedbacks, "api/v1/feedback").query(&[("id", &id.0)]);
        let body = match self.fetch_json(Method::Reviews, token, request).await {
            Err(error) if error.is_unknown_id() => return Ok(None),
            body => body?,
        };
        let review = models::answered_review(&body).transpose();
        review.map_err(|broken| Error::unavailable(&format!("the review cannot be read: {broken}")))
    }

    /// Answers a review, with [`domain::review_reply::REPLY_CHARS`] characters. WB accepts an id that it does not know
    /// as well, and its moderators may refuse the text later: look with [`Self::fetch_review`].
    ///
    /// # Errors
    /// See [`Error`]; a token that may only read is refused.
    pub async fn answer_review(&self, token: &SecretString, id: &ReviewId, text: &str) -> Result<(), Error> {
        let answer = json!({ "id": id.0, "text": text });
        let request = self.post(Host::Feedbacks, "api/v1/feedbacks/answer").json(&answer);
        self.request(Method::Reviews, token, request).await.map(drop)
    }

    /// A page of the questions asked since a moment (all without one), the newest first, from the
    /// list of the answered ones or the other.
    /// The page is the last when it has fewer than [`QUESTIONS_PAGE_ROWS`], broken ones included.
    ///
    /// # Errors
    /// See [`Error`]; WB gives no more than [`QUESTIONS_MAX_ROWS`] in all.
    pub async fn fetch_questions(
        &self,
        token: &SecretString,
        answered: bool,
        asked_since: Option<DateTime<Utc>>,
        skip: u32,
    ) -> Result<Rows<Question>, Error> {
        let take = QUESTIONS_PAGE_ROWS.min(QUESTIONS_MAX_ROWS.saturating_sub(skip));
        let (take, skip) = (take.to_string(), skip.to_string());
        let answered_text = if answered { "true" } else { "false" };
        let query = [("isAnswered", answered_text), ("take", &take), ("skip", &skip), ("order", "dateDesc")];
        let date_from: Vec<_> = asked_since.iter().map(|since| ("dateFrom", since.timestamp())).collect();
        let request = self.get(Host::Feedbacks, "api/v1/questions").query(&query).query(&date_from);
        let parse = whole(move |row: &str| models::question(row, answered));
        self.fetch_rows(Method::Reviews, token, request, &["data", "questions"], parse).await
    }

    /// The news of WB's portal since a day of Moscow, at most 100. Any category will do.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_news(&self, token: &SecretString, from: NaiveDate) -> Result<Vec<News>, Error> {
        let request = self.get(Host::Common, "api/communications/v2/news").query(&[("from", from.to_string())]);
        let mut rows = self.fetch_rows(Method::News, token, request, &["data"], whole(models::news)).await?;
        let mut news = Vec::new();
        while let Some(chunk) = rows.next_chunk().await? {
            news.extend(chunk);
        }
        Ok(news)
    }

    /// A page of the stocks in one kind of warehouses.
    fn stocks_page(&self, report: &str, offset: u32) -> Result<RequestBuilder, Error> {
        if offset >= STOCKS_MAX_ROWS {
            return Err(Error::circle("the stocks do not end"));
        }
        let page = json!({ "limit": STOCKS_PAGE_ROWS, "offset": offset });
        Ok(self.post(Host::Analytics, &format!("api/analytics/v1/stocks-report/{report}")).json(&page))
    }

    fn get(&self, host: Host, path: &str) -> RequestBuilder {
        self.http.get(self.config.url.method(host, path))
    }

    fn post(&self, host: Host, path: &str) -> RequestBuilder {
        self.http.post(self.config.url.method(host, path))
    }

    /// Asks a statistics report for what changed since a moment. It is cut to the second, which can
    /// only make the answer longer.
    fn changed_rows(&self, path: &str, since: DateTime<Utc>) -> RequestBuilder {
        let date_from = moscow::wall(since).format("%Y-%m-%dT%H:%M:%S").to_string();
        self.get(Host::Statistics, path).query(&[("dateFrom", date_from.as_str()), ("flag", "0")])
    }

    /// A short answer as a whole, which is JSON and does not call itself an error.
    async fn fetch_json(&self, method: Method, token: &SecretString, request: RequestBuilder) -> Result<String, Error> {
        let response = self.request(method, token, request).await?;
        let body = self.read_short(response).await?;
        let (body, is_damaged) = text::readable(&body);
        let mended = text::mended(&body);
        if is_damaged || mended.is_some() {
            tracing::warn!(method = method.name(), "unreadable character in a response");
        }
        let body = mended.unwrap_or_else(|| body.into_owned());
        // serde_json's own words would quote the body.
        let verdict: ErrorFields =
            serde_json::from_str(&body).map_err(|_| Error::unavailable("the answer is cut off or no JSON object"))?;
        verdict.into_error().map_or(Ok(body), Err)
    }

    async fn read_short(&self, response: Response) -> Result<Vec<u8>, Error> {
        let read = tokio::time::timeout(self.config.request_timeout, read_short(response)).await;
        read.map_err(|_| Error::unavailable("the answer was not complete in time"))?
    }

    /// A long answer, row by row.
    async fn fetch_rows<T: Send + 'static>(
        &self,
        method: Method,
        token: &SecretString,
        request: RequestBuilder,
        path: Path,
        parse: impl Fn(&str) -> rows::Parsed<T> + Send + 'static,
    ) -> Result<Rows<T>, Error> {
        let response = self.request(method, token, request).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return if self.believes_nothing { Ok(Rows::none(&response)) } else { Err(Error::Nothing) };
        }
        Ok(Rows::read(response, path, &[], &self.config, (self.turn(), self.believes_nothing), parse))
    }

    /// The most rows that a long answer hands over at once.
    #[must_use]
    pub fn chunk_rows(&self) -> usize {
        self.config.chunk_rows
    }

    fn turn(&self) -> Turn {
        self.turn.clone().unwrap_or_else(|| self.turns.turn())
    }

    /// Sends one request and judges its status. Each is counted with its outcome; what breaks off later,
    /// within the body of an answer that began well, is the caller's to tell.
    async fn request(&self, method: Method, token: &SecretString, request: RequestBuilder) -> Result<Response, Error> {
        let answer = self.send(token, request).await;
        let outcome = answer.as_ref().map_or_else(Error::outcome, |_| "ok");
        tracing::info!(target: "metrics", metric = "WbRequests", method = method.name(), outcome);
        answer
    }

    async fn send(&self, token: &SecretString, request: RequestBuilder) -> Result<Response, Error> {
        let secret = self.config.client_secret.iter().filter_map(ClientSecret::header).collect();
        let sent = request.headers(secret).header(AUTHORIZATION, self.authorization(token)?).send();
        let response = tokio::time::timeout(self.config.request_timeout, sent)
            .await
            .map_err(|_| Error::unavailable("no answer in time"))?
            .map_err(Error::network)?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(Error::of_response(response, token.expose_secret(), self.config.idle_timeout).await)
    }

    fn authorization(&self, token: &SecretString) -> Result<HeaderValue, Error> {
        let token = token.expose_secret();
        let value = match self.config.authorization {
            Authorization::Bearer => HeaderValue::try_from(format!("Bearer {token}")),
            Authorization::Raw => HeaderValue::from_str(token),
        };
        let mut value = value.map_err(|_| Error::Unauthorized { detail: Detail::from("the token fits no header") })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Of a list that holds nothing but rows of its kind.
fn whole<T>(parse: impl Fn(&str) -> Result<T, Broken>) -> impl Fn(&str) -> rows::Parsed<T> {
    move |row| parse(row).map(Some)
}

async fn read_short(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::network)? {
        body.extend_from_slice(&chunk);
        if body.len() > SHORT_BODY_BYTES {
            return Err(Error::unavailable(&format!("the answer has more than {SHORT_BODY_BYTES} bytes")));
        }
    }
    Ok(body)
}

/// The whole page: the currency may stand behind the orders, and a page is small.
async fn feed(mut rows: Rows<FeedOrder>, page: Option<&FeedPage>) -> Result<Feed, Error> {
    let mut orders = Vec::new();
    while let Some(chunk) = rows.next_chunk().await? {
        orders.extend(chunk);
        if orders.len() > FEED_PAGE_ROWS as usize {
            return Err(Error::unavailable("the page is longer than was asked for"));
        }
    }
    let currency = rows.note("currency").map(str::to_owned);
    orders.iter_mut().for_each(|order| order.currency.clone_from(&currency));
    let first = orders.first().map(|order| order.srid.clone());
    if first.is_some() && page.is_some_and(|page| page.previous == first) {
        return Err(Error::circle("a page of the order feed repeats itself"));
    }
    if rows.is_nothing() {
        // It names no snapshot either; whoever reads it knows when it was asked.
        return Ok(Feed {
            orders,
            snapshot_at: DateTime::<Utc>::MAX_UTC,
            next: None,
            skipped: 0,
            mended: 0,
            is_nothing: true,
            remaining: rows.remaining(),
        });
    }
    // WB means the first page's snapshot, whatever a later one says.
    let snapshot_time = page.map(|page| page.snapshot_time.as_str()).or_else(|| rows.note("snapshotTime"));
    let no_snapshot = || Error::unavailable("the order feed names no snapshot");
    let snapshot_time = snapshot_time.ok_or_else(no_snapshot)?;
    let snapshot_at = models::moment(snapshot_time).ok_or_else(no_snapshot)?;
    let rows_read = u32::try_from(orders.len() + rows.skipped()).unwrap_or(u32::MAX);
    let offset = page.map_or(0, |page| page.offset);
    let next = (rows_read >= FEED_PAGE_ROWS).then(|| FeedPage {
        snapshot_time: snapshot_time.to_owned(),
        offset: offset.saturating_add(rows_read),
        previous: first,
    });
    Ok(Feed {
        orders,
        snapshot_at,
        next,
        skipped: rows.skipped(),
        mended: rows.mended(),
        is_nothing: false,
        remaining: rows.remaining(),
    })
}

/// The parts of a page of cards.
#[derive(Default)]
struct CardsPage {
    products: Vec<Product>,
    cards: usize,
    mended: usize,
    cursor: (Option<CardsCursor>, Option<usize>),
    verdict: ErrorFields,
}

impl CardsPage {
    fn take(&mut self, (product, is_mended): (Result<Product, Broken>, bool)) {
        let index = self.cards;
        self.cards += 1;
        self.mended += usize::from(is_mended);
        match product {
            Ok(product) => self.products.push(product),
            Err(broken) => tracing::warn!(index, reason = %broken, "broken card skipped"),
        }
    }
}

impl Parts for CardsPage {
    fn row(&mut self, card: Option<&[u8]>) -> bool {
        rows::read_row(card, models::product).into_iter().for_each(|parsed| self.take(parsed));
        true
    }

    fn field(&mut self, name: &str, value: &[u8]) {
        let (value, _) = text::readable(value);
        if name == "cursor" {
            self.cursor = models::cards_cursor(&value);
        } else {
            self.verdict.note(name, &value);
        }
    }
}

pub(crate) fn product_page(
    body: &[u8],
    asked_from: Option<&CardsCursor>,
    believes_nothing: bool,
) -> Result<ProductPage, Error> {
    let (mut page, mut splitter) = (CardsPage::default(), Splitter::new(body));
    let found = splitter.split(&["cards"], &mut page);
    if let Some(error) = std::mem::take(&mut page.verdict).into_error() {
        return Err(error);
    }
    let is_nothing = match found.map_err(|stop| rows::unreadable(stop, splitter.place()))? {
        Found::List => false,
        Found::Nothing if believes_nothing => true,
        Found::Nothing => return Err(Error::Nothing),
        // Without the list nothing says that this is its end.
        Found::Missing => return Err(Error::unavailable("the answer has no list of cards")),
    };
    let CardsPage { products, cards, mended, cursor: (cursor, total), .. } = page;
    let is_last = total.unwrap_or(cards) < PRODUCTS_PAGE_ROWS;
    if !is_last && (cursor.is_none() || cursor.as_ref() == asked_from) {
        return Err(Error::circle("the cursor of the cards does not move"));
    }
    let skipped = cards - products.len();
    Ok(ProductPage { products, cursor, is_last, skipped, mended, is_nothing, remaining: None })
}
