//! What WB says to a request about a review, by what follows from it.

use chrono::{DateTime, TimeDelta, Utc};

/// A wait that WB names and that does not fit into a date.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(48);

/// Why WB does not do what it is asked, by what follows from it.
pub(super) enum Trouble {
    /// It wants no request for this time.
    Limited(TimeDelta),
    /// The token may not.
    NoAccess,
    /// The request is wrong, in WB's words.
    Rejected(String),
    /// Only the operator can help: what they are told, and the key under which they are told once.
    Closed(String, String),
    /// It may go better later.
    Unavailable,
}

/// What WB's reply comes to.
pub(super) fn result_of<T>(
    reply: Result<Result<T, wb::Error>, tokio::time::error::Elapsed>,
    now: DateTime<Utc>,
) -> Result<T, Trouble> {
    let Ok(reply) = reply else { return Err(Trouble::Unavailable) };
    reply.map_err(|error| {
        tracing::info!(error = %error, "review request refused by WB");
        match error {
            wb::Error::RateLimited { retry_after } => {
                Trouble::Limited(TimeDelta::from_std(retry_after).unwrap_or(LONGEST_WAIT))
            }
            wb::Error::Unauthorized { .. } | wb::Error::AccessDenied { .. } => Trouble::NoAccess,
            wb::Error::Rejected { detail } => {
                // The status in front of WB's words is not for sellers.
                let words = detail.as_str().split_once(": ").map_or(detail.as_str(), |(_, words)| words);
                // Nor is the number of the request behind them.
                let words = words.split_once(" (requestId ").map_or(words, |(words, _)| words);
                Trouble::Rejected(words.to_owned())
            }
            wb::Error::PaymentRequired { .. } => Trouble::Closed(
                format!("payment:{}", domain::moscow::day(now)),
                "WB answers 402: the service's account in WB's catalogue has no money left".to_owned(),
            ),
            wb::Error::Gone { .. } => {
                Trouble::Closed("gone:feedbacks_answer".to_owned(), format!("WB takes no answers to reviews: {error}"))
            }
            wb::Error::Unavailable { .. } | wb::Error::Nothing => Trouble::Unavailable,
        }
    })
}
