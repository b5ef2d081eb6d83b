//! The clock of the fakes: real for `cargo local`, moved by hand in tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that several fakes and a test share: every clone shows the same time.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
enum Hands {
    /// Runs with the system's clock, so much ahead of it.
    Running { ahead: TimeDelta },
    /// Stands until somebody moves it.
    Standing { at: DateTime<Utc> },
}

impl TestClock {
    /// The real time, which runs.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(Hands::Running { ahead: TimeDelta::zero() })))
    }

    /// Stands at `start` until it is moved.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(Hands::Standing { at: start })))
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match *self.hands() {
            Hands::Running { ahead } => system_now() + ahead,
            Hands::Standing { at } => at,
        }
    }

    /// Moves the clock forward, or back by a negative `by`. A running clock runs on from there.
    pub fn advance(&self, by: TimeDelta) {
        match &mut *self.hands() {
            Hands::Running { ahead } => *ahead += by,
            Hands::Standing { at } => *at += by,
        }
    }

    /// Puts the clock at `now`. A running clock runs on from there.
    pub fn set(&self, now: DateTime<Utc>) {
        match &mut *self.hands() {
            Hands::Running { ahead } => *ahead = now - system_now(),
            Hands::Standing { at } => *at = now,
        }
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // A test that panicked while it held the lock left a whole value behind: it is one word.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the fakes of `cargo local` live in real time, and nothing is below them"
)]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand_and_for_every_clone() {
        let start = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let clock = TestClock::manual(start);
        let clone = clock.clone();
        assert_eq!(clone.now(), start);
        clock.advance(TimeDelta::minutes(30));
        assert_eq!(clone.now(), start + TimeDelta::minutes(30));
        clone.set(start);
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn a_system_clock_can_be_set_ahead_and_runs_on_from_there() {
        let clock = TestClock::system();
        let before = clock.now();
        clock.advance(TimeDelta::days(1));
        assert!(clock.now() > before + TimeDelta::hours(23));
        clock.set(before + TimeDelta::days(7));
        assert!(clock.now() > before + TimeDelta::hours(7 * 24 - 1));
    }
}
