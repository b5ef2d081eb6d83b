//! 🛒 Заказы.

use chrono::Datelike;
use domain::{
    CabinetId, OrderState, SearchId, Supply,
    screen::{
        Days,
        orders::{OrderFilter, OrderKey, OrdersPlace},
    },
};

use super::words::{self, Words, choice, letter, long, moment, short};

/// What a button of the orders does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum OrdersButton {
    /// Shows a page.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page.
        place: OrdersPlace,
    },
    /// Shows what can be chosen.
    Filters {
        /// The cabinet.
        cabinet: CabinetId,
        /// What is chosen now.
        place: OrdersPlace,
    },
    /// Shows one order.
    Card {
        /// The cabinet.
        cabinet: CabinetId,
        /// Where the way back leads.
        place: OrdersPlace,
        /// The order.
        key: OrderKey,
    },
}

/// How far an order has come.
const STATES: [(char, OrderState); 4] = [
    ('c', OrderState::Created),
    ('x', OrderState::Cancelled),
    ('b', OrderState::BoughtOut),
    ('r', OrderState::Returned),
];
/// Who ships it.
const SUPPLIES: [(char, Supply); 2] = [('o', Supply::Fbo), ('s', Supply::Fbs)];
/// Of which days.
const DAYS: [(char, Days); 4] = [('t', Days::Today), ('y', Days::Yesterday), ('w', Days::Week), ('m', Days::Month)];
/// Stands for the moment of the tap.
const NOW: &str = "-";

impl Words for OrdersButton {
    fn words(self) -> String {
        match self {
            Self::Page { cabinet, place } => format!("orders:{}", place_words(cabinet, place)),
            Self::Filters { cabinet, place } => format!("orders:f:{}", place_words(cabinet, place)),
            Self::Card { cabinet, place, key } => {
                let day = short(key.day.num_days_from_ce().into());
                format!("order:{day}:{:08x}:{}", key.digest, place_words(cabinet, place))
            }
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        match words {
            ["orders", "f", rest @ ..] => parse(rest).map(|(cabinet, place)| Self::Filters { cabinet, place }),
            ["orders", rest @ ..] => parse(rest).map(|(cabinet, place)| Self::Page { cabinet, place }),
            ["order", day, digest, rest @ ..] if digest.len() == 8 => {
                let key = OrderKey { day: words::day(day)?, digest: u32::from_str_radix(digest, 16).ok()? };
                parse(rest).map(|(cabinet, place)| Self::Card { cabinet, place, key })
            }
            _ => None,
        }
    }
}

/// A cabinet and a place: three letters for what was chosen, the moment, the page, the search.
fn place_words(cabinet: CabinetId, place: OrdersPlace) -> String {
    let OrdersPlace { filter, search, as_of, page } = place;
    let chosen = [
        letter(&STATES, filter.state.as_ref()),
        letter(&SUPPLIES, filter.supply.as_ref()),
        letter(&DAYS, Some(&filter.days)),
    ];
    let chosen: String = chosen.iter().collect();
    let as_of = as_of.map_or_else(|| NOW.to_owned(), |as_of| short(as_of.timestamp()));
    let mut words = format!("{}:{chosen}:{as_of}:{}", short(cabinet.0), short(page.into()));
    if let Some(search) = search {
        words.push(':');
        words.push_str(&short(search.0.into()));
    }
    words
}

/// Reads a cabinet and a place.
fn parse(words: &[&str]) -> Option<(CabinetId, OrdersPlace)> {
    let (cabinet, chosen, as_of, page, search) = match words {
        [cabinet, chosen, as_of, page] => (cabinet, chosen, as_of, page, None),
        [cabinet, chosen, as_of, page, search] => (cabinet, chosen, as_of, page, Some(SearchId(long(search)?))),
        _ => return None,
    };
    let mut letters = chosen.chars();
    let filter = OrderFilter {
        state: choice(&STATES, letters.next()?)?,
        supply: choice(&SUPPLIES, letters.next()?)?,
        days: choice(&DAYS, letters.next()?)?.unwrap_or_default(),
    };
    if letters.next().is_some() {
        return None;
    }
    let as_of = if *as_of == NOW { None } else { Some(moment(as_of)?) };
    Some((CabinetId(long(cabinet)?), OrdersPlace { filter, search, as_of, page: long(page)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for OrdersButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let filters = [
                OrderFilter::default(),
                OrderFilter { state: Some(OrderState::Cancelled), supply: Some(Supply::Fbs), days: Days::Month },
            ];
            let cabinet = numbers.cabinet();
            let places = filters.map(|filter| OrdersPlace {
                filter,
                search: numbers.search(),
                as_of: (numbers.page > 0).then(|| numbers.as_of()),
                page: numbers.short_page(),
            });
            let key = OrderKey { day: numbers.as_of().date_naive(), digest: u32::MAX };
            let buttons = places.map(|place| {
                [Self::Page { cabinet, place }, Self::Filters { cabinet, place }, Self::Card { cabinet, place, key }]
            });
            buttons.into_iter().flatten().collect()
        }
    }
}
