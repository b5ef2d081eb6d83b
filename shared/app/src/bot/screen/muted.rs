//! Products of which nothing is told.

use anyhow::Context;
use domain::{CabinetId, MutingId, NotificationId, TelegramId};
use messages::{Message, MutedButton, MutedProduct, MutedView, ProductView};
use store::settings::{self, MUTED_PER_PAGE, Of};

use super::{list, menu, notifications};
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// Mutes and unmutes products, and shows those that are muted.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: MutedButton) -> anyhow::Result<Outcome> {
    match button {
        MutedButton::Ask(row) => ask(bot, asked.anew(), row).await,
        MutedButton::Mute { notification, all_kinds } => mute(bot, asked, notification, all_kinds).await,
        MutedButton::Page { cabinet, page } => show(bot, asked, cabinet, page).await,
        MutedButton::Unmute { id, page } => unmute(bot, asked, id, page).await,
    }
}

/// Asks what of the product of a notification is to be muted.
async fn ask(bot: &Bot, asked: Request, row: NotificationId) -> anyhow::Result<Outcome> {
    let about =
        settings::load_notification(&bot.pool, asked.person, row).await.context("cannot look the notification up")?;
    match about {
        Some(about) => bot.show(asked, &messages::mute_question(about.language, &product(row, about))).await,
        None => notifications::show(bot, asked, Of::First).await,
    }
}

/// Mutes the product of a notification.
async fn mute(bot: &Bot, asked: Request, row: NotificationId, all_kinds: bool) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let about = settings::load_notification(&mut *tx, asked.person, row).await?;
    let muted = settings::mute(&mut *tx, asked.person, row, all_kinds, now).await?;
    let Some((about, id)) = about.zip(muted) else {
        drop(tx);
        return notifications::show(bot, asked, Of::First).await;
    };
    // What waits for a digest is looked at no more until then: it has to be looked at now.
    let has_released =
        settings::release_held_by_settings(&mut *tx, asked.person, now).await.context("cannot release what waited")?;
    let (language, cabinet) = (about.language, about.cabinet);
    let message = messages::mute_done(language, &product(row, about), all_kinds, cabinet, id);
    let concluded =
        bot.conclude(tx, asked.update, Some(asked.reply(&message))).await.context("cannot mute a product")?;
    if has_released {
        bot.wake(&[asked.person.chat()]).await;
    }
    Ok(concluded.outcome)
}

/// Shows a page of the muted products of a cabinet.
async fn show(bot: &Bot, asked: Request, cabinet: CabinetId, page: usize) -> anyhow::Result<Outcome> {
    match muted(&bot.pool, asked.person, cabinet, page).await? {
        Some(message) => bot.show(asked, &message).await,
        None => menu::show(bot, asked).await,
    }
}

/// Unmutes a product and shows the page on which it stood.
async fn unmute(bot: &Bot, asked: Request, id: MutingId, page: usize) -> anyhow::Result<Outcome> {
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let cabinet = settings::unmute(&mut *tx, asked.person, id).await.context("cannot unmute")?;
    let message = match cabinet {
        Some(cabinet) => muted(&mut *tx, asked.person, cabinet, page).await?,
        None => None,
    };
    let Some(message) = message else {
        drop(tx);
        return notifications::show(bot, asked, Of::First).await;
    };
    let reply = asked.reply(&message);
    Ok(bot.conclude(tx, asked.update, Some(reply)).await.context("cannot unmute")?.outcome)
}

/// The product of a notification.
fn product(row: NotificationId, about: settings::NotificationOf) -> ProductView {
    let settings::NotificationOf { cabinet_name, kind, nm_id, title, .. } = about;
    ProductView { row, kind, nm_id, title, cabinet_name }
}

/// A page of the muted products.
async fn muted(
    db: impl store::Executor<'_>,
    person: TelegramId,
    cabinet: CabinetId,
    page: usize,
) -> anyhow::Result<Option<Message>> {
    let found = settings::load_muted(db, person, cabinet, i64::try_from(page).unwrap_or(i64::MAX))
        .await
        .context("cannot read the muted products")?;
    Ok(found.map(|found| {
        let pages = list::pages(found.total, MUTED_PER_PAGE);
        let view = MutedView {
            cabinet: found.cabinet,
            cabinet_name: found.cabinet_name,
            page,
            pages,
            products: found
                .products
                .into_iter()
                .map(|one| MutedProduct { id: one.id, nm_id: one.nm_id, title: one.title, kind: one.kind })
                .collect(),
        };
        messages::muted(found.language, &view)
    }))
}
