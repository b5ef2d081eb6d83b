//! From when on what happened is news.

use chrono::{DateTime, TimeDelta, Utc};

/// How much older than the baseline an event may be and still be news: the statistics are half an
/// hour late, and the same again is left for a slow first load.
pub const BASELINE_GRACE: TimeDelta = TimeDelta::hours(1);
/// What happened in a longer gap than this is not told any more, but that there was one.
pub const GAP_TOLD: TimeDelta = TimeDelta::days(31);

/// From when on what happened is news.
///
/// What a first load brings is silent whatever its time; without a `NewsSince` everything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewsSince {
    /// What was never seen before must have happened later than this.
    unseen_after: DateTime<Utc>,
    /// What became of something known must have happened later than this.
    known_after: DateTime<Utc>,
    /// Whatever happened before this is silent, cancellations of known orders too: nobody was there to be told, or the
    /// data were away for too long.
    silent_before: Option<DateTime<Utc>>,
}

impl NewsSince {
    /// What happened after the first complete load of the data set began.
    #[must_use]
    pub fn since_baseline(baseline_at: DateTime<Utc>) -> Self {
        let after = baseline_at - BASELINE_GRACE;
        Self { unseen_after: after, known_after: after, silent_before: None }
    }

    /// The same for a source that is laid over what another one has shown up to `covered_until`: what
    /// is older and was not shown there is a difference between the two, and no news.
    #[must_use]
    pub fn laid_over(self, covered_until: DateTime<Utc>) -> Self {
        Self { unseen_after: self.unseen_after.max(covered_until), ..self }
    }

    /// The same, with silence about everything that happened before this moment.
    #[must_use]
    pub fn silent_before(self, at: Option<DateTime<Utc>>) -> Self {
        Self { silent_before: at, ..self }
    }

    /// What would be told without that silence; `None` where there is none.
    #[must_use]
    pub fn without_silence(self) -> Option<Self> {
        self.silent_before.map(|_| Self { silent_before: None, ..self })
    }

    pub(super) fn tells_unseen(self, at: DateTime<Utc>) -> bool {
        at > self.unseen_after && self.speaks_of(at)
    }

    pub(super) fn tells_change(self, at: DateTime<Utc>) -> bool {
        at > self.known_after && self.speaks_of(at)
    }

    pub(super) fn speaks_of(self, at: DateTime<Utc>) -> bool {
        self.silent_before.is_none_or(|before| at >= before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::*;

    #[test]
    fn only_news_with_a_silence_has_something_that_the_silence_keeps_back() {
        let news = NewsSince::since_baseline(at(5));
        assert_eq!(news.without_silence(), None);
        assert_eq!(news.silent_before(Some(at(10))).without_silence(), Some(news));
        assert_eq!(news.silent_before(None), news);
    }
}
