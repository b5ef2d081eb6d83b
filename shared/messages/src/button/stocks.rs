//! 📦 Склад.

use domain::{
    CabinetId, NmId,
    screen::{Place, stocks::StockFilter},
};

use super::words::{Letters, Words, choice, letter, long, place, place_words, short};

/// What a button of the stocks does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum StocksButton {
    /// Shows a page.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page.
        place: Place<StockFilter>,
    },
    /// Shows one product.
    Card {
        /// The cabinet.
        cabinet: CabinetId,
        /// Where the way back leads.
        place: Place<StockFilter>,
        /// The product.
        nm_id: NmId,
    },
    /// Looks for the orders of a product.
    Orders {
        /// The cabinet.
        cabinet: CabinetId,
        /// The product.
        nm_id: NmId,
    },
}

/// What was chosen.
const FILTERS: [(char, StockFilter); 3] =
    [('a', StockFilter::All), ('r', StockFilter::RunningOut), ('s', StockFilter::SoldOut)];

impl Words for StocksButton {
    fn words(self) -> String {
        match self {
            Self::Page { cabinet, place } => format!("stocks:{}", place_words(cabinet, place)),
            Self::Card { cabinet, place, nm_id } => format!("stock:{}:{}", short(nm_id.0), place_words(cabinet, place)),
            Self::Orders { cabinet, nm_id } => format!("stock:{}:{}", short(nm_id.0), short(cabinet.0)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        match words {
            ["stocks", rest @ ..] => place(rest).map(|(cabinet, place)| Self::Page { cabinet, place }),
            ["stock", nm_id, cabinet] => {
                Some(Self::Orders { cabinet: CabinetId(long(cabinet)?), nm_id: NmId(long(nm_id)?) })
            }
            ["stock", nm_id, rest @ ..] => {
                let nm_id = NmId(long(nm_id)?);
                place(rest).map(|(cabinet, place)| Self::Card { cabinet, place, nm_id })
            }
            _ => None,
        }
    }
}

impl Letters for StockFilter {
    const HAS_MOMENT: bool = false;

    fn letters(self) -> String {
        letter(&FILTERS, Some(&self)).to_string()
    }

    fn read(letters: &str) -> Option<Self> {
        choice(&FILTERS, letters.parse().ok()?)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for StocksButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let (cabinet, nm_id) = (numbers.cabinet(), NmId(numbers.id));
            let places = StockFilter::ALL.map(|filter| Place {
                filter,
                search: numbers.search(),
                as_of: None,
                page: numbers.short_page(),
            });
            let buttons = places.map(|place| [Self::Page { cabinet, place }, Self::Card { cabinet, place, nm_id }]);
            buttons.into_iter().flatten().chain([Self::Orders { cabinet, nm_id }]).collect()
        }
    }
}
