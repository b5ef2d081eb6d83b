//! WB's news, read once a day with anybody's token: what WB is going to switch off is announced there,
//! and the operator has to know before it happens.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::moscow;
use store::chores::Chore;
use wb::{Method, News};

use crate::{Keyring, Settings, operator, wb_access};

/// How often the news are read.
const READ_EVERY: TimeDelta = TimeDelta::hours(24);
/// Where WB does not answer, or allows no request yet, they are read after this time.
const RETRY_AFTER: TimeDelta = TimeDelta::hours(1);
/// So far back the news are asked for, so that none is missed when WB fails for days.
const LOOK_BACK: TimeDelta = TimeDelta::days(14);
/// The methods in use, as WB's news call them.
const METHODS: [&str; 10] = [
    "supplier/orders",
    "supplier/sales",
    "order-feed",
    "cards/list",
    "stocks-report/wb-warehouses",
    "stocks-report/seller-warehouses",
    "warehouse_remains",
    "api/v1/feedbacks",
    "api/v1/questions",
    "seller-info",
];
/// The longest headline that is told; WB's own have a line.
const HEADER_MAX_CHARS: usize = 200;

/// What reads the news.
#[derive(Clone, Copy)]
pub(super) struct NewsReader<'a> {
    pub pool: &'a store::Pool,
    pub wb: &'a wb::Client,
    pub keyring: &'a Keyring,
    pub settings: &'a Settings,
}

impl NewsReader<'_> {
    /// Reads the news and tells the operator of each that names a method in use, once.
    pub(super) async fn watch(&self, chore: &Chore, now: DateTime<Utc>) -> anyhow::Result<()> {
        let wait = self.read(now).await?;
        store::chores::save_next(self.pool, chore, Some(now + wait)).await.context("cannot settle the news")
    }

    /// When to read them again.
    async fn read(&self, now: DateTime<Utc>) -> anyhow::Result<TimeDelta> {
        let Some(token) = store::tokens::load_any(self.pool, now).await.context("cannot find a token")? else {
            return Ok(RETRY_AFTER);
        };
        let of = (token.seller, token.token_type);
        let granted = wb_access::reserve(self.pool, self.settings, of, &[Method::News], now).await?;
        if granted.is_empty() {
            return Ok(RETRY_AFTER);
        }
        let secret = self.keyring.unseal(self.pool, token.id, (token.key_id, &token.sealed), now).await?;
        let news = match self.wb.fetch_news(&secret, moscow::day(now - LOOK_BACK)).await {
            Ok(news) => news,
            Err(error) => {
                tracing::warn!(error = %error, "fetch of WB's news failed");
                return Ok(RETRY_AFTER);
            }
        };
        for one in &news {
            let named = methods_named(one);
            if !named.is_empty() {
                let header: String =
                    one.header.iter().flat_map(|header| header.chars()).take(HEADER_MAX_CHARS).collect();
                let text = format!("WB's news {} name {}: {header}", one.id, named.join(", "));
                operator::tell(self.pool, &format!("news:{}", one.id), &text, now).await?;
            }
        }
        Ok(READ_EVERY)
    }
}

/// The methods in use that a piece of news names. One without WB's tag for its API counts as well, if it
/// names a method.
fn methods_named(news: &News) -> Vec<&'static str> {
    let text =
        [&news.header, &news.content].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ").to_lowercase();
    METHODS.into_iter().filter(|method| text.contains(method)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(header: &str, content: &str) -> News {
        let (header, content) = (Some(header.to_owned()), Some(content.to_owned()));
        News { id: 570, published_at: None, header, content, is_about_api: true }
    }

    #[test]
    fn only_the_methods_in_use_are_named() {
        let shutdown = news("Отключение методов", "С 1 декабря методы GET /api/v1/supplier/Orders и supplier/sales …");
        assert_eq!(methods_named(&shutdown), ["supplier/orders", "supplier/sales"]);
        assert!(methods_named(&news("Изменения в рекламе", "Метод /adv/v1/upd отключён")).is_empty());
    }
}
