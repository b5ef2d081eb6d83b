//! Pipeline step 1: a tick becomes one `SyncTask` per cabinet that is due.
//!
//! Running twice is harmless: a slot claims a cabinet once, a doubled wake-up finds nothing to do,
//! and what a crash left claimed but not enqueued is claimed by the next slot.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, FirstContact};
use queue::{Delayed, SyncTask, WakeUp};
use store::{
    cabinets::Slot,
    chats::{Forgotten, Since},
};
use url::Url;

use crate::{
    Keyring, Settings, bus, chores, function::FANOUT, review_reply::ReviewReplies, sync, token_trial::TokenTrial,
};

/// Pages of cabinets claimed by one tick: a hundred thousand cabinets, ten times what one
/// deployment is expected to serve.
const CLAIM_PAGES: usize = 100;
/// Events that a sync does not note as published within this time were left by a crash or refused by the bus:
/// longer than a sync holds its lease.
const UNPUBLISHED_AFTER: TimeDelta = TimeDelta::seconds(120);
/// A cabinet whose turn was so many ticks ago is overdue: its syncs do not come to their end, or nobody begins them.
const OVERDUE_INTERVALS: i32 = 4;
/// At short intervals a cabinet is overdue after this time: a batch of first syncs may hold the others up for minutes.
const OVERDUE_LEAST: TimeDelta = TimeDelta::minutes(15);
/// Forgotten events published by one tick: 50 requests, and the next tick takes the rest.
const PUBLISH_EVENTS: i64 = 500;

/// What a tick has claimed comes back only when its process is gone, and a bus that a sync still writes to is left alone.
const _: () = {
    let timeout = FANOUT.timeout.as_secs();
    assert!(store::chores::CLAIMED_FOR.num_seconds().unsigned_abs() > timeout);
    assert!(store::attempts::CLAIMED_FOR.num_seconds().unsigned_abs() > timeout);
    assert!(store::review_replies::CLAIMED_FOR.num_seconds().unsigned_abs() > timeout);
    assert!(UNPUBLISHED_AFTER.num_seconds() > sync::LEASE.num_seconds());
};

/// One firing of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The time in the event, which numbers the tick; not the clock's.
    pub time: DateTime<Utc>,
    /// Over how long the cabinets are spread.
    pub spread: Duration,
}

/// What the use case needs.
#[derive(Clone)]
pub struct Fanout {
    /// PostgreSQL.
    pub pool: store::Pool,
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
    /// The deployment's choices.
    pub settings: Settings,
    /// Wildberries, for the tokens and the review replies that wait.
    pub wb: wb::Client,
    /// Telegram, where their people are told.
    pub telegram: telegram::Client,
    /// Opens tokens.
    pub keyring: Keyring,
    /// Which tokens are taken.
    pub contact: FirstContact,
    /// Where the deploy has told Telegram to deliver updates. `None` where they are fetched, or nobody knows.
    pub webhook: Option<Url>,
}

impl Fanout {
    /// Runs one tick: claims the cabinets that are due, wakes chats that were forgotten, does chores.
    ///
    /// # Errors
    /// When the database or SQS fails. The next tick does what this one left.
    pub async fn run(&self, tick: Tick) -> anyhow::Result<()> {
        let now = self.clock.now();
        let slot = slot(tick.time, self.settings.sync_interval);
        let mut cabinets = 0;
        for _ in 0..CLAIM_PAGES {
            let page = store::cabinets::claim_due(&self.pool, slot, now).await.context("cannot claim cabinets")?;
            let tasks: Vec<Delayed<SyncTask>> =
                page.iter().map(|cabinet| spread_out(*cabinet, slot, now, tick.spread)).collect::<Result<_, _>>()?;
            self.queues.enqueue_sync_tasks(&tasks).await.context("cannot enqueue sync tasks")?;
            cabinets += page.len();
            if page.len() < usize::try_from(store::cabinets::CLAIM_PAGE_CABINETS)? {
                break;
            }
        }

        let since = Since {
            unpublished: now - UNPUBLISHED_AFTER,
            overdue: now - OVERDUE_LEAST.max(self.settings.sync_interval * OVERDUE_INTERVALS),
        };
        let mut forgotten =
            store::chats::load_forgotten(&self.pool, since, now).await.context("cannot look for forgotten chats")?;
        if forgotten.has_digests {
            let whom = store::digests::For::AllDue;
            let chats = store::digests::save_digests(&self.pool, whom, now).await.context("cannot make digests")?;
            forgotten.chats.extend(chats);
        }
        let wake_ups: Vec<Delayed<WakeUp>> =
            forgotten.chats.iter().map(|chat| Delayed::now(WakeUp { chat: *chat })).collect();
        self.queues.enqueue_wake_ups(&wake_ups).await.context("cannot wake the forgotten chats")?;

        let published =
            if forgotten.has_unpublished && self.queues.has_bus() { self.publish_forgotten(now).await? } else { 0 };

        let standing: &[&str] = if self.webhook.is_some() { &[chores::WATCH_WEBHOOK] } else { &[] };
        let chores = store::chores::claim_due(&self.pool, standing, now).await.context("cannot claim chores")?;
        chores::carry_out(self.chores(), &chores, now).await;
        // Last, because WB may take its time.
        let answers = if forgotten.has_answers { self.carry_review_replies().await? } else { 0 };
        let tokens = if forgotten.has_tokens { self.retry_tokens().await? } else { 0 };
        tracing::info!(
            slot = slot.number,
            cabinets,
            chats = wake_ups.len(),
            chores = chores.len(),
            answers,
            tokens,
            published,
            "tick finished"
        );
        tracing::info!(target: "metrics", metric = "Ticks");
        tracing::info!(target: "metrics", metric = "OverdueCabinets", value = forgotten.overdue);
        tracing::info!(target: "metrics", metric = "PausedCabinets", value = forgotten.paused);
        tracing::info!(target: "metrics", metric = "PendingNotifications", value = forgotten.pending);
        let waits = oldest_wait(&forgotten, self.settings.sync_interval, now).num_seconds();
        tracing::info!(target: "metrics", metric = "OldestDueNotification", value = waits);
        Ok(())
    }

    fn chores(&self) -> chores::Context<'_> {
        let Self { pool, wb, telegram, keyring, settings, webhook, .. } = self;
        let (queues, webhook) = (&*self.queues, webhook.as_ref());
        chores::Context { pool, wb, telegram, queues, keyring, settings, webhook }
    }

    fn token_trial(&self) -> TokenTrial<'_> {
        let Self { pool, wb, telegram, keyring, settings, contact, .. } = self;
        TokenTrial { pool, wb, telegram, queues: &*self.queues, keyring, settings, contact }
    }

    fn review_replies(&self) -> ReviewReplies<'_> {
        let Self { pool, wb, telegram, keyring, settings, .. } = self;
        ReviewReplies { pool, wb, telegram, queues: &*self.queues, keyring, clock: &*self.clock, settings }
    }

    /// Tries the tokens that wait for WB again, a chore of every tick. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single token is logged.
    pub async fn retry_tokens(&self) -> anyhow::Result<usize> {
        self.token_trial().retry_due(self.clock.now()).await
    }

    /// Goes on with the review replies that had to wait, a chore of every tick. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single reply is logged.
    pub async fn carry_review_replies(&self) -> anyhow::Result<usize> {
        self.review_replies().carry_due().await
    }

    /// Publishes the events that no sync has noted as published.
    async fn publish_forgotten(&self, now: DateTime<Utc>) -> anyhow::Result<usize> {
        let events = store::events::load_unpublished(&self.pool, now - UNPUBLISHED_AFTER, PUBLISH_EVENTS)
            .await
            .context("cannot look for unpublished events")?;
        bus::publish_and_note(&self.pool, &*self.queues, &events, now).await.context("cannot note what the bus has")
    }
}

/// For how long the oldest notification has waited that could be sent. One that had to wait for its moment is found by the
/// next tick, and counts from there.
fn oldest_wait(forgotten: &Forgotten, interval: TimeDelta, now: DateTime<Utc>) -> TimeDelta {
    let at_once = forgotten.due_at_once.map(|since| now - since);
    let after_wait = forgotten.due_after_wait.map(|since| now - since - interval);
    at_once.max(after_wait).unwrap_or_default().max(TimeDelta::zero())
}

/// The number of a tick: the schedule is up to a minute late or early, so the nearest one.
fn slot(time: DateTime<Utc>, interval: TimeDelta) -> Slot {
    let seconds = interval.num_seconds();
    let number = (time.timestamp() + seconds / 2).div_euclid(seconds);
    Slot { number, interval_seconds: i32::try_from(seconds).unwrap_or(i32::MAX) }
}

/// The task of a cabinet, at another place within the spread with each tick: nobody is always the last.
fn spread_out(
    cabinet: CabinetId,
    slot: Slot,
    now: DateTime<Utc>,
    spread: Duration,
) -> Result<Delayed<SyncTask>, queue::DelayTooLong> {
    let mut hasher = DefaultHasher::new();
    (cabinet, slot.number).hash(&mut hasher);
    let delay = match spread.as_secs() {
        0 => Duration::ZERO,
        seconds => Duration::from_secs(hasher.finish() % seconds),
    };
    Delayed::new(SyncTask { cabinet, due_at: now + delay }, delay)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_late_and_an_early_tick_keep_their_numbers() {
        let interval = TimeDelta::seconds(180);
        let sharp = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let number = slot(sharp, interval);
        assert_eq!(slot(sharp + TimeDelta::seconds(59), interval), number);
        assert_eq!(slot(sharp - TimeDelta::seconds(59), interval), number);
        assert_eq!(slot(sharp + TimeDelta::seconds(180), interval).number, number.number + 1);
    }

    #[test]
    fn a_notification_that_had_to_wait_counts_from_the_tick_that_finds_it() {
        let (now, interval) = (Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap(), TimeDelta::seconds(180));
        let ago = |seconds: Option<i64>| seconds.map(|seconds| now - TimeDelta::seconds(seconds));
        for (at_once, after_wait, waits) in [
            (None, None, 0),
            (Some(170), None, 170),
            (None, Some(170), 0),
            (None, Some(200), 20),
            (Some(30), Some(500), 320),
            (Some(400), Some(500), 400),
            // Telegram has ordered the chat to wait.
            (Some(-60), None, 0),
        ] {
            let forgotten =
                Forgotten { due_at_once: ago(at_once), due_after_wait: ago(after_wait), ..Forgotten::default() };
            let waited = oldest_wait(&forgotten, interval, now);
            assert_eq!(waited, TimeDelta::seconds(waits), "{at_once:?} {after_wait:?}");
        }
    }

    #[test]
    fn cabinets_are_spread_within_the_spread_and_in_another_order_with_each_tick() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let (spread, first) = (Duration::from_secs(60), slot(now, TimeDelta::seconds(180)));
        let second = Slot { number: first.number + 1, ..first };
        let delay = |id: i64, slot: Slot, spread| spread_out(CabinetId(id), slot, now, spread).unwrap().delay();
        let delays: Vec<Duration> = (0..200).map(|id| delay(id, first, spread)).collect();
        assert!(delays.iter().all(|delay| *delay < spread));
        assert!(delays.iter().collect::<std::collections::HashSet<_>>().len() > 30);
        // A doubled tick spreads them as the first did.
        assert_eq!(delay(7, first, spread), delays[7]);
        let moved = (0..200).filter(|id| delay(*id, second, spread) != delays[*id as usize]).count();
        assert!(moved > 150, "{moved}");
        assert_eq!(delay(7, first, Duration::ZERO), Duration::ZERO);
    }
}
