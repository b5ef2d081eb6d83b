//! 🔎 A text that is no command and no reply is looked for in the list at which the person looked last.

use anyhow::Context;
use domain::screen::{List, Place};
use store::searches;

use super::{orders, reviews, stocks};
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// No article, barcode or id is longer; of a longer text the beginning is looked for.
const WORDS_MAX_CHARS: usize = 100;

/// Looks for a text; `None` for who belongs to no cabinet that is loaded.
pub(crate) async fn look_for(bot: &Bot, asked: Request, text: &str) -> anyhow::Result<Option<Outcome>> {
    let words: String = text.trim().chars().take(WORDS_MAX_CHARS).collect();
    let saved = searches::save_search(&bot.pool, asked.person, words.trim_end(), bot.clock.now())
        .await
        .context("cannot store what is looked for")?;
    let Some(searches::Saved { id, list, cabinet }) = saved else { return Ok(None) };
    let found = match list {
        Some(List::Stocks) => stocks::show(bot, asked, cabinet, Place::of_search(id)).await,
        Some(List::Reviews) => reviews::show(bot, asked, cabinet, Place::of_search(id)).await,
        Some(List::Orders) | None => orders::show(bot, asked, cabinet, Place::of_search(id)).await,
    };
    found.map(Some)
}
