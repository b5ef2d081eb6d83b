//! A Telegram update becomes a request, a request an outcome, and an outcome a reply.
//!
//! A repeated update gets the reply that the first one got: it is stored in the transaction of the
//! change that the update made. Only passing trouble is an error, because Telegram then repeats the
//! update and holds the person's later ones back.

mod change;
mod command;
mod context;
mod gate;
mod outcome;
mod pasted;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod request;
mod router;
mod screen;

use anyhow::Context;
use domain::{ChatId, UpdateId};
use messages::Button;
use telegram::{Update, What};

pub use context::Bot;
pub use telegram::Reply;

use context::stored_outcome;
use outcome::Outcome;
use pasted::Pasted;
use request::{Request, language_of};

impl Bot {
    /// Answers one update; the value is the reply through the webhook response.
    ///
    /// # Errors
    /// For passing trouble only: Telegram repeats the update.
    pub async fn answer(&self, body: &[u8]) -> anyhow::Result<Option<Reply>> {
        let Ok(update) = Update::parse(body) else {
            tracing::warn!(bytes = body.len(), "request body is not a Telegram update");
            return Ok(None);
        };
        // A token leaves the chat before anything is asked that could fail.
        let pasted = Pasted::of(&update);
        let is_deleted = match &pasted {
            Some(pasted) => screen::token::delete(self, pasted).await,
            None => true,
        };
        let seen = store::updates::load_seen(&self.pool, update.id, update.what.person().map(|person| person.id))
            .await
            .context("cannot look the update up")?;
        if let Some(reply) = seen.reply {
            tracing::info!(update = %update.id, "update repeated; the stored reply is sent");
            return Ok(stored_outcome(reply).reply);
        }
        if let Some(pasted) = pasted {
            return Ok(screen::token::take(self, pasted, is_deleted).await?.reply);
        }
        let request = |chat: ChatId, from: &telegram::Person, shown| {
            let language = seen.language.unwrap_or_else(|| language_of(from));
            Request { update: update.id, chat, person: from.id, language, shown }
        };
        let outcome = match update.what {
            What::Text { chat, chat_is_private: true, from, text, edited: false, .. } if !text.is_empty() => {
                router::written(self, request(chat, &from, None), &from, &text).await?
            }
            What::Tap { callback_id, from, chat, message_id, is_editable, data, shown } => {
                let asked = request(chat.unwrap_or(from.id.chat()), &from, message_id.filter(|_| is_editable));
                self.tapped(asked, &callback_id, Button::parse(&data), &shown).await?
            }
            What::Membership { chat, blocked: true, .. } => {
                store::chats::save_blocked(&self.pool, chat, self.clock.now())
                    .await
                    .context("cannot store that the chat is blocked")?;
                Outcome::nothing()
            }
            What::Membership { chat, .. } => {
                self.open_chat(chat).await?;
                Outcome::nothing()
            }
            What::AddedToGroup { chat, from } => self.leave_group(update.id, chat, &from).await?,
            What::Text { .. } | What::Other => Outcome::nothing(),
        };
        Ok(outcome.reply)
    }

    /// Does what a button does, and ends the tap.
    async fn tapped(
        &self,
        asked: Request,
        callback_id: &str,
        button: Option<Button>,
        shown: &telegram::Shown,
    ) -> anyhow::Result<Outcome> {
        let outcome = router::tapped(self, asked, button).await.map(|outcome| outcome.below(shown, asked.language));
        // A button shows a spinner until its tap is answered, so it is answered in any case.
        let notice = outcome.as_ref().ok().and_then(|outcome| outcome.notice.as_deref());
        if let Err(error) = self.telegram.answer_callback(callback_id, notice).await {
            tracing::warn!(update = %asked.update, error = %error, "callback query not answered");
        }
        let outcome = outcome?;
        if let Some(reply) = outcome.begun {
            self.review_replies().carry_begun(reply).await;
        }
        Ok(outcome)
    }

    /// Says once that the bot works in private chats only, and leaves.
    async fn leave_group(&self, update: UpdateId, chat: ChatId, from: &telegram::Person) -> anyhow::Result<Outcome> {
        // Whoever may not write there leaves all the same.
        let html = messages::leaves_group(language_of(from));
        if let Err(error) = self.telegram.send_text(chat, &html, None, false).await {
            tracing::info!(%update, error = %error, "left a group without a message");
        }
        self.telegram.leave_chat(chat).await.context("cannot leave a group")?;
        store::updates::save_reply(&self.pool, update, None, self.clock.now())
            .await
            .context("cannot note the update")?;
        tracing::info!(%update, "left a group");
        Ok(Outcome::nothing())
    }
}
