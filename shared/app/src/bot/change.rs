//! A change of the settings, for each screen of theirs: one statement to look, one more to change.
//!
//! A change is stored with its reply. What waited because of the old setting is brought back in the
//! same transaction, and the chat is woken: the next look at it decides by the new one.

use anyhow::Context;
use domain::{CabinetId, Delivery, EventKind, TelegramId};
use messages::{KindChoice, Message, PersonalButton, SettingsView};
use store::settings::{self, Of, PersonChange, PersonSettings, Thresholds};

use super::{context::Bot, outcome::Outcome, request::Request, screen::menu};

/// What a tap changes.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// The switch for everything.
    All(bool),
    /// The switch of a kind, `OrdersLate` included.
    Kind(EventKind, bool),
    /// A choice on the screen of a kind.
    Choice(EventKind, KindChoice),
    /// A choice of the person's.
    Mine(PersonalButton),
}

impl Change {
    /// Whether the hour of the next digest has to be found anew.
    fn moves_the_digest(self) -> bool {
        matches!(
            self,
            Self::Mine(PersonalButton::Digest(_) | PersonalButton::Zone(_))
                | Self::Choice(_, KindChoice::Delivery(Delivery::Digest) | KindChoice::Everywhere)
        )
    }
}

/// Shows settings as a screen does. Who has no such cabinet gets the menu: the button is old, or forged.
pub(super) async fn look(
    bot: &Bot,
    asked: Request,
    of: Of,
    screen: impl FnOnce(&PersonSettings, &SettingsView) -> Message,
) -> anyhow::Result<Outcome> {
    let found = settings::load_settings(&bot.pool, asked.person, of).await.context("cannot read settings")?;
    match found {
        Some(found) => bot.show(asked, &screen(&found, &view(&found))).await,
        None => menu::show(bot, asked).await,
    }
}

/// Changes settings and shows them.
pub(super) async fn make(
    bot: &Bot,
    asked: Request,
    of: Of,
    change: Change,
    screen: impl FnOnce(&PersonSettings, &SettingsView) -> Message,
) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    save(&mut tx, asked.person, of, change).await.context("cannot store a setting")?;
    let Some(found) = settings::load_settings(&mut *tx, asked.person, of).await? else {
        // Nothing was changed either: the statements ask the same.
        drop(tx);
        return menu::show(bot, asked).await;
    };
    if change.moves_the_digest() {
        let due_at = found.digest_hour.map(|hour| found.zone.next(hour, now));
        store::digests::save_due_at(&mut *tx, found.user, due_at).await.context("cannot plan the digest")?;
    }
    let has_released =
        settings::release_held_by_settings(&mut *tx, asked.person, now).await.context("cannot release what waited")?;
    let reply = asked.reply(&screen(&found, &view(&found)));
    let done = bot.conclude(tx, asked.update, Some(reply)).await.context("cannot store a setting")?;
    if done.is_first && has_released {
        bot.wake(&[asked.person.chat()]).await;
    }
    Ok(done.outcome)
}

/// Stores a change.
async fn save(tx: &mut store::Connection, person: TelegramId, of: Of, change: Change) -> anyhow::Result<()> {
    let cabinets: &[CabinetId] = match &of {
        Of::Cabinet(cabinet) => std::slice::from_ref(cabinet),
        Of::First | Of::Notification(_) => &[],
    };
    match change {
        Change::All(on) => {
            let all = PersonChange { all: Some(on), ..PersonChange::default() };
            settings::save_person_change(tx, person, all).await?;
        }
        Change::Kind(kind, on) | Change::Choice(kind, KindChoice::On(on)) => {
            settings::save_kind(tx, person, cabinets, kind, on).await?;
        }
        Change::Choice(kind, KindChoice::Delivery(delivery)) => {
            settings::save_delivery(tx, person, cabinets, kind, delivery).await?;
        }
        Change::Choice(_, KindChoice::Stars(stars)) => {
            let review = Some(stars).filter(|stars| domain::settings::REVIEW_THRESHOLDS.contains(stars));
            let thresholds = Thresholds { review, ..Thresholds::default() };
            settings::save_thresholds(tx, person, cabinets, thresholds).await?;
        }
        Change::Choice(_, KindChoice::Left(left)) => {
            let stock = Some(left).filter(|left| domain::settings::STOCK_THRESHOLDS.contains(left));
            let thresholds = Thresholds { stock, ..Thresholds::default() };
            settings::save_thresholds(tx, person, cabinets, thresholds).await?;
        }
        Change::Choice(_, KindChoice::By(by)) => {
            let thresholds = Thresholds { stock_by: Some(by), ..Thresholds::default() };
            settings::save_thresholds(tx, person, cabinets, thresholds).await?;
        }
        Change::Choice(kind, KindChoice::Everywhere) => {
            if let Some(here) = settings::load_settings(&mut *tx, person, of).await? {
                copy(tx, person, &here, kind).await?;
            }
        }
        Change::Mine(PersonalButton::Digest(None)) => settings::save_digest_off(tx, person).await?,
        Change::Mine(choice) => {
            settings::save_person_change(tx, person, person_change(choice)).await?;
        }
    }
    Ok(())
}

/// Gives every cabinet of the person what one of them has for a kind.
async fn copy(
    tx: &mut store::Connection,
    person: TelegramId,
    here: &PersonSettings,
    kind: EventKind,
) -> store::Result<()> {
    let all = &here.cabinets;
    settings::save_kind(&mut *tx, person, all, kind, here.is_on(kind)).await?;
    settings::save_delivery(&mut *tx, person, all, kind, here.delivery(kind)).await?;
    let thresholds = match kind {
        EventKind::NegativeReview => Thresholds { review: Some(here.review_threshold), ..Thresholds::default() },
        EventKind::CriticalStock => {
            Thresholds { stock: Some(here.stock_threshold), stock_by: Some(here.stock_by), review: None }
        }
        _ => return Ok(()),
    };
    settings::save_thresholds(tx, person, all, thresholds).await
}

fn person_change(choice: PersonalButton) -> PersonChange {
    let none = PersonChange::default();
    match choice {
        PersonalButton::Quiet(on) => PersonChange { quiet_enabled: Some(on), ..none },
        PersonalButton::QuietFrom(hour) => PersonChange { quiet_from: Some(hour), ..none },
        PersonalButton::QuietUntil(hour) => PersonChange { quiet_until: Some(hour), ..none },
        PersonalButton::QuietMode(mode) => PersonChange { quiet_mode: Some(mode), ..none },
        PersonalButton::Zone(zone) => PersonChange { zone: Some(zone), ..none },
        PersonalButton::Digest(digest_hour) => PersonChange { digest_hour, ..none },
    }
}

/// What the screens show.
fn view(settings: &PersonSettings) -> SettingsView {
    let cabinets = &settings.cabinets;
    let place = cabinets.iter().position(|one| *one == settings.cabinet).unwrap_or_default();
    let has_several = cabinets.len() > 1;
    let mut kinds = EventKind::SWITCHED.into_iter();
    SettingsView {
        cabinet: settings.cabinet,
        cabinet_name: settings.cabinet_name.clone().filter(|_| has_several),
        next_cabinet: has_several.then(|| cabinets[(place + 1) % cabinets.len()]),
        all_on: settings.all,
        kinds: std::array::from_fn(|_| {
            let kind = kinds.next().expect("there are six of both");
            (kind, settings.is_on(kind), settings.delivery(kind))
        }),
        orders_late: settings.orders_late,
        review_threshold: settings.review_threshold,
        stock_threshold: settings.stock_threshold,
        stock_by: settings.stock_by,
        muted: settings.muted,
        zone: settings.zone,
        quiet_enabled: settings.quiet_enabled,
        quiet_from: settings.quiet_from,
        quiet_until: settings.quiet_until,
        quiet_mode: settings.quiet_mode,
        digest_hour: settings.digest_hour,
    }
}
