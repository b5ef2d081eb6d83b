//! The pages of a group.

use anyhow::Context;
use domain::GroupId;
use messages::GroupButton;

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    render,
};

/// Turns a page, or shows the first one as a message of its own.
pub async fn tapped(bot: &Bot, asked: Request, button: GroupButton) -> anyhow::Result<Outcome> {
    match button {
        GroupButton::Page { group, page } => show(bot, asked, group, page).await,
        GroupButton::Open(group) => show(bot, asked.anew(), group, 0).await,
    }
}

/// Shows a page of a group, to the person whose group it is.
async fn show(bot: &Bot, asked: Request, group: GroupId, page: usize) -> anyhow::Result<Outcome> {
    let batch = store::chats::load_group(&bot.pool, asked.person, group).await.context("cannot read a group")?;
    let Some((kind, batch)) = batch.and_then(|batch| Some((batch.kind?, batch))) else {
        return menu::show(bot, asked.anew()).await;
    };
    bot.show(asked, &render::group_page(kind, &batch, page)?).await
}
