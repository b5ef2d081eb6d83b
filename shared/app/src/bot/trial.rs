//! Trying a token with WB: when it is pasted, and again and again while WB does not answer.
//!
//! An outage is not a refusal. A token that WB has not judged waits in the database, sealed, until a
//! tick tries it again; a token that WB has accepted waits there for the person's word.

use std::time::Duration;

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Categories, Category, SellerId, TokenFacts, TokenId, TokenType,
    first_contact::{Placement, hopeless},
    pace::Bucket,
};
use futures::future::join_all;
use messages::{Message, TokenTrouble};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use store::{
    attempts::{self, Attempt},
    limits::{self, Reservation},
};
use telegram::MessageId;
use tokio::time::timeout;
use uuid::Uuid;
use wb::{Access, Host, Method};

use super::{
    admission::Accepted,
    attempt::{ASKED_FOR, OWNER_ASKED_FOR, RETRY_LONGEST, Verdict, holder, new_token, retry_after, trouble},
    context::Bot,
    request::Request,
};

/// A ping takes WB milliseconds. Two such waits fit into the timeout of the function.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
impl Bot {
    /// Asks WB whether it accepts a token, and whose it is.
    pub(super) async fn try_token(
        &self,
        token: &SecretString,
        facts: &TokenFacts,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Verdict> {
        // WB's limits belong to the seller. Whom a token names is believed after WB's 200 only: until then its requests are
        // charged to the token itself, so that nobody can spend the limits of somebody else's shop.
        let bucket_of = stand_in(token);
        let hosts = hosts(facts.categories);
        let pings: Vec<Method> = hosts.iter().map(|host| Method::Ping(*host)).collect();
        let granted = self.reserve(bucket_of, &pings, facts.token_type, now).await?;
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
                    limits::save_not_before(&self.pool, bucket_of, Method::Ping(*host).name(), until, now)
                        .await
                        .context("cannot note WB's wait")?;
                }
                Ok(Err(error)) => tracing::info!(?host, error = %error, "ping failed"),
                Err(_) => tracing::info!(?host, "ping timed out"),
            }
        }
        if !is_accepted {
            return Ok(if refusals == hosts.len() { Verdict::Refused } else { Verdict::Unavailable });
        }

        // Its name is a courtesy; its seller is needed, and believed now that WB answered 200.
        let mut info = None;
        let bucket_of = facts.seller.unwrap_or(bucket_of);
        if !self.reserve(bucket_of, &[Method::SellerInfo], facts.token_type, now).await?.is_empty() {
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
            return Ok(Verdict::Refused);
        }
        let Some(seller) = facts.seller.or(named) else { return Ok(Verdict::Unavailable) };
        let shop = info.and_then(|info| info.trade_mark.or(info.name));
        Ok(Verdict::Accepted { seller, shop })
    }

    /// Takes one request out of each method's bucket, and says of which it could.
    pub(super) async fn reserve(
        &self,
        seller: SellerId,
        methods: &[Method],
        token_type: TokenType,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Method>> {
        let held = limits::load_limits(&self.pool, seller).await.context("cannot read WB's limits")?;
        let mut wanted = Vec::new();
        for method in methods {
            let Access::Limited(limit) = self.settings.access(*method, token_type) else { continue };
            let limit = crate::sync::slowed(limit, &self.settings);
            let row = held.iter().find(|row| row.method == method.name());
            let bucket = Bucket { full_at: row.map_or(now, |row| row.full_at) };
            let is_told_to_wait = row.and_then(|row| row.not_before).is_some_and(|until| until > now);
            if is_told_to_wait || bucket.available(limit, now) == 0 {
                continue;
            }
            let full_at = bucket.take(limit, now, 1).full_at;
            wanted.push(Reservation { method: method.name().to_owned(), read: row.map(|row| row.full_at), full_at });
        }
        let granted =
            limits::save_reservations(&self.pool, seller, &wanted).await.context("cannot reserve requests")?;
        Ok(methods.iter().copied().filter(|method| granted.iter().any(|name| name == method.name())).collect())
    }

    /// Tries the tokens that wait for WB again, a chore of every tick, and forgets those for which
    /// nobody has decided in time. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single token is logged.
    pub async fn retry_tokens(&self) -> anyhow::Result<usize> {
        let now = self.clock.now();
        let due = attempts::claim_due(&self.pool, now).await.context("cannot claim tokens that wait")?;
        for (attempt, outcome) in due.iter().zip(join_all(due.iter().map(|attempt| self.retry(attempt, now))).await) {
            if let Err(error) = outcome {
                tracing::warn!(attempt = %attempt.id, error = format!("{error:#}"), "token attempt failed for now; it is tried again");
            }
        }
        Ok(due.len())
    }

    async fn retry(&self, attempt: &Attempt, now: DateTime<Utc>) -> anyhow::Result<()> {
        let language = attempt.language;
        if attempt.awaits_owner {
            return self.end(attempt, &messages::token_owner_said(language, None)).await;
        }
        if attempt.seller.is_some() {
            return self.end(attempt, &messages::token_offer_over(language)).await;
        }
        if attempt.gives_up_at <= now {
            return self.end(attempt, &messages::token_given_up(language)).await;
        }
        let (token, facts) = self.unseal(attempt, now).await?;
        if let Some(hopeless) = hopeless(&facts, self.contact.deployment_for, now) {
            return self.end(attempt, &messages::token_trouble(language, trouble(hopeless))).await;
        }
        let (seller, shop) = match self.try_token(&token, &facts, now).await? {
            Verdict::Accepted { seller, shop } => (seller, shop),
            Verdict::Refused => {
                return self.end(attempt, &messages::token_trouble(language, TokenTrouble::Refused)).await;
            }
            Verdict::Unavailable => {
                let next = (now + retry_after(attempt.tries)).min(attempt.gives_up_at);
                return attempts::postpone(&self.pool, attempt.id, next).await.context("cannot postpone a token");
            }
        };
        let (holder, accepted) = (holder(attempt), Accepted { token: new_token(attempt, &facts), seller, shop });
        match self.place(&self.pool, &holder, (seller, &attempt.digest), false).await? {
            Placement::Renew | Placement::Join => {
                let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
                if attempts::take_attempt(&mut *tx, attempt.telegram_id, attempt.id).await?.is_none() {
                    tracing::info!(attempt = %attempt.id, "token attempt dropped: it was withdrawn meanwhile");
                    return Ok(());
                }
                let admitted = self.admit(&mut tx, &holder, &accepted, now).await?;
                tx.commit().await.context("cannot store the token")?;
                let message = admitted.message.clone().unwrap_or_else(|| messages::token_wait_over(language));
                self.tell(attempt, &message).await;
                self.begin_sync(&admitted, now).await;
                Ok(())
            }
            Placement::Ask => {
                let shop = accepted.shop.as_deref();
                if !attempts::save_asking(&self.pool, attempt.id, (seller, shop), false, now + ASKED_FOR)
                    .await
                    .context("cannot keep a token")?
                {
                    tracing::info!(attempt = %attempt.id, "token attempt dropped: it was withdrawn meanwhile");
                    return Ok(());
                }
                self.tell(attempt, &messages::token_offer(language, &accepted.view(), attempt.id)).await;
                Ok(())
            }
            Placement::AskOwner => {
                let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
                let asked = (seller, accepted.shop.as_deref());
                if !attempts::save_asking(&mut *tx, attempt.id, asked, true, now + OWNER_ASKED_FOR).await? {
                    tracing::info!(attempt = %attempt.id, "token attempt dropped: it was withdrawn meanwhile");
                    return Ok(());
                }
                let member = (attempt.user, attempt.name.as_str());
                let owners = self.ask_owners(&mut tx, seller, attempt.id, member, now).await?;
                tx.commit().await.context("cannot ask an owner")?;
                crate::wake(&*self.queues, &owners).await;
                self.tell(attempt, &messages::token_asks_owner(language, attempt.id)).await;
                Ok(())
            }
            Placement::TooManyOfPerson => {
                let trouble = TokenTrouble::TooManyCabinetsOfYours(self.contact.cabinets_per_user);
                self.end(attempt, &messages::token_trouble(language, trouble)).await
            }
            Placement::TooMany => {
                self.end(attempt, &messages::token_trouble(language, TokenTrouble::TooManyCabinets)).await
            }
        }
    }

    /// Tells how a token has ended, and forgets it. If Telegram cannot take the message now, a later
    /// tick tries again.
    async fn end(&self, attempt: &Attempt, message: &Message) -> anyhow::Result<()> {
        let stands = attempts::load_attempt(&self.pool, attempt.telegram_id, attempt.id).await;
        if stands.context("cannot look a token up")?.is_none() {
            tracing::info!(attempt = %attempt.id, "token attempt dropped: it was withdrawn meanwhile");
            return Ok(());
        }
        if self.tell(attempt, message).await { self.forget(attempt).await } else { Ok(()) }
    }

    async fn forget(&self, attempt: &Attempt) -> anyhow::Result<()> {
        attempts::take_attempt(&self.pool, attempt.telegram_id, attempt.id).await.context("cannot forget a token")?;
        tracing::info!(attempt = %attempt.id, "token attempt given up");
        Ok(())
    }

    /// Edits the message that says that a token waits; without one it sends one. `false`: Telegram
    /// may take it later.
    pub(super) async fn tell(&self, attempt: &Attempt, message: &Message) -> bool {
        let told = self.put(attempt.chat.0, attempt.message_id.map(MessageId), message).await;
        if let Ok(MessageId(shown)) = told
            && attempt.message_id != Some(shown)
            && let Err(error) = attempts::save_message(&self.pool, attempt.id, shown).await
        {
            tracing::warn!(attempt = %attempt.id, error = %error, "sender not notified about their token; it is tried again");
        }
        let Err(error) = told else { return true };
        tracing::warn!(attempt = %attempt.id, error = %error, "sender not notified about their token");
        !matches!(
            error,
            telegram::Error::RetryAfter(_) | telegram::Error::Unavailable { .. } | telegram::Error::Unseen { .. }
        )
    }

    pub(super) async fn unseal(
        &self,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> anyhow::Result<(SecretString, TokenFacts)> {
        let sealed = vault::Sealed { key_id: attempt.key_id, bytes: attempt.sealed.clone() };
        let token = self.keyring.unseal(&self.pool, attempt.id, &sealed, now).await?;
        let facts = wb::token::read(token.expose_secret()).unwrap_or(TokenFacts::UNDECODABLE);
        Ok((token, facts))
    }

    /// Gives a kept token up: the person does not want to wait, or not that cabinet.
    pub(super) async fn cancel_attempt(&self, asked: Request, id: TokenId) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let Some((tx, attempt)) = self.take_attempt(asked.telegram_id, id).await? else {
            return self.cancelled_before(asked, id).await;
        };
        let message = if attempt.seller.is_some() {
            messages::token_offer_declined(attempt.language)
        } else {
            messages::token_wait_cancelled(attempt.language)
        };
        let reply = Some(asked.reply(&message));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot cancel a token")?;
        self.insist(asked.update, done.reply).await
    }

    /// Says what has become of a token that is kept no longer: it was added, or it is deleted.
    async fn cancelled_before(&self, asked: Request, id: TokenId) -> anyhow::Result<Option<Value>> {
        let is_added = self.is_added(asked, id).await?;
        let message = match self.person(asked).await? {
            person if !self.admits(asked.telegram_id, person.as_ref()) => {
                messages::ask_for_a_link(asked.language, false)
            }
            _ if is_added => messages::token_offer_accepted(asked.language),
            Some(person) if person.is_past_the_gate() => messages::token_offer_declined(asked.language),
            _ => messages::token_wait_cancelled(asked.language),
        };
        self.reply(&self.pool, asked.update, asked.reply(&message), self.clock.now()).await
    }

    /// Adds the cabinet of an accepted token, now that the person has said yes.
    pub(super) async fn add_cabinet(&self, asked: Request, id: TokenId) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let kept = attempts::load_attempt(&self.pool, asked.telegram_id, id).await.context("cannot look a token up")?;
        let open = kept.filter(|attempt| attempt.gives_up_at > now && !attempt.awaits_owner);
        let Some((attempt, seller)) = open.and_then(|attempt| attempt.seller.map(|seller| (attempt, seller))) else {
            return self.offer_is_over(asked, id).await;
        };
        // The vault may ask the database and KMS for its keys, so it is opened before the transaction begins.
        let (_, facts) = self.unseal(&attempt, now).await?;
        let Some((mut tx, attempt)) = self.take_attempt(asked.telegram_id, id).await? else {
            return self.offer_is_over(asked, id).await;
        };
        let language = attempt.language;
        let holder = holder(&attempt);
        let trouble = match self.place(&mut *tx, &holder, (seller, &attempt.digest), true).await? {
            Placement::Renew | Placement::Join | Placement::Ask | Placement::AskOwner => None,
            Placement::TooManyOfPerson => Some(TokenTrouble::TooManyCabinetsOfYours(self.contact.cabinets_per_user)),
            Placement::TooMany => Some(TokenTrouble::TooManyCabinets),
        };
        if let Some(trouble) = trouble {
            let reply = Some(asked.reply(&messages::token_trouble(language, trouble)));
            let done = self.conclude(tx, asked.update, reply, now).await.context("cannot forget a token")?;
            return self.insist(asked.update, done.reply).await;
        }
        let accepted = Accepted { token: new_token(&attempt, &facts), seller, shop: attempt.shop.clone() };
        let admitted = self.admit(&mut tx, &holder, &accepted, now).await?;
        let message = admitted.message.clone().unwrap_or_else(|| messages::token_offer_accepted(language));
        let reply = Some(asked.reply(&message));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot add the cabinet")?;
        if done.is_first {
            self.begin_sync(&admitted, now).await;
        }
        self.insist(asked.update, done.reply).await
    }

    /// Says that an accepted token waits no longer: it was added by an earlier tap, or it is forgotten.
    async fn offer_is_over(&self, asked: Request, id: TokenId) -> anyhow::Result<Option<Value>> {
        let is_added = self.is_added(asked, id).await?;
        let message = if is_added { messages::token_offer_accepted } else { messages::token_offer_over };
        self.reply(&self.pool, asked.update, asked.reply(&message(asked.language)), self.clock.now()).await
    }

    /// Whether a token that is kept no longer serves a cabinet of the person.
    async fn is_added(&self, asked: Request, id: TokenId) -> anyhow::Result<bool> {
        store::tokens::is_accepted(&self.pool, asked.telegram_id, id).await.context("cannot look a token up")
    }

    /// Takes a kept token out, within a transaction that decides what becomes of it; `None` when it is
    /// gone already.
    pub(super) async fn take_attempt(
        &self,
        telegram_id: i64,
        id: TokenId,
    ) -> anyhow::Result<Option<(store::Transaction<'static>, Attempt)>> {
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let attempt = attempts::take_attempt(&mut *tx, telegram_id, id).await.context("cannot take a token out")?;
        Ok(attempt.map(|attempt| (tx, attempt)))
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
