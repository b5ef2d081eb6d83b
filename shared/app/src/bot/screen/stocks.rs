//! 📦 Склад: the products with what is left of them, and the card of one.

use anyhow::Context;
use domain::{
    CabinetId, NmId,
    screen::{List, Place, stocks::StockFilter},
};
use messages::StocksButton;
use store::{
    read::stocks::{self, PRODUCTS_PER_PAGE},
    searches,
};

use super::{list, menu, orders};
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    render::Product,
};

/// Turns a page, opens a product, or looks for its orders.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: StocksButton) -> anyhow::Result<Outcome> {
    match button {
        StocksButton::Page { cabinet, place } => show(bot, asked, Some(cabinet), place).await,
        StocksButton::Card { cabinet, place, nm_id } => card(bot, asked, cabinet, place, nm_id).await,
        StocksButton::Orders { cabinet, nm_id } => orders_of(bot, asked, cabinet, nm_id).await,
    }
}

/// Shows a page of the products of a cabinet, or of the person's first one.
pub(crate) async fn show(
    bot: &Bot,
    asked: Request,
    cabinet: Option<CabinetId>,
    place: Place<StockFilter>,
) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let shown = stocks::load_stocks(&bot.pool, asked.person, cabinet, place, now).await;
    let Some(shown) = shown.context("cannot read the stocks")? else { return menu::show(bot, asked).await };
    list::stand_at(bot, asked, List::Stocks, shown.page.heading.cabinet).await?;
    let pages = list::pages(shown.page.total, PRODUCTS_PER_PAGE);
    bot.show(asked, &messages::stocks(&shown, place, pages, now)).await
}

/// Shows a product.
async fn card(
    bot: &Bot,
    asked: Request,
    cabinet: CabinetId,
    place: Place<StockFilter>,
    nm_id: NmId,
) -> anyhow::Result<Outcome> {
    let card = stocks::load_stock(&bot.pool, asked.person, cabinet, nm_id, bot.clock.now())
        .await
        .context("cannot read the stocks of a product")?;
    let Some(card) = card else {
        return bot.show(asked, &messages::stock_gone(asked.language, cabinet, place)).await;
    };
    let product = Product::from(card.product);
    let facts = product.shown_in_full(card.heading.cabinet_name.as_deref());
    bot.show(asked, &messages::stock_card(&card.heading, nm_id, &card.sizes, place, facts)).await
}

/// Looks for the orders of a product.
async fn orders_of(bot: &Bot, asked: Request, cabinet: CabinetId, nm_id: NmId) -> anyhow::Result<Outcome> {
    let saved = searches::save_search(&bot.pool, asked.person, &nm_id.to_string(), bot.clock.now())
        .await
        .context("cannot store what is looked for")?;
    let Some(saved) = saved else { return menu::show(bot, asked).await };
    orders::show(bot, asked, Some(cabinet), Place::of_search(saved.id)).await
}
