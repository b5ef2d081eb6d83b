//! What counts as an event. Pure: rows before and after in, events out.

mod feed;
mod filled_in;
mod kind;
mod news;
mod orders;
mod record;
mod reviews;
mod sales;
#[cfg(test)]
pub(crate) mod samples;
mod silence;

pub use feed::{FEED_BUYOUT, FEED_RETURN, SeenFeedOrder, decide_feed};
pub use filled_in::{FILLED_IN_WITHIN, FilledIn, decide_filled_in, decide_filled_in_sales, decide_reasons};
pub use kind::EventKind;
pub use news::{BASELINE_GRACE, GAP_TOLD, NewsSince};
pub use orders::{Money, SeenOrder, decide_orders};
pub use record::{Audience, Event, REVIEW_THRESHOLD};
pub use reviews::decide_reviews;
pub use sales::{SaleMoney, SeenSale, decide_sales};
pub use silence::count_silent;
