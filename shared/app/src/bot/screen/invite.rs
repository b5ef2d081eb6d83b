//! 👥 Пригласить: links that let somebody in, made by an owner or the operator and used once.

use anyhow::Context;
use aws_lc_rs::{digest, rand};
use domain::{CabinetId, Role};
use messages::InviteButton;
use store::{
    invites::{self, INVITE_LIVES},
    members,
    people::Person,
};

use super::menu;
use crate::{
    bot::{
        command::CODE_BYTES,
        context::Bot,
        gate::{Stand, admits, stand},
        outcome::Outcome,
        request::Request,
    },
    owners::tell_of_joining,
    shown::keyboard,
};

/// Shows the cabinets into which the person may invite.
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    show_to(bot, asked, person).await
}

async fn show_to(bot: &Bot, asked: Request, person: Option<Person>) -> anyhow::Result<Outcome> {
    match stand(bot, asked, person.clone()) {
        Stand::Inside(person) => bot.show(asked, &messages::invite(person.language, &owned(&person))).await,
        Stand::Admitted | Stand::Stranger => menu::show_to(bot, asked, person).await,
    }
}

/// The cabinets that a person owns, with their names.
fn owned(person: &Person) -> Vec<(CabinetId, Option<String>)> {
    let owned = person.cabinets.iter().filter(|cabinet| cabinet.role == Role::Owner);
    owned.map(|cabinet| (cabinet.cabinet, cabinet.name.clone())).collect()
}

/// Makes a link into a cabinet for its owner. It is sent and not stored as the reply, so that the
/// code stands in no table.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: InviteButton) -> anyhow::Result<Outcome> {
    let InviteButton::Make { cabinet, role } = button;
    let now = bot.clock.now();
    let Some(person) = bot.person(asked).await? else { return menu::show_to(bot, asked, None).await };
    let me = bot.telegram.fetch_me().await.context("cannot ask for the bot's name")?;
    let mut code = [0; CODE_BYTES];
    rand::fill(&mut code).map_err(|_| anyhow::anyhow!("there is no randomness"))?;
    let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();

    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    if !invites::save_invite(&mut *tx, &sha256(&code), person.id, cabinet, role, now).await? {
        drop(tx);
        return show_to(bot, asked, Some(person)).await;
    }
    if !bot.conclude(tx, asked.update, None).await.context("cannot store a link")?.is_first {
        return Ok(Outcome::nothing());
    }
    let link = format!("https://t.me/{}?start={code}", me.username);
    let message = messages::invite_made(person.language, role, &link, now + INVITE_LIVES);
    let sent = bot.telegram.send_text(asked.chat, &message.html, keyboard(&message).as_ref(), false).await;
    if let Err(error) = sent {
        tracing::warn!(update = %asked.update, error = %error, "invite link not sent; the person can ask for another one");
    }
    Ok(Outcome::nothing())
}

/// Lets somebody in who comes by a link. `None`: the link has nothing to give them, and they are
/// answered like everybody else.
pub(crate) async fn follow(
    bot: &Bot,
    asked: Request,
    from: &telegram::Person,
    code: &str,
) -> anyhow::Result<Option<Outcome>> {
    let now = bot.clock.now();
    let language = asked.language;
    let person = bot.person(asked).await?;
    let is_in = admits(bot, asked.person, person.as_ref());
    let digest = sha256(code);
    let invite = invites::load_invite(&bot.pool, &digest, asked.person, now).await.context("cannot look a link up")?;
    let Some(invite) = invite else {
        if is_in {
            return Ok(None);
        }
        return bot.show(asked, &messages::invite_over(language)).await.map(Some);
    };
    let gives_nothing = if invite.into.is_some() { invite.is_member } else { is_in };
    if gives_nothing {
        return Ok(None);
    }
    let cabinets = person.as_ref().map_or(0, |person| person.cabinets.len());
    let limit = bot.contact.cabinets_per_user;
    if invite.into.is_some() && cabinets >= usize::from(limit) {
        return bot.show(asked, &messages::invite_too_many(language, limit)).await.map(Some);
    }

    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    if !invites::use_invite(&mut *tx, &digest, now).await? {
        drop(tx);
        return bot.show(asked, &messages::invite_over(language)).await.map(Some);
    }
    let user = store::people::save_admitted(&mut *tx, asked.person, language, now).await?;
    let has_missed = store::chats::save_unblocked(&mut tx, asked.chat, now).await?;
    let mut woken = Vec::new();
    let message = match invite.into {
        Some((cabinet, role)) => {
            let entered = members::enter_by_link(&mut *tx, user, cabinet, role, now).await?;
            woken.extend(tell_of_joining(&mut tx, &entered, (user, &from.first_name), true, now).await?);
            messages::invite_joined(language, role, entered.name.as_deref(), entered.is_ready)
        }
        None => messages::ask_for_token(language),
    };
    woken.extend(has_missed.then_some(asked.chat));
    let done = bot.conclude(tx, asked.update, Some(asked.reply(&message))).await.context("cannot use a link")?;
    if done.is_first {
        bot.wake(&woken).await;
    }
    bot.send_now(asked.update, done.outcome).await.map(Some)
}

fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}
