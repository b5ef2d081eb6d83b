//! 📈 Аналитика: the figures of a period.

use anyhow::Context;
use chrono::TimeDelta;
use domain::{figures::period::Period, screen::analytics::Whose};
use messages::AnalyticsButton;
use store::read::analytics::load_analytics;

use super::menu;
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// Shows a period, or how it is counted.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: AnalyticsButton) -> anyhow::Result<Outcome> {
    match button {
        AnalyticsButton::Show { cabinet, period } => {
            show(bot, asked, cabinet.map_or(Whose::All, Whose::Cabinet), period).await
        }
        AnalyticsButton::Explain { cabinet, period } => {
            bot.show(asked, &messages::analytics_explained(asked.language, cabinet, period)).await
        }
    }
}

/// Shows the figures of a period.
pub(crate) async fn show(bot: &Bot, asked: Request, whose: Whose, period: Period) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    // Whichever of the two methods has loaded the orders.
    let reach = TimeDelta::days(i64::from(bot.settings.initial_sync_days).min(wb::FEED_DAYS));
    let shown = load_analytics(&bot.pool, asked.person, whose, period, reach, now).await;
    match shown.context("cannot read the figures")? {
        Some(shown) => bot.show(asked, &messages::analytics(&shown, now)).await,
        None => menu::show(bot, asked).await,
    }
}
