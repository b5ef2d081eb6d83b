//! What the screens of a cabinet show, and what a person has chosen of it.
//!
//! The database reads these, and `messages` renders them.

pub mod analytics;
pub mod menu;
pub mod orders;
pub mod reviews;
pub mod stocks;

use crate::{CabinetId, Language, PutOff, Role, moscow};
use chrono::{DateTime, Days as ChronoDays, NaiveDate, Utc};
use strum::{EnumString, IntoStaticStr};

/// What stands above every screen of a cabinet: whose data they are, and how fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// Its name, if the reader has several.
    pub cabinet_name: Option<String>,
    /// The cabinet after this one, if the reader has several; after the last comes the first.
    pub next_cabinet: Option<CabinetId>,
    /// The language of the reader.
    pub language: Language,
    /// What the reader may do.
    pub role: Role,
    /// How the data stand.
    pub data: DataNow,
}

/// How the data of a screen stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataNow {
    /// Whether they were ever loaded.
    pub is_loaded: bool,
    /// Up to when Wildberries' answers are taken in.
    pub fresh_at: Option<DateTime<Utc>>,
    /// What keeps them from being fresher.
    pub trouble: Option<DataTrouble>,
}

/// What keeps data from being fresher, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataTrouble {
    /// The cabinet pauses: no token serves.
    Paused,
    /// Wildberries refuses them, or no token may read them.
    Refused,
    /// Wildberries allows the next request only then.
    Limited(DateTime<Utc>),
    /// They fail.
    Failing,
}

impl DataTrouble {
    /// The trouble of data that were put off for this reason until this moment; `None` once the moment has passed.
    #[must_use]
    pub fn of(reason: PutOff, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Self> {
        match reason {
            PutOff::NoAccess | PutOff::Gone => Some(Self::Refused),
            PutOff::Failing => Some(Self::Failing),
            PutOff::Limit => until.filter(|until| *until > now).map(Self::Limited),
        }
    }
}

/// A list in which a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum List {
    /// 🛒 Заказы.
    Orders,
    /// 📦 Склад.
    Stocks,
    /// ⭐ Отзывы.
    Reviews,
}

/// Of which days a list shows its rows. A day is a Moscow day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Days {
    /// All that is held.
    #[default]
    All,
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// Today and the six days before it.
    Week,
    /// Today and the 29 days before it.
    Month,
}

impl Days {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 5] = [Self::All, Self::Today, Self::Yesterday, Self::Week, Self::Month];

    /// From which moment on, and before which, a row belongs to it.
    #[must_use]
    pub fn range(self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let today = moscow::day(now);
        let from = |ago| Some(moscow::midnight(days_before(today, ago)));
        match self {
            Self::All => (None, None),
            Self::Today => (from(0), None),
            Self::Yesterday => (from(1), from(0)),
            Self::Week => (from(6), None),
            Self::Month => (from(29), None),
        }
    }
}

/// The day so many days before this one.
fn days_before(day: NaiveDate, ago: u64) -> NaiveDate {
    day.checked_sub_days(ChronoDays::new(ago)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    #[test]
    fn days_begin_at_midnight_in_moscow() {
        // Half past midnight in Moscow, still the day before in UTC.
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 21, 30, 0).unwrap();
        let midnight = |day| Some(Utc.with_ymd_and_hms(2026, 11, day, 21, 0, 0).unwrap());
        assert_eq!(Days::All.range(now), (None, None));
        assert_eq!(Days::Today.range(now), (midnight(21), None));
        assert_eq!(Days::Yesterday.range(now), (midnight(20), midnight(21)));
        assert_eq!(Days::Week.range(now), (midnight(15), None));
        assert_eq!(Days::Month.range(now), (Some(Utc.with_ymd_and_hms(2026, 10, 23, 21, 0, 0).unwrap()), None));
    }

    #[test]
    fn a_limit_is_no_trouble_once_it_has_passed() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let later = now + TimeDelta::seconds(1);
        assert_eq!(DataTrouble::of(PutOff::Limit, Some(later), now), Some(DataTrouble::Limited(later)));
        assert_eq!(DataTrouble::of(PutOff::Limit, Some(now), now), None);
        assert_eq!(DataTrouble::of(PutOff::Limit, None, now), None);
        assert_eq!(DataTrouble::of(PutOff::NoAccess, Some(now), now), Some(DataTrouble::Refused));
        assert_eq!(DataTrouble::of(PutOff::Gone, None, now), Some(DataTrouble::Refused));
        assert_eq!(DataTrouble::of(PutOff::Failing, None, now), Some(DataTrouble::Failing));
    }
}
