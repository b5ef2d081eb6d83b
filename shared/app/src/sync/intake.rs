//! Takes rows in: in chunks, each its own transaction, the cursor with the last.
//!
//! An answer of one chunk that equals the last one opens no transaction at all.

use aws_lc_rs::digest::{Context as Digest, SHA256};
use chrono::{DateTime, Utc};
use domain::{CabinetId, ChatId, DataSet, Order, Product, Review, Stock, event};
use serde::Serialize;
use store::data_sets::{DataSetState, Progress};

use super::{Run, plan, read::Error};

/// What a transaction changed.
#[derive(Debug, Default)]
pub struct Saved {
    pub changed: u64,
    pub events: i64,
    pub chats: Vec<ChatId>,
}

/// What a transaction must know beside its rows.
#[derive(Clone, Copy)]
pub struct Moment {
    pub cabinet: CabinetId,
    pub baseline_at: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

/// A row of a data set.
pub trait Row: Serialize + Sized {
    type Key: Ord + Clone;

    const DATA_SET: DataSet;
    /// Whether WB leaves out what is 0, so that a complete answer says it by silence.
    const ABSENT_IS_ZERO: bool = false;

    fn key(&self) -> Self::Key;

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved>;

    async fn save_absent(_tx: &mut store::Transaction<'_>, _at: Moment, _seen: &[Self::Key]) -> store::Result<u64> {
        Ok(0)
    }
}

impl Row for Order {
    type Key = String;

    const DATA_SET: DataSet = DataSet::Orders;

    fn key(&self) -> String {
        self.srid.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::orders::upsert_orders(&mut **tx, at.cabinet, rows, at.now).await?;
        let events = event::decide_orders(&seen, at.baseline_at);
        let saved = store::events::save_events(&mut **tx, at.cabinet, &events, at.now).await?;
        Ok(Saved { changed: seen.len() as u64, events: saved.events, chats: saved.chats })
    }
}

impl Row for Product {
    type Key = i64;

    const DATA_SET: DataSet = DataSet::Products;

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

    const DATA_SET: DataSet = DataSet::Stocks;
    const ABSENT_IS_ZERO: bool = true;

    fn key(&self) -> (i64, i64) {
        (self.chrt_id.0, self.warehouse_id)
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::stocks::upsert_stocks(&mut **tx, at.cabinet, &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }

    async fn save_absent(tx: &mut store::Transaction<'_>, at: Moment, seen: &[(i64, i64)]) -> store::Result<u64> {
        store::stocks::save_absent_as_zero(&mut **tx, at.cabinet, seen, at.now).await
    }
}

impl Row for Review {
    type Key = String;

    const DATA_SET: DataSet = DataSet::Reviews;

    fn key(&self) -> String {
        self.id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::reviews::upsert_reviews(&mut **tx, at.cabinet, &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }
}

/// The way of one data set's rows into the database.
pub struct Intake<'a, T: Row> {
    run: &'a Run<'a>,
    state: &'a DataSetState,
    buffer: Vec<T>,
    seen: Vec<T::Key>,
    is_chunked: bool,
    /// Rows that came.
    pub rows: usize,
    /// Rows that were new or differed.
    pub changed: u64,
    /// Events that were new.
    pub events: i64,
}

impl<'a, T: Row> Intake<'a, T> {
    pub fn new(run: &'a Run<'a>) -> Self {
        let state = &run.lease.data_sets[plan::place(T::DATA_SET)];
        Self { run, state, buffer: Vec::new(), seen: Vec::new(), is_chunked: false, rows: 0, changed: 0, events: 0 }
    }

    /// Takes rows; a full buffer is written first, so that at most two chunks are in memory.
    pub async fn add(&mut self, rows: Vec<T>) -> Result<(), Error> {
        if !self.buffer.is_empty() && self.buffer.len() + rows.len() > wb::CHUNK_ROWS {
            self.is_chunked = true;
            self.write(None, false).await?;
        }
        self.rows += rows.len();
        if T::ABSENT_IS_ZERO {
            self.seen.extend(rows.iter().map(Row::key));
        }
        self.buffer.extend(rows);
        Ok(())
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
        let is_unchanged = self.state.baseline_at.is_some()
            && self.state.cursor == cursor
            && fingerprint.is_some()
            && self.state.fingerprint.as_ref().map(|held| &held.0) == fingerprint.as_ref();
        if is_unchanged {
            return Ok(());
        }
        self.write(Some(Progress { cursor, fingerprint, is_complete }), is_whole).await
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

    /// One transaction: the fence, the rows, their events, the cursor.
    async fn write(&mut self, progress: Option<Progress>, is_whole: bool) -> Result<(), Error> {
        let run = self.run;
        let at = Moment { cabinet: run.cabinet, baseline_at: self.state.baseline_at, now: run.sync.clock.now() };
        let mut tx = run.sync.pool.begin().await?;
        if !store::leases::hold_fence(&mut tx, run.cabinet, run.lease.fence).await? {
            return Err(Error::LeaseLost);
        }
        let rows = std::mem::take(&mut self.buffer);
        let mut saved = if rows.is_empty() { Saved::default() } else { T::save(&mut tx, at, rows).await? };
        if is_whole && T::ABSENT_IS_ZERO {
            saved.changed += T::save_absent(&mut tx, at, &self.seen).await?;
        }
        if let Some(progress) = &progress {
            store::data_sets::save_progress(&mut *tx, run.cabinet, T::DATA_SET, progress, run.started_at).await?;
        }
        tx.commit().await?;
        self.changed += saved.changed;
        self.events += saved.events;
        // Right after the commit, so that a slow page of another data set delays no order.
        run.sync.wake(&saved.chats).await;
        Ok(())
    }
}
