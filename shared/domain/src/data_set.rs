//! The data sets of a cabinet, and the methods of WB from which each is read.

use std::ops::{Index, IndexMut};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::access::Category;

/// One kind of data of one cabinet, as people know it, with its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSet {
    /// Orders and their cancellations.
    Orders,
    /// Buyouts and returns.
    Sales,
    /// The product cards.
    Products,
    /// What is left of each size.
    Stocks,
    /// Reviews.
    Reviews,
}

impl DataSet {
    /// All of them, in the order in which a first sync names them.
    pub const ALL: [Self; 5] = [Self::Orders, Self::Sales, Self::Products, Self::Stocks, Self::Reviews];

    /// The name in the logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.main().name()
    }

    /// What it can be read from, the richest first; each by itself is enough.
    #[must_use]
    pub fn sources(self) -> &'static [Source] {
        match self {
            Self::Orders => &[Source::Orders, Source::OrderFeed],
            Self::Sales => &[Source::Sales, Source::OrderFeed],
            Self::Products => &[Source::Products],
            Self::Stocks => &[Source::Stocks, Source::Remains],
            Self::Reviews => &[Source::Reviews],
        }
    }

    /// The richest source.
    #[must_use]
    pub fn main(self) -> Source {
        self.sources()[0]
    }

    /// The category that a token must have for the richest source.
    #[must_use]
    pub fn category(self) -> Category {
        self.main().category()
    }
}

/// One method of WB that is read again and again, with its own cursor and pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `GET supplier/orders` of statistics: rich, half an hour late, announced for removal.
    Orders,
    /// `GET supplier/sales` of statistics, the same.
    Sales,
    /// `POST order-feed` of analytics: orders, buyouts and returns in real time, without the buyer's price.
    OrderFeed,
    /// `POST cards/list` of content.
    Products,
    /// `POST stocks-report/wb-warehouses` of analytics, which a base token may not use.
    Stocks,
    /// The report task `warehouse_remains` of analytics: the same for a base token.
    Remains,
    /// `POST stocks-report/seller-warehouses` of analytics: what is in the seller's own warehouses.
    SellerStocks,
    /// `GET feedbacks` of feedbacks.
    Reviews,
    /// `GET questions` of feedbacks.
    Questions,
}

impl Source {
    /// All of them; sources of one host stand together, in the order in which they are to be read.
    pub const ALL: [Self; 9] = [
        Self::Orders,
        Self::Sales,
        Self::OrderFeed,
        Self::Stocks,
        Self::Remains,
        Self::SellerStocks,
        Self::Products,
        Self::Reviews,
        Self::Questions,
    ];

    /// The name in the database and in the logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Sales => "sales",
            Self::OrderFeed => "order_feed",
            Self::Products => "products",
            Self::Stocks => "stocks",
            Self::Remains => "remains",
            Self::SellerStocks => "seller_stocks",
            Self::Reviews => "reviews",
            Self::Questions => "questions",
        }
    }

    /// The source of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// The place in [`Self::ALL`].
    #[must_use]
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).expect("ALL holds every source")
    }

    /// The category that a token must have.
    #[must_use]
    pub fn category(self) -> Category {
        match self {
            Self::Orders | Self::Sales => Category::Statistics,
            Self::Products => Category::Content,
            Self::OrderFeed | Self::Stocks | Self::Remains | Self::SellerStocks => Category::Analytics,
            Self::Reviews | Self::Questions => Category::Feedbacks,
        }
    }

    /// How long a complete answer stays good enough: `None` means that it is asked at every tick.
    ///
    /// WB renews its stock reports every 30 min; cards change rarely and a new one is only missing
    /// from a message's picture until the next reading. Nobody is told of a question.
    #[must_use]
    pub fn pace(self) -> Option<TimeDelta> {
        match self {
            Self::Orders | Self::Sales | Self::OrderFeed | Self::Reviews => None,
            Self::Stocks | Self::Remains | Self::SellerStocks | Self::Questions => Some(TimeDelta::minutes(30)),
            Self::Products => Some(TimeDelta::minutes(60)),
        }
    }

    /// How long we wait after so many failures in a row before we ask again: for the sales longer
    /// each time, since WB's limit of them is the tightest; for questions as long as for a good answer, so
    /// that they take no more turns from the reviews; what else fails is asked at the next tick.
    #[must_use]
    pub fn back_off(self, failures: u32) -> Option<TimeDelta> {
        const SALES_SECONDS: [i64; 5] = [15, 30, 60, 120, 300];

        let last = SALES_SECONDS.len() - 1;
        let place = (failures.max(1) as usize - 1).min(last);
        match self {
            Self::Sales => Some(TimeDelta::seconds(SALES_SECONDS[place])),
            Self::Questions => self.pace(),
            _ => None,
        }
    }
}

/// A value for each source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerSource<T>([T; Source::ALL.len()]);

impl<T> PerSource<T> {
    /// What this says of each.
    #[must_use]
    pub fn of(of: impl FnMut(Source) -> T) -> Self {
        Self(Source::ALL.map(of))
    }

    /// All of them, in the order of [`Source::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Source, &T)> {
        Source::ALL.into_iter().zip(&self.0)
    }

    /// The values, in the order of [`Source::ALL`].
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

impl<T> Index<Source> for PerSource<T> {
    type Output = T;

    fn index(&self, source: Source) -> &T {
        &self.0[source.place()]
    }
}

impl<T> IndexMut<Source> for PerSource<T> {
    fn index_mut(&mut self, source: Source) -> &mut T {
        &mut self.0[source.place()]
    }
}

/// Why the first sync does not wait for a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PutOff {
    /// WB allows the next request only later.
    Limit,
    /// No token may read it.
    NoAccess,
    /// WB has shut the method.
    Gone,
    /// It fails.
    Failing,
}

impl PutOff {
    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The reason of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// Whether it does not come back by itself.
    #[must_use]
    pub fn is_lost(self) -> bool {
        matches!(self, Self::NoAccess | Self::Gone)
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn sales_back_off_to_five_minutes_and_no_further() {
        let waits = [1, 2, 3, 4, 5, 6, 1_000].map(|failures| Source::Sales.back_off(failures).unwrap().num_seconds());
        assert_eq!(waits, [15, 30, 60, 120, 300, 300, 300]);
        assert_eq!(Source::Orders.back_off(5), None);
        assert_eq!(Source::Questions.back_off(1), Source::Questions.pace());
    }

    #[test]
    fn each_source_has_a_value_of_its_own() {
        let mut names = PerSource::of(Source::name);
        assert!(Source::ALL.into_iter().all(|source| names[source] == source.name()));
        names[Source::Sales] = "other";
        assert_eq!(names.iter().find(|(source, name)| source.name() != **name), Some((Source::Sales, &"other")));
        names.values_mut().for_each(|name| *name = "all");
        assert!(names.iter().all(|(_, name)| *name == "all"));
    }

    #[test]
    fn a_reason_is_called_alike_everywhere() {
        let names: Vec<_> = PutOff::iter().map(PutOff::name).collect();
        assert_eq!(names, ["limit", "no_access", "gone", "failing"]);
        assert!(PutOff::iter().all(|one| serde_json::to_value(one).unwrap() == one.name()));
        assert_eq!(PutOff::iter().filter(|one| one.is_lost()).count(), 2);
        assert!(PutOff::iter().all(|one| PutOff::parse(one.name()) == Some(one)));
        assert_eq!(PutOff::parse("newer"), None);
    }

    #[test]
    fn sources_of_one_host_stand_together() {
        let mut categories: Vec<_> = Source::ALL.map(Source::category).to_vec();
        categories.dedup();
        assert_eq!(categories.len(), 4);
        assert!(Source::ALL.into_iter().all(|source| Source::parse(source.name()) == Some(source)));
    }

    #[test]
    fn a_data_set_is_called_and_opened_like_its_richest_source() {
        use Category::{Analytics, Content, Feedbacks, Statistics};
        let sets = DataSet::ALL.map(|set| (set.name(), set.category()));
        let expected = [
            ("orders", Statistics),
            ("sales", Statistics),
            ("products", Content),
            ("stocks", Analytics),
            ("reviews", Feedbacks),
        ];
        assert_eq!(sets, expected);
    }

    #[test]
    fn a_source_has_a_place_of_its_own() {
        let places = Source::ALL.map(Source::place);
        assert_eq!(places, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Source::Orders.place(), 0);
        assert_eq!(Source::Questions.place(), 8);
        assert_eq!(Source::parse("newer"), None);
    }

    #[test]
    fn stocks_and_questions_are_read_twice_an_hour_cards_once_and_the_rest_at_every_tick() {
        let minutes = |source: Source| source.pace().map(|pace| pace.num_minutes());
        let paces = [Source::Stocks, Source::Questions, Source::Products, Source::Orders, Source::Reviews].map(minutes);
        assert_eq!(paces, [Some(30), Some(30), Some(60), None, None]);
    }

    #[test]
    fn no_failure_waits_as_long_as_one() {
        assert_eq!(Source::Sales.back_off(0), Some(TimeDelta::seconds(15)));
        assert_eq!(Source::Questions.back_off(1), Some(TimeDelta::minutes(30)));
    }
}
