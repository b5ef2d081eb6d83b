//! The order feed: states of orders, page after page of a snapshot.

use chrono::{DateTime, TimeDelta, Utc};
use domain::FeedOrder;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::common::{Oddities, cursor, full_is_due, outcome, overlap, wide_is_due};
use crate::sync::{
    cursor::{AHEAD, json},
    intake::Intake,
    outcome::{Error, Read},
    plan::Ask,
    run::Run,
};

/// The order feed shows this time; a little less than [`wb::FEED_DAYS`], since its clock is WB's.
const FEED_KEPT: TimeDelta = TimeDelta::hours(wb::FEED_DAYS * 24 - 1);

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
pub(super) async fn order_feed(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let earliest = run.started_at - FEED_KEPT;
    let days = TimeDelta::days(run.sync.settings.initial_sync_days.into());
    let is_wide = wide_is_due(run, ask);
    let mut cursor: FeedCursor = cursor(run, ask).unwrap_or_default();
    if cursor.updated_since.is_some_and(|newest| newest > run.started_at + AHEAD) {
        tracing::warn!(cabinet = %run.cabinet, source = ask.source.name(), "cursor reset: it lay in the future");
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
                tracing::warn!(cabinet = %run.cabinet, %detail, "cursor reset: WB no longer has the snapshot of the order feed");
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
