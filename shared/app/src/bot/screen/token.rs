//! A pasted token: deleted from the chat, read, tried, and then a cabinet's, a question's, or waiting.

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use domain::{TokenFacts, TokenId, UpdateId, first_contact::Placement};
use messages::{Message, TokenTrouble};
use secrecy::{ExposeSecret, SecretString};
use store::{attempts::NewAttempt, tokens::NewToken};
use uuid::Uuid;

use crate::{
    backoff::retry_after,
    bot::{
        context::Bot,
        gate::admits,
        outcome::Outcome,
        pasted::{Pasted, readable},
        request::{Request, language_of},
    },
    owners::ask_about_comeback,
    shown::keyboard,
    token_trial::{ASKED_FOR, Accepted, Holder, KEPT_FOR, OWNER_ASKED_FOR, TokenCheck, too_many},
};

/// Takes the message with a token out of the chat.
pub(crate) async fn delete(bot: &Bot, pasted: &Pasted) -> bool {
    match bot.telegram.delete_message(pasted.chat, pasted.message_id).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(update = %pasted.update, error = %error, "message with a token not deleted");
            false
        }
    }
}

/// Takes a pasted token, whose message was to be deleted before.
pub(crate) async fn take(bot: &Bot, pasted: Pasted, is_deleted: bool) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let told_by_telegram = language_of(&pasted.from);
    let asked = Request {
        update: pasted.update,
        chat: pasted.chat,
        person: pasted.from.id,
        language: told_by_telegram,
        shown: None,
    };
    if !pasted.chat_is_private {
        let parts = [
            Some(messages::token_in_a_group(told_by_telegram)),
            (!is_deleted).then(|| messages::deletion_refused(told_by_telegram)),
        ];
        let html = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        let outcome = bot.reply(asked.update, asked.words(&html)).await?;
        return bot.send_now(asked.update, outcome).await;
    }
    let person = bot.person(asked).await?;
    let language = person.as_ref().map_or(told_by_telegram, |person| person.language);
    let asked = Request { language, ..asked };
    let note = (!is_deleted).then(|| messages::deletion_refused(language));
    if !admits(bot, asked.person, person.as_ref()) {
        return say(bot, asked, note, messages::ask_for_a_link(language, true)).await;
    }
    let (user, attempts) =
        store::people::save_attempt(&bot.pool, asked.person, language, now).await.context("cannot count an attempt")?;
    let holder = Holder { user, name: pasted.from.first_name.clone(), chat: asked.chat, language };
    let (token, facts) = match readable(pasted.text(), attempts, &bot.contact, now) {
        Ok(readable) => readable,
        Err(trouble) => return say(bot, asked, note, messages::token_trouble(language, trouble)).await,
    };
    match bot.token_trial().check(&token, &facts, now).await? {
        TokenCheck::Refused => say(bot, asked, note, messages::token_trouble(language, TokenTrouble::Refused)).await,
        TokenCheck::Unavailable => {
            let token = seal(bot, &token, &facts, now).await?;
            let attempt = new_attempt(asked.update, &holder, &token, now + retry_after(0), now + KEPT_FOR);
            let waits = |id| with_note(note, messages::token_waits(language, id));
            keep(bot, asked, &attempt, waits, now).await
        }
        TokenCheck::Accepted { seller, shop } => {
            let accepted = Accepted { token: seal(bot, &token, &facts, now).await?, seller, shop };
            settle(bot, asked, note, &holder, &accepted, now).await
        }
    }
}

/// Lets an accepted token into its cabinet, or asks whether it shall be.
async fn settle(
    bot: &Bot,
    asked: Request,
    note: Option<String>,
    holder: &Holder,
    accepted: &Accepted,
    now: DateTime<Utc>,
) -> anyhow::Result<Outcome> {
    let language = holder.language;
    let of = (accepted.seller, accepted.token.digest.as_slice());
    if let Some(trouble) = match bot.token_trial().place(&bot.pool, holder, of, false).await? {
        Placement::TooMany(whose) => Some(too_many(whose, &bot.contact)),
        Placement::Ask => {
            let until = now + ASKED_FOR;
            let attempt = new_attempt(asked.update, holder, &accepted.token, until, until);
            let attempt = NewAttempt { accepted: Some((accepted.seller, accepted.shop.as_deref())), ..attempt };
            let offer = |id| with_note(note, messages::token_offer(language, &accepted.view(), id));
            return keep(bot, asked, &attempt, offer, now).await;
        }
        Placement::AskOwner => {
            let until = now + OWNER_ASKED_FOR;
            let attempt = new_attempt(asked.update, holder, &accepted.token, until, until);
            let accepted = Some((accepted.seller, accepted.shop.as_deref()));
            let attempt = NewAttempt { accepted, awaits_owner: true, ..attempt };
            let says = |id| with_note(note, messages::token_asks_owner(language, id));
            return keep(bot, asked, &attempt, says, now).await;
        }
        Placement::Renew | Placement::Join => None,
    } {
        return say(bot, asked, note, messages::token_trouble(language, trouble)).await;
    }

    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let admitted = bot.token_trial().admit(&mut tx, holder, accepted, now).await?;
    let reply = match (&admitted.message, note) {
        (Some(message), note) => Some(asked.reply(&with_note(note, message.clone()))),
        (None, Some(note)) => Some(asked.words(&note)),
        (None, None) => None,
    };
    let done = bot.conclude(tx, asked.update, reply).await.context("cannot store the token")?;
    if done.is_first {
        bot.token_trial().begin_sync(&admitted, now).await;
    }
    bot.send_now(asked.update, done.outcome).await
}

/// Keeps a token, and says so in a message that is edited later. The token is stored first: a
/// process that ends before the message has forgotten nothing.
async fn keep(
    bot: &Bot,
    asked: Request,
    attempt: &NewAttempt<'_>,
    message: impl FnOnce(TokenId) -> Message,
    now: DateTime<Utc>,
) -> anyhow::Result<Outcome> {
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let id = store::attempts::save_attempt(&mut *tx, attempt, now).await?;
    let owners = match attempt.accepted.filter(|_| attempt.awaits_owner) {
        Some((seller, _)) => ask_about_comeback(&mut tx, seller, id, (attempt.user, attempt.name), now).await?,
        None => Vec::new(),
    };
    if !bot.conclude(tx, asked.update, None).await.context("cannot keep a token")?.is_first {
        return Ok(Outcome::nothing());
    }
    tracing::info!(attempt = %id, is_accepted = attempt.accepted.is_some(), "token waits for another try");
    bot.wake(&owners).await;

    let message = message(id);
    match bot.telegram.send_text(asked.chat, &message.html, keyboard(&message).as_ref(), false).await {
        Ok(shown) => {
            store::attempts::save_message(&bot.pool, id, shown).await.context("cannot note the message")?;
        }
        Err(error) => tracing::warn!(attempt = %id, error = %error, "sender not notified that their token waits"),
    }
    Ok(Outcome::nothing())
}

/// A token as the database has it.
async fn seal(bot: &Bot, token: &SecretString, facts: &TokenFacts, now: DateTime<Utc>) -> anyhow::Result<NewToken> {
    let id = TokenId(Uuid::new_v4());
    let sealed = bot.keyring.seal(&bot.pool, id, token, now).await?;
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
async fn say(bot: &Bot, asked: Request, note: Option<String>, message: Message) -> anyhow::Result<Outcome> {
    let outcome = bot.show(asked, &with_note(note, message)).await?;
    bot.send_now(asked.update, outcome).await
}

fn new_attempt<'a>(
    update: UpdateId,
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
