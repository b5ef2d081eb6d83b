//! 🔎 A text that is no command and no reply is looked for.

use anyhow::Context;
use domain::screen::orders::OrdersPlace;

use super::orders;
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// No article, barcode or id is longer; of a longer text the beginning is looked for.
const WORDS_MAX_CHARS: usize = 100;

/// Looks for a text; `None` for who belongs to no cabinet that is loaded.
pub(crate) async fn look_for(bot: &Bot, asked: Request, text: &str) -> anyhow::Result<Option<Outcome>> {
    let words: String = text.trim().chars().take(WORDS_MAX_CHARS).collect();
    let search = store::searches::save_search(&bot.pool, asked.person, words.trim_end(), bot.clock.now())
        .await
        .context("cannot store what is looked for")?;
    match search {
        Some(search) => {
            let place = OrdersPlace { search: Some(search), ..OrdersPlace::default() };
            orders::show(bot, asked, None, place).await.map(Some)
        }
        None => Ok(None),
    }
}
