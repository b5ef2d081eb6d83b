//! The methods of WB's API, as a table of contents.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{Order, Review, Sale, Stock, moscow};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::config::{Authorization, Config, Host};
use crate::error::{Detail, Error, Verdict};
use crate::models::{self, CardsCursor, CardsPage, ProductPage, SellerInfo};
use crate::rows::{self, Rows};

/// The most cards that WB puts on a page; its default is 10.
pub const PRODUCTS_PAGE_ROWS: usize = 100;
/// The most stocks that WB puts on a page, and its default.
pub const STOCKS_PAGE_ROWS: u32 = 250_000;
/// The most reviews that WB puts on a page.
pub const REVIEWS_PAGE_ROWS: u32 = 5_000;
/// The most reviews that WB skips: what is older cannot be read.
pub const REVIEWS_MAX_SKIP_ROWS: u32 = 199_990;
/// A page of 100 cards with long descriptions has some 3 MB: ten times as much is no answer any more.
const SHORT_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Wildberries, for any seller: the token comes with each call.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    config: Arc<Config>,
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
        Ok(Self { http, config: Arc::new(config) })
    }

    /// Whether this host accepts the token: its signature, its end and its category.
    ///
    /// # Errors
    /// See [`Error`]; a wrong category is 401 at some hosts and 403 at others.
    pub async fn ping(&self, token: &SecretString, host: Host) -> Result<(), Error> {
        let request = self.get(host, "ping");
        self.fetch_json(token, request).await.map(drop)
    }

    /// Who the owner of the token is. Any category will do.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_seller_info(&self, token: &SecretString) -> Result<SellerInfo, Error> {
        let request = self.get(Host::Common, "api/v1/seller-info");
        let body = self.fetch_json(token, request).await?;
        models::seller_info(&body).ok_or_else(|| Error::unavailable("the answer has another shape"))
    }

    /// The orders that WB changed since this moment, the longest unchanged first, at most some
    /// 80,000 in one answer. Whether the moment itself belongs to it has changed twice: overlap.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_orders(&self, token: &SecretString, changed_since: DateTime<Utc>) -> Result<Rows<Order>, Error> {
        let request = self.changed_rows("api/v1/supplier/orders", changed_since);
        self.fetch_rows(token, request, &[], whole(models::order)).await
    }

    /// The sales and returns that WB changed since this moment, as [`Self::fetch_orders`] gives the
    /// orders. Money comes up to 24 h later, and with it the row a second time. Rows that are
    /// neither are counted by [`Rows::passed_over`].
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_sales(&self, token: &SecretString, changed_since: DateTime<Utc>) -> Result<Rows<Sale>, Error> {
        let request = self.changed_rows("api/v1/supplier/sales", changed_since);
        self.fetch_rows(token, request, &[], models::sale).await
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
        let body = self.fetch_json(token, request).await?;
        product_page(&body, cursor)
    }

    /// A page of what WB's warehouses hold, one row per size and warehouse, renewed every 30 min.
    /// The page is the last when it has fewer than [`STOCKS_PAGE_ROWS`], broken ones included.
    ///
    /// # Errors
    /// See [`Error`]; a base token is [`Error::AccessDenied`].
    pub async fn fetch_stocks(&self, token: &SecretString, offset: u32) -> Result<Rows<Stock>, Error> {
        let page = json!({ "limit": STOCKS_PAGE_ROWS, "offset": offset });
        let request = self.post(Host::Analytics, "api/analytics/v1/stocks-report/wb-warehouses").json(&page);
        self.fetch_rows(token, request, &["data", "items"], whole(models::stock)).await
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
        self.fetch_rows(token, request, &["data", "feedbacks"], parse).await
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
    async fn fetch_json(&self, token: &SecretString, request: RequestBuilder) -> Result<String, Error> {
        let response = self.request(token, request).await?;
        let body = tokio::time::timeout(self.config.request_timeout, read_short(response))
            .await
            .map_err(|_| Error::unavailable("the answer was not complete in time"))??;
        // serde_json's own words would quote the body.
        let verdict: Verdict =
            serde_json::from_str(&body).map_err(|_| Error::unavailable("the answer is cut off or no JSON object"))?;
        verdict.into_error().map_or(Ok(body), Err)
    }

    /// A long answer, row by row.
    async fn fetch_rows<T: Send + 'static>(
        &self,
        token: &SecretString,
        request: RequestBuilder,
        path: rows::Path,
        parse: impl Fn(&str) -> rows::Parsed<T> + Send + 'static,
    ) -> Result<Rows<T>, Error> {
        let response = self.request(token, request).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Rows::none(&response));
        }
        Ok(Rows::read(response, path, self.config.idle_timeout, parse))
    }

    /// Sends one request and judges its status.
    async fn request(&self, token: &SecretString, request: RequestBuilder) -> Result<Response, Error> {
        let sent = request.header(AUTHORIZATION, self.authorization(token)?).send();
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
fn whole<T>(parse: impl Fn(&str) -> Result<T, models::Broken>) -> impl Fn(&str) -> rows::Parsed<T> {
    move |row| parse(row).map(Some)
}

async fn read_short(mut response: Response) -> Result<String, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::network)? {
        body.extend_from_slice(&chunk);
        if body.len() > SHORT_BODY_BYTES {
            return Err(Error::unavailable(&format!("the answer has more than {SHORT_BODY_BYTES} bytes")));
        }
    }
    String::from_utf8(body).map_err(|_| Error::unavailable("the answer is no UTF-8"))
}

fn product_page(body: &str, asked_from: Option<&CardsCursor>) -> Result<ProductPage, Error> {
    let page: CardsPage<'_> =
        serde_json::from_str(body).map_err(|_| Error::unavailable("the answer has another shape"))?;
    let (cursor, total) = page.cursor();
    // Without the list nothing says that this is its end.
    let cards = page.cards.ok_or_else(|| Error::unavailable("the answer has no list of cards"))?;
    let mut products = Vec::with_capacity(cards.len());
    let mut skipped = 0;
    for (index, card) in cards.iter().enumerate() {
        match models::product(card.get()) {
            Ok(product) => products.push(product),
            Err(broken) => {
                skipped += 1;
                tracing::warn!(index, reason = %broken, "a broken card is left out");
            }
        }
    }
    let is_last = total.unwrap_or(cards.len()) < PRODUCTS_PAGE_ROWS;
    if !is_last && (cursor.is_none() || cursor.as_ref() == asked_from) {
        return Err(Error::unavailable("the cursor of the cards does not move"));
    }
    Ok(ProductPage { products, cursor, is_last, skipped })
}
