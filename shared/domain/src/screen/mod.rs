//! What the screens of a cabinet show, and what a person has chosen of it.
//!
//! The database reads these, and `messages` renders them.

pub mod analytics;
pub mod menu;
pub mod orders;
pub mod reviews;
pub mod stocks;

use crate::{CabinetId, Language, PutOff, Role, SearchId};
use chrono::{DateTime, Utc};
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

/// A place in a list: a page of what was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<F> {
    /// What was chosen.
    pub filter: F,
    /// What was looked for.
    pub search: Option<SearchId>,
    /// Rows that we learned of later are left out, so that pages stay as they are while they are turned. Whole seconds;
    /// `None` for now.
    pub as_of: Option<DateTime<Utc>>,
    /// The page, counted from 0.
    pub page: u16,
}

impl<F: Default> Place<F> {
    /// The first page of what is found.
    #[must_use]
    pub fn of_search(search: SearchId) -> Self {
        Self { search: Some(search), ..Self::default() }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R> {
    /// Whose rows.
    pub heading: Heading,
    /// What was looked for.
    pub words: Option<String>,
    /// How many rows there are on all pages.
    pub total: i64,
    /// Those of the page.
    pub rows: Vec<R>,
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    #[test]
    fn a_search_begins_on_the_first_page_of_everything() {
        let place = Place::<u8>::of_search(SearchId(5));
        assert_eq!(place, Place { filter: 0, search: Some(SearchId(5)), as_of: None, page: 0 });
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
