//! A pasted token: deleted from the chat, read, tried, sealed, and the first sync begins.

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Categories, Category, ChatId, DataSet, Event, EventKind, SellerId, TokenFacts, TokenId, TokenType,
    event::Audience, pace::Bucket,
};
use futures::future::join_all;
use messages::{AcceptedToken, DataSetProgress, FirstSyncProgress, Loading, Message, TokenTrouble};
use queue::{Delayed, SyncTask, WakeUp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use store::{
    limits::{self, Reservation},
    tokens::NewToken,
};
use telegram::{MessageId, Reply};
use uuid::Uuid;
use wb::{Access, Host, Method};

use super::Bot;

/// An update whose text looks like a token.
pub struct Pasted<'a> {
    pub update: i64,
    pub chat: i64,
    pub chat_is_private: bool,
    pub message_id: MessageId,
    pub from: &'a telegram::Person,
    pub text: &'a str,
}

/// A token that WB accepted, and whose it is.
struct Accepted {
    token: SecretString,
    facts: TokenFacts,
    seller: SellerId,
    shop: Option<String>,
}

impl Bot {
    /// Takes a pasted token. Whatever becomes of it, the message goes first.
    pub(super) async fn take_token(&self, pasted: Pasted<'_>) -> anyhow::Result<Option<Value>> {
        let is_deleted = match self.telegram.delete_message(pasted.chat, pasted.message_id).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(update = pasted.update, error = %error, "a message with a token is not deleted");
                false
            }
        };
        let now = self.clock.now();
        let message = if pasted.chat_is_private {
            match self.try_token(pasted.text, now).await? {
                Ok(accepted) => self.admit(&pasted, accepted, now).await?,
                Err(trouble) => Some(messages::token_trouble(trouble)),
            }
        } else {
            None
        };
        let note = (!is_deleted).then(messages::deletion_refused);
        match (message, note) {
            (Some(message), note) => {
                let html = [note, Some(message.html.as_str())].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
                let reply = Reply::send_text(pasted.chat, &html, Some(&message.keyboard)).into_json();
                self.reply(&self.pool, pasted.update, reply, now).await
            }
            (None, Some(note)) => {
                let reply = Reply::send_text(pasted.chat, note, None).into_json();
                self.reply(&self.pool, pasted.update, reply, now).await
            }
            (None, None) => Ok(None),
        }
    }

    /// Reads a token, tries it, and finds out whose it is.
    async fn try_token(&self, text: &str, now: DateTime<Utc>) -> anyhow::Result<Result<Accepted, TokenTrouble>> {
        let Some(token) = wb::token::extract(text) else { return Ok(Err(TokenTrouble::NotAToken)) };
        let Ok(facts) = wb::token::read(token.expose_secret()) else { return Ok(Err(TokenTrouble::NotAToken)) };
        if let Some(trouble) = hopeless(&facts, now) {
            return Ok(Err(trouble));
        }
        // Limits belong to the seller. A token that does not name him gets a bucket of its own.
        let bucket_of = facts.seller.unwrap_or_else(|| stand_in(&token));
        let hosts: Vec<Host> =
            Category::ALL.into_iter().filter(|category| facts.categories.has(*category)).map(Host::from).collect();
        let pings: Vec<Method> = hosts.iter().map(|host| Method::Ping(*host)).collect();
        let granted = self.reserve(bucket_of, &pings, facts.token_type, now).await?;
        let allowed = hosts.iter().zip(&pings).filter(|(_, ping)| granted.contains(ping)).map(|(host, _)| *host);
        let answers = join_all(allowed.map(|host| self.wb.ping(&token, host))).await;
        let is_refusal =
            |error: &wb::Error| matches!(error, wb::Error::Unauthorized { .. } | wb::Error::AccessDenied { .. });
        if !answers.iter().any(Result::is_ok) {
            let is_refused =
                answers.len() == hosts.len() && answers.iter().all(|answer| answer.as_ref().is_err_and(is_refusal));
            return Ok(Err(if is_refused { TokenTrouble::Refused } else { TokenTrouble::WbUnavailable }));
        }

        // Its name is a courtesy; its seller is needed, and believed now that WB answered 200.
        let mut info = None;
        if !self.reserve(bucket_of, &[Method::SellerInfo], facts.token_type, now).await?.is_empty() {
            info = match self.wb.fetch_seller_info(&token).await {
                Ok(info) => Some(info),
                Err(error) => {
                    tracing::info!(error = %error, "seller-info is not to be had now");
                    None
                }
            };
        }
        let seller = facts.seller.or_else(|| info.as_ref().and_then(|info| info.seller));
        let Some(seller) = seller else { return Ok(Err(TokenTrouble::UnknownSeller)) };
        let shop = info.and_then(|info| info.trade_mark.or(info.name));
        Ok(Ok(Accepted { token, facts, seller, shop }))
    }

    /// Takes one request out of each method's bucket, and says of which it could.
    async fn reserve(
        &self,
        seller: SellerId,
        methods: &[Method],
        token_type: TokenType,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Method>> {
        let held = limits::load_limits(&self.pool, seller).await.context("cannot read WB's limits")?;
        let mut wanted = Vec::new();
        for method in methods {
            let Access::Limited(limit) = wb::limit(*method, token_type) else { continue };
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

    /// Seals the token, lets the person into the seller's cabinet and begins its first sync, in one
    /// transaction. The message is `None` where the first sync shows its own.
    async fn admit(
        &self,
        pasted: &Pasted<'_>,
        accepted: Accepted,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<Message>> {
        let Accepted { token, facts, seller, shop } = accepted;
        let vault = self.keyring.open(&self.pool, now).await?;
        let id = TokenId(Uuid::new_v4());
        let sealed = vault.seal(id, &token).context("cannot seal the token")?;
        let new_token = NewToken {
            id,
            key_id: sealed.key_id,
            sealed: sealed.bytes,
            digest: digest(&SHA256, token.expose_secret().as_bytes()).as_ref().to_vec(),
            token_type: facts.token_type,
            categories: facts.categories,
            expires_at: facts.expires_at,
        };
        let view = AcceptedToken {
            shop: shop.clone(),
            token_type: facts.token_type,
            categories: facts.categories,
            expires_at: facts.expires_at,
        };
        let progress = FirstSyncProgress {
            token: view.clone(),
            data_sets: DataSet::ALL.map(|data_set| DataSetProgress { data_set, loading: Loading::Waiting }).to_vec(),
        };
        let begun = Event {
            kind: EventKind::FirstSyncProgress,
            key: String::new(),
            occurred_at: now,
            payload: serde_json::to_value(&progress)?,
            audience: Audience::Members,
        };

        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let user = store::people::save_person(&mut *tx, pasted.from.id, super::LANGUAGE, now).await?;
        store::chats::save_unblocked(&mut tx, ChatId(pasted.chat), now).await?;
        let (cabinet, is_ready) = store::people::save_membership(&mut tx, user, seller, shop.as_deref(), now).await?;
        store::tokens::save_token(&mut *tx, cabinet, user, &new_token, now).await?;
        let begun: &[Event] = if is_ready { &[] } else { std::slice::from_ref(&begun) };
        let saved = store::events::save_events(&mut *tx, cabinet, begun, None, now).await?;
        tx.commit().await.context("cannot store the token")?;
        tracing::info!(%cabinet, token = %id, token_type = ?facts.token_type, "a token is accepted");

        self.begin_sync(cabinet, &saved.chats, now).await;
        Ok((saved.events == 0).then(|| messages::token_accepted(&view, is_ready)))
    }

    /// Begins at once. What cannot be enqueued is found by the next tick.
    async fn begin_sync(&self, cabinet: CabinetId, chats: &[ChatId], now: DateTime<Utc>) {
        let wake_ups: Vec<_> = chats.iter().map(|chat| Delayed::now(WakeUp { chat: *chat })).collect();
        let task = Delayed::now(SyncTask { cabinet, due_at: now });
        let enqueued = match self.queues.enqueue_wake_ups(&wake_ups).await {
            Ok(()) => self.queues.enqueue_sync_tasks(&[task]).await,
            lost => lost,
        };
        if let Err(error) = enqueued {
            tracing::warn!(%cabinet, error = %error, "the first sync begins with the next tick");
        }
    }
}

/// What a token says of itself that makes trying it needless.
fn hopeless(facts: &TokenFacts, now: DateTime<Utc>) -> Option<TokenTrouble> {
    match facts {
        TokenFacts { token_type: TokenType::Test, .. } => Some(TokenTrouble::Sandbox),
        TokenFacts { expires_at: Some(at), .. } if *at <= now => Some(TokenTrouble::Expired(*at)),
        TokenFacts { categories, .. } if !any_category(*categories) => Some(TokenTrouble::NoCategory),
        _ => None,
    }
}

fn any_category(categories: Categories) -> bool {
    Category::ALL.into_iter().any(|category| categories.has(category))
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
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    #[test]
    fn a_token_that_cannot_serve_is_told_why_before_wb_is_asked() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let good = TokenFacts {
            token_type: TokenType::Personal,
            categories: Categories(1 << 5),
            seller: None,
            expires_at: Some(now + TimeDelta::days(1)),
        };
        assert_eq!(hopeless(&good, now), None);
        assert_eq!(hopeless(&TokenFacts::UNDECODABLE, now), None);
        let ended = TokenFacts { expires_at: Some(now), ..good.clone() };
        assert_eq!(hopeless(&ended, now), Some(TokenTrouble::Expired(now)));
        let sandbox = TokenFacts { token_type: TokenType::Test, ..good.clone() };
        assert_eq!(hopeless(&sandbox, now), Some(TokenTrouble::Sandbox));
        let prices_only = TokenFacts { categories: Categories(1 << 3), ..good };
        assert_eq!(hopeless(&prices_only, now), Some(TokenTrouble::NoCategory));
    }
}
