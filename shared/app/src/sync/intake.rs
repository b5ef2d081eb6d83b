//! Takes rows in: in chunks, each its own transaction, the cursor with the last, and with each one of
//! rows whose order says where a reading that broke off can go on.
//!
//! An answer of one chunk that equals the last one opens no transaction at all.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{Context as Digest, SHA256};
use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChatId, Event, FeedOrder, Order, Product, Question, Review, Sale, Source, Srid, Stock, StockKind,
    event::{self, FilledIn, News, Totals},
    stock,
};
use serde::Serialize;
use store::data_sets::{DataSetState, Progress};

use super::{Run, read::Error, standing::Standing};

/// What a transaction changed, and what happened by it.
#[derive(Debug, Default)]
pub struct Saved {
    pub changed: u64,
    pub events: Vec<Event>,
    /// What happened in a time of which nothing is told.
    pub silent: Totals,
    /// Chats in which a message that was sent has to be edited.
    pub chats: Vec<ChatId>,
}

/// What a transaction must know beside its rows.
#[derive(Clone, Copy)]
pub struct Moment {
    pub cabinet: CabinetId,
    pub source: Source,
    /// What is news; `None` while everything is silent.
    pub news: Option<News>,
    /// The same for buyouts and returns, where they come by the same answer.
    pub sales_news: Option<News>,
    /// Whether stocks that were held before say nothing of what has happened since: the source shows for the first time
    /// what another one has shown so far, or nothing was read for long.
    pub arms_silently: bool,
    /// Whether they mean nothing at all any more, because nobody was there: then an answer cannot contradict them.
    pub is_forgotten: bool,
    pub now: DateTime<Utc>,
}

/// A row of a source.
pub trait Row: Serialize + Sized {
    type Key: Ord + Clone;

    /// Whether a complete answer says something by what it does not name: WB leaves out what is 0.
    const NAMES_MATTER: bool = false;

    fn key(&self) -> Self::Key;

    /// An order and when it was made, by which two sources of orders are compared.
    fn order(&self) -> Option<(&Srid, DateTime<Utc>)> {
        None
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved>;

    /// What follows once a complete answer is in: `named` holds its keys if it was seen whole.
    /// `None` means that the answer is not believed until the next one agrees.
    async fn conclude(
        _tx: &mut store::Transaction<'_>,
        _at: Moment,
        _named: Option<&[Self::Key]>,
        _was_doubted: bool,
    ) -> store::Result<Option<Saved>> {
        Ok(Some(Saved::default()))
    }
}

impl Row for Order {
    type Key = String;

    fn key(&self) -> String {
        self.srid.0.clone()
    }

    fn order(&self) -> Option<(&Srid, DateTime<Utc>)> {
        Some((&self.srid, self.ordered_at))
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::orders::upsert_orders(&mut **tx, at.cabinet, rows, at.now).await?;
        let chats = fill_in(tx, at, &event::decide_filled_in(&seen)).await?;
        let decide = |news| event::decide_orders(&seen, news);
        Ok(Saved { chats, ..decided(seen.len(), at.news, decide) })
    }
}

impl Row for FeedOrder {
    type Key = String;

    fn key(&self) -> String {
        self.srid.0.clone()
    }

    fn order(&self) -> Option<(&Srid, DateTime<Utc>)> {
        Some((&self.srid, self.created_at))
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::orders::upsert_feed(&mut **tx, at.cabinet, &rows, at.now).await?;
        let chats = fill_in(tx, at, &event::decide_reasons(&seen)).await?;
        let events = event::decide_feed(&seen, at.news, at.sales_news);
        let loud = |news: Option<News>| news.map(|news| news.without_silence().unwrap_or(news));
        let silent = if at.news.into_iter().chain(at.sales_news).any(|news| news.without_silence().is_some()) {
            event::count_silent(&events, &event::decide_feed(&seen, loud(at.news), loud(at.sales_news)))
        } else {
            Totals::new()
        };
        Ok(Saved { changed: seen.len() as u64, events, silent, chats })
    }
}

impl Row for Sale {
    type Key = String;

    fn key(&self) -> String {
        self.sale_id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::sales::upsert_sales(&mut **tx, at.cabinet, rows, at.now).await?;
        let chats = fill_in(tx, at, &event::decide_filled_in_sales(&seen)).await?;
        let decide = |news| event::decide_sales(&seen, news);
        Ok(Saved { chats, ..decided(seen.len(), at.news, decide) })
    }
}

/// The events of changed rows, and what a silence leaves out of them.
fn decided(changed: usize, news: Option<News>, decide: impl Fn(Option<News>) -> Vec<Event>) -> Saved {
    let events = decide(news);
    let without_silence = news.and_then(News::without_silence);
    let silent = without_silence.map(|news| event::count_silent(&events, &decide(Some(news)))).unwrap_or_default();
    Saved { changed: changed as u64, events, silent, chats: Vec::new() }
}

/// Adds money or a reason that came late to what was told, and names the chats whose messages are to be edited.
async fn fill_in(tx: &mut store::Transaction<'_>, at: Moment, filled_in: &[FilledIn]) -> store::Result<Vec<ChatId>> {
    let told_since = at.now - event::FILLED_IN_WITHIN;
    store::events::save_filled_in(&mut **tx, at.cabinet, filled_in, told_since, at.now).await
}

impl Row for Product {
    type Key = i64;

    fn key(&self) -> i64 {
        self.nm_id.0
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::products::upsert_products(&mut **tx, at.cabinet, &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }
}

impl Row for Stock {
    type Key = (i64, i64);

    const NAMES_MATTER: bool = true;

    fn key(&self) -> (i64, i64) {
        (self.chrt_id.0, self.warehouse_id)
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::stocks::upsert_stocks(&mut **tx, at.cabinet, kind(at.source), &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }

    async fn conclude(
        tx: &mut store::Transaction<'_>,
        at: Moment,
        named: Option<&[(i64, i64)]>,
        was_doubted: bool,
    ) -> store::Result<Option<Saved>> {
        let mut changes = store::stocks::load_changes(&mut **tx, at.cabinet, kind(at.source), named).await?;
        let had_some = |size: &&stock::SeenLevel| size.before.is_some_and(|before| before > 0);
        let emptied = changes.seen.iter().filter(|size| size.remainder == 0).filter(had_some).count();
        let non_zero = usize::try_from(changes.non_zero).unwrap_or_default();
        if emptied > 0 && stock::is_doubtful(non_zero, emptied) && !was_doubted && !at.is_forgotten {
            tracing::warn!(cabinet = %at.cabinet, emptied, non_zero, "stocks are not believed until the next answer");
            return Ok(None);
        }
        // A method that is used for the first time may count otherwise than the one before it.
        if at.news.is_none() || at.arms_silently {
            changes.seen.iter_mut().chain(&mut changes.products).for_each(|size| size.before = None);
        }
        let changed = match named {
            Some(named) => {
                store::stocks::save_absent_as_zero(&mut **tx, at.cabinet, kind(at.source), named, at.now).await?
            }
            None => 0,
        };
        let (mut events, levels) = stock::decide_stocks(&changes.seen, &changes.thresholds, at.now);
        let (of_products, product_levels) =
            stock::decide_stocks(&changes.products, &changes.product_thresholds, at.now);
        events.extend(of_products);
        if !levels.is_empty() {
            let (sizes, products) = ((&*changes.seen, &*levels), (&*changes.products, &*product_levels));
            store::stocks::save_levels(&mut **tx, at.cabinet, sizes, products, at.now).await?;
        }
        Ok(Some(Saved { changed, events, ..Saved::default() }))
    }
}

impl Row for Review {
    type Key = String;

    fn key(&self) -> String {
        self.id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let (new, differing) = store::reviews::upsert_reviews(&mut **tx, at.cabinet, &rows, at.now).await?;
        let saved = decided(new.len(), at.news, |news| event::decide_reviews(&new, news));
        Ok(Saved { changed: new.len() as u64 + differing, ..saved })
    }
}

impl Row for Question {
    type Key = String;

    fn key(&self) -> String {
        self.id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::questions::upsert_questions(&mut **tx, at.cabinet, &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }
}

/// Whose warehouses a source of stocks counts.
fn kind(source: Source) -> StockKind {
    if source == Source::SellerStocks { StockKind::Seller } else { StockKind::Wb }
}

/// The way of one source's rows into the database.
pub struct Intake<'a, T: Row> {
    run: &'a Run<'a>,
    source: Source,
    state: &'a DataSetState,
    buffer: Vec<T>,
    seen: Vec<T::Key>,
    is_chunked: bool,
    /// Whether it reaches back a day.
    is_wide: bool,
    /// Rows that came.
    pub rows: usize,
    /// Rows that were new or differed.
    pub changed: u64,
    /// Events that were new.
    pub events: i64,
    /// Whether the answer is not believed until the next one agrees: then it covers nothing.
    pub is_doubted: bool,
}

impl<'a, T: Row> Intake<'a, T> {
    pub fn new(run: &'a Run<'a>, source: Source) -> Self {
        let state = &run.lease.data_sets[source.place()];
        Self {
            run,
            source,
            state,
            buffer: Vec::new(),
            seen: Vec::new(),
            is_chunked: false,
            is_wide: false,
            rows: 0,
            changed: 0,
            events: 0,
            is_doubted: false,
        }
    }

    /// The same for a reading that reaches back a day: its answers are compared with each other.
    pub fn wide(self, is_wide: bool) -> Self {
        Self { is_wide, ..self }
    }

    /// Counts what these keys name as named by the answer, though it does not say how much of it there is.
    pub fn add_unknown(&mut self, keys: impl IntoIterator<Item = T::Key>) {
        self.seen.extend(keys);
    }

    /// Takes rows; a full buffer is written as soon as there are more, so that at most two chunks are in memory.
    pub async fn add(&mut self, rows: Vec<T>) -> Result<(), Error> {
        self.add_in_order(rows, |_| None).await
    }

    /// The same of rows that come in order: `cursor_after` says where a reading goes on that has these, so that
    /// one which breaks off, or takes longer than a sync may, does not begin anew each time.
    pub async fn add_in_order(
        &mut self,
        rows: Vec<T>,
        cursor_after: impl Fn(&[T]) -> Option<serde_json::Value>,
    ) -> Result<(), Error> {
        self.rows += rows.len();
        if T::NAMES_MATTER {
            self.seen.extend(rows.iter().map(Row::key));
        }
        let mut rows = rows.into_iter();
        loop {
            let room = self.run.sync.wb.chunk_rows() - self.buffer.len();
            self.buffer.extend(rows.by_ref().take(room));
            if rows.len() == 0 {
                return Ok(());
            }
            self.is_chunked = true;
            let cursor = cursor_after(&self.buffer);
            let progress = cursor.map(|cursor| Progress { cursor: Some(cursor), ..Progress::default() });
            self.write(progress, false).await?;
        }
    }

    /// Writes what is left and moves the cursor with it. `is_whole` says that this one reading saw
    /// everything there is, so that what it did not name is not there.
    pub async fn finish(
        &mut self,
        cursor: Option<serde_json::Value>,
        is_complete: bool,
        is_whole: bool,
    ) -> Result<(), Error> {
        let fingerprint = (!self.is_chunked).then(|| self.fingerprint());
        let held = if self.is_wide { &self.state.wide_fingerprint } else { &self.state.fingerprint };
        let is_unchanged = self.state.baseline_at.is_some()
            && !self.state.is_doubted
            && self.state.cursor == cursor
            // Another source has served since, or what is held was forgotten.
            && !Standing::of(self.run, self.source).is_begun_anew
            && fingerprint.is_some()
            && held.as_ref().map(|held| &held.0) == fingerprint.as_ref();
        if is_unchanged {
            return Ok(());
        }
        let progress = Progress { cursor, fingerprint, is_wide: self.is_wide, is_complete };
        self.write(Some(progress), is_whole).await
    }

    /// SHA-256 over the rows, sorted: WB does not promise an order.
    fn fingerprint(&mut self) -> Vec<u8> {
        self.buffer.sort_by_key(Row::key);
        let mut digest = Digest::new(&SHA256);
        for row in &self.buffer {
            digest.update(&serde_json::to_vec(row).expect("a row is plain data"));
        }
        digest.finish().as_ref().to_vec()
    }

    /// One transaction: the fence with the cursor, the rows, their events.
    async fn write(&mut self, progress: Option<Progress>, is_whole: bool) -> Result<(), Error> {
        let run = self.run;
        let now = run.sync.clock.now();
        let standing = Standing::of(run, self.source);
        let at = standing.moment(run, self.source, now);
        let mut tx = store::begin(&run.sync.pool).await?;
        let fence = (run.cabinet, run.lease.fence);
        let is_ours = match &progress {
            Some(progress) => {
                store::data_sets::save_progress(&mut tx, fence, self.source, progress, run.started_at).await?
            }
            None => store::leases::hold_fence(&mut tx, run.cabinet, run.lease.fence).await?,
        };
        if !is_ours {
            return Err(Error::LeaseLost);
        }
        let rows = std::mem::take(&mut self.buffer);
        standing.compare(&mut tx, run.cabinet, &rows).await?;
        let mut saved = if rows.is_empty() { Saved::default() } else { T::save(&mut tx, at, rows).await? };
        let is_complete = progress.is_some_and(|progress| progress.is_complete);
        if is_complete {
            let named = is_whole.then_some(self.seen.as_slice());
            match T::conclude(&mut tx, at, named, self.state.is_doubted).await? {
                Some(concluded) => {
                    saved.changed += concluded.changed;
                    saved.events.extend(concluded.events);
                }
                None => {
                    self.is_doubted = true;
                    let is_loaded = self.state.baseline_at.is_some();
                    store::data_sets::save_doubt(&mut *tx, run.cabinet, self.source, is_loaded).await?;
                }
            }
        }
        run.keep_silence(&mut tx, &standing, &saved.silent).await?;
        if is_complete && !self.is_doubted && at.arms_silently {
            // What falls from now on is told, though this process may not come to its end.
            store::data_sets::save_armed(&mut *tx, run.cabinet, self.source, run.started_at).await?;
        }
        let (baseline_at, has_bus) = (standing.baseline_at, run.sync.queues.has_bus());
        let told = store::events::save_events(&mut *tx, run.cabinet, &saved.events, has_bus, baseline_at, now).await?;
        tx.commit().await?;
        self.changed += saved.changed;
        self.events += told.events.values().sum::<i64>();
        // Right after the commit, so that a slow page of another source delays no order.
        let woken: BTreeSet<ChatId> = told.chats.into_iter().chain(saved.chats).collect();
        crate::wake(&*run.sync.queues, &Vec::from_iter(woken)).await;
        let published = crate::bus::publish(&*run.sync.queues, &told.for_bus).await;
        run.note(told.events, published);
        Ok(())
    }
}
