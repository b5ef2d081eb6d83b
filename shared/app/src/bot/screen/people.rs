//! The people of a cabinet: an owner takes it from a member, and lets somebody in again or not.

use anyhow::Context;
use domain::{CabinetId, Role, TokenId, UserId};
use messages::PeopleButton;
use store::{attempts, members, people::Person};

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    token_trial::{Accepted, holder, new_token},
};

/// Does what an owner decides about a member.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: PeopleButton) -> anyhow::Result<Outcome> {
    match button {
        PeopleButton::LetIn(attempt) => decide_comeback(bot, asked, attempt, true).await,
        PeopleButton::KeepOut(attempt) => decide_comeback(bot, asked, attempt, false).await,
        PeopleButton::Remove { cabinet, member } => remove(bot, asked.anew(), cabinet, member).await,
    }
}

/// Does what an owner has decided about somebody who was removed and sends the same token again, and tells them.
async fn decide_comeback(bot: &Bot, asked: Request, id: TokenId, lets_in: bool) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let trial = bot.token_trial();
    let answered = |lets_in| messages::member_asks_answered(asked.language, lets_in);
    let waiting = attempts::load_asking_owner(&bot.pool, asked.person, id).await;
    let waiting = waiting.context("cannot look a token up")?.filter(|attempt| attempt.gives_up_at > now);
    let Some((attempt, seller)) = waiting.and_then(|attempt| attempt.seller.map(|seller| (attempt, seller))) else {
        return bot.show(asked, &answered(None)).await;
    };
    // The vault may ask the database and KMS for its keys, so it is opened before the transaction begins.
    let (_, facts) = trial.unseal(&attempt, now).await?;
    let Some((mut tx, attempt)) = trial.take_attempt(attempt.telegram_id, id).await? else {
        return bot.show(asked, &answered(None)).await;
    };
    let admitted = if lets_in {
        members::forget_removed(&mut *tx, seller, &attempt.digest).await.context("cannot let somebody in")?;
        let accepted = Accepted { token: new_token(&attempt, &facts), seller, shop: attempt.shop.clone() };
        Some(trial.admit(&mut tx, &holder(&attempt), &accepted, now).await?)
    } else {
        None
    };
    let reply = asked.reply(&answered(Some(lets_in)));
    let done = bot.conclude(tx, asked.update, Some(reply)).await.context("cannot decide who comes back")?;
    if done.is_first {
        tracing::info!(attempt = %id, lets_in, "owner decided about a removed member");
        trial.tell(&attempt, &messages::token_owner_said(attempt.language, Some(lets_in))).await;
        if let Some(admitted) = &admitted {
            trial.begin_sync(admitted, now).await;
        }
    }
    bot.send_now(asked.update, done.outcome).await
}

/// Takes a cabinet from a member, for one of its owners.
async fn remove(bot: &Bot, asked: Request, cabinet: CabinetId, member: UserId) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let person = bot.person(asked).await?;
    let owns = |person: &Person| {
        person.id != member && person.cabinets.iter().any(|one| one.cabinet == cabinet && one.role == Role::Owner)
    };
    let Some(person) = person.filter(owns) else { return menu::show(bot, asked).await };
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    members::save_removed(&mut *tx, cabinet, member, now).await.context("cannot remove the member")?;
    let left = members::leave(&mut tx, member, cabinet, now).await.context("cannot remove the member")?;
    let message = messages::member_removed(person.language, left != members::Left::WasNotThere);
    let done = bot.conclude(tx, asked.update, Some(asked.reply(&message))).await.context("cannot remove the member")?;
    if done.is_first {
        tracing::info!(%cabinet, ?left, "member removed");
    }
    bot.send_now(asked.update, done.outcome).await
}
