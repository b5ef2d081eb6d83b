//! ⭐ Отзывы: the list, and the card of one review.

use chrono::{DateTime, Utc};

use super::Heading;
use crate::{Review, SearchId};

/// What a person has chosen of the reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewFilter {
    /// All of them.
    #[default]
    All,
    /// Those that are bad to the reader.
    Bad,
    /// Those that wait for a reply.
    Unanswered,
}

impl ReviewFilter {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 3] = [Self::All, Self::Bad, Self::Unanswered];
}

/// A place in the list: a page of what was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewsPlace {
    /// What was chosen.
    pub filter: ReviewFilter,
    /// What was looked for.
    pub search: Option<SearchId>,
    /// Reviews that we learned of later are left out, so that pages stay as they are while they are turned. Whole seconds;
    /// `None` for now.
    pub as_of: Option<DateTime<Utc>>,
    /// The page, counted from 0.
    pub page: u16,
}

/// What names a review on a button, whose 64 bytes are too few for its id: the first 48 bits of the MD5 of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewKey(pub u64);

impl ReviewKey {
    /// As many hexadecimal digits as it has.
    pub const DIGITS: usize = 12;
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewList {
    /// Whose reviews.
    pub heading: Heading,
    /// What was looked for.
    pub words: Option<String>,
    /// How many there are on all pages.
    pub total: i64,
    /// How many of the cabinet wait for a reply.
    pub unanswered: i64,
    /// Those of the page, latest first.
    pub rows: Vec<ReviewRow>,
}

/// A review in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRow {
    /// What names it.
    pub key: ReviewKey,
    /// The review.
    pub review: Review,
    /// The title of the product, or «Артикул продавца».
    pub title: Option<String>,
}
