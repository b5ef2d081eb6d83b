//! Takes rows in: in chunks, each its own transaction, the cursor with the last, and with each one of
//! rows whose order says where a reading that broke off can go on.
//!
//! An answer of one chunk that equals the last one opens no transaction at all.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{Context as Digest, SHA256};
use domain::{CabinetId, ChatId, Event, EventKind, Facts, Source};
use store::data_sets::{DataSetState, Progress};

use super::{
    outcome::Error,
    row::{Saved, SourceRow},
    run::Run,
    standing::Standing,
};

/// The way of one source's rows into the database.
pub(super) struct Intake<'a, T: SourceRow> {
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

impl<'a, T: SourceRow> Intake<'a, T> {
    pub(super) fn new(run: &'a Run<'a>, source: Source) -> Self {
        let state = &run.lease.data_sets[source];
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
    pub(super) fn wide(self, is_wide: bool) -> Self {
        Self { is_wide, ..self }
    }

    /// Counts what these keys name as named by the answer, though it does not say how much of it there is.
    pub(super) fn add_unknown(&mut self, keys: impl IntoIterator<Item = T::Key>) {
        self.seen.extend(keys);
    }

    /// Takes rows; a full buffer is written as soon as there are more, so that at most two chunks are in memory.
    pub(super) async fn add(&mut self, rows: Vec<T>) -> Result<(), Error> {
        self.add_in_order(rows, |_| None).await
    }

    /// The same of rows that come in order: `cursor_after` says where a reading goes on that has these, so that
    /// one which breaks off, or takes longer than a sync may, does not begin anew each time.
    pub(super) async fn add_in_order(
        &mut self,
        rows: Vec<T>,
        cursor_after: impl Fn(&[T]) -> Option<serde_json::Value>,
    ) -> Result<(), Error> {
        self.rows += rows.len();
        if T::NAMES_MATTER {
            self.seen.extend(rows.iter().map(SourceRow::key));
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
    pub(super) async fn finish(
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
        self.buffer.sort_by_key(SourceRow::key);
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
        place_new_orders(&mut tx, run.cabinet, &mut saved.events).await?;
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

/// Gives each new order its place in its day, which is fixed with it.
async fn place_new_orders(
    tx: &mut store::Transaction<'_>,
    cabinet: CabinetId,
    events: &mut [Event],
) -> store::Result<()> {
    let of = |event: &Event| (event.kind() == EventKind::NewOrder).then(|| event.key.clone());
    let srids: Vec<String> = events.iter().filter_map(of).collect();
    if srids.is_empty() {
        return Ok(());
    }
    let places = store::events::load_day_places(&mut **tx, cabinet, &srids).await?;
    for event in events {
        if let Facts::NewOrder(new) = &mut event.facts {
            new.day = places.get(&event.key).copied();
        }
    }
    Ok(())
}
