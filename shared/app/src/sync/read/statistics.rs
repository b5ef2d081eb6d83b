//! Orders and sales by the reports of statistics: page after page by the time of the last change.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Order, Sale};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::common::{Oddities, cursor, full_is_due, outcome, overlap, wide_is_due};
use crate::sync::{
    cursor::{AHEAD, json},
    intake::Intake,
    outcome::{Error, Read},
    plan::Ask,
    row::SourceRow,
    run::Run,
};

/// Pages of one reading overlap by a second, whichever way WB counts the boundary.
const PAGE_OVERLAP: TimeDelta = TimeDelta::seconds(1);
/// WB cuts an answer of statistics at some 80,000 rows; one well below that is the last.
const LAST_PAGE_ROWS: usize = 60_000;
/// WB keeps the statistics for so long.
const STATISTICS_KEPT: TimeDelta = TimeDelta::days(90);

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
pub(super) trait Statistics: SourceRow {
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
pub(super) async fn statistics<T: Statistics>(
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
            tracing::warn!(cabinet = %run.cabinet, source = ask.source.name(), "cursor reset: it lay in the future");
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
            tracing::error!(cabinet = %run.cabinet, source = ask.source.name(), page_rows, "fetch stopped: a full page did not move the cursor");
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
