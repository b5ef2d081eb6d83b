//! What WB says of a token.

use std::time::Duration;

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Categories, Category, SellerId, TokenFacts, TokenType};
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use store::limits;
use tokio::time::timeout;
use uuid::Uuid;
use wb::{Host, Method};

use super::context::TokenTrial;
use crate::{backoff::RETRY_LONGEST, wb_access};

/// A ping takes WB milliseconds. Two such waits fit into the timeout of the function.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// What WB says of a token.
pub(crate) enum TokenCheck {
    /// A host answered 200: it is this seller's.
    Accepted { seller: SellerId, shop: Option<String> },
    /// Every host answered 401 or 403.
    Refused,
    /// WB is slow, limited or down, which says nothing about the token.
    Unavailable,
}

impl TokenTrial<'_> {
    /// Asks WB whether it accepts a token, and whose it is.
    pub(crate) async fn check(
        &self,
        token: &SecretString,
        facts: &TokenFacts,
        now: DateTime<Utc>,
    ) -> anyhow::Result<TokenCheck> {
        // WB's limits belong to the seller. Whom a token names is believed after WB's 200 only: until then its requests are
        // charged to the token itself, so that nobody can spend the limits of somebody else's shop.
        let bucket_of = stand_in(token);
        let hosts = hosts(facts.categories);
        let pings: Vec<Method> = hosts.iter().map(|host| Method::Ping(*host)).collect();
        let granted = self.reserve((bucket_of, facts.token_type), &pings, now).await?;
        let asked: Vec<Host> =
            hosts.iter().zip(&pings).filter(|(_, ping)| granted.contains(ping)).map(|(host, _)| *host).collect();
        let answers = join_all(asked.iter().map(|host| timeout(ANSWER_WITHIN, self.wb.ping(token, *host)))).await;
        let (mut is_accepted, mut refusals) = (false, 0);
        for (host, answer) in asked.iter().zip(answers) {
            match answer {
                Ok(Ok(())) => is_accepted = true,
                Ok(Err(wb::Error::Unauthorized { .. } | wb::Error::AccessDenied { .. })) => refusals += 1,
                Ok(Err(wb::Error::RateLimited { retry_after })) => {
                    let until = now + TimeDelta::from_std(retry_after).unwrap_or(RETRY_LONGEST);
                    limits::save_not_before(self.pool, bucket_of, Method::Ping(*host).name(), until, now)
                        .await
                        .context("cannot note WB's wait")?;
                }
                Ok(Err(error)) => tracing::info!(?host, error = %error, "ping failed"),
                Err(_) => tracing::info!(?host, "ping timed out"),
            }
        }
        if !is_accepted {
            return Ok(if refusals == hosts.len() { TokenCheck::Refused } else { TokenCheck::Unavailable });
        }

        // Its name is a courtesy; its seller is needed, and believed now that WB answered 200.
        let mut info = None;
        let bucket_of = facts.seller.unwrap_or(bucket_of);
        if !self.reserve((bucket_of, facts.token_type), &[Method::SellerInfo], now).await?.is_empty() {
            info = match timeout(ANSWER_WITHIN, self.wb.fetch_seller_info(token)).await {
                Ok(Ok(info)) => Some(info),
                Ok(Err(error)) => {
                    tracing::info!(error = %error, "fetch of seller-info failed");
                    None
                }
                Err(_) => None,
            };
        }
        let named = info.as_ref().and_then(|info| info.seller);
        if let (Some(claimed), Some(named)) = (facts.seller, named)
            && claimed != named
        {
            tracing::error!(%claimed, %named, "token refused: seller-info names another seller");
            return Ok(TokenCheck::Refused);
        }
        let Some(seller) = facts.seller.or(named) else { return Ok(TokenCheck::Unavailable) };
        let shop = info.and_then(|info| info.trade_mark.or(info.name));
        Ok(TokenCheck::Accepted { seller, shop })
    }

    /// Takes one request out of each method's bucket, and says of which it could.
    async fn reserve(
        &self,
        of: (SellerId, TokenType),
        methods: &[Method],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Method>> {
        wb_access::reserve(self.pool, self.settings, of, methods, now).await
    }
}

/// The hosts whose word counts: those of the token's categories, or all five where it names none.
fn hosts(categories: Categories) -> Vec<Host> {
    let mut hosts: Vec<Host> =
        Category::ALL.into_iter().filter(|category| categories.has(*category)).map(Host::from).collect();
    if categories == Categories::UNKNOWN {
        hosts.push(Host::Common);
    }
    hosts
}

/// The name of a bucket for a token that does not name its seller.
fn stand_in(token: &SecretString) -> SellerId {
    let digest = digest(&SHA256, token.expose_secret().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    SellerId(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_of_the_claimed_categories_judge_a_token() {
        assert_eq!(hosts(Categories(1 << 5 | 1 << 3)), [Host::Statistics]);
        assert_eq!(hosts(Categories::UNKNOWN).len(), 5);
    }
}
