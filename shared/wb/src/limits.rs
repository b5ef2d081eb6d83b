//! How often WB may be asked: one table, by method and type of token.
//!
//! The figures are those of WB's documentation of October 2026, each beside its method there
//! (<https://dev.wildberries.ru/openapi/api-information>, «Лимиты запросов»). They hold for a seller,
//! whichever of his tokens is used.

use chrono::TimeDelta;
use domain::pace::Limit;
use domain::{DataSet, TokenType};

use crate::config::Host;

/// What WB counts separately: a method, or a group of methods that share one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Whether a host accepts the token.
    Ping(Host),
    /// Who the seller is.
    SellerInfo,
    /// `supplier/orders`.
    Orders,
    /// `supplier/sales`.
    Sales,
    /// `cards/list`.
    Products,
    /// `stocks-report/wb-warehouses`.
    Stocks,
    /// All methods of reviews and questions together.
    Reviews,
}

impl Method {
    /// The name in the database and in the logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ping(Host::Statistics) => "ping_statistics",
            Self::Ping(Host::Analytics) => "ping_analytics",
            Self::Ping(Host::Content) => "ping_content",
            Self::Ping(Host::Feedbacks) => "ping_feedbacks",
            Self::Ping(Host::Common) => "ping_common",
            Self::SellerInfo => "seller_info",
            Self::Orders => "orders",
            Self::Sales => "sales",
            Self::Products => "products",
            Self::Stocks => "stocks",
            Self::Reviews => "feedbacks",
        }
    }
}

impl From<DataSet> for Method {
    fn from(data_set: DataSet) -> Self {
        match data_set {
            DataSet::Orders => Self::Orders,
            DataSet::Sales => Self::Sales,
            DataSet::Products => Self::Products,
            DataSet::Stocks => Self::Stocks,
            DataSet::Reviews => Self::Reviews,
        }
    }
}

/// Whether a type of token may use a method, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// This often.
    Limited(Limit),
    /// WB answers 403 whatever the category.
    Refused,
}

/// WB's limit of a method for a type of token.
///
/// A token of an unknown type is tried everywhere, as seldom as a base token, so that it exceeds no
/// limit whatever it turns out to be. A test token belongs to WB's sandbox, which knows no seller.
#[must_use]
pub fn limit(method: Method, token: TokenType) -> Access {
    use Access::Refused;

    if token == TokenType::Test {
        return Refused;
    }
    let is_full = token.has_full_limits();
    match method {
        // The newest text allows a burst of 99, an older one blocks who pings by program: the lower counts.
        Method::Ping(_) => every(TimeDelta::seconds(10), 3),
        Method::SellerInfo if is_full => every(TimeDelta::minutes(1), 10),
        Method::SellerInfo => every(TimeDelta::hours(24), 1),
        Method::Orders if is_full => every(TimeDelta::minutes(1), 10),
        Method::Orders => every(TimeDelta::hours(3), 1),
        Method::Sales if is_full => every(TimeDelta::minutes(1), 1),
        Method::Sales => every(TimeDelta::hours(2), 1),
        Method::Products => every(TimeDelta::milliseconds(600), 5),
        Method::Stocks if token == TokenType::Base => Refused,
        Method::Stocks => every(TimeDelta::seconds(20), 1),
        Method::Reviews if is_full => every(TimeDelta::milliseconds(333), 6),
        Method::Reviews => every(TimeDelta::minutes(12), 1),
    }
}

fn every(interval: TimeDelta, burst: u32) -> Access {
    Access::Limited(Limit { interval, burst })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: [Method; 5] = [Method::Orders, Method::Sales, Method::Products, Method::Stocks, Method::Reviews];

    #[test]
    fn a_base_token_asks_for_orders_every_three_hours_and_never_for_stocks() {
        assert_eq!(limit(Method::Orders, TokenType::Base), every(TimeDelta::hours(3), 1));
        assert_eq!(limit(Method::Stocks, TokenType::Base), Access::Refused);
        assert_eq!(limit(Method::Orders, TokenType::Personal), every(TimeDelta::minutes(1), 10));
        assert_eq!(limit(Method::Stocks, TokenType::Service), every(TimeDelta::seconds(20), 1));
    }

    #[test]
    fn sales_have_no_burst_and_a_base_token_asks_for_them_every_two_hours() {
        assert_eq!(limit(Method::Sales, TokenType::Base), every(TimeDelta::hours(2), 1));
        assert_eq!(limit(Method::Sales, TokenType::Personal), every(TimeDelta::minutes(1), 1));
        assert_eq!(limit(Method::Sales, TokenType::Service), every(TimeDelta::minutes(1), 1));
    }

    #[test]
    fn an_unknown_token_is_tried_everywhere_at_the_pace_of_a_base_token() {
        for method in DATA {
            let Access::Limited(_) = limit(method, TokenType::Unknown) else { panic!("{method:?} is not tried") };
            if method != Method::Stocks {
                assert_eq!(limit(method, TokenType::Unknown), limit(method, TokenType::Base));
            }
        }
    }

    #[test]
    fn a_test_token_is_for_the_sandbox_only() {
        assert!(DATA.into_iter().all(|method| limit(method, TokenType::Test) == Access::Refused));
        assert_eq!(limit(Method::Ping(Host::Common), TokenType::Test), Access::Refused);
    }

    #[test]
    fn what_wb_counts_apart_has_a_name_of_its_own() {
        let methods =
            DataSet::ALL.map(Method::from).into_iter().chain(Host::ALL.map(Method::Ping)).chain([Method::SellerInfo]);
        let mut names: Vec<_> = methods.map(|method| method.name()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
