//! The clock of WB's reports.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Moscow, which has no summer time.
pub(super) fn moscow() -> FixedOffset {
    const MOSCOW_OFFSET_SECONDS: i32 = 3 * 3_600;
    FixedOffset::east_opt(MOSCOW_OFFSET_SECONDS).expect("three hours are less than a day")
}

/// A date or a moment in Moscow; WB takes no offset here.
pub(super) fn moscow_time(text: &str) -> Option<NaiveDateTime> {
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)).ok();
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().or_else(day)?;
    // The parser would take "2026-1-5" too.
    text.starts_with(&moment.format("%Y-%m-%d").to_string()).then_some(moment)
}

/// A moment by Moscow's clock.
pub(super) fn in_moscow(moment: DateTime<Utc>) -> NaiveDateTime {
    moment.with_timezone(&moscow()).naive_local()
}
