//! What a person can choose about their notifications, and what follows from it. Pure.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The hour of the digest of somebody who turned it on without naming one.
pub const DIGEST_HOUR: u8 = 9;
/// From this hour on a digest is about today and no longer about yesterday.
const DIGEST_OF_TODAY_FROM_HOUR: u32 = 12;
/// The most stars that a review may have to be negative: what can be chosen.
pub const REVIEW_THRESHOLDS: [i16; 5] = [1, 2, 3, 4, 5];
/// How many pieces left are few, for somebody who has chosen nothing.
pub const STOCK_THRESHOLD: i64 = 2;
/// The remainders that can be chosen as critical: few for slow goods, many for whoever needs a week
/// to bring new ones.
pub const STOCK_THRESHOLDS: [i32; 8] = [0, 1, 2, 3, 5, 10, 20, 50];
/// So many single messages of a kind within [`COLLECT_OFFER_WITHIN`] are noise: collecting is offered.
pub const COLLECT_OFFER_AFTER: i64 = 30;
/// See [`COLLECT_OFFER_AFTER`].
pub const COLLECT_OFFER_WITHIN: TimeDelta = TimeDelta::hours(1);

/// How a kind of event comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delivery {
    /// Each event by itself, as soon as it is known.
    #[default]
    AtOnce,
    /// Collected, four times an hour.
    QuarterHourly,
    /// Collected, once an hour.
    Hourly,
    /// Collected, eight times a day.
    ThreeHourly,
    /// Only in the digest.
    Digest,
}

impl Delivery {
    /// All of them, in the order of the settings.
    pub const ALL: [Self; 5] = [Self::AtOnce, Self::QuarterHourly, Self::Hourly, Self::ThreeHourly, Self::Digest];

    /// The name in the database and in callback data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::QuarterHourly => "15m",
            Self::Hourly => "1h",
            Self::ThreeHourly => "3h",
            Self::Digest => "digest",
        }
    }

    /// The delivery of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.name() == name)
    }

    /// The period of collecting that is going on: what was learned in it waits for its end, what was
    /// learned before it is due. Periods begin with the clock's hours, so they need no memory; three
    /// hours divide Moscow's offset, so they are whole on Moscow's clock too. `None` where nothing is
    /// collected.
    #[must_use]
    pub fn period(self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let length = match self {
            Self::AtOnce | Self::Digest => return None,
            Self::QuarterHourly => TimeDelta::minutes(15),
            Self::Hourly => TimeDelta::hours(1),
            Self::ThreeHourly => TimeDelta::hours(3),
        };
        let into = now.timestamp().rem_euclid(length.num_seconds());
        let since = DateTime::from_timestamp(now.timestamp() - into, 0)?;
        Some((since, since + length))
    }
}

/// What quiet hours do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum QuietMode {
    /// Messages come without a sound.
    #[default]
    Silent,
    /// Messages wait for the end of the quiet hours.
    Held,
}

impl QuietMode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Silent, Self::Held];

    /// The name in the database and in callback data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Held => "held",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What runs out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StockBy {
    /// Each size by itself.
    #[default]
    Size,
    /// A product, over all its sizes.
    Product,
}

impl StockBy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Size, Self::Product];

    /// The name in the database and in callback data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Product => "product",
        }
    }

    /// The choice of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// A zone of Russia, by which quiet hours and the digest go. Sums keep to Moscow's day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Zone {
    /// UTC+2.
    Kaliningrad,
    /// UTC+3.
    #[default]
    Moscow,
    /// UTC+4.
    Samara,
    /// UTC+5.
    Yekaterinburg,
    /// UTC+6.
    Omsk,
    /// UTC+7.
    Novosibirsk,
    /// UTC+8.
    Irkutsk,
    /// UTC+9.
    Yakutsk,
    /// UTC+10.
    Vladivostok,
    /// UTC+11.
    Magadan,
    /// UTC+12.
    Kamchatka,
}

impl Zone {
    /// All of them, from west to east.
    pub const ALL: [Self; 11] = [
        Self::Kaliningrad,
        Self::Moscow,
        Self::Samara,
        Self::Yekaterinburg,
        Self::Omsk,
        Self::Novosibirsk,
        Self::Irkutsk,
        Self::Yakutsk,
        Self::Vladivostok,
        Self::Magadan,
        Self::Kamchatka,
    ];

    fn tz(self) -> Tz {
        match self {
            Self::Kaliningrad => Tz::Europe__Kaliningrad,
            Self::Moscow => Tz::Europe__Moscow,
            Self::Samara => Tz::Europe__Samara,
            Self::Yekaterinburg => Tz::Asia__Yekaterinburg,
            Self::Omsk => Tz::Asia__Omsk,
            Self::Novosibirsk => Tz::Asia__Novosibirsk,
            Self::Irkutsk => Tz::Asia__Irkutsk,
            Self::Yakutsk => Tz::Asia__Yakutsk,
            Self::Vladivostok => Tz::Asia__Vladivostok,
            Self::Magadan => Tz::Asia__Magadan,
            Self::Kamchatka => Tz::Asia__Kamchatka,
        }
    }

    /// The IANA name, as the database and callback data have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.tz().name()
    }

    /// The zone of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|zone| zone.name() == name)
    }

    /// A moment on a clock of the zone.
    #[must_use]
    pub fn wall(self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.tz()).naive_local()
    }

    /// Minutes since midnight on a clock of the zone.
    #[must_use]
    pub fn minute_of_day(self, at: DateTime<Utc>) -> i32 {
        let wall = self.wall(at);
        i32::try_from(wall.hour() * 60 + wall.minute()).unwrap_or_default()
    }

    /// The next time that a clock of the zone shows this hour sharp.
    #[must_use]
    pub fn next(self, hour: u8, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = self.wall(now).date();
        // A clock that is set forward may skip the hour: then the day after is asked.
        (0..=2)
            .filter_map(|days| (today + TimeDelta::days(days)).and_hms_opt(hour.into(), 0, 0))
            .filter_map(|wall| self.tz().from_local_datetime(&wall).earliest())
            .map(|at| at.to_utc())
            .find(|at| *at > now)
            .unwrap_or(now + TimeDelta::days(1))
    }
}

/// The day that a digest is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestDay {
    /// The day; its figures are those of Moscow's day of that date.
    pub day: NaiveDate,
    /// Whether it is yesterday, on the person's clock.
    pub is_yesterday: bool,
}

impl DigestDay {
    /// Before noon on the person's clock a digest covers yesterday, later today so far.
    #[must_use]
    pub fn of(zone: Zone, now: DateTime<Utc>) -> Self {
        let wall = zone.wall(now);
        let is_yesterday = wall.hour() < DIGEST_OF_TODAY_FROM_HOUR;
        let day = if is_yesterday { wall.date() - TimeDelta::days(1) } else { wall.date() };
        Self { day, is_yesterday }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, hour, minute, 0).unwrap()
    }

    #[test]
    fn every_choice_is_found_again_by_its_name() {
        assert!(Delivery::ALL.into_iter().all(|one| Delivery::parse(one.name()) == Some(one)));
        assert!(QuietMode::ALL.into_iter().all(|one| QuietMode::parse(one.name()) == Some(one)));
        assert!(StockBy::ALL.into_iter().all(|one| StockBy::parse(one.name()) == Some(one)));
        assert!(Zone::ALL.into_iter().all(|one| Zone::parse(one.name()) == Some(one)));
        assert_eq!((Delivery::parse(""), Zone::parse("Europe/Berlin")), (None, None));
    }

    #[test]
    fn the_zones_go_from_west_to_east_by_the_hour() {
        let hours = Zone::ALL.map(|zone| zone.minute_of_day(at(9, 5)));
        assert_eq!(hours, [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21].map(|hour| hour * 60 + 5));
    }

    #[test]
    fn a_period_of_collecting_begins_with_the_clock() {
        assert_eq!(Delivery::QuarterHourly.period(at(9, 44)), Some((at(9, 30), at(9, 45))));
        assert_eq!(Delivery::QuarterHourly.period(at(9, 45)), Some((at(9, 45), at(10, 0))));
        assert_eq!(Delivery::Hourly.period(at(9, 44)), Some((at(9, 0), at(10, 0))));
        assert_eq!(Delivery::ThreeHourly.period(at(10, 44)), Some((at(9, 0), at(12, 0))));
        assert_eq!((Delivery::AtOnce.period(at(9, 0)), Delivery::Digest.period(at(9, 0))), (None, None));
    }

    #[test]
    fn the_next_hour_of_a_zone_is_later_than_now() {
        assert_eq!(Zone::Moscow.next(13, at(9, 59)), at(10, 0));
        assert_eq!(Zone::Moscow.next(13, at(10, 0)), at(10, 0) + TimeDelta::days(1));
        assert_eq!(Zone::Kamchatka.next(8, at(9, 0)), at(20, 0));
    }

    #[test]
    fn a_digest_is_about_yesterday_until_noon_of_the_person() {
        let day = |zone, now| {
            let DigestDay { day, is_yesterday } = DigestDay::of(zone, now);
            (day.to_string(), is_yesterday)
        };
        assert_eq!(day(Zone::Moscow, at(8, 59)), ("2026-11-21".into(), true));
        assert_eq!(day(Zone::Moscow, at(9, 0)), ("2026-11-22".into(), false));
        assert_eq!(day(Zone::Kamchatka, at(12, 0)), ("2026-11-22".into(), true));
        assert_eq!(day(Zone::Kaliningrad, at(9, 0)), ("2026-11-21".into(), true));
    }

    #[test]
    fn the_quiet_hours_end_with_the_first_second_of_their_minute() {
        // 08:00 in Moscow is 05:00 UTC, minute 480 of the day.
        let second = TimeDelta::seconds(1);
        assert_eq!(Zone::Moscow.minute_of_day(at(5, 0) - second), 479);
        assert_eq!(Zone::Moscow.minute_of_day(at(5, 0)), 480);
        assert_eq!(Zone::Moscow.minute_of_day(at(5, 0) + TimeDelta::seconds(59)), 480);
        assert_eq!(Zone::Moscow.minute_of_day(at(21, 0) - second), 1_439, "a day has 1,440 minutes");
        assert_eq!(Zone::Moscow.minute_of_day(at(21, 0)), 0);
    }

    #[test]
    fn a_period_of_collecting_ends_with_its_last_second() {
        let last = at(12, 0) - TimeDelta::seconds(1);
        assert_eq!(Delivery::QuarterHourly.period(last), Some((at(11, 45), at(12, 0))));
        assert_eq!(Delivery::Hourly.period(last), Some((at(11, 0), at(12, 0))));
        assert_eq!(Delivery::ThreeHourly.period(last), Some((at(9, 0), at(12, 0))));
        assert_eq!(Delivery::ThreeHourly.period(at(12, 0)), Some((at(12, 0), at(15, 0))));
    }

    #[test]
    fn the_next_hour_is_today_until_its_first_second() {
        let nine_in_moscow = at(6, 0);
        assert_eq!(Zone::Moscow.next(9, nine_in_moscow - TimeDelta::seconds(1)), nine_in_moscow);
        assert_eq!(Zone::Moscow.next(9, nine_in_moscow), nine_in_moscow + TimeDelta::days(1));
        // At 21:30 UTC it is the 23rd in Moscow already: the next 0:00 is that of the 24th.
        assert_eq!(Zone::Moscow.next(0, at(21, 30)), at(21, 0) + TimeDelta::days(1));
    }

    #[test]
    fn a_digest_changes_its_day_at_noon_and_at_midnight_of_the_person() {
        let second = TimeDelta::seconds(1);
        let day = |now| {
            let DigestDay { day, is_yesterday } = DigestDay::of(Zone::Moscow, now);
            (day.to_string(), is_yesterday)
        };
        let (noon, midnight) = (at(9, 0), at(21, 0));
        assert_eq!(day(noon - second), ("2026-11-21".into(), true));
        assert_eq!(day(noon), ("2026-11-22".into(), false));
        assert_eq!(day(midnight - second), ("2026-11-22".into(), false));
        assert_eq!(day(midnight), ("2026-11-22".into(), true), "it is the 23rd: yesterday is still the 22nd");
        let new_year = Utc.with_ymd_and_hms(2026, 12, 31, 21, 0, 0).unwrap();
        assert_eq!(day(new_year), ("2026-12-31".into(), true));
    }

    #[test]
    fn an_hour_that_no_clock_shows_is_a_day_away() {
        assert_eq!(Zone::Moscow.next(24, at(9, 0)), at(9, 0) + TimeDelta::days(1));
    }
}
