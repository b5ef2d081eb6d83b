//! What a WB token may do: its type decides the limits, its categories the methods.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::SellerId;

/// The type of a token, from its `acc` claim. Limits and access depend on it
/// (<https://dev.wildberries.ru/openapi/api-information>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// Limits cut a thousandfold since April 2026: orders once in 3 h.
    Base,
    /// For WB's sandbox hosts only.
    Test,
    /// The seller's own programs, full limits.
    Personal,
    /// A service of WB's catalogue, full limits.
    Service,
    /// A token that cannot be decoded, or of a type we have not heard of. It is tried all the
    /// same, at the pace of a base token, so that it can never exceed its limits.
    Unknown,
}

impl TokenType {
    /// Whether the full limits hold.
    #[must_use]
    pub fn has_full_limits(self) -> bool {
        matches!(self, Self::Personal | Self::Service)
    }
}

/// A category of WB's API that the product uses. The discriminant is the bit in the claim `s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// «Контент»: product cards.
    Content = 1,
    /// «Аналитика»: stocks.
    Analytics = 2,
    /// «Статистика»: orders and sales.
    Statistics = 5,
    /// «Вопросы и отзывы»: reviews.
    Feedbacks = 7,
}

impl Category {
    /// All four, in the order in which a person is told of them.
    pub const ALL: [Self; 4] = [Self::Statistics, Self::Analytics, Self::Content, Self::Feedbacks];
}

/// The bit mask of the claim `s`. A token that cannot be decoded may have them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Categories(pub i64);

impl Categories {
    /// Every bit set: what a token may have that does not say.
    pub const UNKNOWN: Self = Self(i64::MAX);
    /// Bit 30 of `s`: the token reads only.
    const READ_ONLY_BIT: u32 = 30;

    /// Whether the token was made for this category.
    #[must_use]
    pub fn has(self, category: Category) -> bool {
        self.0 >> (category as u32) & 1 == 1
    }

    /// The categories of ours that it lacks.
    #[must_use]
    pub fn missing(self) -> Vec<Category> {
        Category::ALL.into_iter().filter(|category| !self.has(*category)).collect()
    }

    /// Whether the token cannot write, for example answer a review.
    #[must_use]
    pub fn read_only(self) -> bool {
        self != Self::UNKNOWN && self.0 >> Self::READ_ONLY_BIT & 1 == 1
    }
}

/// What a token says of itself. None of it is proven before WB answered 200 to the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// The type, which decides the limits.
    pub token_type: TokenType,
    /// The categories, which decide the methods.
    pub categories: Categories,
    /// The seller, if the token names them.
    pub seller: Option<SellerId>,
    /// When it ends, if it says so; WB gives 180 days.
    pub expires_at: Option<DateTime<Utc>>,
}

impl TokenFacts {
    /// What is assumed of a token that cannot be decoded.
    pub const UNDECODABLE: Self =
        Self { token_type: TokenType::Unknown, categories: Categories::UNKNOWN, seller: None, expires_at: None };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_bits_of_the_claim() {
        let statistics_and_feedbacks = Categories(1 << 5 | 1 << 7 | 1 << 30);
        assert!(statistics_and_feedbacks.has(Category::Statistics));
        assert!(!statistics_and_feedbacks.has(Category::Content));
        assert!(statistics_and_feedbacks.read_only());
        assert!(Category::ALL.iter().all(|category| Categories::UNKNOWN.has(*category)));
        assert!(!Categories::UNKNOWN.read_only());
    }

    #[test]
    fn a_token_without_the_bit_for_reading_only_may_write() {
        assert!(!Categories(1 << 5 | 1 << 7).read_only());
        assert!(!Categories(1 << 31).read_only());
        assert!(Categories(1 << 30).read_only());
        assert!(Categories(i64::MAX - 1).read_only(), "only a token that cannot be decoded is given the benefit");
    }

    #[test]
    fn the_missing_categories_are_named_in_the_order_of_all() {
        assert_eq!(Categories(1 << 5).missing(), [Category::Analytics, Category::Content, Category::Feedbacks]);
        assert_eq!(Categories::UNKNOWN.missing(), []);
    }
}
