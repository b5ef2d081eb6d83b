//! Moscow time. WB writes times without an offset and means Moscow; a seller's day is a Moscow day.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

/// Moscow has been at UTC+3 all year round since 2014.
const OFFSET_S: i32 = 3 * 60 * 60;

/// Moscow's offset from UTC.
#[must_use]
pub fn offset() -> FixedOffset {
    FixedOffset::east_opt(OFFSET_S).expect("three hours are within a day")
}

/// Reads a wall-clock time in Moscow as the moment it names.
#[must_use]
pub fn moment(wall: NaiveDateTime) -> DateTime<Utc> {
    offset().from_local_datetime(&wall).single().expect("a fixed offset has no gaps").to_utc()
}

/// The same moment on a clock in Moscow.
#[must_use]
pub fn wall(moment: DateTime<Utc>) -> DateTime<FixedOffset> {
    moment.with_timezone(&offset())
}

/// The Moscow day to which a moment belongs.
#[must_use]
pub fn day(moment: DateTime<Utc>) -> NaiveDate {
    wall(moment).date_naive()
}

/// When a Moscow day begins.
#[must_use]
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    moment(day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moscow_day_begins_three_hours_before_the_utc_day() {
        let last_second = Utc.with_ymd_and_hms(2026, 11, 21, 20, 59, 59).unwrap();
        let midnight = Utc.with_ymd_and_hms(2026, 11, 21, 21, 0, 0).unwrap();
        assert_eq!(day(last_second).to_string(), "2026-11-21");
        assert_eq!(day(midnight).to_string(), "2026-11-22");
        assert_eq!(moment(wall(midnight).naive_local()), midnight);
        assert_eq!(super::midnight(day(midnight)), midnight);
        assert_eq!(super::midnight(day(last_second)), midnight - chrono::TimeDelta::days(1));
    }

    #[test]
    fn a_clock_in_moscow_is_three_hours_ahead_in_winter_and_in_summer() {
        assert_eq!(offset().local_minus_utc(), 10_800);
        for (month, day) in [(1, 15), (7, 15)] {
            let noon = NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(12, 0, 0).unwrap();
            assert_eq!(moment(noon), Utc.with_ymd_and_hms(2026, month, day, 9, 0, 0).unwrap());
            assert_eq!(wall(moment(noon)).naive_local(), noon);
        }
    }

    #[test]
    fn the_new_year_of_moscow_begins_at_21_00_utc() {
        let midnight = Utc.with_ymd_and_hms(2026, 12, 31, 21, 0, 0).unwrap();
        assert_eq!(day(midnight).to_string(), "2027-01-01");
        assert_eq!(day(midnight - chrono::TimeDelta::seconds(1)).to_string(), "2026-12-31");
        assert_eq!(wall(midnight).to_string(), "2027-01-01 00:00:00 +03:00");
    }
}
