//! The Wildberries API as it is today: what `sync` fetches, and what a token says of itself.
//!
//! [`Client`] asks one question per method and never retries or waits: each request costs a part
//! of WB's limit, so whoever calls reserves it by [`limit`] beforehand, and an [`Error`] names what
//! can be done next. Long answers come as [`Rows`], parsed while they stream. Wire types stay in
//! here; what leaves is of `domain`, with WB's empty values turned into `None`.

#![warn(unreachable_pub)]

mod api;
mod config;
mod error;
mod limits;
mod models;
mod pictures;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod rows;
mod split;
mod text;
pub mod token;
mod turn;

pub use api::{
    Client, ClientError, FEED_DAYS, FEED_PAGE_ROWS, PRODUCTS_PAGE_ROWS, QUESTIONS_MAX_ROWS, QUESTIONS_PAGE_ROWS,
    REVIEWS_MAX_SKIP_ROWS, REVIEWS_PAGE_ROWS, STOCKS_MAX_ROWS, STOCKS_PAGE_ROWS,
};
pub use config::{Authorization, ClientSecret, ClientSecretError, Config, Host, UrlError, UrlTemplate};
pub use error::{Detail, Error};
pub use limits::{Access, Method, limit, limit_with_secret};
pub use models::{
    AnsweredReview, CardsCursor, Feed, FeedPage, News, ProductPage, RemainsTask, RowKey, SellerInfo, TaskStatus,
};
pub use pictures::{Format, Picture, PictureError, Pictures, TIMEOUT as PICTURE_TIMEOUT};
pub use rows::Rows;
