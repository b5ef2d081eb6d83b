//! ⭐ Отзывы.

use domain::{
    CabinetId, SearchId,
    screen::reviews::{ReviewFilter, ReviewKey, ReviewsPlace},
};

use super::words::{Words, choice, letter, long, moment, short};

/// What a button of the reviews does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum ReviewsButton {
    /// Shows a page.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page.
        place: ReviewsPlace,
    },
    /// Shows one review.
    Card {
        /// The cabinet.
        cabinet: CabinetId,
        /// Where the way back leads.
        place: ReviewsPlace,
        /// The review.
        key: ReviewKey,
    },
}

/// What was chosen.
const FILTERS: [(char, ReviewFilter); 3] =
    [('a', ReviewFilter::All), ('b', ReviewFilter::Bad), ('u', ReviewFilter::Unanswered)];
/// Stands for the moment of the tap.
const NOW: &str = "-";

impl Words for ReviewsButton {
    fn words(self) -> String {
        match self {
            Self::Page { cabinet, place } => format!("reviews:{}", words(cabinet, place)),
            Self::Card { cabinet, place, key } => format!("review:{}:{}", digits(key), words(cabinet, place)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        match words {
            ["reviews", rest @ ..] => parse(rest).map(|(cabinet, place)| Self::Page { cabinet, place }),
            ["review", key, rest @ ..] => {
                let key = review_key(key)?;
                parse(rest).map(|(cabinet, place)| Self::Card { cabinet, place, key })
            }
            _ => None,
        }
    }
}

/// The digits of a key.
pub(super) fn digits(ReviewKey(key): ReviewKey) -> String {
    format!("{key:0width$x}", width = ReviewKey::DIGITS)
}

/// Reads what [`digits`] wrote.
pub(super) fn review_key(digits: &str) -> Option<ReviewKey> {
    let key = u64::from_str_radix(digits, 16).ok()?;
    (digits.len() == ReviewKey::DIGITS).then_some(ReviewKey(key))
}

/// A cabinet and a place: a letter for what was chosen, the moment, the page, the search.
fn words(cabinet: CabinetId, place: ReviewsPlace) -> String {
    let chosen = letter(&FILTERS, Some(&place.filter));
    let as_of = place.as_of.map_or_else(|| NOW.to_owned(), |as_of| short(as_of.timestamp()));
    let mut words = format!("{}:{chosen}:{as_of}:{}", short(cabinet.0), short(place.page.into()));
    if let Some(search) = place.search {
        words.push(':');
        words.push_str(&short(search.0.into()));
    }
    words
}

/// Reads a cabinet and a place.
fn parse(words: &[&str]) -> Option<(CabinetId, ReviewsPlace)> {
    let (cabinet, chosen, as_of, page, search) = match words {
        [cabinet, chosen, as_of, page] => (cabinet, chosen, as_of, page, None),
        [cabinet, chosen, as_of, page, search] => (cabinet, chosen, as_of, page, Some(SearchId(long(search)?))),
        _ => return None,
    };
    let filter = choice(&FILTERS, chosen.parse().ok()?)??;
    let as_of = if *as_of == NOW { None } else { Some(moment(as_of)?) };
    Some((CabinetId(long(cabinet)?), ReviewsPlace { filter, search, as_of, page: long(page)? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for ReviewsButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let (cabinet, key) = (numbers.cabinet(), numbers.review_key());
            let places = ReviewFilter::ALL.map(|filter| ReviewsPlace {
                filter,
                search: numbers.search(),
                as_of: (numbers.page > 0).then(|| numbers.as_of()),
                page: numbers.short_page(),
            });
            let buttons = places.map(|place| [Self::Page { cabinet, place }, Self::Card { cabinet, place, key }]);
            buttons.into_iter().flatten().collect()
        }
    }
}
