//! Reads one data set from WB: where it begins, how its pages follow, when it is complete.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{DataSet, Order, Product, Review, Sale, Stock};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wb::CardsCursor;

use super::{
    Run,
    intake::{Intake, Row},
    plan::{self, Ask},
};

/// Windows overlap by so much: WB's reports are late and its boundaries are not to be trusted.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// Pages of one reading overlap by a second, whichever way WB counts the boundary.
const PAGE_OVERLAP: TimeDelta = TimeDelta::seconds(1);
/// WB cuts an answer of statistics at some 80,000 rows; one well below that is the last.
const LAST_PAGE_ROWS: usize = 60_000;

/// What was read.
#[derive(Debug)]
pub struct Read {
    pub rows: usize,
    pub changed: u64,
    pub events: i64,
    pub skipped: usize,
    /// Whether everything up to now is taken in; else the next request goes on at the cursor.
    pub is_complete: bool,
}

/// Why a reading ended early.
#[derive(Debug)]
pub enum Error {
    /// WB does not answer, or not with what was asked.
    Wb(wb::Error),
    /// Another sync has the cabinet now; nothing of ours may be written.
    LeaseLost,
    /// The database.
    Ours(anyhow::Error),
}

impl From<wb::Error> for Error {
    fn from(error: wb::Error) -> Self {
        Self::Wb(error)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Ours(error.into())
    }
}

/// Reads the data set of the ask with as many requests as were granted.
pub async fn read(run: &Run<'_>, ask: &Ask) -> Result<Read, Error> {
    let token = &run.tokens[&ask.token];
    match ask.data_set {
        DataSet::Orders => statistics::<Order>(run, ask, token).await,
        DataSet::Sales => statistics::<Sale>(run, ask, token).await,
        DataSet::Products => products(run, ask, token).await,
        DataSet::Stocks => stocks(run, ask, token).await,
        DataSet::Reviews => reviews(run, ask, token).await,
    }
}

/// The data set's cursor; one that cannot be read is begun anew, which repeats rows and loses none.
fn cursor<C: DeserializeOwned>(run: &Run<'_>, ask: &Ask) -> Option<C> {
    let value = run.lease.data_sets[plan::place(ask.data_set)].cursor.clone()?;
    match serde_json::from_value(value) {
        Ok(cursor) => Some(cursor),
        Err(error) => {
            tracing::error!(cabinet = %run.cabinet, data_set = ask.data_set.name(), %error, "begins anew: bad cursor");
            None
        }
    }
}

fn json<C: Serialize>(cursor: &C) -> Option<serde_json::Value> {
    Some(serde_json::to_value(cursor).expect("a cursor is plain data"))
}

fn outcome<T: Row>(intake: &Intake<'_, T>, skipped: usize, is_complete: bool) -> Read {
    Read { rows: intake.rows, changed: intake.changed, events: intake.events, skipped, is_complete }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct StatisticsCursor {
    /// The latest `lastChangeDate` taken in.
    changed_since: DateTime<Utc>,
    /// Whether a reading stopped between two pages.
    #[serde(default)]
    between_pages: bool,
}

/// A row of statistics, which knows when WB last changed it.
trait Statistics: Row {
    fn changed_at(&self) -> DateTime<Utc>;

    async fn fetch(wb: &wb::Client, token: &SecretString, since: DateTime<Utc>) -> Result<wb::Rows<Self>, wb::Error>;
}

impl Statistics for Order {
    fn changed_at(&self) -> DateTime<Utc> {
        self.changed_at
    }

    async fn fetch(wb: &wb::Client, token: &SecretString, since: DateTime<Utc>) -> Result<wb::Rows<Self>, wb::Error> {
        wb.fetch_orders(token, since).await
    }
}

impl Statistics for Sale {
    fn changed_at(&self) -> DateTime<Utc> {
        self.changed_at
    }

    async fn fetch(wb: &wb::Client, token: &SecretString, since: DateTime<Utc>) -> Result<wb::Rows<Self>, wb::Error> {
        wb.fetch_sales(token, since).await
    }
}

/// Pages through `lastChangeDate`. A full page that does not move it ends with an alarm: the same
/// page would come for ever.
async fn statistics<T: Statistics>(run: &Run<'_>, ask: &Ask, token: &SecretString) -> Result<Read, Error> {
    let (mut since, mut newest) = match cursor::<StatisticsCursor>(run, ask) {
        Some(cursor) if cursor.between_pages => (cursor.changed_since - PAGE_OVERLAP, cursor.changed_since),
        Some(cursor) => (cursor.changed_since - OVERLAP, cursor.changed_since),
        None => {
            let since = run.started_at - TimeDelta::days(run.sync.settings.initial_sync_days.into());
            (since, since)
        }
    };
    let mut intake = Intake::<T>::new(run);
    let (mut skipped, mut is_complete) = (0, false);
    for _ in 0..ask.requests {
        let mut answer = T::fetch(&run.sync.wb, token, since).await?;
        let mut page_rows = 0;
        let mut page_newest = since;
        while let Some(chunk) = answer.next_chunk().await? {
            page_rows += chunk.len();
            page_newest = chunk.iter().map(Statistics::changed_at).fold(page_newest, Ord::max);
            intake.add(chunk).await?;
        }
        // Rows of other kinds are no sales, but they fill the page.
        page_rows += answer.skipped() + answer.passed_over();
        skipped += answer.skipped();
        newest = newest.max(page_newest);
        is_complete = page_rows < LAST_PAGE_ROWS;
        if is_complete {
            break;
        }
        if page_newest - PAGE_OVERLAP <= since {
            tracing::error!(cabinet = %run.cabinet, data_set = ask.data_set.name(), page_rows, "a full page stands still");
            return Err(wb::Error::Unavailable { detail: "a full page does not move the cursor".into() }.into());
        }
        since = page_newest - PAGE_OVERLAP;
    }
    let cursor = StatisticsCursor { changed_since: newest, between_pages: !is_complete };
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(outcome(&intake, skipped, is_complete))
}

async fn products(run: &Run<'_>, ask: &Ask, token: &SecretString) -> Result<Read, Error> {
    let mut cursor: Option<CardsCursor> = cursor(run, ask);
    let mut intake = Intake::<Product>::new(run);
    let (mut skipped, mut is_complete) = (0, false);
    for _ in 0..ask.requests {
        let page = run.sync.wb.fetch_products(token, cursor.as_ref()).await?;
        skipped += page.skipped;
        intake.add(page.products).await?;
        cursor = page.cursor.or(cursor);
        is_complete = page.is_last;
        if is_complete {
            break;
        }
    }
    intake.finish(cursor.as_ref().and_then(json), is_complete, false).await?;
    Ok(outcome(&intake, skipped, is_complete))
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct StocksCursor {
    /// Rows taken in by the reading that goes on.
    offset: u32,
}

async fn stocks(run: &Run<'_>, ask: &Ask, token: &SecretString) -> Result<Read, Error> {
    let begin: StocksCursor = cursor(run, ask).unwrap_or_default();
    let mut offset = begin.offset;
    let mut intake = Intake::<Stock>::new(run);
    let (mut skipped, mut is_complete) = (0, false);
    for _ in 0..ask.requests {
        let mut answer = run.sync.wb.fetch_stocks(token, offset).await?;
        let before = intake.rows;
        while let Some(chunk) = answer.next_chunk().await? {
            intake.add(chunk).await?;
        }
        skipped += answer.skipped();
        let page_rows = intake.rows - before + answer.skipped();
        is_complete = page_rows < wb::STOCKS_PAGE_ROWS as usize;
        if is_complete {
            break;
        }
        offset += wb::STOCKS_PAGE_ROWS;
    }
    let cursor = StocksCursor { offset: if is_complete { 0 } else { offset } };
    // A row that could not be read is not absent, and pages of two readings are not one answer.
    let is_whole = is_complete && begin.offset == 0 && skipped == 0;
    intake.finish(json(&cursor), is_complete, is_whole).await?;
    Ok(outcome(&intake, skipped, is_complete))
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct ReviewsCursor {
    /// Which of WB's two lists comes next.
    processed: bool,
    /// Rows of that list taken in by the reading that goes on.
    skip: u32,
    /// Reviews older than this are not asked for.
    written_since: Option<DateTime<Utc>>,
    /// The newest review taken in.
    newest: Option<DateTime<Utc>>,
}

async fn reviews(run: &Run<'_>, ask: &Ask, token: &SecretString) -> Result<Read, Error> {
    let mut cursor: ReviewsCursor = cursor(run, ask).unwrap_or_default();
    let mut intake = Intake::<Review>::new(run);
    let (mut skipped, mut is_complete) = (0, false);
    for _ in 0..ask.requests {
        let wb = &run.sync.wb;
        let mut answer = wb.fetch_reviews(token, cursor.processed, cursor.written_since, cursor.skip).await?;
        let before = intake.rows;
        while let Some(chunk) = answer.next_chunk().await? {
            cursor.newest = chunk.iter().map(|review| Some(review.created_at)).fold(cursor.newest, Ord::max);
            intake.add(chunk).await?;
        }
        skipped += answer.skipped();
        let page_rows = intake.rows - before + answer.skipped();
        if page_rows == wb::REVIEWS_PAGE_ROWS as usize && cursor.skip < wb::REVIEWS_MAX_SKIP_ROWS {
            cursor.skip = (cursor.skip + wb::REVIEWS_PAGE_ROWS).min(wb::REVIEWS_MAX_SKIP_ROWS);
        } else if cursor.processed {
            let written_since = cursor.newest.map(|newest| newest - OVERLAP);
            cursor = ReviewsCursor { processed: false, skip: 0, written_since, newest: cursor.newest };
            is_complete = true;
            break;
        } else {
            cursor = ReviewsCursor { processed: true, skip: 0, ..cursor };
        }
    }
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(outcome(&intake, skipped, is_complete))
}
