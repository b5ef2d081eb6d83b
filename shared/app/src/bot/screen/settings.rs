//! ⚙️ Настройки: the state of the tokens.

use anyhow::Context;
use messages::TokenView;
use store::status::ALL_CABINETS;

use super::{menu, status::serves};
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// Shows the tokens.
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    match tokens(bot, asked).await? {
        Some(outcome) => Ok(outcome),
        None => menu::show(bot, asked).await,
    }
}

/// Shows the tokens, read by one statement; `None` for who belongs to no cabinet that is loaded.
pub(crate) async fn tokens(bot: &Bot, asked: Request) -> anyhow::Result<Option<Outcome>> {
    let now = bot.clock.now();
    let cabinets = store::status::load_status(&bot.pool, asked.person, 0, ALL_CABINETS, now)
        .await
        .context("cannot read the tokens' states")?;
    let Some(language) = cabinets.iter().find(|cabinet| cabinet.is_ready).map(|cabinet| cabinet.language) else {
        return Ok(None);
    };
    let tokens = cabinets.iter().flat_map(|cabinet| cabinet.lease.tokens.iter().map(move |token| (cabinet, token)));
    let views: Vec<TokenView> = tokens
        .map(|(cabinet, token)| TokenView {
            cabinet: cabinet.name.clone(),
            last_sync_at: cabinet.last_sync_at,
            token_type: token.token_type,
            categories: token.categories,
            expires_at: token.expires_at,
            serves: serves(token, now),
        })
        .collect();
    bot.show(asked, &messages::settings(language, &views)).await.map(Some)
}
