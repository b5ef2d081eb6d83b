//! What the readings share: how far back they reach, and what is odd about their answers.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;

use crate::sync::{cursor::parsed, intake::Intake, outcome::Read, plan::Ask, row::SourceRow, run::Run};

/// Windows overlap: WB's reports are late, and its boundaries are not to be trusted. Most of what is late is so by minutes;
/// a row that is late by up to 20 hours comes with the next reading that reaches back a day.
const NEAR_OVERLAP: TimeDelta = TimeDelta::hours(2);
const WIDE_OVERLAP: TimeDelta = TimeDelta::hours(24);
/// A reading reaches back a day as often as this.
const WIDE_EVERY: TimeDelta = TimeDelta::hours(1);

/// Each source is read again in full so often: what was missed, and what changed without moving to where
/// a cursor looks, comes in then.
const FULL_EVERY: TimeDelta = TimeDelta::hours(24);

/// The cursor of the source that is asked.
pub(super) fn cursor<C: DeserializeOwned>(run: &Run<'_>, ask: &Ask) -> Option<C> {
    parsed(&run.lease.data_sets[ask.source])
}

/// Whether a reading that begins now is to be a full one. The first sync does not wait for it.
pub(super) fn full_is_due(run: &Run<'_>, full_at: Option<DateTime<Utc>>) -> bool {
    let is_over = |at: DateTime<Utc>| run.started_at - at >= FULL_EVERY || at > run.started_at;
    !run.lease.is_first_sync && full_at.is_none_or(is_over)
}

/// Whether a reading that begins now is to reach back a day: the first of an hour, which begins at another minute for each
/// cabinet. A method that is asked more seldom reaches back each time.
pub(super) fn wide_is_due(run: &Run<'_>, ask: &Ask) -> bool {
    let every = WIDE_EVERY.num_seconds();
    let hour = |at: DateTime<Utc>| (at.timestamp() + run.cabinet.0).div_euclid(every);
    let state = &run.lease.data_sets[ask.source];
    ask.interval >= WIDE_EVERY || state.last_success_at.is_none_or(|at| hour(at) != hour(run.started_at))
}

/// By how much a window overlaps the one before.
pub(super) fn overlap(is_wide: bool) -> TimeDelta {
    if is_wide { WIDE_OVERLAP } else { NEAR_OVERLAP }
}

/// What is odd about the answers of a reading.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Oddities {
    /// Rows that could not be read.
    pub skipped: usize,
    /// Rows in which a character could not be read.
    pub mended: usize,
    /// Whether one was nothing instead of a list.
    pub is_nothing: bool,
}

impl Oddities {
    pub(super) fn add<T>(&mut self, answer: &wb::Rows<T>) {
        self.skipped += answer.skipped();
        self.mended += answer.mended();
        self.is_nothing |= answer.is_nothing();
    }
}

pub(super) fn outcome<T: SourceRow>(
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
