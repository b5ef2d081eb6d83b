//! A pasted token: deleted from the chat, read, tried, and then a cabinet's, a question's, or waiting.

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use domain::{
    ChatId, FirstContact, TokenFacts, TokenId,
    first_contact::{Placement, hopeless},
};
use messages::{Message, TokenTrouble};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use store::{attempts::NewAttempt, tokens::NewToken};
use telegram::{MessageId, Reply, Update, What};
use uuid::Uuid;

use super::{
    admission::Accepted,
    attempt::{ASKED_FOR, Holder, KEPT_FOR, OWNER_ASKED_FOR, Verdict, retry_after, trouble},
    context::Bot,
    request::{language_of, reply_to},
};

/// A message in which something looks like a token.
pub struct Pasted {
    update: i64,
    chat: i64,
    chat_is_private: bool,
    message_id: MessageId,
    from: telegram::Person,
    text: SecretString,
}

impl Pasted {
    /// Looks for a token in all that can be read of a message, new or edited.
    pub fn of(update: &Update) -> Option<Self> {
        let What::Text { chat, chat_is_private, message_id, from, text, others, .. } = &update.what else {
            return None;
        };
        let text = std::iter::once(text).chain(others).find(|text| wb::token::looks_like_token(text))?;
        Some(Self {
            update: update.id,
            chat: *chat,
            chat_is_private: *chat_is_private,
            message_id: *message_id,
            from: from.clone(),
            text: text.as_str().into(),
        })
    }

    /// The text with the token.
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

impl Bot {
    /// Takes the message with a token out of the chat.
    pub(super) async fn delete_pasted(&self, pasted: &Pasted) -> bool {
        match self.telegram.delete_message(pasted.chat, pasted.message_id).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(update = pasted.update, error = %error, "message with a token not deleted");
                false
            }
        }
    }

    /// Takes a pasted token, whose message was to be deleted before.
    pub(super) async fn take_token(&self, pasted: Pasted, is_deleted: bool) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        if !pasted.chat_is_private {
            let language = language_of(&pasted.from);
            let parts = [
                Some(messages::token_in_a_group(language)),
                (!is_deleted).then(|| messages::deletion_refused(language)),
            ];
            let html = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
            let reply = Reply::send_text(pasted.chat, &html, None).into_json();
            let reply = self.reply(&self.pool, pasted.update, reply, now).await?;
            return self.insist(pasted.update, reply).await;
        }
        let person =
            store::people::load_person(&self.pool, pasted.from.id).await.context("cannot look the person up")?;
        let language = person.as_ref().map_or_else(|| language_of(&pasted.from), |person| person.language);
        let note = (!is_deleted).then(|| messages::deletion_refused(language));
        if !self.admits(pasted.from.id, person.as_ref()) {
            return self.say(&pasted, note, messages::ask_for_a_link(language, true), now).await;
        }
        let (user, attempts) = store::people::save_attempt(&self.pool, pasted.from.id, language, now)
            .await
            .context("cannot count an attempt")?;
        let holder = Holder { user, name: pasted.from.first_name.clone(), chat: ChatId(pasted.chat), language };
        let (token, facts) = match readable(pasted.text(), attempts, &self.contact, now) {
            Ok(readable) => readable,
            Err(trouble) => return self.say(&pasted, note, messages::token_trouble(language, trouble), now).await,
        };
        match self.try_token(&token, &facts, now).await? {
            Verdict::Refused => {
                self.say(&pasted, note, messages::token_trouble(language, TokenTrouble::Refused), now).await
            }
            Verdict::Unavailable => {
                let token = self.seal(&token, &facts, now).await?;
                let attempt = new_attempt(pasted.update, &holder, &token, now + retry_after(0), now + KEPT_FOR);
                let waits = |id| with_note(note, messages::token_waits(language, id));
                self.keep(&pasted, &attempt, waits, now).await
            }
            Verdict::Accepted { seller, shop } => {
                let accepted = Accepted { token: self.seal(&token, &facts, now).await?, seller, shop };
                self.settle(&pasted, note, &holder, &accepted, now).await
            }
        }
    }

    /// Lets an accepted token into its cabinet, or asks whether it shall be.
    async fn settle(
        &self,
        pasted: &Pasted,
        note: Option<String>,
        holder: &Holder,
        accepted: &Accepted,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<Value>> {
        let language = holder.language;
        let of = (accepted.seller, accepted.token.digest.as_slice());
        if let Some(trouble) = match self.place(&self.pool, holder, of, false).await? {
            Placement::TooManyOfPerson => Some(TokenTrouble::TooManyCabinetsOfYours(self.contact.cabinets_per_user)),
            Placement::TooMany => Some(TokenTrouble::TooManyCabinets),
            Placement::Ask => {
                let until = now + ASKED_FOR;
                let attempt = new_attempt(pasted.update, holder, &accepted.token, until, until);
                let attempt = NewAttempt { accepted: Some((accepted.seller, accepted.shop.as_deref())), ..attempt };
                let offer = |id| with_note(note, messages::token_offer(language, &accepted.view(), id));
                return self.keep(pasted, &attempt, offer, now).await;
            }
            Placement::AskOwner => {
                let until = now + OWNER_ASKED_FOR;
                let attempt = new_attempt(pasted.update, holder, &accepted.token, until, until);
                let accepted = Some((accepted.seller, accepted.shop.as_deref()));
                let attempt = NewAttempt { accepted, awaits_owner: true, ..attempt };
                let asked = |id| with_note(note, messages::token_asks_owner(language, id));
                return self.keep(pasted, &attempt, asked, now).await;
            }
            Placement::Renew | Placement::Join => None,
        } {
            return self.say(pasted, note, messages::token_trouble(language, trouble), now).await;
        }

        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let admitted = self.admit(&mut tx, holder, accepted, now).await?;
        let reply = match (&admitted.message, note) {
            (Some(message), note) => Some(reply_to(pasted.chat, None, &with_note(note, message.clone()))),
            (None, Some(note)) => Some(Reply::send_text(pasted.chat, &note, None).into_json()),
            (None, None) => None,
        };
        let done = self.conclude(tx, pasted.update, reply, now).await.context("cannot store the token")?;
        if done.is_first {
            self.begin_sync(&admitted, now).await;
        }
        self.insist(pasted.update, done.reply).await
    }

    /// Keeps a token, and says so in a message that is edited later. The token is stored first: a
    /// process that ends before the message has forgotten nothing.
    async fn keep(
        &self,
        pasted: &Pasted,
        attempt: &NewAttempt<'_>,
        message: impl FnOnce(TokenId) -> Message,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<Value>> {
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let id = store::attempts::save_attempt(&mut *tx, attempt, now).await?;
        let owners = match attempt.accepted.filter(|_| attempt.awaits_owner) {
            Some((seller, _)) => self.ask_owners(&mut tx, seller, id, (attempt.user, attempt.name), now).await?,
            None => Vec::new(),
        };
        if !self.conclude(tx, pasted.update, None, now).await.context("cannot keep a token")?.is_first {
            return Ok(None);
        }
        tracing::info!(attempt = %id, is_accepted = attempt.accepted.is_some(), "token waits for another try");
        crate::wake(&*self.queues, &owners).await;

        let message = message(id);
        match self.telegram.send_text(pasted.chat, &message.html, Some(&message.keyboard), false).await {
            Ok(MessageId(shown)) => {
                store::attempts::save_message(&self.pool, id, shown).await.context("cannot note the message")?;
            }
            Err(error) => tracing::warn!(attempt = %id, error = %error, "sender not notified that their token waits"),
        }
        Ok(None)
    }

    /// A token as the database has it.
    async fn seal(&self, token: &SecretString, facts: &TokenFacts, now: DateTime<Utc>) -> anyhow::Result<NewToken> {
        let id = TokenId(Uuid::new_v4());
        let sealed = self.keyring.seal(&self.pool, id, token, now).await?;
        Ok(NewToken {
            id,
            key_id: sealed.key_id,
            sealed: sealed.bytes,
            digest: digest(&SHA256, token.expose_secret().as_bytes()).as_ref().to_vec(),
            token_type: facts.token_type,
            categories: facts.categories,
            expires_at: facts.expires_at,
        })
    }

    /// Answers a pasted token with a message.
    async fn say(
        &self,
        pasted: &Pasted,
        note: Option<String>,
        message: Message,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<Value>> {
        let message = with_note(note, message);
        let reply = self.reply(&self.pool, pasted.update, reply_to(pasted.chat, None, &message), now).await?;
        self.insist(pasted.update, reply).await
    }
}

/// The token in a text, with what it says of itself, if it is worth trying.
pub(super) fn readable(
    text: &str,
    attempts: i32,
    contact: &FirstContact,
    now: DateTime<Utc>,
) -> Result<(SecretString, TokenFacts), TokenTrouble> {
    if attempts > i32::from(contact.attempts_per_hour) {
        return Err(TokenTrouble::TooManyAttempts(contact.attempts_per_hour));
    }
    let token = wb::token::extract(text).ok_or(TokenTrouble::NotAToken)?;
    let facts = wb::token::read(token.expose_secret()).map_err(|_| TokenTrouble::NotAToken)?;
    match hopeless(&facts, contact.deployment_for, now) {
        Some(hopeless) => Err(trouble(hopeless)),
        None => Ok((token, facts)),
    }
}

fn new_attempt<'a>(
    update: i64,
    holder: &'a Holder,
    token: &'a NewToken,
    next_try_at: DateTime<Utc>,
    gives_up_at: DateTime<Utc>,
) -> NewAttempt<'a> {
    NewAttempt {
        id: token.id,
        user: holder.user,
        chat: holder.chat,
        update,
        name: &holder.name,
        key_id: token.key_id,
        sealed: &token.sealed,
        digest: &token.digest,
        accepted: None,
        awaits_owner: false,
        next_try_at,
        gives_up_at,
    }
}

/// The message below what else must be said.
fn with_note(note: Option<String>, mut message: Message) -> Message {
    if let Some(note) = note {
        message.html = format!("{note}\n\n{}", message.html);
    }
    message
}
