//! 🛒 Заказы.

use chrono::Datelike;
use domain::{
    CabinetId, OrderState, Supply,
    screen::{
        Place,
        orders::{OrderFilter, OrderKey},
    },
};

use super::words::{self, Letters, PERIODS, Words, choice, letter, place_words, short};

/// What a button of the orders does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum OrdersButton {
    /// Shows a page.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page.
        place: Place<OrderFilter>,
    },
    /// Shows what can be chosen.
    Filters {
        /// The cabinet.
        cabinet: CabinetId,
        /// What is chosen now.
        place: Place<OrderFilter>,
    },
    /// Shows one order.
    Card {
        /// The cabinet.
        cabinet: CabinetId,
        /// Where the way back leads.
        place: Place<OrderFilter>,
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
            ["orders", "f", rest @ ..] => words::place(rest).map(|(cabinet, place)| Self::Filters { cabinet, place }),
            ["orders", rest @ ..] => words::place(rest).map(|(cabinet, place)| Self::Page { cabinet, place }),
            ["order", day, digest, rest @ ..] if digest.len() == 8 => {
                let key = OrderKey { day: words::day(day)?, digest: u32::from_str_radix(digest, 16).ok()? };
                words::place(rest).map(|(cabinet, place)| Self::Card { cabinet, place, key })
            }
            _ => None,
        }
    }
}

impl Letters for OrderFilter {
    fn letters(self) -> String {
        let Self { state, supply, made } = self;
        [letter(&STATES, state.as_ref()), letter(&SUPPLIES, supply.as_ref()), letter(&PERIODS, made.as_ref())]
            .iter()
            .collect()
    }

    fn read(letters: &str) -> Option<Self> {
        let letters: Vec<char> = letters.chars().collect();
        let [state, supply, made] = letters[..] else { return None };
        Some(Self { state: choice(&STATES, state)?, supply: choice(&SUPPLIES, supply)?, made: choice(&PERIODS, made)? })
    }
}

#[cfg(test)]
mod tests {
    use domain::figures::period::Period;

    use super::*;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for OrdersButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let filters = [
                OrderFilter::default(),
                OrderFilter {
                    state: Some(OrderState::Cancelled),
                    supply: Some(Supply::Fbs),
                    made: Some(Period::Month),
                },
            ];
            let cabinet = numbers.cabinet();
            let places = filters.map(|filter| Place {
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
