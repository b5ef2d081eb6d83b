//! Reads one source of WB: where it begins, how its pages follow, when it is complete.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{FeedOrder, NmId, Order, Product, Question, Remains, Review, Sale, Source, Stock, StockKind};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::data_sets::DataSetState;
use wb::{CardsCursor, Method, TaskStatus};

use super::{
    Run,
    intake::{Intake, Row},
    plan::Ask,
};

/// Windows overlap: WB's reports are late, and its boundaries are not to be trusted. Most of what is late is so by minutes;
/// a row that is late by up to 20 hours comes with the next reading that reaches back a day.
const NEAR_OVERLAP: TimeDelta = TimeDelta::hours(2);
const WIDE_OVERLAP: TimeDelta = TimeDelta::hours(24);
/// A reading reaches back a day as often as this.
const WIDE_EVERY: TimeDelta = TimeDelta::hours(1);
/// A kept position that lies further ahead than this was never one: WB's clock is not so wrong.
const AHEAD: TimeDelta = TimeDelta::hours(1);
/// Pages of one reading overlap by a second, whichever way WB counts the boundary.
const PAGE_OVERLAP: TimeDelta = TimeDelta::seconds(1);
/// WB cuts an answer of statistics at some 80,000 rows; one well below that is the last.
const LAST_PAGE_ROWS: usize = 60_000;

/// Each source is read again in full so often: what was missed, and what changed without moving to where
/// a cursor looks, comes in then.
const FULL_EVERY: TimeDelta = TimeDelta::hours(24);
/// WB keeps the statistics for so long.
const STATISTICS_KEPT: TimeDelta = TimeDelta::days(90);
/// The order feed shows this time; a little less than [`wb::FEED_DAYS`], since its clock is WB's.
const FEED_KEPT: TimeDelta = TimeDelta::hours(wb::FEED_DAYS * 24 - 1);
/// More barcodes than any seller has; a report is added up in memory.
const REMAINS_MAX_ROWS: usize = 500_000;
/// A report that is not had after this time never will be: another one is made. With a base token one takes three quarters
/// of an hour.
const REPORT_LIVES: TimeDelta = TimeDelta::hours(3);
/// A report that is being made is asked for again after this time.
const REPORT_PAUSE: TimeDelta = TimeDelta::seconds(60);

/// What was read.
#[derive(Debug)]
pub struct Read {
    pub rows: usize,
    pub changed: u64,
    pub events: i64,
    pub skipped: usize,
    /// Rows in which a character could not be read.
    pub mended: usize,
    /// Whether WB answered with nothing instead of a list, and it was believed.
    pub said_nothing: bool,
    /// Whether everything up to `covered_until` is taken in; else the next request goes on at the cursor.
    pub is_complete: bool,
    pub covered_until: DateTime<Utc>,
    /// Whether the answer is not believed until the next one agrees.
    pub is_doubted: bool,
    /// Whether only WB's limit keeps the reading from going on at once.
    pub waits_for_limit: bool,
    /// How many more requests WB would take at once, if it says so.
    pub remaining: Option<u32>,
    /// How long it waits of its own.
    pub pause: Option<TimeDelta>,
    /// The cursor, where it decides which method is next.
    pub cursor: Option<serde_json::Value>,
}

/// Why a reading ended early.
#[derive(Debug)]
pub enum Error {
    /// WB does not answer, or not with what was asked.
    Wb(wb::Error),
    /// A second source of orders shows others than the first.
    Disagrees {
        /// Orders that both know.
        known: i64,
        /// Orders that both should know.
        of: usize,
    },
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

/// Reads the source of the ask with as many requests as were granted.
pub async fn read(run: &Run<'_>, ask: &Ask) -> Result<Read, Error> {
    let token = &run.tokens[&ask.token];
    let wb = &run.sync.wb.for_one_reading(run.lease.data_sets[ask.source.place()].said_nothing);
    match ask.source {
        Source::Orders => statistics::<Order>(run, ask, wb, token).await,
        Source::Sales => statistics::<Sale>(run, ask, wb, token).await,
        Source::OrderFeed => order_feed(run, ask, wb, token).await,
        Source::Products => products(run, ask, wb, token).await,
        Source::Stocks | Source::SellerStocks => stocks(run, ask, wb, token).await,
        Source::Remains => remains(run, ask, wb, token).await,
        Source::Reviews => lists::<Review>(run, ask, wb, token).await,
        Source::Questions => lists::<Question>(run, ask, wb, token).await,
    }
}

/// The source's cursor; one that cannot be read is begun anew, which repeats rows and loses none.
fn cursor<C: DeserializeOwned>(run: &Run<'_>, ask: &Ask) -> Option<C> {
    parsed(&run.lease.data_sets[ask.source.place()])
}

fn parsed<C: DeserializeOwned>(state: &DataSetState) -> Option<C> {
    match serde_json::from_value(state.cursor.clone()?) {
        Ok(cursor) => Some(cursor),
        Err(_) => {
            tracing::warn!(source = state.data_set, "a position of another version is given up");
            None
        }
    }
}

fn json<C: Serialize>(cursor: &C) -> Option<serde_json::Value> {
    Some(serde_json::to_value(cursor).expect("a cursor is plain data"))
}

/// Whether a reading that begins now is to be a full one. The first sync does not wait for it.
fn full_is_due(run: &Run<'_>, full_at: Option<DateTime<Utc>>) -> bool {
    let is_over = |at: DateTime<Utc>| run.started_at - at >= FULL_EVERY || at > run.started_at;
    !run.lease.is_first_sync && full_at.is_none_or(is_over)
}

/// Whether a reading that begins now is to reach back a day: the first of an hour, which begins at another minute for each
/// cabinet. A method that is asked more seldom reaches back each time.
fn wide_is_due(run: &Run<'_>, ask: &Ask) -> bool {
    let every = WIDE_EVERY.num_seconds();
    let hour = |at: DateTime<Utc>| (at.timestamp() + run.cabinet.0).div_euclid(every);
    let state = &run.lease.data_sets[ask.source.place()];
    ask.interval >= WIDE_EVERY || state.last_success_at.is_none_or(|at| hour(at) != hour(run.started_at))
}

/// By how much a window overlaps the one before.
fn overlap(is_wide: bool) -> TimeDelta {
    if is_wide { WIDE_OVERLAP } else { NEAR_OVERLAP }
}

/// What is odd about the answers of a reading.
#[derive(Clone, Copy, Debug, Default)]
struct Oddities {
    /// Rows that could not be read.
    skipped: usize,
    /// Rows in which a character could not be read.
    mended: usize,
    /// Whether one was nothing instead of a list.
    is_nothing: bool,
}

impl Oddities {
    fn add<T>(&mut self, answer: &wb::Rows<T>) {
        self.skipped += answer.skipped();
        self.mended += answer.mended();
        self.is_nothing |= answer.is_nothing();
    }
}

fn outcome<T: Row>(
    run: &Run<'_>,
    intake: &Intake<'_, T>,
    odd: Oddities,
    is_complete: bool,
    remaining: Option<u32>,
) -> Read {
    Read {
        rows: intake.rows,
        changed: intake.changed,
        events: intake.events,
        skipped: odd.skipped,
        mended: odd.mended,
        said_nothing: odd.is_nothing,
        is_complete,
        is_doubted: intake.is_doubted,
        covered_until: run.started_at,
        waits_for_limit: !is_complete,
        remaining,
        pause: None,
        cursor: None,
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct StatisticsCursor {
    /// The latest `lastChangeDate` taken in.
    changed_since: DateTime<Utc>,
    /// Where a reading stopped between two pages or broke off within one.
    #[serde(default)]
    page: Option<DateTime<Utc>>,
    /// When the last full reading began.
    #[serde(default)]
    full_at: Option<DateTime<Utc>>,
}

impl StatisticsCursor {
    /// Whether WB can have led there: a row that claims to come from the future leads to where nothing ever follows.
    fn is_possible(&self, now: DateTime<Utc>) -> bool {
        self.changed_since <= now + AHEAD && self.page.is_none_or(|page| page <= now + AHEAD)
    }
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
async fn statistics<T: Statistics>(
    run: &Run<'_>,
    ask: &Ask,
    wb: &wb::Client,
    token: &SecretString,
) -> Result<Read, Error> {
    let now = run.started_at;
    let held: Option<StatisticsCursor> = cursor(run, ask);
    let mut full_at = held.and_then(|cursor| cursor.full_at);
    let is_wide = wide_is_due(run, ask);
    let (mut since, mut newest) = match held {
        Some(cursor) if !cursor.is_possible(now) => {
            tracing::warn!(cabinet = %run.cabinet, source = ask.source.name(), "position in the future given up");
            full_at = Some(now);
            (now - STATISTICS_KEPT, now - STATISTICS_KEPT)
        }
        Some(StatisticsCursor { page: Some(page), changed_since, .. }) => (page - PAGE_OVERLAP, changed_since),
        // What is older than the baseline is silent, so the first of them loads the history.
        Some(cursor) if full_is_due(run, full_at) => {
            full_at = Some(now);
            (now - STATISTICS_KEPT, cursor.changed_since)
        }
        Some(cursor) => (cursor.changed_since - overlap(is_wide), cursor.changed_since),
        None => {
            let since = now - TimeDelta::days(run.sync.settings.initial_sync_days.into());
            (since, since)
        }
    };
    let mut intake = Intake::<T>::new(run, ask.source).wide(is_wide);
    let (mut odd, mut is_complete, mut remaining) = (Oddities::default(), false, None);
    for _ in 0..ask.requests {
        let mut answer = T::fetch(wb, token, since).await?;
        let mut page_rows = 0;
        let mut page_newest: Option<DateTime<Utc>> = None;
        let mut is_in_order = true;
        while let Some(chunk) = answer.next_chunk().await? {
            page_rows += chunk.len();
            is_in_order &= page_newest.into_iter().chain(chunk.iter().map(Statistics::changed_at)).is_sorted();
            page_newest = chunk.iter().map(|row| Some(row.changed_at())).fold(page_newest, Ord::max);
            // WB's pages lead on by their last row, so it sorts them; where it once does not, what has not come yet
            // may be older than what has, and the page is begun anew if it breaks off.
            let cursor_after = |taken: &[T]| {
                let page = taken.last().filter(|_| is_in_order)?.changed_at().min(now);
                json(&StatisticsCursor { changed_since: newest.max(page), page: Some(page), full_at })
            };
            intake.add_in_order(chunk, cursor_after).await?;
        }
        // Rows of other kinds are no sales, but they fill the page.
        page_rows += answer.skipped() + answer.passed_over();
        odd.add(&answer);
        remaining = answer.remaining();
        let page_newest = page_newest.map_or(since, |newest| newest.max(since));
        newest = newest.max(page_newest.min(now));
        is_complete = page_rows < LAST_PAGE_ROWS;
        if is_complete {
            break;
        }
        if page_newest - PAGE_OVERLAP <= since {
            tracing::error!(cabinet = %run.cabinet, source = ask.source.name(), page_rows, "a full page stands still");
            return Err(wb::Error::Unavailable { detail: "a full page does not move the cursor".into() }.into());
        }
        since = page_newest - PAGE_OVERLAP;
        if run.stops(remaining) {
            break;
        }
    }
    let page = (!is_complete).then_some((since + PAGE_OVERLAP).min(now));
    let cursor = StatisticsCursor { changed_since: newest, page, full_at };
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(outcome(run, &intake, odd, is_complete, remaining))
}

/// It says nothing of the present, so that a reading that finds nothing new leaves it as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct FeedCursor {
    /// The latest change of a status taken in.
    updated_since: Option<DateTime<Utc>>,
    /// Where a reading stopped.
    stop: Option<FeedStop>,
    /// When the last full reading began.
    full_at: Option<DateTime<Utc>>,
}

/// Where a reading that is not complete goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct FeedStop {
    /// From when on the reading asks, which must be the same for all pages.
    since: DateTime<Utc>,
    /// The next page; `None` where the snapshot is gone, so that it begins anew.
    page: Option<wb::FeedPage>,
}

/// Pages through a snapshot, the newest status first.
async fn order_feed(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let earliest = run.started_at - FEED_KEPT;
    let days = TimeDelta::days(run.sync.settings.initial_sync_days.into());
    let is_wide = wide_is_due(run, ask);
    let mut cursor: FeedCursor = cursor(run, ask).unwrap_or_default();
    if cursor.updated_since.is_some_and(|newest| newest > run.started_at + AHEAD) {
        tracing::warn!(cabinet = %run.cabinet, source = ask.source.name(), "position in the future given up");
        cursor = FeedCursor { updated_since: Some(earliest), full_at: None, stop: None };
    }
    let stop = cursor.stop.take().filter(|stop| stop.since > earliest);
    let since = match (&stop, cursor.updated_since) {
        (Some(stop), _) => stop.since,
        (None, Some(_)) if full_is_due(run, cursor.full_at) => {
            cursor.full_at = Some(run.started_at);
            earliest
        }
        (None, Some(newest)) => (newest - overlap(is_wide)).max(earliest),
        (None, None) => (run.started_at - days).max(earliest),
    };
    let mut page = stop.and_then(|stop| stop.page);
    let mut intake = Intake::<FeedOrder>::new(run, ask.source).wide(is_wide);
    let (mut odd, mut is_complete, mut remaining, mut covered_until) =
        (Oddities::default(), false, None, run.started_at);
    for _ in 0..ask.requests {
        let feed = match wb.fetch_order_feed(token, since, page.as_ref()).await {
            // Nobody says how long WB keeps a snapshot: the reading begins anew with another one.
            Err(wb::Error::Rejected { detail }) if page.is_some() => {
                tracing::warn!(cabinet = %run.cabinet, %detail, "the snapshot of the order feed is gone");
                page = None;
                break;
            }
            feed => feed?,
        };
        odd.skipped += feed.skipped;
        odd.mended += feed.mended;
        odd.is_nothing |= feed.is_nothing;
        let newest = feed.orders.iter().map(|order| order.updated_at.min(run.started_at)).max();
        cursor.updated_since = cursor.updated_since.max(newest);
        intake.add(feed.orders).await?;
        covered_until = feed.snapshot_at.min(run.started_at);
        page = feed.next;
        is_complete = page.is_none();
        remaining = feed.remaining;
        if is_complete || run.stops(remaining) {
            break;
        }
    }
    if is_complete {
        // A shop without an order has nothing to go on from but the beginning of what it was asked.
        cursor.updated_since = cursor.updated_since.or(Some(since));
    }
    cursor.stop = (!is_complete).then_some(FeedStop { since, page });
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(Read { covered_until, ..outcome(run, &intake, odd, is_complete, remaining) })
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ProductsCursor {
    /// The last card taken in.
    cards: Option<CardsCursor>,
    /// When the last full reading began.
    full_at: Option<DateTime<Utc>>,
    /// Whether a reading stopped between two pages.
    between_pages: bool,
    /// Whether WB has refused to go on at that card: then the reading goes on one number before it.
    is_refused: bool,
}

impl ProductsCursor {
    /// After which card the next page begins.
    fn position(&self) -> Option<CardsCursor> {
        let cards = self.cards.clone()?;
        let nm_id = if self.is_refused { NmId(cards.nm_id.0 - 1) } else { cards.nm_id };
        Some(CardsCursor { nm_id, ..cards })
    }
}

async fn products(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let held: Option<ProductsCursor> = cursor(run, ask);
    let is_first = held.is_none();
    let mut cursor = held.unwrap_or_default();
    if is_first || (!cursor.between_pages && full_is_due(run, cursor.full_at)) {
        cursor = ProductsCursor { full_at: Some(run.started_at), ..ProductsCursor::default() };
    }
    let mut intake = Intake::<Product>::new(run, ask.source);
    let (mut odd, mut is_complete, mut remaining) = (Oddities::default(), false, None);
    for _ in 0..ask.requests {
        let page = match wb.fetch_products(token, cursor.position().as_ref()).await {
            // WB may not know that card any more. Cards are sorted by time and number, so the number before it leads to
            // the same place; where that is refused too, the reading begins anew.
            Err(wb::Error::Rejected { detail }) if cursor.cards.is_some() && !cursor.is_refused => {
                tracing::warn!(cabinet = %run.cabinet, %detail, "position among the cards refused");
                cursor.is_refused = true;
                continue;
            }
            page => page?,
        };
        cursor.is_refused = false;
        odd.skipped += page.skipped;
        odd.mended += page.mended;
        odd.is_nothing |= page.is_nothing;
        intake.add(page.products).await?;
        cursor.cards = page.cursor.or(cursor.cards);
        is_complete = page.is_last;
        remaining = page.remaining;
        if is_complete || run.stops(remaining) {
            break;
        }
    }
    // A position that was refused at the end of what may be asked now is left the same way at the next tick.
    cursor.between_pages = !is_complete;
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(outcome(run, &intake, odd, is_complete, remaining))
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct StocksCursor {
    /// Rows taken in by the reading that goes on.
    offset: u32,
}

async fn stocks(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let begin: StocksCursor = cursor(run, ask).unwrap_or_default();
    let mut offset = begin.offset;
    let mut intake = Intake::<Stock>::new(run, ask.source);
    let (mut odd, mut unknown, mut is_complete, mut remaining) = (Oddities::default(), 0, false, None);
    for _ in 0..ask.requests {
        let answer = match ask.source {
            Source::SellerStocks => wb.fetch_seller_stocks(token, offset).await,
            _ => wb.fetch_stocks(token, offset).await,
        };
        let mut answer = match answer {
            // A reading that would never end has raised its alarm; the next one begins anew.
            Err(error) if offset >= wb::STOCKS_MAX_ROWS => {
                intake.finish(json(&StocksCursor::default()), false, false).await?;
                return Err(error.into());
            }
            answer => answer?,
        };
        let before = intake.rows;
        while let Some(chunk) = answer.next_chunk().await? {
            intake.add(chunk).await?;
        }
        odd.add(&answer);
        unknown += answer.unknown().len();
        intake.add_unknown(answer.unknown().iter().copied());
        let page_rows = intake.rows - before + answer.skipped();
        is_complete = page_rows < wb::STOCKS_PAGE_ROWS as usize;
        remaining = answer.remaining();
        if is_complete {
            break;
        }
        offset += wb::STOCKS_PAGE_ROWS;
        if run.stops(remaining) {
            break;
        }
    }
    let cursor = StocksCursor { offset: if is_complete { 0 } else { offset } };
    // A row that does not even say what it is about could be any, and pages of two readings are not one answer.
    let is_whole = is_complete && begin.offset == 0 && odd.skipped == unknown;
    intake.finish(json(&cursor), is_complete, is_whole).await?;
    Ok(outcome(run, &intake, odd, is_complete, remaining))
}

/// How far the report of remains is; empty where none is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemainsCursor {
    /// The task that makes it.
    task: Option<wb::RemainsTask>,
    /// When it was given.
    since: Option<DateTime<Utc>>,
    /// Whether the report can be downloaded.
    #[serde(default)]
    is_made: bool,
}

impl RemainsCursor {
    /// Where the last sync left it.
    pub fn of(state: &DataSetState) -> Self {
        parsed(state).unwrap_or_default()
    }

    /// What the next request asks.
    pub fn method(self) -> Method {
        match self.task {
            None => Method::RemainsCreate,
            Some(_) if self.is_made => Method::RemainsDownload,
            Some(_) => Method::RemainsStatus,
        }
    }

    /// The same, unless it has waited for too long: then another report is made.
    fn while_it_lives(self, now: DateTime<Utc>) -> Self {
        let is_old = self.since.is_none_or(|since| now - since >= REPORT_LIVES || since > now + AHEAD);
        if is_old { Self::default() } else { self }
    }
}

/// One step of a report: each has a limit of its own, and ticks take one after the other.
async fn remains(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let held = RemainsCursor::of(&run.lease.data_sets[ask.source.place()]);
    let mut intake = Intake::<Stock>::new(run, ask.source);
    match remains_step(run, &mut intake, held, wb, token).await {
        // A report that cannot be had for long is given up; the error is told all the same.
        Err(Error::Wb(error)) if held.task.is_some() && held.while_it_lives(run.started_at) != held => {
            tracing::warn!(cabinet = %run.cabinet, source = ask.source.name(), "report given up");
            intake.finish(json(&RemainsCursor::default()), false, false).await?;
            Err(error.into())
        }
        done => done,
    }
}

async fn remains_step(
    run: &Run<'_>,
    intake: &mut Intake<'_, Stock>,
    held: RemainsCursor,
    wb: &wb::Client,
    token: &SecretString,
) -> Result<Read, Error> {
    let (mut odd, mut is_complete, mut is_whole) = (Oddities::default(), false, false);
    let mut pause = None;
    let cursor = match held {
        RemainsCursor { task: None, .. } => {
            pause = Some(REPORT_PAUSE);
            let task = wb.create_remains_report(token).await?;
            RemainsCursor { task: Some(task), since: Some(run.started_at), is_made: false }
        }
        RemainsCursor { task: Some(task), is_made: false, .. } => match wb.fetch_remains_status(token, task).await? {
            TaskStatus::Done => RemainsCursor { is_made: true, ..held },
            TaskStatus::Lost => RemainsCursor::default(),
            TaskStatus::Pending => {
                pause = Some(REPORT_PAUSE);
                held.while_it_lives(run.started_at)
            }
        },
        RemainsCursor { task: Some(task), is_made: true, .. } => {
            if let Some(mut answer) = wb.fetch_remains(token, task).await? {
                let mut rows: Vec<Remains> = Vec::new();
                while let Some(chunk) = answer.next_chunk().await? {
                    rows.extend(chunk);
                    if rows.len() > REMAINS_MAX_ROWS {
                        return Err(wb::Error::Unavailable { detail: "the report of remains has no end".into() }.into());
                    }
                }
                odd.add(&answer);
                // Of an article one row of which cannot be read nothing is known but what was known before.
                let unknown: BTreeSet<i64> = answer.unknown().iter().map(|(nm_id, _)| *nm_id).collect();
                rows.retain(|row| !unknown.contains(&row.nm_id.0));
                let articles: Vec<i64> = unknown.iter().copied().collect();
                let kept = store::stocks::load_keys(&run.sync.pool, run.cabinet, StockKind::Wb, &articles).await?;
                // Barcodes of one size may stand in any two chunks, so all of them are added up at once.
                let (stocks, unmapped) = store::stocks::load_sizes_of(&run.sync.pool, run.cabinet, &rows).await?;
                // A barcode that no card has says nothing of the sizes that the cards know.
                is_whole = odd.skipped == answer.unknown().len();
                odd.skipped += unmapped;
                intake.add_unknown(kept);
                intake.add(stocks).await?;
                is_complete = true;
            }
            RemainsCursor::default()
        }
    };
    intake.finish(json(&cursor), is_complete, is_whole).await?;
    let waits_for_limit = cursor.task.is_some() && !cursor.is_made && held.task.is_some();
    // Its three methods have limits of their own, of which one request each is spent.
    Ok(Read { waits_for_limit, pause, cursor: json(&cursor), ..outcome(run, intake, odd, is_complete, None) })
}

/// Where a reading of two lists is, of which WB says no cursor: the newest come first, page by page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ListsCursor {
    /// Which of WB's two lists comes next.
    processed: bool,
    /// Rows of that list taken in by the reading that goes on.
    skip: u32,
    /// With which row the page before began: one that begins with it is the same once more.
    previous: Option<String>,
    /// What is older is not asked for; it holds for both lists.
    written_since: Option<DateTime<Utc>>,
    /// The newest taken in.
    newest: Option<DateTime<Utc>>,
    /// When the last full reading began.
    full_at: Option<DateTime<Utc>>,
}

/// What a page of a list was.
struct ListPage {
    /// With which row it began.
    first: Option<String>,
    /// How many rows it had, broken ones included.
    rows: usize,
    /// How many it has if another one follows.
    full: u32,
    /// How many rows WB skips at the most.
    max_skip: u32,
}

/// A page came once more: the reading would never end.
#[derive(Debug, PartialEq)]
struct Repeats;

impl ListsCursor {
    /// Where the reading begins or goes on.
    fn of(run: &Run<'_>, ask: &Ask) -> Self {
        let Some(cursor) = cursor::<Self>(run, ask) else {
            return Self { full_at: Some(run.started_at), ..Self::default() };
        };
        if cursor.is_between() {
            return cursor;
        }
        let is_ahead = cursor.newest.is_some_and(|newest| newest > run.started_at + AHEAD);
        if is_ahead || full_is_due(run, cursor.full_at) {
            let newest = cursor.newest.filter(|_| !is_ahead);
            return Self { written_since: None, full_at: Some(run.started_at), newest, ..cursor };
        }
        let overlap = overlap(wide_is_due(run, ask));
        Self { written_since: cursor.newest.map(|newest| newest - overlap), ..cursor }
    }

    /// Whether a reading goes on.
    fn is_between(&self) -> bool {
        self.processed || self.skip > 0
    }

    /// Moves on after a page; `true` at the end of both lists.
    fn turn(&mut self, page: ListPage) -> Result<bool, Repeats> {
        if self.skip > 0 && page.first.is_some() && page.first == self.previous {
            return Err(Repeats);
        }
        if page.rows >= page.full as usize && self.skip < page.max_skip {
            self.skip = (self.skip + page.full).min(page.max_skip);
            self.previous = page.first;
            return Ok(false);
        }
        let was_last = self.processed;
        (self.skip, self.previous) = (0, None);
        self.processed = !was_last;
        if was_last {
            // Where the next one begins is decided when it does.
            self.written_since = None;
        }
        Ok(was_last)
    }
}

/// A row of one of the two lists.
trait Listed: Row<Key = String> {
    /// The most rows that WB puts on a page.
    const PAGE_ROWS: u32;
    /// The most rows that WB skips: what is older cannot be read.
    const MAX_SKIP_ROWS: u32;

    fn written_at(&self) -> DateTime<Utc>;

    async fn fetch(wb: &wb::Client, token: &SecretString, at: &ListsCursor) -> Result<wb::Rows<Self>, wb::Error>;
}

impl Listed for Review {
    const PAGE_ROWS: u32 = wb::REVIEWS_PAGE_ROWS;
    const MAX_SKIP_ROWS: u32 = wb::REVIEWS_MAX_SKIP_ROWS;

    fn written_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    async fn fetch(wb: &wb::Client, token: &SecretString, at: &ListsCursor) -> Result<wb::Rows<Self>, wb::Error> {
        wb.fetch_reviews(token, at.processed, at.written_since, at.skip).await
    }
}

impl Listed for Question {
    const PAGE_ROWS: u32 = wb::QUESTIONS_PAGE_ROWS;
    const MAX_SKIP_ROWS: u32 = wb::QUESTIONS_MAX_ROWS - wb::QUESTIONS_PAGE_ROWS;

    fn written_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    async fn fetch(wb: &wb::Client, token: &SecretString, at: &ListsCursor) -> Result<wb::Rows<Self>, wb::Error> {
        wb.fetch_questions(token, at.processed, at.written_since, at.skip).await
    }
}

async fn lists<T: Listed>(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let mut cursor = ListsCursor::of(run, ask);
    let mut intake = Intake::<T>::new(run, ask.source).wide(wide_is_due(run, ask));
    let (mut odd, mut is_complete, mut remaining) = (Oddities::default(), false, None);
    for _ in 0..ask.requests {
        let mut answer = T::fetch(wb, token, &cursor).await?;
        let before = intake.rows;
        let mut first = None;
        while let Some(chunk) = answer.next_chunk().await? {
            first = first.or_else(|| chunk.first().map(Row::key));
            let written = chunk.iter().map(|row| Some(row.written_at().min(run.started_at)));
            cursor.newest = written.fold(cursor.newest, Ord::max);
            intake.add(chunk).await?;
        }
        odd.add(&answer);
        remaining = answer.remaining();
        let rows = intake.rows - before + answer.skipped();
        match cursor.turn(ListPage { first, rows, full: T::PAGE_ROWS, max_skip: T::MAX_SKIP_ROWS }) {
            Ok(is_last) => is_complete = is_last,
            Err(Repeats) => {
                tracing::error!(cabinet = %run.cabinet, source = ask.source.name(), skip = cursor.skip, "a page repeats itself");
                // What it brought is good; the next reading begins anew.
                let begin = ListsCursor { processed: false, skip: 0, previous: None, ..cursor };
                intake.finish(json(&begin), false, false).await?;
                return Err(wb::Error::Unavailable { detail: "a page repeats itself".into() }.into());
            }
        }
        if is_complete || run.stops(remaining) {
            break;
        }
    }
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(outcome(run, &intake, odd, is_complete, remaining))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(first: &str, rows: usize) -> ListPage {
        ListPage { first: Some(first.to_owned()), rows, full: 10, max_skip: 25 }
    }

    #[test]
    fn both_lists_are_turned_page_by_page_as_far_as_wb_skips() {
        let mut cursor = ListsCursor::default();
        for (first, rows, expected) in [
            ("a", 10, (false, 10, false)),
            ("b", 10, (false, 20, false)),
            ("c", 10, (false, 25, false)),
            // What is older cannot be read.
            ("d", 10, (true, 0, false)),
            ("a", 10, (true, 10, false)),
            ("b", 3, (false, 0, true)),
        ] {
            let is_last = cursor.turn(page(first, rows)).unwrap();
            assert_eq!((cursor.processed, cursor.skip, is_last), expected, "{first}");
        }
    }

    #[test]
    fn a_page_that_comes_once_more_is_noticed() {
        let mut cursor = ListsCursor::default();
        assert_eq!(cursor.turn(page("a", 10)), Ok(false));
        assert_eq!(cursor.turn(page("a", 10)), Err(Repeats));
        // The same beginning in the next reading is none of it, nor are two empty pages.
        let mut cursor = ListsCursor::default();
        assert_eq!(cursor.turn(page("a", 3)), Ok(false));
        assert_eq!(cursor.turn(page("a", 3)), Ok(true));
        let empty = || ListPage { first: None, ..page("", 10) };
        assert_eq!((cursor.turn(empty()), cursor.turn(empty())), (Ok(false), Ok(false)));
    }
}
