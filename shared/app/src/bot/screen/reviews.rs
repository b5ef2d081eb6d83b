//! ⭐ Отзывы: the list, and the card of one review.

use anyhow::Context;
use domain::{
    CabinetId,
    screen::{
        List,
        reviews::{ReviewKey, ReviewsPlace},
    },
};
use messages::ReviewsButton;
use store::{
    read::reviews::{self, REVIEWS_PER_PAGE},
    searches,
};

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    render::Product,
};

/// Turns a page, or opens a review.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: ReviewsButton) -> anyhow::Result<Outcome> {
    match button {
        ReviewsButton::Page { cabinet, place } => show(bot, asked, Some(cabinet), place).await,
        ReviewsButton::Card { cabinet, place, key } => card(bot, asked, cabinet, place, key).await,
    }
}

/// Shows a page of the reviews of a cabinet, or of the person's first one.
pub(crate) async fn show(
    bot: &Bot,
    asked: Request,
    cabinet: Option<CabinetId>,
    place: ReviewsPlace,
) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let place = ReviewsPlace { as_of: place.as_of.or_else(|| Some(super::next_second(now))), ..place };
    let list = reviews::load_reviews(&bot.pool, asked.person, cabinet, place, now).await;
    let Some(list) = list.context("cannot read the reviews")? else { return menu::show(bot, asked).await };
    searches::save_looks_at(&bot.pool, asked.person, List::Reviews, list.heading.cabinet)
        .await
        .context("cannot store at what they look")?;
    let pages = usize::try_from((list.total + REVIEWS_PER_PAGE - 1) / REVIEWS_PER_PAGE).unwrap_or(usize::MAX);
    bot.show(asked, &messages::reviews(&list, place, pages, now)).await
}

/// Shows a review.
async fn card(
    bot: &Bot,
    asked: Request,
    cabinet: CabinetId,
    place: ReviewsPlace,
    key: ReviewKey,
) -> anyhow::Result<Outcome> {
    let card = reviews::load_review(&bot.pool, asked.person, cabinet, key, bot.clock.now())
        .await
        .context("cannot read a review")?;
    let Some(card) = card else {
        return bot.show(asked, &messages::review_gone(asked.language, cabinet, place)).await;
    };
    let product = Product::from(card.product);
    let facts = product.shown_in_full(card.heading.cabinet_name.as_deref());
    bot.show(asked, &messages::review_card(&card.heading, &card.review, key, place, facts)).await
}
