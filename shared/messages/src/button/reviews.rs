//! ⭐ Отзывы.

use domain::{
    CabinetId,
    screen::{
        Place,
        reviews::{ReviewFilter, ReviewKey},
    },
};

use super::words::{Letters, Words, choice, letter, place, place_words};

/// What a button of the reviews does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum ReviewsButton {
    /// Shows a page.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page.
        place: Place<ReviewFilter>,
    },
    /// Shows one review.
    Card {
        /// The cabinet.
        cabinet: CabinetId,
        /// Where the way back leads.
        place: Place<ReviewFilter>,
        /// The review.
        key: ReviewKey,
    },
}

/// What was chosen.
const FILTERS: [(char, ReviewFilter); 3] =
    [('a', ReviewFilter::All), ('b', ReviewFilter::Bad), ('u', ReviewFilter::Unanswered)];

impl Words for ReviewsButton {
    fn words(self) -> String {
        match self {
            Self::Page { cabinet, place } => format!("reviews:{}", place_words(cabinet, place)),
            Self::Card { cabinet, place, key } => format!("review:{key}:{}", place_words(cabinet, place)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        match words {
            ["reviews", rest @ ..] => place(rest).map(|(cabinet, place)| Self::Page { cabinet, place }),
            ["review", key, rest @ ..] => {
                let key = ReviewKey::parse(key)?;
                place(rest).map(|(cabinet, place)| Self::Card { cabinet, place, key })
            }
            _ => None,
        }
    }
}

impl Letters for ReviewFilter {
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

    impl Samples for ReviewsButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let (cabinet, key) = (numbers.cabinet(), numbers.review_key());
            let places = ReviewFilter::ALL.map(|filter| Place {
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
