//! 🔔 Уведомления and the screens behind it: each tap is one statement to look, one more to change.
//!
//! A change is stored with its reply. What waited because of the old setting is brought back in the
//! same transaction, and the chat is woken: the next look at it decides by the new one.

use anyhow::Context;
use domain::{CabinetId, ChatId, Delivery, EventKind, Language};
use messages::{KindChoice, Message, MutedProduct, MutedView, PersonChoice, ProductView, Screen, SettingsView};
use serde_json::Value;
use store::{
    digests::For,
    settings::{self, MUTED_PER_PAGE, Of, PersonChange, Settings, Thresholds},
};

use super::{context::Bot, request::Request};

/// The screens that need no cabinet of their own.
pub const SCREENS: [Screen; 6] =
    [Screen::Notifications, Screen::QuietHours, Screen::QuietFrom, Screen::QuietUntil, Screen::Zones, Screen::Digest];

/// What a tap shows of the settings.
#[derive(Clone, Copy)]
pub enum Look {
    /// One of the screens that need no cabinet of their own.
    Screen(Screen),
    /// The settings of a kind.
    Kind(EventKind),
    /// The settings of the kind of the notification that is asked about.
    KindOfNotification,
    /// The settings of a kind that have just been copied to every cabinet.
    KindEverywhere(EventKind),
}

/// What a tap changes.
#[derive(Clone, Copy)]
pub enum Change {
    /// The switch for everything.
    All(bool),
    /// The switch of a kind, `OrdersLate` included.
    Kind(EventKind, bool),
    /// A choice on the screen of a kind.
    Choice(EventKind, KindChoice),
    /// A choice of the person's.
    Mine(PersonChoice),
}

impl Change {
    /// The screen that shows it.
    fn look(self) -> Look {
        match self {
            Self::All(_) | Self::Kind(..) => Look::Screen(Screen::Notifications),
            Self::Choice(kind, KindChoice::Everywhere) => Look::KindEverywhere(kind),
            Self::Choice(kind, _) => Look::Kind(kind),
            Self::Mine(PersonChoice::Digest(_)) => Look::Screen(Screen::Digest),
            Self::Mine(_) => Look::Screen(Screen::QuietHours),
        }
    }

    /// Whether the hour of the next digest has to be found anew.
    fn moves_the_digest(self) -> bool {
        matches!(
            self,
            Self::Mine(PersonChoice::Digest(_) | PersonChoice::Zone(_))
                | Self::Choice(_, KindChoice::Delivery(Delivery::Digest) | KindChoice::Everywhere)
        )
    }
}

impl Bot {
    /// Shows settings. Who has no such cabinet gets the menu: the button is old, or forged.
    pub(super) async fn look(&self, asked: Request, of: Of, look: Look) -> anyhow::Result<Option<Value>> {
        let found = settings::load_settings(&self.pool, asked.telegram_id, of).await.context("cannot read settings")?;
        let Some(found) = found else {
            return self.leave(asked).await;
        };
        let reply = asked.reply(&screen(&found, look));
        self.reply(&self.pool, asked.update, reply, self.clock.now()).await
    }

    /// Changes settings and shows them.
    pub(super) async fn change(&self, asked: Request, of: Of, change: Change) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        self.save_change(&mut tx, asked.telegram_id, of, change).await.context("cannot store a setting")?;
        let Some(found) = settings::load_settings(&mut *tx, asked.telegram_id, of).await? else {
            // Nothing was changed either: the statements ask the same.
            drop(tx);
            return self.leave(asked).await;
        };
        if change.moves_the_digest() {
            let due_at = found.digest_hour.map(|hour| found.zone.next(hour, now));
            store::digests::save_due_at(&mut *tx, found.user, due_at).await.context("cannot plan the digest")?;
        }
        let has_released = settings::release_held_by_settings(&mut *tx, asked.telegram_id, now)
            .await
            .context("cannot release what waited")?;
        let reply = asked.reply(&screen(&found, change.look()));
        let done = self.conclude(tx, asked.update, Some(reply), now).await.context("cannot store a setting")?;
        if done.is_first && has_released {
            crate::wake(&*self.queues, &[ChatId(asked.telegram_id)]).await;
        }
        Ok(done.reply)
    }

    async fn save_change(
        &self,
        tx: &mut store::Connection,
        telegram_id: i64,
        of: Of,
        change: Change,
    ) -> anyhow::Result<()> {
        let cabinets: &[CabinetId] = match &of {
            Of::Cabinet(cabinet) => std::slice::from_ref(cabinet),
            Of::First | Of::Notification(_) => &[],
        };
        match change {
            Change::All(on) => {
                let all = PersonChange { all: Some(on), ..PersonChange::default() };
                settings::save_person_change(tx, telegram_id, all).await?;
            }
            Change::Kind(kind, on) | Change::Choice(kind, KindChoice::On(on)) => {
                settings::save_kind(tx, telegram_id, cabinets, kind, on).await?;
            }
            Change::Choice(kind, KindChoice::Delivery(delivery)) => {
                settings::save_delivery(tx, telegram_id, cabinets, kind, delivery).await?;
            }
            Change::Choice(_, KindChoice::Stars(stars)) => {
                let review = Some(stars).filter(|stars| domain::settings::REVIEW_THRESHOLDS.contains(stars));
                let thresholds = Thresholds { review, ..Thresholds::default() };
                settings::save_thresholds(tx, telegram_id, cabinets, thresholds).await?;
            }
            Change::Choice(_, KindChoice::Left(left)) => {
                let stock = Some(left).filter(|left| domain::settings::STOCK_THRESHOLDS.contains(left));
                let thresholds = Thresholds { stock, ..Thresholds::default() };
                settings::save_thresholds(tx, telegram_id, cabinets, thresholds).await?;
            }
            Change::Choice(_, KindChoice::By(by)) => {
                let thresholds = Thresholds { stock_by: Some(by), ..Thresholds::default() };
                settings::save_thresholds(tx, telegram_id, cabinets, thresholds).await?;
            }
            Change::Choice(kind, KindChoice::Everywhere) => {
                if let Some(here) = settings::load_settings(&mut *tx, telegram_id, of).await? {
                    copy(tx, telegram_id, &here, kind).await?;
                }
            }
            Change::Mine(PersonChoice::Digest(None)) => settings::save_digest_off(tx, telegram_id).await?,
            Change::Mine(choice) => {
                settings::save_person_change(tx, telegram_id, person_change(choice)).await?;
            }
        }
        Ok(())
    }

    /// Asks what of the product of a notification is to be muted.
    pub(super) async fn ask_to_mute(&self, asked: Request, row: i64) -> anyhow::Result<Option<Value>> {
        let about = settings::load_notification(&self.pool, asked.telegram_id, row)
            .await
            .context("cannot look the notification up")?;
        let Some(about) = about else { return self.look(asked, Of::First, Look::Screen(Screen::Notifications)).await };
        let message = messages::mute_question(about.language, &product(row, about));
        self.reply(&self.pool, asked.update, asked.reply(&message), self.clock.now()).await
    }

    /// Mutes the product of a notification.
    pub(super) async fn mute(&self, asked: Request, row: i64, all_kinds: bool) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let about = settings::load_notification(&mut *tx, asked.telegram_id, row).await?;
        let muted = settings::mute(&mut *tx, asked.telegram_id, row, all_kinds, now).await?;
        let Some((about, id)) = about.zip(muted) else {
            drop(tx);
            return self.look(asked, Of::First, Look::Screen(Screen::Notifications)).await;
        };
        // What waits for a digest is looked at no more until then: it has to be looked at now.
        let has_released = settings::release_held_by_settings(&mut *tx, asked.telegram_id, now)
            .await
            .context("cannot release what waited")?;
        let (language, cabinet) = (about.language, about.cabinet);
        let message = messages::mute_done(language, &product(row, about), all_kinds, cabinet, id);
        let reply = Some(asked.reply(&message));
        let concluded = self.conclude(tx, asked.update, reply, now).await.context("cannot mute a product")?;
        if has_released {
            crate::wake(&*self.queues, &[ChatId(asked.telegram_id)]).await;
        }
        Ok(concluded.reply)
    }

    /// Shows a page of the muted products of a cabinet.
    pub(super) async fn show_muted(
        &self,
        asked: Request,
        cabinet: CabinetId,
        page: usize,
    ) -> anyhow::Result<Option<Value>> {
        let mut connection = self.pool.acquire().await.context("cannot connect")?;
        let Some(message) = muted(&mut connection, asked.telegram_id, cabinet, page).await? else {
            drop(connection);
            return self.leave(asked).await;
        };
        let reply = asked.reply(&message);
        self.reply(&mut *connection, asked.update, reply, self.clock.now()).await
    }

    /// Unmutes a product and shows the page on which it stood.
    pub(super) async fn unmute(&self, asked: Request, id: i64, page: usize) -> anyhow::Result<Option<Value>> {
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let cabinet = settings::unmute(&mut *tx, asked.telegram_id, id).await.context("cannot unmute")?;
        let message = match cabinet {
            Some(cabinet) => muted(&mut tx, asked.telegram_id, cabinet, page).await?,
            None => None,
        };
        let Some(message) = message else {
            drop(tx);
            return self.look(asked, Of::First, Look::Screen(Screen::Notifications)).await;
        };
        let reply = Some(asked.reply(&message));
        Ok(self.conclude(tx, asked.update, reply, self.clock.now()).await.context("cannot unmute")?.reply)
    }

    /// /digest: it comes as every digest does, right away.
    pub(super) async fn send_digest(&self, asked: Request) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let whom = For::Asking { telegram_id: asked.telegram_id, update: asked.update };
        let chats = store::digests::save_digests(&mut *tx, whom, now).await.context("cannot make a digest")?;
        if chats.is_empty() {
            drop(tx);
            return self.leave(asked).await;
        }
        let done = self.conclude(tx, asked.update, None, now).await.context("cannot make a digest")?;
        if done.is_first {
            crate::wake(&*self.queues, &[ChatId(asked.telegram_id)]).await;
        }
        Ok(done.reply)
    }

    /// Shows the menu, or what stands before it: there is nothing to be set.
    pub(super) async fn leave(&self, asked: Request) -> anyhow::Result<Option<Value>> {
        // Boxed, because the menu's way leads here.
        Box::pin(self.show(asked, Some(Screen::Menu))).await
    }
}

/// Gives every cabinet of the person what one of them has for a kind.
async fn copy(tx: &mut store::Connection, telegram_id: i64, here: &Settings, kind: EventKind) -> store::Result<()> {
    let all = &here.cabinets;
    settings::save_kind(&mut *tx, telegram_id, all, kind, here.is_on(kind)).await?;
    settings::save_delivery(&mut *tx, telegram_id, all, kind, here.delivery(kind)).await?;
    let thresholds = match kind {
        EventKind::NegativeReview => Thresholds { review: Some(here.review_threshold), ..Thresholds::default() },
        EventKind::CriticalStock => {
            Thresholds { stock: Some(here.stock_threshold), stock_by: Some(here.stock_by), review: None }
        }
        _ => return Ok(()),
    };
    settings::save_thresholds(tx, telegram_id, all, thresholds).await
}

fn person_change(choice: PersonChoice) -> PersonChange {
    let none = PersonChange::default();
    match choice {
        PersonChoice::Quiet(on) => PersonChange { quiet_enabled: Some(on), ..none },
        PersonChoice::QuietFrom(hour) => PersonChange { quiet_from: Some(hour), ..none },
        PersonChoice::QuietUntil(hour) => PersonChange { quiet_until: Some(hour), ..none },
        PersonChoice::QuietMode(mode) => PersonChange { quiet_mode: Some(mode), ..none },
        PersonChoice::Zone(zone) => PersonChange { zone: Some(zone), ..none },
        PersonChoice::Digest(digest_hour) => PersonChange { digest_hour, ..none },
    }
}

/// A screen of the settings.
fn screen(settings: &Settings, look: Look) -> Message {
    let language = settings.language;
    let view = view(settings);
    let switched = |kind: Option<EventKind>| kind.filter(|kind| EventKind::SWITCHED.contains(kind));
    match look {
        Look::Kind(kind) => messages::kind_settings(language, &view, kind, false),
        Look::KindEverywhere(kind) => messages::kind_settings(language, &view, kind, true),
        Look::KindOfNotification => match switched(settings.kind) {
            Some(kind) => messages::kind_settings(language, &view, kind, false),
            None => messages::notifications(language, &view),
        },
        Look::Screen(Screen::QuietHours) => messages::quiet_hours(language, &view),
        Look::Screen(Screen::QuietFrom) => messages::quiet_from(language, &view),
        Look::Screen(Screen::QuietUntil) => messages::quiet_until(language, &view),
        Look::Screen(Screen::Zones) => messages::zones(language, &view),
        Look::Screen(Screen::Digest) => messages::digest_settings(language, &view),
        Look::Screen(_) => messages::notifications(language, &view),
    }
}

fn view(settings: &Settings) -> SettingsView {
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

fn product(row: i64, about: settings::NotificationOf) -> ProductView {
    let settings::NotificationOf { cabinet_name, kind, nm_id, title, .. } = about;
    ProductView { row, kind, nm_id, title, cabinet_name }
}

/// A page of the muted products.
async fn muted(
    db: &mut store::Connection,
    telegram_id: i64,
    cabinet: CabinetId,
    page: usize,
) -> anyhow::Result<Option<Message>> {
    let found = settings::load_muted(&mut *db, telegram_id, cabinet, i64::try_from(page).unwrap_or(i64::MAX))
        .await
        .context("cannot read the muted products")?;
    Ok(found.map(|found| {
        let language: Language = found.language;
        let pages = usize::try_from((found.total + MUTED_PER_PAGE - 1) / MUTED_PER_PAGE).unwrap_or(usize::MAX);
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
        messages::muted(language, &view)
    }))
}
