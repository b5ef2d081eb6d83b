//! The waits between two tries where WB does not answer.

use chrono::TimeDelta;

/// The first wait after a try, which each try doubles.
const RETRY_FIRST: TimeDelta = TimeDelta::minutes(1);
/// The longest wait between two tries: whoever waits should not wait much longer than WB did.
pub(crate) const RETRY_LONGEST: TimeDelta = TimeDelta::minutes(30);
/// Doublings after which the wait is the longest anyway.
const RETRY_DOUBLINGS: i32 = 5;

/// How long it waits after so many tries.
pub(crate) fn retry_after(tries: i32) -> TimeDelta {
    let doubled = RETRY_FIRST * 2_i32.pow(u32::try_from(tries.clamp(0, RETRY_DOUBLINGS)).unwrap_or_default());
    doubled.min(RETRY_LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_half_an_hour() {
        let minutes: Vec<i64> = (0..8).map(|tries| retry_after(tries).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(retry_after(-1), RETRY_FIRST);
        assert_eq!(retry_after(i32::MAX), RETRY_LONGEST);
    }
}
