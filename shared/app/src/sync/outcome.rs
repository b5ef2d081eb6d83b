//! How the reading of a source ends: what was read, or why it ended early, and what the sync reports of it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::PutOff;
use serde::Serialize;
use serde_json::Value;
use store::{leases::Outcome, limits::MethodLimit};

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
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
    pub cursor: Option<Value>,
}

/// Why a reading ended early.
#[derive(Debug)]
pub(super) enum Error {
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

/// How the reading of one source went.
pub(super) struct Report {
    pub outcome: Outcome,
    /// Whether WB has more for us right away.
    pub has_more: bool,
    /// WB's own word on the method's next request.
    pub wait: Option<MethodLimit>,
    /// Whether WB refused the source to the token.
    pub is_refused: bool,
    /// Where the reading has come, if that decides which method is next.
    pub cursor: Option<Value>,
    pub log: Log,
}

/// What was counted of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub rows: usize,
    pub changed: u64,
    pub events: i64,
    pub skipped: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub mended: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What `wb_sync_logs` keeps of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Log {
    /// It was read.
    Read(Counts),
    /// It was not asked.
    PutOff { put_off: Option<PutOff> },
    /// It failed.
    Failed { error: String },
}

impl Log {
    /// What was counted; nothing where nothing was read.
    pub(super) fn counts(&self) -> Counts {
        match self {
            Self::Read(counts) => *counts,
            Self::PutOff { .. } | Self::Failed { .. } => Counts::default(),
        }
    }
}

impl Report {
    /// Whether it says nothing that another sync of the day does not.
    pub(super) fn is_quiet(&self) -> bool {
        let Counts { rows: _, changed, events, skipped, mended } = self.log.counts();
        self.outcome.error.is_none() && (changed, events, skipped, mended) == (0, 0, 0, 0)
    }
}
