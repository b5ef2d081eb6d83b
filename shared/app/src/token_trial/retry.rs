//! A token that waits is tried again, until WB judges it or it is given up.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    TelegramId, TokenFacts, TokenId,
    first_contact::{Placement, hopeless},
};
use futures::future::join_all;
use messages::{Message, TokenTrouble};
use secrecy::{ExposeSecret, SecretString};
use store::attempts::{self, Attempt};

use super::{
    admission::Accepted,
    attempt::{ASKED_FOR, OWNER_ASKED_FOR, holder, new_token, too_many, trouble},
    check::TokenCheck,
    context::TokenTrial,
};
use crate::{backoff::retry_after, owners::ask_about_comeback, shown};

impl TokenTrial<'_> {
    /// Tries the tokens that wait for WB again, a chore of every tick, and forgets those for which
    /// nobody has decided in time. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single token is logged.
    pub(crate) async fn retry_due(&self, now: DateTime<Utc>) -> anyhow::Result<usize> {
        let due = attempts::claim_due(self.pool, now).await.context("cannot claim tokens that wait")?;
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
        let (seller, shop) = match self.check(&token, &facts, now).await? {
            TokenCheck::Accepted { seller, shop } => (seller, shop),
            TokenCheck::Refused => {
                return self.end(attempt, &messages::token_trouble(language, TokenTrouble::Refused)).await;
            }
            TokenCheck::Unavailable => {
                let next = (now + retry_after(attempt.tries)).min(attempt.gives_up_at);
                return attempts::postpone(self.pool, attempt.id, next).await.context("cannot postpone a token");
            }
        };
        let (holder, accepted) = (holder(attempt), Accepted { token: new_token(attempt, &facts), seller, shop });
        match self.place(self.pool, &holder, (seller, &attempt.digest), false).await? {
            Placement::Renew | Placement::Join => {
                let mut tx = store::begin(self.pool).await.context("cannot begin")?;
                if attempts::take_attempt(&mut *tx, attempt.telegram_id, attempt.id).await?.is_none() {
                    return withdrawn(attempt);
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
                if !attempts::save_asking(self.pool, attempt.id, (seller, shop), false, now + ASKED_FOR)
                    .await
                    .context("cannot keep a token")?
                {
                    return withdrawn(attempt);
                }
                self.tell(attempt, &messages::token_offer(language, &accepted.view(), attempt.id)).await;
                Ok(())
            }
            Placement::AskOwner => {
                let mut tx = store::begin(self.pool).await.context("cannot begin")?;
                let asked = (seller, accepted.shop.as_deref());
                if !attempts::save_asking(&mut *tx, attempt.id, asked, true, now + OWNER_ASKED_FOR).await? {
                    return withdrawn(attempt);
                }
                let member = (attempt.user, attempt.name.as_str());
                let owners = ask_about_comeback(&mut tx, seller, attempt.id, member, now).await?;
                tx.commit().await.context("cannot ask an owner")?;
                crate::wake(self.queues, &owners).await;
                self.tell(attempt, &messages::token_asks_owner(language, attempt.id)).await;
                Ok(())
            }
            Placement::TooMany(whose) => {
                self.end(attempt, &messages::token_trouble(language, too_many(whose, self.contact))).await
            }
        }
    }

    /// Tells how a token has ended, and forgets it. If Telegram cannot take the message now, a later
    /// tick tries again.
    async fn end(&self, attempt: &Attempt, message: &Message) -> anyhow::Result<()> {
        let stands = attempts::load_attempt(self.pool, attempt.telegram_id, attempt.id).await;
        if stands.context("cannot look a token up")?.is_none() {
            return withdrawn(attempt);
        }
        if self.tell(attempt, message).await { self.forget(attempt).await } else { Ok(()) }
    }

    async fn forget(&self, attempt: &Attempt) -> anyhow::Result<()> {
        attempts::take_attempt(self.pool, attempt.telegram_id, attempt.id).await.context("cannot forget a token")?;
        tracing::info!(attempt = %attempt.id, "token attempt given up");
        Ok(())
    }

    /// Edits the message that says that a token waits; without one it sends one. `false`: Telegram
    /// may take it later.
    pub(crate) async fn tell(&self, attempt: &Attempt, message: &Message) -> bool {
        let told = shown::put(self.telegram, attempt.chat, attempt.message_id, message).await;
        if let Ok(shown) = told
            && attempt.message_id != Some(shown)
            && let Err(error) = attempts::save_message(self.pool, attempt.id, shown).await
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

    /// The token that waits, and what it says of itself.
    pub(crate) async fn unseal(
        &self,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> anyhow::Result<(SecretString, TokenFacts)> {
        let token = self.keyring.unseal(self.pool, attempt.id, (attempt.key_id, &attempt.sealed), now).await?;
        let facts = wb::token::read(token.expose_secret()).unwrap_or(TokenFacts::UNDECODABLE);
        Ok((token, facts))
    }

    /// Takes a kept token out, within a transaction that decides what becomes of it; `None` when it is
    /// gone already.
    pub(crate) async fn take_attempt(
        &self,
        person: TelegramId,
        id: TokenId,
    ) -> anyhow::Result<Option<(store::Transaction<'static>, Attempt)>> {
        let mut tx = store::begin(self.pool).await.context("cannot begin")?;
        let attempt = attempts::take_attempt(&mut *tx, person, id).await.context("cannot take a token out")?;
        Ok(attempt.map(|attempt| (tx, attempt)))
    }
}

/// Ends a trial whose token its person has taken back meanwhile.
fn withdrawn(attempt: &Attempt) -> anyhow::Result<()> {
    tracing::info!(attempt = %attempt.id, "token attempt dropped: it was withdrawn meanwhile");
    Ok(())
}
