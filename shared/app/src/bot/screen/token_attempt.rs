//! A token that waits: for WB, which its person may not want to wait for, or for their word.

use anyhow::Context;
use domain::{TokenId, first_contact::Placement};
use messages::TokenAttemptButton;
use store::attempts;

use crate::{
    bot::{context::Bot, gate::admits, outcome::Outcome, request::Request},
    token_trial::{Accepted, holder, new_token, too_many},
};

/// Gives it up, or adds its cabinet.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: TokenAttemptButton) -> anyhow::Result<Outcome> {
    match button {
        TokenAttemptButton::Cancel(attempt) => cancel(bot, asked, attempt).await,
        TokenAttemptButton::AddCabinet(attempt) => add_cabinet(bot, asked, attempt).await,
    }
}

/// Gives a kept token up: the person does not want to wait, or not that cabinet.
async fn cancel(bot: &Bot, asked: Request, id: TokenId) -> anyhow::Result<Outcome> {
    let Some((tx, attempt)) = bot.token_trial().take_attempt(asked.person, id).await? else {
        return cancelled_before(bot, asked, id).await;
    };
    let message = if attempt.seller.is_some() {
        messages::token_offer_declined(attempt.language)
    } else {
        messages::token_wait_cancelled(attempt.language)
    };
    let reply = Some(asked.reply(&message));
    let done = bot.conclude(tx, asked.update, reply).await.context("cannot cancel a token")?;
    bot.send_now(asked.update, done.outcome).await
}

/// Says what has become of a token that is kept no longer: it was added, or it is deleted.
async fn cancelled_before(bot: &Bot, asked: Request, id: TokenId) -> anyhow::Result<Outcome> {
    let is_added = is_added(bot, asked, id).await?;
    let message = match bot.person(asked).await? {
        person if !admits(bot, asked.person, person.as_ref()) => messages::ask_for_a_link(asked.language, false),
        _ if is_added => messages::token_offer_accepted(asked.language),
        Some(person) if person.is_past_the_gate() => messages::token_offer_declined(asked.language),
        _ => messages::token_wait_cancelled(asked.language),
    };
    bot.show(asked, &message).await
}

/// Adds the cabinet of an accepted token, now that the person has said yes.
async fn add_cabinet(bot: &Bot, asked: Request, id: TokenId) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let trial = bot.token_trial();
    let kept = attempts::load_attempt(&bot.pool, asked.person, id).await.context("cannot look a token up")?;
    let open = kept.filter(|attempt| attempt.gives_up_at > now && !attempt.awaits_owner);
    let Some((attempt, seller)) = open.and_then(|attempt| attempt.seller.map(|seller| (attempt, seller))) else {
        return offer_is_over(bot, asked, id).await;
    };
    // The vault may ask the database and KMS for its keys, so it is opened before the transaction begins.
    let (_, facts) = trial.unseal(&attempt, now).await?;
    let Some((mut tx, attempt)) = trial.take_attempt(asked.person, id).await? else {
        return offer_is_over(bot, asked, id).await;
    };
    let language = attempt.language;
    let holder = holder(&attempt);
    let trouble = match trial.place(&mut *tx, &holder, (seller, &attempt.digest), true).await? {
        Placement::Renew | Placement::Join | Placement::Ask | Placement::AskOwner => None,
        Placement::TooMany(whose) => Some(too_many(whose, &bot.contact)),
    };
    if let Some(trouble) = trouble {
        let reply = Some(asked.reply(&messages::token_trouble(language, trouble)));
        let done = bot.conclude(tx, asked.update, reply).await.context("cannot forget a token")?;
        return bot.send_now(asked.update, done.outcome).await;
    }
    let accepted = Accepted { token: new_token(&attempt, &facts), seller, shop: attempt.shop.clone() };
    let admitted = trial.admit(&mut tx, &holder, &accepted, now).await?;
    let message = admitted.message.clone().unwrap_or_else(|| messages::token_offer_accepted(language));
    let reply = Some(asked.reply(&message));
    let done = bot.conclude(tx, asked.update, reply).await.context("cannot add the cabinet")?;
    if done.is_first {
        trial.begin_sync(&admitted, now).await;
    }
    bot.send_now(asked.update, done.outcome).await
}

/// Says that an accepted token waits no longer: it was added by an earlier tap, or it is forgotten.
async fn offer_is_over(bot: &Bot, asked: Request, id: TokenId) -> anyhow::Result<Outcome> {
    let is_added = is_added(bot, asked, id).await?;
    let message = if is_added { messages::token_offer_accepted } else { messages::token_offer_over };
    bot.show(asked, &message(asked.language)).await
}

/// Whether a token that is kept no longer serves a cabinet of the person.
async fn is_added(bot: &Bot, asked: Request, id: TokenId) -> anyhow::Result<bool> {
    store::tokens::is_accepted(&bot.pool, asked.person, id).await.context("cannot look a token up")
}
