//! Links that let somebody in: made by an owner or the operator, used once.

use anyhow::Context;
use aws_lc_rs::{digest, rand};
use chrono::{DateTime, Utc};
use domain::{CabinetId, ChatId, Facts, Role, UserId, facts::MemberJoined};
use messages::Screen;
use serde_json::Value;
use store::{
    invites::{self, INVITE_LIVES},
    members::{self, Entered},
};

use super::{command::CODE_BYTES, context::Bot, request::Request};

impl Bot {
    /// Lets somebody in who comes by a link. `None`: the link has nothing to give them, and they are
    /// answered like everybody else.
    pub(super) async fn follow_link(
        &self,
        asked: Request,
        from: &telegram::Person,
        code: &str,
    ) -> anyhow::Result<Option<Option<Value>>> {
        let now = self.clock.now();
        let language = asked.language;
        let person = self.person(asked).await?;
        let is_in = self.admits(from.id, person.as_ref());
        let digest = sha256(code);
        let invite = invites::load_invite(&self.pool, &digest, from.id, now).await.context("cannot look a link up")?;
        let over = || asked.reply(&messages::invite_over(language));
        let Some(invite) = invite else {
            if is_in {
                return Ok(None);
            }
            return self.reply(&self.pool, asked.update, over(), now).await.map(Some);
        };
        let gives_nothing = if invite.into.is_some() { invite.is_member } else { is_in };
        if gives_nothing {
            return Ok(None);
        }
        let cabinets = person.as_ref().map_or(0, |person| person.cabinets.len());
        let limit = self.contact.cabinets_per_user;
        if invite.into.is_some() && cabinets >= usize::from(limit) {
            let message = messages::invite_too_many(language, limit);
            return self.reply(&self.pool, asked.update, asked.reply(&message), now).await.map(Some);
        }

        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        if !invites::use_invite(&mut *tx, &digest, now).await? {
            drop(tx);
            return self.reply(&self.pool, asked.update, over(), now).await.map(Some);
        }
        let user = store::people::save_admitted(&mut *tx, from.id, language, now).await?;
        let has_missed = store::chats::save_unblocked(&mut tx, ChatId(asked.chat), now).await?;
        let mut woken = Vec::new();
        let message = match invite.into {
            Some((cabinet, role)) => {
                let entered = members::enter_by_link(&mut *tx, user, cabinet, role, now).await?;
                woken.extend(tell_owners(&mut tx, &entered, user, &from.first_name, true, now).await?);
                messages::invite_joined(language, role, entered.name.as_deref(), entered.is_ready)
            }
            None => messages::ask_for_token(language),
        };
        woken.extend(has_missed.then_some(ChatId(asked.chat)));
        let reply = Some(asked.reply(&message));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot use a link")?;
        if done.is_first {
            crate::wake(&*self.queues, &woken).await;
        }
        self.insist(asked.update, done.reply).await.map(Some)
    }

    /// Makes a link into a cabinet for its owner. It is sent and not stored as the reply, so that the
    /// code stands in no table.
    pub(super) async fn make_invite(
        &self,
        asked: Request,
        cabinet: CabinetId,
        role: Role,
    ) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = self.person(asked).await?;
        let Some(person) = person else {
            return self.show_to(None, asked, Some(Screen::Menu)).await;
        };
        let me = self.telegram.fetch_me().await.context("cannot ask for the bot's name")?;
        let mut code = [0; CODE_BYTES];
        rand::fill(&mut code).map_err(|_| anyhow::anyhow!("there is no randomness"))?;
        let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();

        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        if !invites::save_invite(&mut *tx, &sha256(&code), person.id, cabinet, role, now).await? {
            drop(tx);
            return self.show_to(Some(person), asked, Some(Screen::Invite)).await;
        }
        if !self.conclude(tx, asked.update, None, now).await.context("cannot store a link")?.is_first {
            return Ok(None);
        }
        let link = format!("https://t.me/{}?start={code}", me.username);
        let message = messages::invite_made(person.language, role, &link, now + INVITE_LIVES);
        let sent = self.telegram.send_text(asked.chat, &message.html, Some(&message.keyboard), false).await;
        if let Err(error) = sent {
            tracing::warn!(update = asked.update, error = %error, "invite link not sent; the person can ask for another one");
        }
        Ok(None)
    }
}

/// Tells the owners that somebody has joined their cabinet; the chats are to be woken.
pub(super) async fn tell_owners(
    tx: &mut store::Transaction<'_>,
    entered: &Entered,
    member: UserId,
    name: &str,
    by_link: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<ChatId>> {
    if !entered.is_new {
        return Ok(Vec::new());
    }
    let joined = MemberJoined { member, name: name.to_owned(), cabinet: entered.name.clone(), by_link };
    let told = members::tell_owners(&mut **tx, entered.cabinet, member, &Facts::MemberJoined(joined), now).await;
    told.context("cannot tell the owners")
}

fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}
