//! How often WB may be asked: one table, by method and type of token.
//!
//! The figures are those of WB's documentation of October 2026, each beside its method there
//! (<https://dev.wildberries.ru/openapi/api-information>, «Лимиты запросов»). They hold for a seller,
//! whichever of their tokens is used.

use chrono::TimeDelta;
use domain::pace::Limit;
use domain::{Source, TokenType};

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
    /// `order-feed`.
    OrderFeed,
    /// `stocks-report/seller-warehouses`.
    SellerStocks,
    /// `warehouse_remains`, which makes the task of a report.
    RemainsCreate,
    /// The status of such a task.
    RemainsStatus,
    /// The report that such a task has made.
    RemainsDownload,
    /// All methods of reviews and questions together, answers included.
    Reviews,
    /// The news of WB's portal.
    News,
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
            Self::OrderFeed => "order_feed",
            Self::SellerStocks => "seller_stocks",
            Self::RemainsCreate => "remains_create",
            Self::RemainsStatus => "remains_status",
            Self::RemainsDownload => "remains_download",
            Self::Reviews => "feedbacks",
            Self::News => "news",
        }
    }
}

impl From<Source> for Method {
    /// The method with which the reading of a source begins.
    fn from(source: Source) -> Self {
        match source {
            Source::Orders => Self::Orders,
            Source::Sales => Self::Sales,
            Source::OrderFeed => Self::OrderFeed,
            Source::Products => Self::Products,
            Source::Stocks => Self::Stocks,
            Source::Remains => Self::RemainsCreate,
            Source::SellerStocks => Self::SellerStocks,
            Source::Reviews | Source::Questions => Self::Reviews,
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

/// WB's limit of a method for a type of token, asked without a service's secret:
/// [`Client::limit`](crate::Client::limit) knows whether there is one.
///
/// A token of an unknown type is tried everywhere, as seldom as a base token, so that it exceeds no
/// limit whatever it turns out to be. A test token belongs to WB's sandbox, which knows no seller.
#[must_use]
pub fn limit(method: Method, token: TokenType) -> Access {
    access(method, token, token.has_full_limits())
}

/// The same for a service that sends its secret: a base token then has the full limits. The
/// seller's warehouses stay closed to it. An unknown token may be anything, so nothing changes for it.
#[must_use]
pub fn limit_with_secret(method: Method, token: TokenType) -> Access {
    access(method, token, token.has_full_limits() || token == TokenType::Base)
}

fn access(method: Method, token: TokenType, is_full: bool) -> Access {
    use Access::Refused;

    if token == TokenType::Test {
        return Refused;
    }
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
        Method::OrderFeed if is_full => every(TimeDelta::minutes(1), 1),
        Method::OrderFeed => every(TimeDelta::hours(3), 1),
        Method::Stocks if token == TokenType::Base && !is_full => Refused,
        Method::SellerStocks if token == TokenType::Base => Refused,
        Method::Stocks | Method::SellerStocks => every(TimeDelta::seconds(20), 1),
        Method::RemainsCreate if is_full => every(TimeDelta::minutes(1), 5),
        Method::RemainsStatus if is_full => every(TimeDelta::seconds(5), 5),
        Method::RemainsDownload if is_full => every(TimeDelta::minutes(1), 1),
        Method::RemainsCreate | Method::RemainsStatus | Method::RemainsDownload => every(TimeDelta::minutes(15), 1),
        Method::Reviews if is_full => every(TimeDelta::milliseconds(333), 6),
        Method::Reviews => every(TimeDelta::minutes(12), 1),
        Method::News if is_full => every(TimeDelta::minutes(1), 10),
        Method::News => every(TimeDelta::hours(1), 1),
    }
}

fn every(interval: TimeDelta, burst: u32) -> Access {
    Access::Limited(Limit { interval, burst })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: [Method; 11] = [
        Method::Orders,
        Method::Sales,
        Method::Products,
        Method::Stocks,
        Method::OrderFeed,
        Method::SellerStocks,
        Method::RemainsCreate,
        Method::RemainsStatus,
        Method::RemainsDownload,
        Method::Reviews,
        Method::News,
    ];

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
            if ![Method::Stocks, Method::SellerStocks].contains(&method) {
                assert_eq!(limit(method, TokenType::Unknown), limit(method, TokenType::Base));
            }
        }
    }

    #[test]
    fn every_method_has_the_limits_of_wbs_table() {
        let (minutes, hours) = (TimeDelta::minutes, TimeDelta::hours);
        for (method, full, base) in [
            (Method::OrderFeed, every(minutes(1), 1), every(hours(3), 1)),
            (Method::SellerStocks, every(TimeDelta::seconds(20), 1), Access::Refused),
            (Method::RemainsCreate, every(minutes(1), 5), every(minutes(15), 1)),
            (Method::RemainsStatus, every(TimeDelta::seconds(5), 5), every(minutes(15), 1)),
            (Method::RemainsDownload, every(minutes(1), 1), every(minutes(15), 1)),
            (Method::Reviews, every(TimeDelta::milliseconds(333), 6), every(minutes(12), 1)),
            (Method::News, every(minutes(1), 10), every(hours(1), 1)),
        ] {
            assert_eq!(limit(method, TokenType::Personal), full, "{method:?}");
            assert_eq!(limit(method, TokenType::Service), full, "{method:?}");
            assert_eq!(limit(method, TokenType::Base), base, "{method:?}");
        }
    }

    #[test]
    fn a_secret_gives_a_base_token_all_but_the_sellers_warehouses_and_changes_nothing_else() {
        for method in DATA {
            let full = limit(method, TokenType::Service);
            let expected = if method == Method::SellerStocks { Access::Refused } else { full };
            assert_eq!(limit_with_secret(method, TokenType::Base), expected, "{method:?}");
            for token in [TokenType::Personal, TokenType::Service, TokenType::Unknown, TokenType::Test] {
                assert_eq!(limit_with_secret(method, token), limit(method, token), "{method:?} {token:?}");
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
        assert!(Source::ALL.map(Method::from).iter().all(|method| DATA.contains(method)));
        let methods = DATA.into_iter().chain(Host::ALL.map(Method::Ping)).chain([Method::SellerInfo]);
        let mut names: Vec<_> = methods.map(|method| method.name()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
