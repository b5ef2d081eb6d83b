//! 🛒 Заказы: the list, what can be chosen, and the card of one order.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    CabinetId,
    screen::{
        List,
        orders::{OrderKey, OrderList, OrdersPlace},
    },
};
use messages::OrdersButton;
use store::{
    read::orders::{self, ORDERS_PER_PAGE},
    searches,
};

use super::menu;
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
    place: OrdersPlace,
) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let place = OrdersPlace { as_of: place.as_of.or_else(|| Some(super::next_second(now))), ..place };
    let Some(list) = load(bot, asked, cabinet, place, now).await? else { return menu::show(bot, asked).await };
    searches::save_looks_at(&bot.pool, asked.person, List::Orders, list.heading.cabinet)
        .await
        .context("cannot store at what they look")?;
    let pages = usize::try_from((list.total + ORDERS_PER_PAGE - 1) / ORDERS_PER_PAGE).unwrap_or(usize::MAX);
    bot.show(asked, &messages::orders(&list, place, pages, now)).await
}

/// Shows what can be chosen.
async fn filters(bot: &Bot, asked: Request, cabinet: CabinetId, place: OrdersPlace) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    match load(bot, asked, Some(cabinet), place, now).await? {
        Some(list) => bot.show(asked, &messages::order_filters(&list, place, now)).await,
        None => menu::show(bot, asked).await,
    }
}

async fn load(
    bot: &Bot,
    asked: Request,
    cabinet: Option<CabinetId>,
    place: OrdersPlace,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<OrderList>> {
    orders::load_orders(&bot.pool, asked.person, cabinet, place, now).await.context("cannot read the orders")
}

/// Shows an order.
async fn card(
    bot: &Bot,
    asked: Request,
    cabinet: CabinetId,
    place: OrdersPlace,
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
