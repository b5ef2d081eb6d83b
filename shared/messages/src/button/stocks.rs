//! 📦 Склад.

use domain::{
    CabinetId, NmId, SearchId,
    screen::stocks::{StockFilter, StocksPlace},
};

use super::words::{Words, choice, letter, long, short};

/// What a button of the stocks does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum StocksButton {
    /// Shows a page.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page.
        place: StocksPlace,
    },
    /// Shows one product.
    Card {
        /// The cabinet.
        cabinet: CabinetId,
        /// Where the way back leads.
        place: StocksPlace,
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
            Self::Page { cabinet, place } => format!("stocks:{}", words(cabinet, place)),
            Self::Card { cabinet, place, nm_id } => format!("stock:{}:{}", short(nm_id.0), words(cabinet, place)),
            Self::Orders { cabinet, nm_id } => format!("stock:{}:{}", short(nm_id.0), short(cabinet.0)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        match words {
            ["stocks", rest @ ..] => parse(rest).map(|(cabinet, place)| Self::Page { cabinet, place }),
            ["stock", nm_id, cabinet] => {
                Some(Self::Orders { cabinet: CabinetId(long(cabinet)?), nm_id: NmId(long(nm_id)?) })
            }
            ["stock", nm_id, rest @ ..] => {
                let nm_id = NmId(long(nm_id)?);
                parse(rest).map(|(cabinet, place)| Self::Card { cabinet, place, nm_id })
            }
            _ => None,
        }
    }
}

/// A cabinet and a place: a letter for what was chosen, the page, the search.
fn words(cabinet: CabinetId, place: StocksPlace) -> String {
    let chosen = letter(&FILTERS, Some(&place.filter));
    let mut words = format!("{}:{chosen}:{}", short(cabinet.0), short(place.page.into()));
    if let Some(search) = place.search {
        words.push(':');
        words.push_str(&short(search.0.into()));
    }
    words
}

/// Reads a cabinet and a place.
fn parse(words: &[&str]) -> Option<(CabinetId, StocksPlace)> {
    let (cabinet, chosen, page, search) = match words {
        [cabinet, chosen, page] => (cabinet, chosen, page, None),
        [cabinet, chosen, page, search] => (cabinet, chosen, page, Some(SearchId(long(search)?))),
        _ => return None,
    };
    let filter = choice(&FILTERS, chosen.parse().ok()?)??;
    Some((CabinetId(long(cabinet)?), StocksPlace { filter, search, page: long(page)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for StocksButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let (cabinet, nm_id) = (numbers.cabinet(), NmId(numbers.id));
            let places = StockFilter::ALL.map(|filter| StocksPlace {
                filter,
                search: numbers.search(),
                page: numbers.short_page(),
            });
            let buttons = places.map(|place| [Self::Page { cabinet, place }, Self::Card { cabinet, place, nm_id }]);
            buttons.into_iter().flatten().chain([Self::Orders { cabinet, nm_id }]).collect()
        }
    }
}
