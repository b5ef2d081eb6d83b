//! The hosts and methods of WB: where they are, and who may use them.

use axum::http;
use serde::{Deserialize, Serialize};
use strum::EnumCount;

use super::token::Category;

/// What stands in a path for its parameter.
const PATH_PARAMETER: &str = "{task_id}";

/// A host of WB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::EnumCount, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Host {
    /// `statistics-api`.
    Statistics,
    /// `seller-analytics-api`.
    SellerAnalytics,
    /// `content-api`.
    Content,
    /// `feedbacks-api`.
    Feedbacks,
    /// `common-api`.
    Common,
}

impl Host {
    const ALL: [Self; Self::COUNT] =
        [Self::Statistics, Self::SellerAnalytics, Self::Content, Self::Feedbacks, Self::Common];

    /// The name in front of `-api.wildberries.ru`, which is the first part of the path here.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// `origin` in its errors.
    pub(super) fn origin(self) -> &'static str {
        match self {
            Self::Statistics => "ag-statistics",
            Self::SellerAnalytics => "ag-contentanalytics",
            Self::Content => "ag-content",
            Self::Feedbacks => "ag-feedbacks",
            Self::Common => "ag-commonapi",
        }
    }

    /// The category that a token needs there, or `None` for any.
    pub(super) fn category(self) -> Option<Category> {
        match self {
            Self::Statistics => Some(Category::Statistics),
            Self::SellerAnalytics => Some(Category::Analytics),
            Self::Content => Some(Category::Content),
            Self::Feedbacks => Some(Category::Feedbacks),
            Self::Common => None,
        }
    }

    /// The host that the path names, and the rest of the path. A path without a host stays whole.
    /// `/content/v2/…` is both the host "content" and the real path of its method: only
    /// `/content/content/v2/…` names the host.
    pub(super) fn split(path: &str) -> (Option<Self>, &str) {
        if Method::ALL.iter().any(|method| method.parameter(path).is_some()) {
            return (None, path);
        }
        let rest = |host: &Self| path.strip_prefix('/')?.strip_prefix(host.name()).filter(|rest| rest.starts_with('/'));
        Self::ALL.iter().find_map(|host| rest(host).map(|rest| (Some(*host), rest))).unwrap_or((None, path))
    }
}

/// A method of WB's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumCount, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Method {
    /// `GET /ping`, at every host.
    Ping,
    /// `GET /api/v1/seller-info`.
    SellerInfo,
    /// `GET /api/v1/supplier/orders`.
    Orders,
    /// `GET /api/v1/supplier/sales`.
    Sales,
    /// `POST /api/analytics/v1/stocks-report/wb-warehouses`.
    Stocks,
    /// `POST /api/analytics/v1/stocks-report/seller-warehouses`.
    SellerStocks,
    /// `POST /api/analytics/v1/order-feed`.
    OrderFeed,
    /// `GET /api/v1/warehouse_remains`.
    RemainsCreate,
    /// `GET /api/v1/warehouse_remains/tasks/{task_id}/status`.
    RemainsStatus,
    /// `GET /api/v1/warehouse_remains/tasks/{task_id}/download`.
    RemainsDownload,
    /// `POST /content/v2/get/cards/list`.
    Cards,
    /// `GET /api/v1/feedbacks`.
    Feedbacks,
    /// `GET /api/v1/feedback`.
    Feedback,
    /// `POST /api/v1/feedbacks/answer`.
    FeedbackAnswer,
    /// `GET /api/v1/questions`.
    Questions,
    /// `GET /api/communications/v2/news`.
    News,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Ping,
        Self::SellerInfo,
        Self::Orders,
        Self::Sales,
        Self::Stocks,
        Self::SellerStocks,
        Self::OrderFeed,
        Self::RemainsCreate,
        Self::RemainsStatus,
        Self::RemainsDownload,
        Self::Cards,
        Self::Feedbacks,
        Self::Feedback,
        Self::FeedbackAnswer,
        Self::Questions,
        Self::News,
    ];

    /// What the path of a request has for the method's parameter.
    pub(super) fn path_parameter(self, path: &str) -> &str {
        self.parameter(path).unwrap_or_default()
    }

    /// The method at an address. Without a host (plain paths) it is the method's own, and a plain
    /// ping is the one of `common`.
    pub(super) fn find(host: Option<Host>, verb: &http::Method, path: &str) -> Option<(Host, Self)> {
        let method = Self::ALL.into_iter().find(|method| method.parameter(path).is_some() && method.verb() == verb)?;
        let asked = host.unwrap_or(method.host());
        (method == Self::Ping || asked == method.host()).then_some((asked, method))
    }

    /// The host that has it; a ping without a host is the one of `common`.
    pub(super) fn host(self) -> Host {
        match self {
            Self::Ping | Self::SellerInfo | Self::News => Host::Common,
            Self::Orders | Self::Sales => Host::Statistics,
            Self::Stocks
            | Self::SellerStocks
            | Self::OrderFeed
            | Self::RemainsCreate
            | Self::RemainsStatus
            | Self::RemainsDownload => Host::SellerAnalytics,
            Self::Cards => Host::Content,
            Self::Feedbacks | Self::Feedback | Self::FeedbackAnswer | Self::Questions => Host::Feedbacks,
        }
    }

    /// Its name in the control interface and in snapshots.
    pub(super) fn name(self) -> &'static str {
        self.into()
    }

    /// Whether only a personal or a service token may use it, and whether a base token with a
    /// service's secret may as well.
    pub(super) fn refuses_base(self, has_secret: bool) -> bool {
        match self {
            Self::Stocks => !has_secret,
            Self::SellerStocks => true,
            _ => false,
        }
    }

    /// What stands for the parameter in a path of this method, nothing where it has none; `None` for
    /// the path of another.
    fn parameter(self, path: &str) -> Option<&str> {
        match self.path().split_once(PATH_PARAMETER) {
            None => (path == self.path()).then_some(""),
            Some((before, behind)) => {
                let parameter = path.strip_prefix(before)?.strip_suffix(behind)?;
                (!parameter.is_empty() && !parameter.contains('/')).then_some(parameter)
            }
        }
    }

    /// Its path as WB's specification writes it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Ping => "/ping",
            Self::SellerInfo => "/api/v1/seller-info",
            Self::Orders => "/api/v1/supplier/orders",
            Self::Sales => "/api/v1/supplier/sales",
            Self::Stocks => "/api/analytics/v1/stocks-report/wb-warehouses",
            Self::SellerStocks => "/api/analytics/v1/stocks-report/seller-warehouses",
            Self::OrderFeed => "/api/analytics/v1/order-feed",
            Self::RemainsCreate => "/api/v1/warehouse_remains",
            Self::RemainsStatus => "/api/v1/warehouse_remains/tasks/{task_id}/status",
            Self::RemainsDownload => "/api/v1/warehouse_remains/tasks/{task_id}/download",
            Self::Cards => "/content/v2/get/cards/list",
            Self::Feedbacks => "/api/v1/feedbacks",
            Self::Feedback => "/api/v1/feedback",
            Self::FeedbackAnswer => "/api/v1/feedbacks/answer",
            Self::Questions => "/api/v1/questions",
            Self::News => "/api/communications/v2/news",
        }
    }

    fn verb(self) -> http::Method {
        match self {
            Self::Stocks | Self::SellerStocks | Self::OrderFeed | Self::Cards | Self::FeedbackAnswer => {
                http::Method::POST
            }
            _ => http::Method::GET,
        }
    }
}
