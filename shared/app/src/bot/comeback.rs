//! Somebody whom an owner has removed sends the same token again: an owner decides.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{ChatId, Facts, SellerId, TokenId, UserId, facts::MemberAsks};
use serde_json::Value;
use store::{attempts, members};

use super::{
    admission::Accepted,
    attempt::{holder, new_token},
    context::Bot,
    request::Request,
};

impl Bot {
    /// Asks the owners of a seller's cabinet whether somebody may come back; the chats are to be woken.
    pub(super) async fn ask_owners(
        &self,
        tx: &mut store::Transaction<'_>,
        seller: SellerId,
        attempt: TokenId,
        (member, name): (UserId, &str),
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<ChatId>> {
        let cabinet = members::load_cabinet_of(&mut **tx, seller).await.context("cannot look a cabinet up")?;
        let Some((cabinet, cabinet_name)) = cabinet else { return Ok(Vec::new()) };
        let facts = Facts::MemberAsks(MemberAsks { attempt, member, name: name.to_owned(), cabinet: cabinet_name });
        let asked = members::tell_owners(&mut **tx, cabinet, member, &facts, now).await;
        asked.context("cannot ask the owners")
    }

    /// Does what an owner has decided, and tells the person.
    pub(super) async fn decide_comeback(
        &self,
        asked: Request,
        id: TokenId,
        lets_in: bool,
    ) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let answered = |lets_in| asked.reply(&messages::member_asks_answered(asked.language, lets_in));
        let waiting = attempts::load_asking_owner(&self.pool, asked.telegram_id, id).await;
        let waiting = waiting.context("cannot look a token up")?.filter(|attempt| attempt.gives_up_at > now);
        let Some((attempt, seller)) = waiting.and_then(|attempt| attempt.seller.map(|seller| (attempt, seller))) else {
            return self.reply(&self.pool, asked.update, answered(None), now).await;
        };
        // The vault may ask the database and KMS for its keys, so it is opened before the transaction begins.
        let (_, facts) = self.unseal(&attempt, now).await?;
        let Some((mut tx, attempt)) = self.take_attempt(attempt.telegram_id, id).await? else {
            return self.reply(&self.pool, asked.update, answered(None), now).await;
        };
        let admitted = if lets_in {
            members::forget_removed(&mut *tx, seller, &attempt.digest).await.context("cannot let somebody in")?;
            let accepted = Accepted { token: new_token(&attempt, &facts), seller, shop: attempt.shop.clone() };
            Some(self.admit(&mut tx, &holder(&attempt), &accepted, now).await?)
        } else {
            None
        };
        let reply = Some(answered(Some(lets_in)));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot decide who comes back")?;
        if done.is_first {
            tracing::info!(attempt = %id, lets_in, "owner decided about a removed member");
            self.tell(&attempt, &messages::token_owner_said(attempt.language, Some(lets_in))).await;
            if let Some(admitted) = &admitted {
                self.begin_sync(admitted, now).await;
            }
        }
        self.insist(asked.update, done.reply).await
    }
}
