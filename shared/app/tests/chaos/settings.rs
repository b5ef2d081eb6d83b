//! People change their settings: by the buttons of the bot, as far as it shows them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use testkit::{
    oracle::{Chat, Choice, Entry, Kind, Mode, QuietHours},
    telegram::{Button, Message},
};

use crate::{
    plan::{CABINETS, Chosen, KINDS},
    play::Player,
    reading::{self, by_name, mode_name, switch_name},
};

/// The hour of the digest of who chose none.
const DIGEST_HOUR: u32 = 9;
/// By how many hours Moscow's clock, which is everybody's at first, is ahead of UTC.
const MOSCOW: u32 = 3;

impl Player<'_> {
    /// Whether a person can tap anything about a cabinet.
    fn is_there(&self, chat: Chat, cabinet: usize) -> bool {
        !self.blocked.contains_key(&chat) && self.members.contains(&(chat, cabinet))
    }

    /// Opens 🔔 of a cabinet, and says which message shows it.
    async fn open(&mut self, chat: Chat, cabinet: usize) -> Option<i64> {
        if !self.is_there(chat, cabinet) {
            return None;
        }
        self.world.clock.advance(TimeDelta::seconds(5));
        self.world.telegram.say(chat, "/notifications").expect("Telegram's apps send such a text");
        self.settle().await;
        for _ in 0..CABINETS {
            let screen = self.world.telegram.last_message(chat)?;
            let text = &screen.content.text;
            if !text.starts_with("🔔 Уведомления") {
                return None;
            }
            if !text.contains("Кабинет: ") || text.contains(&format!("Кабинет: {}", self.shops[cabinet].name))
            {
                return Some(screen.id);
            }
            self.tap(chat, screen.id, "Следующий кабинет →").await?;
        }
        None
    }

    /// Taps a button, and gives the message as it is then; `None` where there is no such button.
    async fn tap(&mut self, chat: Chat, message: i64, button: &str) -> Option<Message> {
        self.world.clock.advance(TimeDelta::seconds(1));
        self.world.telegram.press(chat, message, button).ok()?;
        self.settle().await;
        self.message(chat, message)
    }

    /// Taps the first button of which `is_meant` says so.
    async fn tap_that(&mut self, chat: Chat, message: i64, is_meant: impl Fn(&str) -> bool) -> Option<Message> {
        let screen = self.message(chat, message)?;
        let label = screen.buttons().find(|button| is_meant(&button.text))?.text.clone();
        self.tap(chat, message, &label).await
    }

    fn message(&self, chat: Chat, message: i64) -> Option<Message> {
        self.world.telegram.messages(chat).into_iter().find(|one| one.id == message)
    }

    fn chose(&mut self, chat: Chat, choice: Choice) {
        self.entries.push(Entry::Chose { chat, choice });
    }

    /// Turns a switch.
    pub async fn toggle(&mut self, chat: Chat, cabinet: usize, kind: Option<Kind>) {
        let Some(message) = self.open(chat, cabinet).await else { return };
        let name = switch_name(kind);
        let stands = |screen: &Message| Some(beside(screen, name)?.0.text.clone());
        let Some(before) = self.message(chat, message).as_ref().and_then(stands) else { return };
        let after = self.tap(chat, message, &before).await;
        if after.as_ref().and_then(stands).is_none_or(|after| after == before) {
            self.broken.push(format!("chat {chat}: the switch «{before}» does not turn"));
            return;
        }
        let what = kind.map(|kind| (cabinet, kind));
        self.entries.push(Entry::Switched { chat, what, on: !before.starts_with('✅') });
    }

    /// Chooses something on the screen of a kind.
    pub async fn choose(&mut self, chat: Chat, cabinet: usize, kind: Kind, chosen: Chosen) {
        let Some(message) = self.open(chat, cabinet).await else { return };
        let Some(screen) = self.message(chat, message) else { return };
        let Some(gear) = beside(&screen, switch_name(Some(kind))).and_then(|(_, gear)| gear?.callback_data.clone())
        else {
            return;
        };
        if self.tap(chat, message, &gear).await.is_none() {
            return;
        }
        let (label, choice) = match chosen {
            Chosen::Mode(mode) => (mode_name(mode).to_owned(), Choice::Mode(cabinet, kind, mode)),
            Chosen::Stars(stars) => (format!("{stars} ★"), Choice::Stars(cabinet, stars)),
            Chosen::Left(left) => (format!("≤ {left}"), Choice::Left(cabinet, left)),
            Chosen::By(by) => (by_name(by).to_owned(), Choice::By(cabinet, by)),
        };
        // What is chosen already is marked, so there is no such button.
        let Some(screen) = self.tap(chat, message, &label).await else { return };
        if !screen.buttons().any(|button| button.text == format!("● {label}")) {
            self.broken.push(format!("chat {chat}: «{label}» is not chosen"));
            return;
        }
        if chosen == Chosen::Mode(Mode::Digest) {
            self.digest_hours.entry(chat).or_insert(DIGEST_HOUR);
        }
        self.chose(chat, choice);
    }

    /// Sets quiet hours and their clock, or ends them.
    pub async fn keep_quiet(&mut self, chat: Chat, hours: Option<QuietHours>) {
        let Some(message) = self.open_any(chat).await else { return };
        let Some(screen) = self.tap_that(chat, message, |label| label.starts_with("🌙 Тихие часы")).await
        else {
            return;
        };
        let is_on = screen.buttons().any(|button| button.text == "✅ Тихие часы");
        if is_on != hours.is_some() {
            self.tap_that(chat, message, |label| label.ends_with(" Тихие часы") && !label.starts_with('←')).await;
        }
        let Some(hours) = hours else {
            return self.chose(chat, Choice::Quiet(None));
        };
        // The end that was chosen before cannot become the beginning: then the old one stays.
        for (way, hour) in [("Начало: ", hours.from), ("Конец: ", hours.until)] {
            self.tap_that(chat, message, |label| label.starts_with(way)).await;
            if self.tap(chat, message, &format!("{hour:02}:00")).await.is_none() {
                self.tap(chat, message, "← Тихие часы").await;
            }
        }
        self.tap(chat, message, if hours.is_held { "До утра" } else { "Без звука" }).await;
        self.tap_that(chat, message, |label| label.starts_with("🕒")).await;
        let clock = match hours.ahead.cast_signed() - MOSCOW.cast_signed() {
            0 => "(МСК)".to_owned(),
            behind if behind < 0 => format!("(МСК−{})", -behind),
            ahead => format!("(МСК+{ahead})"),
        };
        if self.tap_that(chat, message, |label| label.ends_with(&clock) && !label.starts_with('●')).await.is_none() {
            self.tap(chat, message, "← Тихие часы").await;
        }
        let shown = self.message(chat, message).and_then(|screen| shown_hours(&screen.content.text));
        let chosen = shown.filter(|(_, is_held)| *is_held == hours.is_held);
        let Some(([from, until], is_held)) = chosen else {
            self.broken.push(format!("chat {chat}: the quiet hours are not those that were chosen: {shown:?}"));
            return;
        };
        self.zones.insert(chat, hours.ahead);
        self.chose(chat, Choice::Quiet(Some(QuietHours { from, until, ahead: hours.ahead, is_held })));
    }

    /// Sets the hour of the digest, or wants none.
    pub async fn set_digest(&mut self, chat: Chat, hour: Option<u32>) {
        let Some(message) = self.open_any(chat).await else { return };
        self.tap_that(chat, message, |label| label.starts_with("📰")).await;
        let label = hour.map_or("Выключить".to_owned(), |hour| format!("{hour:02}:00"));
        if self.tap(chat, message, &label).await.is_none() {
            return;
        }
        match hour {
            Some(hour) => {
                self.digest_hours.insert(chat, hour);
            }
            None => {
                self.digest_hours.remove(&chat);
                self.chose(chat, Choice::NoDigest);
            }
        }
    }

    /// Asks for a digest now.
    pub async fn ask_for_digest(&mut self, chat: Chat) {
        if self.open_any(chat).await.is_none() {
            return;
        }
        self.world.telegram.say(chat, "/digest").expect("Telegram's apps send such a text");
        self.entries.push(Entry::Asked { chat });
        self.settle().await;
    }

    /// Mutes the product of the latest notification.
    pub async fn mute(&mut self, chat: Chat, all_kinds: bool) {
        let has_bell = |message: &Message| message.buttons().any(|button| button.text == "🔕 Заглушить товар");
        let told = self.world.telegram.messages(chat).into_iter().rev().find(has_bell);
        let Some(told) = told else { return };
        let text = &told.content.text;
        let Some((kind, nm_id)) = reading::kind(text).zip(reading::article(text)) else { return };
        let is_of = |sizes: &[(i64, i64)]| sizes.iter().any(|(of, _)| *of == nm_id);
        let Some(cabinet) = self.shops.iter().position(|opened| is_of(&opened.sizes)) else { return };
        if !self.is_there(chat, cabinet) || self.tap(chat, told.id, "🔕 Заглушить товар").await.is_none()
        {
            return;
        }
        let Some(question) = self.world.telegram.last_message(chat) else { return };
        let is_meant = |label: &str| label.ends_with("по этому товару") && label.starts_with("Всё") == all_kinds;
        let Some(done) = self.tap_that(chat, question.id, is_meant).await else { return };
        if !done.content.text.starts_with("🔕 Больше") {
            self.broken.push(format!("chat {chat}: a product is not muted: {}", done.content.text));
            return;
        }
        self.chose(chat, Choice::Mute(cabinet, nm_id, (!all_kinds).then_some(kind), true));
    }

    /// Takes the first muted product back.
    pub async fn unmute(&mut self, chat: Chat, cabinet: usize) {
        let Some(message) = self.open(chat, cabinet).await else { return };
        let list = self.tap_that(chat, message, |label| label.starts_with("🔕 Отключённые товары")).await;
        let Some(first) = list.as_ref().and_then(|list| list.buttons().find(|button| button.text.contains(" · ")))
        else {
            return;
        };
        // «Кружка · 168120815 · новые заказы».
        let mut parts = first.text.rsplit(" · ");
        let kind = parts.next().and_then(|name| {
            let kind = KINDS.into_iter().find(|kind| switch_name(Some(*kind)).to_lowercase() == name);
            kind.map(Some).or((name == "всё").then_some(None))
        });
        let nm_id = parts.next().and_then(|nm_id| nm_id.parse().ok());
        let label = first.text.clone();
        let Some((kind, nm_id)) = kind.zip(nm_id) else {
            self.broken.push(format!("chat {chat}: «{label}» names no muted product"));
            return;
        };
        if self.tap(chat, message, &label).await.is_some() {
            self.chose(chat, Choice::Mute(cabinet, nm_id, kind, false));
        }
    }

    /// Opens 🔔 of whatever cabinet the person has.
    async fn open_any(&mut self, chat: Chat) -> Option<i64> {
        if self.blocked.contains_key(&chat) {
            return None;
        }
        let cabinet = self.members.iter().find(|(of, _)| *of == chat).map(|(_, cabinet)| *cabinet)?;
        self.open(chat, cabinet).await.or(self.open_shown(chat))
    }

    /// The settings as they are shown already, of another cabinet than the one that was meant.
    fn open_shown(&self, chat: Chat) -> Option<i64> {
        let screen = self.world.telegram.last_message(chat)?;
        screen.content.text.starts_with("🔔 Уведомления").then_some(screen.id)
    }

    /// The moments at which what waits by people's choices comes: the end of the longest period of
    /// collecting, the digests, and the ends of the quiet hours after each.
    pub fn ripe_at(&self) -> BTreeSet<DateTime<Utc>> {
        let now = self.world.clock.now();
        let mut moments = BTreeSet::new();
        let chats: BTreeSet<Chat> = self.members.iter().map(|(chat, _)| *chat).collect();
        for chat in chats {
            let ahead = self.zones.get(&chat).copied().unwrap_or(MOSCOW);
            let choices = || {
                self.entries.iter().filter_map(|entry| match entry {
                    Entry::Chose { chat: who, choice } if *who == chat => Some(choice),
                    _ => None,
                })
            };
            let has_collected = choices().any(|choice| matches!(choice, Choice::Mode(_, _, Mode::Collected(_))));
            let collected = (0..24).step_by(3).map(|hour| next(hour, 0, now)).min().filter(|_| has_collected);
            let digest = self.digest_hours.get(&chat).map(|hour| next(*hour, ahead, now));
            let mut quiet =
                choices().filter_map(|choice| if let Choice::Quiet(hours) = choice { Some(hours) } else { None });
            if let Some(Some(hours)) = quiet.next_back() {
                let since = [Some(now), collected, digest];
                moments.extend(since.into_iter().flatten().map(|since| next(hours.until, ahead, since)));
            }
            moments.extend(collected);
            moments.extend(digest);
            // Who moved its hour on a day on which it had come gets the next one on the day after.
            moments.extend(digest.map(|digest| digest + TimeDelta::days(1)));
        }
        moments
    }
}

/// The switch of that name, and the button beside it.
fn beside<'a>(screen: &'a Message, name: &str) -> Option<(&'a Button, Option<&'a Button>)> {
    let mut rows = screen.content.keyboard.iter().flatten();
    let row = rows.find(|row| row.first().is_some_and(|button| button.text.ends_with(name)))?;
    Some((row.first()?, row.get(1)))
}

/// The next time after `since` at which a clock so far ahead of UTC shows that hour.
fn next(hour: u32, ahead: u32, since: DateTime<Utc>) -> DateTime<Utc> {
    let wall = since + TimeDelta::hours(ahead.into());
    let wait = (hour + 24 - wall.hour() - 1) % 24 + 1;
    let began = TimeDelta::minutes(wall.minute().into()) + TimeDelta::seconds(wall.second().into());
    since - began + TimeDelta::hours(wait.into())
}

/// «С 23:00 до 08:00 сообщения ждут»: when, and whether they wait.
fn shown_hours(text: &str) -> Option<([u32; 2], bool)> {
    let line = text.lines().find_map(|line| line.strip_prefix("С "))?;
    let (from, rest) = line.split_once(":00 до ")?;
    let (until, what) = rest.split_once(":00 сообщения ")?;
    Some(([from.parse().ok()?, until.parse().ok()?], what.starts_with("ждут")))
}
