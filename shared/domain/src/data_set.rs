//! The data sets of a cabinet: what is asked from WB, how often, and at what cost.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::access::Category;

/// One kind of data of one cabinet, with its own cursor, pace and baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSet {
    /// `GET supplier/orders` of statistics.
    Orders,
    /// `GET supplier/sales` of statistics.
    Sales,
    /// `POST cards/list` of content.
    Products,
    /// `POST stocks-report/wb-warehouses` of analytics.
    Stocks,
    /// `GET feedbacks` of feedbacks.
    Reviews,
}

impl DataSet {
    /// All of them, in the order in which a first sync names them.
    pub const ALL: [Self; 5] = [Self::Orders, Self::Sales, Self::Products, Self::Stocks, Self::Reviews];

    /// The name in the database and in the logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Sales => "sales",
            Self::Products => "products",
            Self::Stocks => "stocks",
            Self::Reviews => "reviews",
        }
    }

    /// The data set of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|data_set| data_set.name() == name)
    }

    /// The category that a token must have.
    #[must_use]
    pub fn category(self) -> Category {
        match self {
            Self::Orders | Self::Sales => Category::Statistics,
            Self::Products => Category::Content,
            Self::Stocks => Category::Analytics,
            Self::Reviews => Category::Feedbacks,
        }
    }

    /// How long a complete answer stays good enough: `None` means that it is asked at every tick.
    ///
    /// WB renews its stock report every 30 min; cards change rarely and a new one is only missing
    /// from a message's picture until the next reading.
    #[must_use]
    pub fn pace(self) -> Option<TimeDelta> {
        match self {
            Self::Orders | Self::Sales | Self::Reviews => None,
            Self::Stocks => Some(TimeDelta::minutes(30)),
            Self::Products => Some(TimeDelta::minutes(60)),
        }
    }
}
