//! What the owners of a cabinet are told of the people in it. Each returns the chats that are to be woken.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    ChatId, Facts, SellerId, TokenId, UserId,
    facts::{MemberAsks, MemberJoined},
};
use store::members::{self, Entered};

/// Tells them that somebody has joined.
pub(crate) async fn tell_of_joining(
    tx: &mut store::Transaction<'_>,
    entered: &Entered,
    (member, name): (UserId, &str),
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

/// Asks them whether somebody may come back whom an owner has removed, and who sends the same token again.
pub(crate) async fn ask_about_comeback(
    tx: &mut store::Transaction<'_>,
    seller: SellerId,
    attempt: TokenId,
    (member, name): (UserId, &str),
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<ChatId>> {
    let cabinet = members::load_cabinet_of(&mut **tx, seller).await.context("cannot look a cabinet up")?;
    let Some((cabinet, cabinet_name)) = cabinet else { return Ok(Vec::new()) };
    let asks = MemberAsks { attempt, member, name: name.to_owned(), cabinet: cabinet_name };
    let asked = members::tell_owners(&mut **tx, cabinet, member, &Facts::MemberAsks(asks), now).await;
    asked.context("cannot ask the owners")
}
