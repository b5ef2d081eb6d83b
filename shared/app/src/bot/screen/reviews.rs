//! ⭐ Отзывы: the list, and the card of one review.

use anyhow::Context;
use domain::{
    CabinetId,
    screen::{
        List, Place,
        reviews::{ReviewFilter, ReviewKey},
    },
};
use messages::ReviewsButton;
use store::read::reviews::{self, REVIEWS_PER_PAGE};

use super::{list, menu};
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
    place: Place<ReviewFilter>,
) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let place = list::at_moment(place, now);
    let shown = reviews::load_reviews(&bot.pool, asked.person, cabinet, place, now).await;
    let Some(shown) = shown.context("cannot read the reviews")? else { return menu::show(bot, asked).await };
    list::stand_at(bot, asked, List::Reviews, shown.page.heading.cabinet).await?;
    let pages = list::pages(shown.page.total, REVIEWS_PER_PAGE);
    bot.show(asked, &messages::reviews(&shown, place, pages, now)).await
}

/// Shows a review.
async fn card(
    bot: &Bot,
    asked: Request,
    cabinet: CabinetId,
    place: Place<ReviewFilter>,
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
