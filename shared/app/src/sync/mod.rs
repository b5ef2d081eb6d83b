//! Pipeline step 2: Wildberries to PostgreSQL to notifications.
//!
//! A doubled task finds the lease taken and ends. A crash leaves the lease to expire, the limits
//! spent and the cursors where the last commit put them: the next sync goes on from there.

mod care;
mod context;
mod cursor;
mod first;
mod intake;
mod late;
mod outcome;
pub(crate) mod plan;
mod read;
mod row;
mod run;
mod silence;
mod spent_limit;
mod standing;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, EventKind, PutOff, Source};
use futures::future::join_all;
use queue::{Delayed, SyncTask};
use secrecy::SecretString;
use store::{
    leases::{Closing, Lease, Outcome},
    limits::{self, MethodLimit},
};
use tokio::time::Instant;

use crate::{function::SYNC, operator};
use first::FirstLoad;
use outcome::{Counts, Error, Log, Read, Report};
use plan::{Ask, Plan};
use run::{Happened, PAGE_TIME, Run};

pub use context::Sync;

/// How long a cabinet is ours: longer than [`RUN_LIMIT`] with room for the last statements.
pub(crate) const LEASE: TimeDelta = TimeDelta::seconds(75);
/// How long all the readings of a sync may take; shorter than the function's timeout of 60 s.
const RUN_LIMIT: Duration = Duration::from_secs(40);
/// Whoever has a cabinet is ended by Lambda before its lease ends, and after the readings there is time to write them down.
const _: () = {
    let statement_limit = SYNC.statement_limit.expect("a sync has one").as_secs();
    assert!(LEASE.num_seconds().unsigned_abs() > SYNC.timeout.as_secs());
    assert!(RUN_LIMIT.as_secs() + statement_limit <= SYNC.timeout.as_secs());
    assert!(PAGE_TIME.as_secs() < RUN_LIMIT.as_secs());
};
/// More work that WB allows within this time is done by a follow-up task; later, by a tick.
const FOLLOW_UP_WITHIN: TimeDelta = TimeDelta::seconds(60);
/// A data set that WB refuses to this token is tried again after this time: the seller may have
/// been given the right, and WB switches methods off for a while.
const REFUSED_WAIT: TimeDelta = TimeDelta::hours(1);
/// A source that showed others orders than the one in use is compared again after this time.
const DISAGREES_WAIT: TimeDelta = TimeDelta::hours(24);
/// The longest error kept; WB's own words are shorter.
const ERROR_MAX_CHARS: usize = 300;

/// Counts a sync that has ended, by how it went.
fn count(outcome: &'static str) {
    tracing::info!(target: "metrics", metric = "SyncsFinished", outcome);
}

impl Sync {
    /// Syncs one cabinet: whatever of it is due and WB allows.
    ///
    /// # Errors
    /// When the database or the vault fails. What WB refuses is recorded and is no error.
    pub async fn run(&self, task: &SyncTask) -> anyhow::Result<()> {
        let outcome = self.sync_cabinet(task).await;
        if outcome.is_err() {
            count("failed");
        }
        outcome
    }

    async fn sync_cabinet(&self, task: &SyncTask) -> anyhow::Result<()> {
        let (cabinet, started_at) = (task.cabinet, self.clock.now());
        if task.due_at + self.settings.sync_interval < started_at {
            tracing::info!(%cabinet, due_at = %task.due_at, "sync task dropped: the next tick enqueues a newer one");
            return Ok(());
        }
        let lease = store::leases::take_lease(&self.pool, cabinet, started_at, started_at + LEASE)
            .await
            .context("cannot take the lease")?;
        let Some(mut lease) = lease else {
            tracing::info!(%cabinet, "sync skipped: another sync holds the lease, or the cabinet is gone");
            return Ok(());
        };

        if let Some(not_before) = self.care_for_tokens(cabinet, &mut lease, started_at).await? {
            return self.let_go(cabinet, &lease, started_at, not_before).await;
        }
        let Plan { mut asks, put_off } = plan::plan(&lease, &self.settings, started_at);
        let wanted = plan::reservations(&asks);
        if !wanted.is_empty() {
            let granted = limits::save_reservations(&self.pool, lease.seller, &wanted)
                .await
                .context("cannot reserve requests")?;
            asks.retain(|ask| granted.contains(&ask.reservation.method));
        }
        let run = Run {
            sync: self,
            cabinet,
            lease: &lease,
            started_at,
            ends_at: Instant::now() + RUN_LIMIT,
            tokens: self.unseal(&lease, &asks, started_at).await?,
            first_load: lease.is_first_sync.then(|| FirstLoad::new(self, cabinet, &lease)),
            happened: Mutex::default(),
        };
        run.carry_out(&asks, put_off).await
    }

    /// The tokens that the asks use, opened.
    async fn unseal(
        &self,
        lease: &Lease,
        asks: &[Ask],
        now: DateTime<Utc>,
    ) -> anyhow::Result<HashMap<usize, SecretString>> {
        let mut tokens = HashMap::new();
        for ask in asks {
            if tokens.contains_key(&ask.token) {
                continue;
            }
            tokens.insert(ask.token, self.open(&lease.tokens[ask.token], now).await?);
        }
        Ok(tokens)
    }

    /// Releases the lease of a cabinet of which nothing can be read before that moment.
    async fn let_go(
        &self,
        cabinet: CabinetId,
        lease: &Lease,
        started_at: DateTime<Utc>,
        not_before: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let closing = Closing {
            cabinet,
            fence: lease.fence,
            started_at,
            now: self.clock.now(),
            not_before,
            outcomes: &[],
            log: serde_json::json!({}),
            is_quiet: true,
            published: &[],
        };
        store::leases::close_lease(&self.pool, &closing).await.context("cannot close the sync of a paused cabinet")?;
        Ok(())
    }
}

impl Run<'_> {
    /// Reads all sources at the same time, ends the first sync if it is over, and lets go.
    async fn carry_out(&self, asks: &[Ask], put_off: Vec<Outcome>) -> anyhow::Result<()> {
        let mut reports = Vec::with_capacity(Source::ALL.len());
        for outcome in put_off {
            self.note_first_load(&outcome).await?;
            let log = Log::PutOff { put_off: outcome.put_off };
            reports.push(Report { outcome, has_more: false, wait: None, is_refused: false, cursor: None, log });
        }
        // Different hosts at the same time; on one host in order, so that orders come before sales.
        let hosts = asks.chunk_by(|one, next| one.source.category() == next.source.category());
        let readings = hosts.map(|asks| async move {
            let mut reports: Vec<Report> = Vec::with_capacity(asks.len());
            for ask in asks {
                let is_told_to_wait =
                    |report: &Report| report.wait.as_ref().is_some_and(|wait| wait.method == ask.reservation.method);
                // Reviews and questions share one limit, so what WB said to the first holds for the other.
                if !reports.iter().any(is_told_to_wait) {
                    reports.push(self.read(ask).await?);
                }
            }
            anyhow::Ok(reports)
        });
        for host in join_all(readings).await {
            reports.extend(host?);
        }
        if let Some(first_load) = &self.first_load {
            first_load.end_if_over(self.lease.fence).await?;
        }

        silence::tell(self).await?;
        care::conclude(self, asks, &mut reports).await?;
        late::tell(self, &reports).await?;

        let now = self.sync.clock.now();
        let outcomes: Vec<Outcome> = reports.iter().map(|report| report.outcome.clone()).collect();
        let unfinished: Vec<Source> =
            reports.iter().filter(|report| report.has_more).map(|report| report.outcome.source).collect();
        let has_more = !unfinished.is_empty();
        let after = self.after(asks, &reports);
        let settings = &self.sync.settings;
        let next_at = plan::next_at(&after, settings, &Source::ALL, now);
        let Happened { events, published, .. } = std::mem::take(&mut *self.happened());
        let logs: BTreeMap<&str, &Log> =
            reports.iter().map(|report| (report.outcome.source.name(), &report.log)).collect();
        let closing = Closing {
            cabinet: self.cabinet,
            fence: self.lease.fence,
            started_at: self.started_at,
            now,
            not_before: next_at,
            outcomes: &outcomes,
            log: serde_json::to_value(&logs).context("cannot write the counts down")?,
            is_quiet: reports.iter().all(Report::is_quiet),
            published: &published,
        };
        let is_ours = store::leases::close_lease(&self.sync.pool, &closing).await.context("cannot close the sync")?;
        self.log(&reports, &events, is_ours, has_more);

        let wait = (plan::next_at(&after, settings, &unfinished, now) - now).max(TimeDelta::zero());
        if is_ours && has_more && wait <= FOLLOW_UP_WITHIN {
            self.follow_up(now + wait, wait).await;
        }
        Ok(())
    }

    /// A line for the sync, with what differs from an uneventful one, and a line for each kind of event;
    /// what was read of every source stands in `wb_sync_logs`.
    fn log(&self, reports: &[Report], events: &BTreeMap<EventKind, i64>, is_ours: bool, has_more: bool) {
        let cabinet = self.cabinet;
        let counts = || reports.iter().map(|report| report.log.counts());
        let succeeded = reports.iter().filter(|report| report.outcome.succeeded).count();
        let failed = reports.iter().filter(|report| report.outcome.error.is_some()).count();
        let rows = counts().map(|counts| counts.rows).sum::<usize>();
        let changed = Some(counts().map(|counts| counts.changed).sum::<u64>()).filter(|rows| *rows > 0);
        let (failures, is_ours) = (Some(failed).filter(|sources| *sources > 0), (!is_ours).then_some(false));
        let has_more = has_more.then_some(true);
        tracing::info!(%cabinet, read = succeeded, failed = failures, rows, changed, is_ours, has_more, "sync finished");
        for (kind, events) in events {
            tracing::info!(%cabinet, kind = kind.name(), events, "events saved");
        }
        count(match (succeeded, failed) {
            (_, 0) => "ok",
            (0, _) => "failed",
            _ => "partial",
        });
    }

    /// Goes on as soon as WB allows it instead of at the next tick.
    async fn follow_up(&self, due_at: DateTime<Utc>, wait: TimeDelta) {
        let task = SyncTask { cabinet: self.cabinet, due_at };
        // Whole seconds, rounded up: a task that came early would find its bucket empty.
        let delay = Duration::from_secs((wait + TimeDelta::milliseconds(999)).num_seconds().unsigned_abs());
        let Ok(task) = Delayed::new(task, delay) else { return };
        if let Err(error) = self.sync.queues.enqueue_sync_tasks(&[task]).await {
            tracing::warn!(cabinet = %self.cabinet, error = %error, "follow-up sync not enqueued; the next tick continues");
        }
    }

    /// Reads one source and says how it went. Only trouble of ours is an error.
    async fn read(&self, ask: &Ask) -> anyhow::Result<Report> {
        let reading = tokio::time::timeout_at(self.ends_at, read::read(self, ask)).await;
        let now = self.sync.clock.now();
        let source = ask.source;
        let report = match reading {
            Ok(Ok(read)) => {
                let wait = self.note_spent(ask, &read, now).await?;
                Report { wait, ..self.succeeded(ask, &read, now) }
            }
            Ok(Err(Error::Ours(error))) => {
                return Err(error.context(format!("cannot take in {}", source.name())));
            }
            Ok(Err(Error::LeaseLost)) => {
                anyhow::bail!("the lease of cabinet {} was lost while reading {}", self.cabinet, source.name())
            }
            Ok(Err(Error::Disagrees { known, of })) => self.disagrees(source, known, of, now).await?,
            Ok(Err(Error::Wb(error))) => self.refused(ask, &error, now).await?,
            Err(_) => self.failed(source, "the reading took too long", now),
        };
        self.note_first_load(&report.outcome).await?;
        Ok(report)
    }

    /// Shows the progress of a first sync.
    async fn note_first_load(&self, outcome: &Outcome) -> anyhow::Result<()> {
        match &self.first_load {
            Some(first_load) => first_load.note(outcome).await,
            None => Ok(()),
        }
    }

    /// WB would take no further request although our bucket has some left: it waits until WB has one again.
    async fn note_spent(&self, ask: &Ask, read: &Read, now: DateTime<Utc>) -> anyhow::Result<Option<MethodLimit>> {
        if read.remaining != Some(0) || ask.next_at > self.started_at {
            return Ok(None);
        }
        let (until, method) = (now + ask.interval, ask.reservation.method.clone());
        limits::save_spent(&self.sync.pool, self.lease.seller, &method, until)
            .await
            .context("cannot note that WB's limit is spent")?;
        Ok(Some(MethodLimit { method, full_at: until, not_before: Some(until) }))
    }

    fn succeeded(&self, ask: &Ask, read: &Read, now: DateTime<Utc>) -> Report {
        // What is left of a first load may be allowed only much later: a base token has to wait
        // for the second list of reviews.
        let waits = read.waits_for_limit && ask.next_at - now > plan::PUT_OFF_AFTER;
        let pace = if read.is_complete { ask.source.pace() } else { read.pause };
        let outcome = Outcome {
            source: ask.source,
            succeeded: true,
            error: None,
            said_nothing: Some(read.said_nothing),
            forgets_position: false,
            not_before: pace.map(|pace| now + pace),
            covered_until: (read.is_complete && !read.is_doubted).then_some(read.covered_until),
            put_off: waits.then_some(PutOff::Limit),
            put_off_until: waits.then_some(ask.next_at),
        };
        let Read { rows, changed, events, skipped, mended, .. } = *read;
        let log = Log::Read(Counts { rows, changed, events, skipped, mended });
        let has_more = !read.is_complete;
        Report { outcome, has_more, wait: None, is_refused: false, cursor: read.cursor.clone(), log }
    }

    /// A second source of orders shows others than the first: one of them is not what it was, so only
    /// the one that is in use makes events until somebody has looked.
    async fn disagrees(&self, source: Source, known: i64, of: usize, now: DateTime<Utc>) -> anyhow::Result<Report> {
        let cabinet = self.cabinet;
        let text = format!("cabinet {cabinet}: {} knows {known} of {of} orders of the other source", source.name());
        operator::tell(&self.sync.pool, &format!("disagrees:{cabinet}:{}", source.name()), &text, now).await?;
        let mut report = self.failed(source, "it disagrees with the other source of orders", now);
        report.outcome.not_before = Some(now + DISAGREES_WAIT);
        report.outcome.put_off = Some(PutOff::Failing);
        Ok(report)
    }

    /// Records what WB refused, and from when it may be asked again.
    async fn refused(&self, ask: &Ask, error: &wb::Error, now: DateTime<Utc>) -> anyhow::Result<Report> {
        let mut report = self.failed(ask.source, &error.to_string(), now);
        let outcome = &mut report.outcome;
        let (pool, method) = (&self.sync.pool, ask.reservation.method.clone());
        match error {
            wb::Error::RateLimited { retry_after } => {
                let until = now + TimeDelta::from_std(*retry_after).unwrap_or(REFUSED_WAIT);
                let spent = limits::save_not_before(pool, self.lease.seller, &method, until, now)
                    .await
                    .context("cannot store WB's limit")?;
                spent_limit::tell(self, ask.source, spent, until, now).await?;
                if until - now > plan::PUT_OFF_AFTER {
                    outcome.put_off = Some(PutOff::Limit);
                    outcome.put_off_until = Some(until);
                }
                report.wait = Some(MethodLimit { method, full_at: until, not_before: Some(until) });
            }
            wb::Error::Unauthorized { .. } | wb::Error::AccessDenied { .. } => {
                outcome.not_before = Some(now + REFUSED_WAIT);
                outcome.put_off = Some(PutOff::NoAccess);
                report.is_refused = true;
            }
            wb::Error::PaymentRequired { .. } => {
                outcome.not_before = Some(now + REFUSED_WAIT);
                outcome.put_off = Some(PutOff::Failing);
                let text = "WB answers 402: the service's account in WB's catalogue has no money left";
                operator::tell(pool, &format!("payment:{}", domain::moscow::day(now)), text, now).await?;
            }
            wb::Error::Gone { .. } => {
                outcome.not_before = Some(now + REFUSED_WAIT);
                outcome.put_off = Some(PutOff::Gone);
                let text = format!("WB has switched {method} off: {error}");
                operator::tell(pool, &format!("gone:{method}"), &text, now).await?;
            }
            // It may be the position at which the reading was to go on: then it begins anew, at once.
            wb::Error::Rejected { .. } if self.lease.data_sets[ask.source].cursor.is_some() => {
                tracing::warn!(cabinet = %self.cabinet, source = ask.source.name(), "cursor reset: WB refused it");
                outcome.forgets_position = true;
            }
            wb::Error::Rejected { .. } => {
                outcome.not_before = Some(now + REFUSED_WAIT);
                outcome.put_off = Some(PutOff::Failing);
            }
            // The next answer says whether it means it.
            wb::Error::Nothing => outcome.said_nothing = Some(true),
            wb::Error::Unavailable { .. } => {}
        }
        Ok(report)
    }

    fn failed(&self, source: Source, words: &str, now: DateTime<Utc>) -> Report {
        tracing::warn!(cabinet = %self.cabinet, source = source.name(), error = words, "fetch failed");
        let state = &self.lease.data_sets[source];
        let is_failing = state.last_error_at.is_some_and(|since| now - since >= plan::PUT_OFF_AFTER);
        let error: String = words.chars().take(ERROR_MAX_CHARS).collect();
        let log = Log::Failed { error: error.clone() };
        let outcome = Outcome {
            source,
            succeeded: false,
            error: Some(error),
            said_nothing: None,
            forgets_position: false,
            not_before: source.back_off(state.failures + 1).map(|wait| now + wait),
            covered_until: None,
            put_off: is_failing.then_some(PutOff::Failing),
            put_off_until: None,
        };
        Report { outcome, has_more: false, wait: None, is_refused: false, cursor: None, log }
    }

    /// What is known of the cabinet after what this sync spent and heard.
    fn after(&self, asks: &[Ask], reports: &[Report]) -> Lease {
        let mut lease = self.lease.clone();
        let spent = asks.iter().map(|ask| &ask.reservation).map(|reservation| MethodLimit {
            method: reservation.method.clone(),
            full_at: reservation.full_at,
            not_before: None,
        });
        // The latest word on a method is found first.
        lease.limits.splice(0..0, reports.iter().filter_map(|report| report.wait.clone()).chain(spent.rev()));
        for report in reports {
            let state = &mut lease.data_sets[report.outcome.source];
            state.cursor = report.cursor.clone().or(state.cursor.take());
            if report.outcome.forgets_position {
                state.cursor = None;
            }
            state.not_before = report.outcome.not_before;
            state.put_off = report.outcome.put_off;
        }
        lease
    }
}
