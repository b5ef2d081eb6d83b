//! Whether Telegram reaches the bot: a tick asks Telegram from time to time. A bot that is not reached says nothing itself.

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use store::chores::Chore;
use telegram::WebhookInfo;
use tokio::time::timeout;
use url::Url;

/// How often Telegram is asked: less than five minutes, so that of ticks every five minutes each asks, though one may come
/// early.
const ASK_EVERY: TimeDelta = TimeDelta::minutes(4);
/// How long a tick waits for the answer, which takes a tenth of a second: syncs and notifications matter more.
const ASK_LIMIT: Duration = Duration::from_secs(2);
/// The longest error that is logged; Telegram's own have a line.
const ERROR_MAX_CHARS: usize = 200;

/// What an answer of Telegram means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Compared {
    /// Telegram could not deliver an update since the last answer. A wrong secret is such an error, too.
    fails: bool,
    /// Telegram has no address, or another one.
    is_missing: bool,
}

fn compare(info: &WebhookInfo, announced: &Url, since: DateTime<Utc>) -> Compared {
    Compared {
        // Telegram says whole seconds.
        fails: info.last_error_date.is_some_and(|at| at >= since.timestamp()),
        is_missing: Url::parse(&info.url).ok().as_ref() != Some(announced),
    }
}

/// Asks how Telegram delivers updates, and reports it. Where no address was announced there is nothing to ask, and the
/// chore ends.
pub(super) async fn watch(
    pool: &store::Pool,
    telegram: &telegram::Client,
    chore: &Chore,
    announced: Option<&Url>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    if let Some(announced) = announced {
        // The chore was settled for this moment when Telegram was asked last.
        report(telegram, announced, chore.due_at - ASK_EVERY).await;
    }
    let next_at = announced.map(|_| now + ASK_EVERY);
    store::chores::save_next(pool, chore, next_at).await.context("cannot settle the watch of the webhook")
}

async fn report(telegram: &telegram::Client, announced: &Url, since: DateTime<Utc>) {
    let info = match timeout(ASK_LIMIT, telegram.fetch_webhook_info()).await {
        Ok(Ok(info)) => info,
        Ok(Err(error)) => return tracing::warn!(error = %error, "getWebhookInfo failed"),
        Err(_) => return tracing::warn!(error = "no answer in time", "getWebhookInfo failed"),
    };
    let pending = info.pending_update_count;
    let Compared { fails, is_missing } = compare(&info, announced, since);
    if fails {
        let error: String =
            info.last_error_message.iter().flat_map(|text| text.chars()).take(ERROR_MAX_CHARS).collect();
        tracing::error!(error, pending, "Telegram cannot deliver updates to the bot");
    }
    if is_missing {
        // The host alone: whoever set another address may have put a secret into its path.
        let host = Url::parse(&info.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        tracing::error!(host, pending, "webhook address at Telegram is not ours");
    }
    tracing::info!(target: "metrics", metric = "PendingUpdates", value = pending);
    tracing::info!(target: "metrics", metric = "WebhookErrors", value = u32::from(fails));
    tracing::info!(target: "metrics", metric = "WebhookMissing", value = u32::from(is_missing));
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn judged(url: &str, last_error_at: Option<i64>) -> (bool, bool) {
        let since = Utc.timestamp_opt(1_000, 500_000_000).unwrap();
        let info = WebhookInfo {
            url: url.into(),
            pending_update_count: 0,
            last_error_date: last_error_at,
            last_error_message: None,
            max_connections: None,
            allowed_updates: None,
        };
        let Compared { fails, is_missing } = compare(&info, &"https://bot.example/".parse().unwrap(), since);
        (fails, is_missing)
    }

    #[test]
    fn an_error_counts_until_telegram_was_asked_again() {
        let ours = "https://bot.example/";
        for (at, fails) in [(None, false), (Some(999), false), (Some(1_000), true), (Some(1_200), true)] {
            assert_eq!(judged(ours, at), (fails, false), "{at:?}");
        }
    }

    #[test]
    fn an_address_is_ours_however_it_is_written() {
        for ours in ["https://bot.example/", "https://bot.example", "https://BOT.example:443/"] {
            assert_eq!(judged(ours, None), (false, false), "{ours}");
        }
        for other in ["", "https://bot.example/other", "https://example.org/", "no address"] {
            assert_eq!(judged(other, None), (false, true), "{other:?}");
        }
    }
}
