//! 🛒 Заказы: the list, what can be chosen, and the card of one order.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    CabinetId,
    screen::{
        List, Page, Place,
        orders::{OrderFilter, OrderKey, OrderRow},
    },
};
use messages::OrdersButton;
use store::read::orders::{self, ORDERS_PER_PAGE};

use super::{list, menu};
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    render::Product,
};

/// Turns a page, shows what can be chosen, or opens an order.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: OrdersButton) -> anyhow::Result<Outcome> {
    match button {
        OrdersButton::Page { cabinet, place } => show(bot, asked, Some(cabinet), place).await,
        OrdersButton::Filters { cabinet, place } => filters(bot, asked, cabinet, place).await,
        OrdersButton::Card { cabinet, place, key } => card(bot, asked, cabinet, place, key).await,
    }
}

/// Shows a page of the orders of a cabinet, or of the person's first one.
pub(crate) async fn show(
    bot: &Bot,
    asked: Request,
    cabinet: Option<CabinetId>,
    place: Place<OrderFilter>,
) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let place = list::at_moment(place, now);
    let Some(page) = load(bot, asked, cabinet, place, now).await? else { return menu::show(bot, asked).await };
    list::stand_at(bot, asked, List::Orders, page.heading.cabinet).await?;
    let pages = list::pages(page.total, ORDERS_PER_PAGE);
    bot.show(asked, &messages::orders(&page, place, pages, now)).await
}

/// Shows what can be chosen.
async fn filters(bot: &Bot, asked: Request, cabinet: CabinetId, place: Place<OrderFilter>) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    match load(bot, asked, Some(cabinet), place, now).await? {
        Some(page) => bot.show(asked, &messages::order_filters(&page, place, now)).await,
        None => menu::show(bot, asked).await,
    }
}

async fn load(
    bot: &Bot,
    asked: Request,
    cabinet: Option<CabinetId>,
    place: Place<OrderFilter>,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Page<OrderRow>>> {
    orders::load_orders(&bot.pool, asked.person, cabinet, place, now).await.context("cannot read the orders")
}

/// Shows an order.
async fn card(
    bot: &Bot,
    asked: Request,
    cabinet: CabinetId,
    place: Place<OrderFilter>,
    key: OrderKey,
) -> anyhow::Result<Outcome> {
    let card = orders::load_order(&bot.pool, asked.person, cabinet, key, bot.clock.now())
        .await
        .context("cannot read an order")?;
    let Some(card) = card else {
        return bot.show(asked, &messages::order_gone(asked.language, cabinet, place)).await;
    };
    let product = Product::from(card.product);
    let facts = product.shown_in_full(card.heading.cabinet_name.as_deref());
    bot.show(asked, &messages::order_card(&card.heading, &card.story, place, facts)).await
}
