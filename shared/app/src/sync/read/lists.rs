//! Reviews and questions: two lists, what is not processed and what is, the newest first.

use chrono::{DateTime, Utc};
use domain::{Question, Review};
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

/// Where a reading of two lists is, of which WB says no cursor: the newest come first, page by page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ListsCursor {
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
pub(super) trait Listed: SourceRow<Key = String> {
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

pub(super) async fn lists<T: Listed>(
    run: &Run<'_>,
    ask: &Ask,
    wb: &wb::Client,
    token: &SecretString,
) -> Result<Read, Error> {
    let mut cursor = ListsCursor::of(run, ask);
    let mut intake = Intake::<T>::new(run, ask.source).wide(wide_is_due(run, ask));
    let (mut odd, mut is_complete, mut remaining) = (Oddities::default(), false, None);
    for _ in 0..ask.requests {
        let mut answer = T::fetch(wb, token, &cursor).await?;
        let before = intake.rows;
        let mut first = None;
        while let Some(chunk) = answer.next_chunk().await? {
            first = first.or_else(|| chunk.first().map(SourceRow::key));
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
                tracing::error!(cabinet = %run.cabinet, source = ask.source.name(), skip = cursor.skip, "fetch stopped: a page repeated itself");
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
