//! Presses every button that a person can reach, in both languages, and finds no dead end.
//!
//! A *screen* is known by its heading, with its numbers left out; a button of a screen is known by its
//! callback data, with ids and numbers left out. Each is pressed once. Of buttons of one screen that
//! differ in nothing but a number (the hours of a day, the stars, the products of a list) the first
//! and the last are pressed, because what lies between them is the same code with another number.
//! Buttons that bring about different states of a switch are different buttons.
//!
//! A tap must change a message, send one, delete one, or be answered with words; so must a second tap on
//! the same button, which a finger makes before the first has shown what it does. Telegram must refuse
//! nothing; a tap that only looks may cost five SQL statements; from each screen the crawler walks back
//! to the menu by buttons alone. A button that was seen and cannot be reached again is a finding, told
//! with the way by which it was seen.
//!
//! `cargo local test crawler` runs it alone. With `BOT_ALBUM=DIR` it also leaves there what it saw,
//! as JSON, from which the pictures of docs/bot.md are made.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use chrono::TimeDelta;
use messages::{
    AnalyticsButton, Button, FirstSyncButton, KindChoice, KindSettingsButton, MutedButton, NotificationsButton,
    OrdersButton, ReviewReplyButton, ReviewsButton, StocksButton,
};
use testkit::{
    database::TestDatabase,
    telegram::{Call, CallbackAnswer, Message, Options},
    wb::{Fault, Method, NewReview, Shop, TokenType},
};
use uuid::Uuid;
use world::{CHAT, SETTINGS, World};

/// The crawl of a bot of any sensible size ends long before.
const PRESSES_MAX: usize = 2_000;
/// Longer ways than this through the menus lead nowhere.
const WAY_MAX: usize = 12;
/// So many taps may lie between what stands in the chat and a button that only taps bring into sight.
const TAPS_BACK_MAX: usize = 4;
/// Marks the last of several buttons that differ only in their numbers.
const LAST_OF_LIST: &str = " (last)";
/// So much of a product's name stands on any button.
const NAME_CHARS: usize = 8;
/// What a tap that only looks may cost: whether it was answered before, what the screen shows, the reply.
const STATEMENTS_MAX: usize = 5;
/// What these buttons do changes everything or cannot be undone, so they are pressed when all others were.
const LAST: [&str; 6] = ["reply:#:send", "remove:", "language:", "stop:#:yes", "add:", "delete_my_data:yes"];
/// The second person of the crawl.
const BORIS: i64 = 2_000;

#[tokio::test]
async fn crawler_presses_every_button_in_russian() {
    crawl("ru").await;
}

#[tokio::test]
async fn crawler_presses_every_button_in_english() {
    crawl("en").await;
}

async fn crawl(language: &'static str) {
    let database = TestDatabase::migrated().await.unwrap();
    let shop = |now| Shop::sample(7, 20, 100, 30, now);
    let world = World::of(database, shop, Options::default(), SETTINGS).await;
    world.telegram.person(CHAT, "Анна", Some(language));
    let mut crawler = Crawler::new(&world, language);

    // Before the gate.
    crawler.obey("/start").await;
    crawler.press_all("").await;
    // A token that WB does not judge. What can be pressed only once more often than the screen behind
    // it has buttons is offered again.
    world.wb.break_times(Method::Ping, Fault::Status(503), PINGS);
    world.say(&world.token(TokenType::Personal)).await;
    crawler.press_all("").await;
    // A first sync that does not end, and is cancelled.
    world.wb.mend();
    world.wb.break_times(Method::Cards, Fault::Status(503), u32::MAX);
    world.clock.advance(TimeDelta::minutes(61));
    world.say(&world.token(TokenType::Personal)).await;
    crawler.press_all("").await;
    crawler.press_all("stop:#:yes").await;
    crawler.press_all("").await;
    world.wb.mend();
    world.clock.advance(TimeDelta::minutes(61));
    world.say(&world.token(TokenType::Personal)).await;
    fill(&world).await;
    // More cabinets than the state shows on one page, and an employee.
    let declined = std::iter::repeat_n("cancel:", MENU_BUTTONS);
    for (seed, word) in (8..).zip(declined.chain(["add:"; MENU_BUTTONS])) {
        let seller = world.wb.add_shop(Shop::sample(seed, 5, 10, 3, world.clock.now())).unwrap();
        let token = world.token_of(seller, TokenType::Personal);
        world.clock.advance(TimeDelta::minutes(61));
        world.say(&token).await;
        crawler.look_around();
        crawler.press_newest(word).await;
        crawler.press_all("").await;
    }
    world.telegram.person(BORIS, "Boris", Some(language));
    world.say_in(BORIS, &world.token(TokenType::Base)).await;
    // From the menu, and from each message that an event made.
    for command in [
        "/reviews",
        "/stats",
        "/orders",
        "/stocks",
        "/notifications",
        "/settings",
        "/help",
        "/status",
        "/digest",
        "/cancel",
    ] {
        crawler.obey(command).await;
    }
    for _ in 0..MENU_BUTTONS {
        crawler.obey("/nonsense").await;
    }
    crawler.press_all("").await;
    for word in LAST {
        crawler.press_all(word).await;
        // And what stands behind it.
        crawler.press_all("").await;
    }
    crawler.obey("/start").await;
    crawler.finish();
}

/// Hosts that judge a token with every category.
const PINGS: u32 = 4;
/// The buttons of the main menu, which some messages have that come only once.
const MENU_BUTTONS: usize = 7;

/// One event of each kind, and a group.
async fn fill(world: &World) {
    let order = |world: &World| world.order();
    let (kept, cancelled) = (order(world), order(world));
    let (nm_id, size) = world.in_shop(|shop, _| {
        let product = shop.products()[0].clone();
        let size = product.sizes[0].chrt_id;
        shop.set_stock(product.nm_id, Some(size), 9)?;
        Ok((product.nm_id, size))
    });
    let review = NewReview {
        stars: 2, text: "Пришла со <сколом> & трещиной".into(), ..NewReview::default()
    };
    world.in_shop(|shop, now| shop.review(&review, now));
    world.half_an_hour().await;
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.in_shop(|shop, now| shop.buy_out(&kept, now));
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(size), 1));
    world.half_an_hour().await;
    world.in_shop(|shop, now| shop.give_back(&kept, now));
    for _ in 0..70 {
        order(world);
    }
    world.ticks(3).await;
    let singles = "SELECT count(DISTINCT kind) FROM notification_history WHERE status = 'sent' AND group_id IS NULL
                     AND kind IN ('new_order', 'order_buyout', 'order_cancellation', 'order_return', 'negative_review',
                                  'critical_stock')";
    assert_eq!(world.count(singles).await, 6, "a message of each kind");
    assert!(world.count("SELECT count(*) FROM notification_history WHERE group_id IS NOT NULL").await > 60, "a group");
}

/// A screen, by its heading.
type Screen = String;

/// A button of a screen, by its data without ids and numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    screen: Screen,
    button: String,
}

struct Crawler<'w> {
    world: &'w World,
    language: &'static str,
    /// Names of texts, which nobody must ever read.
    texts: BTreeSet<String>,
    /// The beginnings of names of products, which stay Russian, and what else does.
    names: Vec<String>,
    /// The message on which the person looks.
    at: i64,
    /// The message below which the latest tap was.
    tapped: Option<i64>,
    /// What they have done since they last wrote something.
    way: Vec<String>,
    /// The bot's messages as they stand now.
    chat: Vec<Message>,
    /// The buttons that are still to be pressed, with what was done to see them.
    wanted: BTreeMap<Key, String>,
    /// Those that were not found again.
    lost: BTreeMap<Key, String>,
    /// The taps that brought a button into sight.
    shown_by: BTreeMap<Key, BTreeSet<Key>>,
    pressed: BTreeSet<Key>,
    /// Where each button has led from each screen.
    doors: BTreeMap<Screen, BTreeMap<String, Screen>>,
    /// What /menu shows.
    homes: BTreeSet<Screen>,
    /// The screens in which they stood, and those of them from which they have walked to the menu.
    visited: BTreeSet<Screen>,
    homed: BTreeSet<Screen>,
    /// Whether the bot speaks the other language now, whose screens are those of the other crawl.
    is_abroad: bool,
    /// The messages that still stand in the other language.
    abroad: BTreeSet<i64>,
    /// What was seen, by what was done to see it.
    album: Vec<(String, Message)>,
    presses: usize,
    /// Calls and answers of the bot that were looked at.
    calls: usize,
    answers: usize,
    findings: BTreeSet<String>,
}

impl<'w> Crawler<'w> {
    fn new(world: &'w World, language: &'static str) -> Self {
        let title = |title: &String| title.chars().take(NAME_CHARS).collect();
        let titles =
            world.in_shop(|shop, _| Ok(shop.products().iter().map(|one| title(&one.title)).collect::<Vec<_>>()));
        let names = titles.into_iter().chain(["Русский", "Язык"].map(str::to_owned)).collect();
        Self {
            names,
            world,
            language,
            texts: texts(),
            at: 0,
            tapped: None,
            way: Vec::new(),
            chat: Vec::new(),
            wanted: BTreeMap::new(),
            lost: BTreeMap::new(),
            shown_by: BTreeMap::new(),
            pressed: BTreeSet::new(),
            doors: BTreeMap::new(),
            homes: BTreeSet::new(),
            visited: BTreeSet::new(),
            homed: BTreeSet::new(),
            is_abroad: false,
            abroad: BTreeSet::new(),
            album: Vec::new(),
            presses: 0,
            calls: 0,
            answers: 0,
            findings: BTreeSet::new(),
        }
    }

    /// Looks at the chat anew.
    fn refresh(&mut self) {
        self.chat = self.world.messages();
        for message in &mut self.chat {
            message.edits.clear();
        }
    }

    /// What the person has done, for whoever wants to do it again.
    fn told_way(&self) -> String {
        let skipped = self.way.len().saturating_sub(WAY_MAX);
        format!("{}{}", if skipped > 0 { "… › " } else { "" }, self.way[skipped..].join(" › "))
    }

    /// Presses whatever was not pressed yet and is meant, then walks home from each screen. Without a
    /// `word` what can be undone is meant, with one what its data name.
    async fn press_all(&mut self, word: &str) {
        let is_meant = |key: &Key| match word {
            "" => !LAST.iter().any(|last| key.button.contains(last)),
            word => key.button.contains(word),
        };
        self.look_around();
        self.go_home().await;
        while self.presses < PRESSES_MAX {
            // What stands here first, which is also what a switch has just become.
            let here = self.here().map(buttons).unwrap_or_default();
            let fresh: Vec<Key> = here.into_iter().map(|(key, _)| key).collect();
            let mut fresh = fresh.into_iter().filter(|key| is_meant(key) && self.wanted.contains_key(key));
            // The last of a list before the first: a list may get shorter by it.
            let fresh = fresh.by_ref().min_by_key(|key| !key.button.ends_with(LAST_OF_LIST));
            if let Some(key) = fresh {
                self.press(&key).await;
                continue;
            }
            let Some(key) = self.nearest(is_meant) else { break };
            if !self.reach(&key, TAPS_BACK_MAX).await
                && let Some(way) = self.wanted.remove(&key)
            {
                self.lost.insert(key, way);
            }
        }
        assert!(self.presses < PRESSES_MAX, "the buttons never end: {:#?}", self.pressed);
        if !word.is_empty() {
            return;
        }
        let screens: Vec<Screen> = self.visited.difference(&self.homed).cloned().collect();
        for screen in screens {
            self.walk_home(&screen).await;
        }
    }

    /// Presses the newest button whose data name this, also if it was pressed before.
    async fn press_newest(&mut self, word: &str) {
        let find = |message: &Message| {
            let (key, _) = buttons(message).into_iter().find(|(key, _)| key.button.contains(word))?;
            Some((message.id, screen(message), key))
        };
        let Some((message, screen, key)) = self.chat.iter().rev().find_map(find) else { panic!("no button {word}") };
        (self.at, self.way) = (message, vec![format!("«{screen}»")]);
        self.press(&key).await;
    }

    /// The message on which the person looks.
    fn here(&self) -> Option<&Message> {
        self.chat.iter().find(|message| message.id == self.at)
    }

    fn screen(&self) -> Screen {
        self.here().map(screen).unwrap_or_default()
    }

    /// The wanted button that is the fewest doors away; any other where no door leads to one.
    fn nearest(&self, is_meant: impl Fn(&Key) -> bool) -> Option<Key> {
        let meant: Vec<&Key> = self.wanted.keys().filter(|key| is_meant(key)).collect();
        let near = meant.iter().filter_map(|key| Some((self.doors_to(&self.screen(), &key.screen)?.len(), *key))).min();
        near.map(|(_, key)| key).or(meant.first().copied()).cloned()
    }

    /// The doors from one screen to another; empty where it is the same.
    fn doors_to(&self, from: &Screen, to: &Screen) -> Option<Vec<(String, Screen)>> {
        let (mut queue, mut seen) = (VecDeque::from([(from, Vec::new())]), BTreeSet::from([from]));
        while let Some((screen, way)) = queue.pop_front() {
            if screen == to {
                return Some(way);
            }
            for (button, next) in self.doors.get(screen).into_iter().flatten() {
                if way.len() < WAY_MAX && seen.insert(next) {
                    let way = way.iter().cloned().chain([(button.clone(), next.clone())]).collect();
                    queue.push_back((next, way));
                }
            }
        }
        None
    }

    /// Walks through the doors to a screen. Where a door is not there or leads elsewhere today, the way
    /// is looked for anew.
    async fn walk(&mut self, to: &Screen) -> bool {
        for _ in 0..WAY_MAX {
            let here = self.screen();
            if here == *to {
                return true;
            }
            let Some((button, _)) = self.doors_to(&here, to).and_then(|way| way.into_iter().next()) else {
                return false;
            };
            if !self.press(&Key { screen: here.clone(), button: button.clone() }).await {
                self.doors.entry(here).or_default().remove(&button);
            }
        }
        false
    }

    /// Goes to where a button is: by doors, by scrolling up to a message that shows it, by doors from
    /// the menu, or by the tap that once brought it into sight.
    async fn reach(&mut self, key: &Key, taps_back: usize) -> bool {
        let shows = |message: &Message| buttons(message).iter().any(|(one, _)| one == key);
        if self.walk(&key.screen).await && self.here().is_some_and(shows) {
            return true;
        }
        if let Some(message) = self.chat.iter().rev().find(|message| shows(message)) {
            (self.at, self.way) = (message.id, vec![format!("«{}»", screen(message))]);
            return true;
        }
        self.go_home().await;
        if self.walk(&key.screen).await && self.here().is_some_and(shows) {
            return true;
        }
        let Some(taps_back) = taps_back.checked_sub(1) else { return false };
        for tap in self.shown_by.get(key).cloned().unwrap_or_default() {
            let is_pressed = Box::pin(self.reach(&tap, taps_back)).await && self.press(&tap).await;
            if is_pressed && self.here().is_some_and(shows) {
                return true;
            }
        }
        false
    }

    /// A button of this message that was not tried on this walk, the last first: that is where the way back stands. It is
    /// needed where a message that is out of date has led astray.
    fn untried(&self, tried: &BTreeSet<(Screen, String)>) -> Option<String> {
        let here = self.here().map(buttons).unwrap_or_default();
        let is_meant = |button: &String| {
            !LAST.iter().any(|last| button.contains(last)) && !tried.contains(&(self.screen(), button.clone()))
        };
        here.into_iter().rev().map(|(key, _)| key.button).find(is_meant)
    }

    /// Walks from a screen to the menu, by buttons alone; a screen without any must name a command.
    async fn walk_home(&mut self, from: &Screen) {
        if self.homed.contains(from) || self.homes.contains(from) {
            return;
        }
        let standing = self.chat.iter().rev().find(|message| screen(message) == *from);
        if let Some(message) = standing {
            (self.at, self.way) = (message.id, vec![format!("«{from}»")]);
        } else {
            self.go_home().await;
            if !self.walk(from).await {
                // It is gone for good: the question that was answered, the token that was taken.
                let is_left = self.doors.get(from).is_some_and(|doors| doors.values().any(|screen| screen != from));
                if !is_left {
                    self.find(format!("«{from}» is not found again, and nothing has led out of it"));
                }
                return;
            }
        }
        let (mut passed, mut tried) = (vec![from.clone()], BTreeSet::new());
        for _ in 0..WAY_MAX {
            let here = self.screen();
            if self.homes.contains(&here) {
                self.homed.extend(passed);
                return;
            }
            if let Some(command) = self.here().filter(|one| buttons(one).is_empty()).and_then(command) {
                self.obey(&command).await;
                continue;
            }
            let ways = self.homes.iter().filter_map(|home| self.doors_to(&here, home));
            let known = ways.min_by_key(Vec::len).and_then(|way| way.into_iter().next()).map(|(button, _)| button);
            let Some(button) = known.or_else(|| self.untried(&tried)) else { break };
            tried.insert((here.clone(), button.clone()));
            if !self.press(&Key { screen: here.clone(), button: button.clone() }).await {
                self.doors.entry(here).or_default().remove(&button);
            }
            passed.push(self.screen());
        }
        self.find(format!("no way back to the menu from «{from}», tried {}", self.told_way()));
    }

    async fn go_home(&mut self) {
        self.obey("/menu").await;
        self.homes.insert(self.screen());
    }

    /// Says a command; the answer is where the person looks then.
    async fn obey(&mut self, command: &str) {
        self.way = vec![command.to_owned()];
        self.refresh();
        let before = self.chat.last().map_or(0, |message| message.id);
        self.world.say(command).await;
        self.look_around();
        match self.chat.last().filter(|message| message.id > before) {
            Some(message) => self.at = message.id,
            None => self.find(format!("{command}: nothing happens")),
        }
        self.visited.insert(self.screen());
    }

    /// Presses a button of the message on which the person looks; `false`: it is not there.
    async fn press(&mut self, key: &Key) -> bool {
        let Some(here) = self.here() else { return false };
        let Some((_, data)) = buttons(here).into_iter().find(|(one, _)| one == key) else { return false };
        let label = here.buttons().find(|button| button.callback_data.as_ref() == Some(&data)).map(|one| &one.text);
        let label = format!("[{}]", label.map_or("", String::as_str));
        self.way.push(label);
        self.wanted.remove(key);
        self.pressed.insert(key.clone());
        self.presses += 1;

        let telegram = &self.world.telegram;
        let (_, violations) = (self.seen_of_telegram(), telegram.violations().len());
        self.world.relay.take_statements();
        // Nobody taps faster than Telegram takes messages.
        self.world.clock.advance(TimeDelta::seconds(2));
        let pressed = telegram.press(CHAT, self.at, &data);
        self.tapped = Some(self.at);
        telegram.settle().await;
        let statements = self.world.relay.take_statements();
        self.world.rest().await;

        if data.contains(":language:") {
            self.is_abroad = !data.ends_with(self.language);
        }
        let way = self.told_way();
        if let Err(error) = pressed {
            self.find(format!("{way}: {error:#}"));
        }
        let (given, calls) = self.seen_of_telegram();
        if given.len() != 1 {
            self.find(format!("{way}: the tap is answered {} times", given.len()));
        }
        for violation in telegram.violations().split_off(violations) {
            self.find(format!("{way}: Telegram objects to {}: {}", violation.method, violation.problem));
        }
        for call in calls {
            if let Some(error) = call.error {
                self.find(format!("{way}: Telegram answers {} with {error}", call.method));
            }
        }
        if only_looks(&data) && statements.len() > STATEMENTS_MAX {
            self.find(format!("{way}: {} statements: {statements:#?}", statements.len()));
        }
        let before = std::mem::take(&mut self.chat);
        self.refresh();
        let changed: Vec<Message> = self
            .chat
            .iter()
            .filter(|one| !before.iter().any(|other| other.id == one.id && other.content == one.content))
            .cloned()
            .collect();
        let is_deleted = before.iter().any(|one| self.chat.iter().all(|other| other.id != one.id));
        if changed.is_empty() && !is_deleted && given.iter().all(|answer| answer.text.is_none()) {
            self.find(format!("{way}: nothing happens"));
        }
        // One looks on at the message whose button one has tapped if it has changed, else at the new one.
        if !changed.iter().any(|message| message.id == self.at)
            && let Some(newest) = changed.iter().rev().find(|one| before.iter().all(|other| other.id != one.id))
        {
            self.at = newest.id;
        }
        for message in &changed {
            self.note(&way, message, Some(key));
            if buttons(message).is_empty() && command(message).is_none() && message.id == self.at {
                self.find(format!("{way}: a dead end: {}", message.content.text));
            }
        }
        self.press_again(key, &data, &way).await;
        let there = self.screen();
        self.visited.insert(there.clone());
        if there != key.screen {
            self.doors.entry(key.screen.clone()).or_default().insert(key.button.clone(), there);
        }
        true
    }

    /// The second tap of a double one: it shows what the first has brought about, or says that nothing changed.
    async fn press_again(&mut self, key: &Key, data: &str, way: &str) {
        let telegram = &self.world.telegram;
        let (_, violations) = (self.seen_of_telegram(), telegram.violations().len());
        self.world.clock.advance(TimeDelta::seconds(2));
        let Some(message) = self.tapped else { return };
        // The message may be gone: then there is nothing to tap on.
        if telegram.tap(CHAT, message, data).is_err() {
            return;
        }
        telegram.settle().await;
        self.world.rest().await;
        let (given, calls) = self.seen_of_telegram();
        if given.len() != 1 {
            self.find(format!("{way}, tapped twice: the second tap is answered {} times", given.len()));
        }
        for violation in telegram.violations().split_off(violations) {
            self.find(format!("{way}, tapped twice: Telegram objects to {}: {}", violation.method, violation.problem));
        }
        for error in calls.iter().filter_map(|call| call.error.as_ref()) {
            self.find(format!("{way}, tapped twice: {error}"));
        }
        let before = std::mem::take(&mut self.chat);
        self.refresh();
        let is_new = |one: &&Message| !before.iter().any(|other| other.id == one.id && other.content == one.content);
        let changed: Vec<Message> = self.chat.iter().filter(is_new).cloned().collect();
        let is_deleted = before.iter().any(|one| self.chat.iter().all(|other| other.id != one.id));
        if changed.is_empty() && !is_deleted && given.iter().all(|answer| answer.text.is_none()) {
            self.find(format!("{way}, tapped twice: nothing happens"));
        }
        for message in &changed {
            self.note(way, message, Some(key));
        }
    }

    /// The answers to taps and the calls since the last look.
    fn seen_of_telegram(&mut self) -> (Vec<CallbackAnswer>, Vec<Call>) {
        let (mut answers, mut calls) = (self.world.telegram.answers(), self.world.telegram.calls());
        let seen = (self.answers, self.calls);
        (self.answers, self.calls) = (answers.len(), calls.len());
        (answers.split_off(seen.0), calls.split_off(seen.1))
    }

    fn find(&mut self, finding: String) {
        self.findings.insert(finding);
    }

    /// Reads what stands in the chat.
    fn look_around(&mut self) {
        self.refresh();
        let way = self.told_way();
        for message in self.chat.clone() {
            self.note(&way, &message, None);
        }
    }

    /// Reads a message, and remembers its buttons that were not pressed yet.
    fn note(&mut self, way: &str, message: &Message, shown_by: Option<&Key>) {
        self.read(way, message);
        if self.is_abroad {
            self.abroad.insert(message.id);
        } else if shown_by.is_some() {
            self.abroad.remove(&message.id);
        }
        for (key, _) in buttons(message) {
            let is_ours = !self.abroad.contains(&message.id) || key.button.contains("language:");
            if let Some(tap) = shown_by.filter(|tap| **tap != key) {
                self.shown_by.entry(key.clone()).or_default().insert(tap.clone());
            }
            if is_ours && !self.pressed.contains(&key) {
                self.lost.remove(&key);
                self.wanted.entry(key).or_insert_with(|| way.to_owned());
            }
        }
    }

    fn read(&mut self, why: &str, message: &Message) {
        if self.album.iter().any(|(_, seen)| seen.content == message.content) {
            return;
        }
        let texts: Vec<String> =
            message.buttons().map(|button| button.text.clone()).chain([message.content.text.clone()]).collect();
        for text in texts {
            let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'));
            for word in words.filter(|word| self.texts.contains(*word)).map(str::to_owned).collect::<Vec<_>>() {
                self.find(format!("{why}: the raw key {word}"));
            }
            if text.contains("None") || text.contains("{ $") {
                self.find(format!("{why}: a value is missing in {text:?}"));
            }
        }
        let is_cyrillic = |text: &str| text.chars().any(|letter| ('а'..='я').contains(&letter.to_ascii_lowercase()));
        if self.language == "en" && !self.is_abroad {
            // A button says what it does, except where it names a cabinet, a product or a language.
            for button in message.buttons().filter(|button| is_cyrillic(&button.text)) {
                if !self.names.iter().any(|name| button.text.contains(name)) {
                    self.find(format!("{why}: a Russian button: {}", button.text));
                }
            }
        }
        self.album.push((why.to_owned(), message.clone()));
    }

    /// Says what is wrong, and leaves the album where somebody wants it.
    fn finish(mut self) {
        for violation in self.world.telegram.violations() {
            self.find(format!("Telegram objects to {}: {}", violation.method, violation.problem));
        }
        for call in self.world.telegram.calls() {
            if let Some(error) = call.error {
                self.find(format!("Telegram answers {} with {error}", call.method));
            }
        }
        let (wanted, lost) = (std::mem::take(&mut self.wanted), std::mem::take(&mut self.lost));
        for (key, way) in wanted.into_iter().chain(lost) {
            self.find(format!("{} of «{}» is never pressed, seen by {way}", key.button, key.screen));
        }
        #[expect(clippy::disallowed_methods, reason = "a test has no configuration but this")]
        if let Ok(directory) = std::env::var("BOT_ALBUM") {
            let album: Vec<_> = self
                .album
                .iter()
                .map(|(why, message)| {
                    serde_json::json!({
                        "why": why,
                        "html": message.content.html,
                        "photo": message.photo.is_some(),
                        "keyboard": message.content.keyboard.iter().flatten()
                            .map(|row| row.iter().map(|button| button.text.clone()).collect::<Vec<_>>())
                            .collect::<Vec<_>>(),
                    })
                })
                .collect();
            let path = Path::new(&directory).join(format!("{}.json", self.language));
            std::fs::write(path, serde_json::to_string_pretty(&album).unwrap()).unwrap();
        }
        let (presses, buttons, screens) = (self.presses, self.pressed.len(), self.visited.len());
        println!("{}: {presses} presses, {buttons} buttons, {screens} screens", self.language);
        assert!(self.findings.is_empty(), "{:#?}", self.findings);
    }
}

/// Whether a tap changes nothing, neither here nor at WB.
fn only_looks(data: &str) -> bool {
    match Button::parse(data) {
        Some(
            Button::Screen(_)
            | Button::Orders(_)
            | Button::Analytics(_)
            | Button::Reviews(_)
            | Button::Stocks(StocksButton::Page { .. } | StocksButton::Card { .. })
            | Button::Status(_)
            | Button::Notifications(NotificationsButton::Of(_))
            | Button::KindSettings(KindSettingsButton::Show { .. } | KindSettingsButton::OpenOf(_))
            | Button::Muted(MutedButton::Ask(_) | MutedButton::Page { .. })
            | Button::Group(_)
            | Button::Details(_)
            | Button::FirstSync(FirstSyncButton::Cancel(_))
            | Button::Paging(_),
        ) => true,
        Some(
            Button::Notifications(
                NotificationsButton::ToggleAll { .. }
                | NotificationsButton::Toggle { .. }
                | NotificationsButton::ToggleLate { .. },
            )
            | Button::KindSettings(KindSettingsButton::Choose {
                choice:
                    KindChoice::On(_)
                    | KindChoice::Delivery(_)
                    | KindChoice::Stars(_)
                    | KindChoice::Left(_)
                    | KindChoice::By(_)
                    | KindChoice::Everywhere,
                ..
            })
            | Button::Personal(_)
            | Button::Muted(MutedButton::Mute { .. } | MutedButton::Unmute { .. })
            | Button::ReviewReply(_)
            | Button::TokenAttempt(_)
            | Button::FirstSync(FirstSyncButton::CancelForGood(_))
            | Button::Invite(_)
            | Button::People(_)
            | Button::Language(_)
            | Button::DeleteMyData(_)
            // What is looked for is stored.
            | Button::Stocks(StocksButton::Orders { .. }),
        ) => false,
        None => panic!("{data} is none of our buttons"),
    }
}

/// The buttons of a message that talk to the bot, with their data. Of several that differ only in
/// their numbers the first and the last.
fn buttons(message: &Message) -> Vec<(Key, String)> {
    let screen = screen(message);
    let data: Vec<&String> = message.buttons().filter_map(|button| button.callback_data.as_ref()).collect();
    let shapes: Vec<String> = data.iter().map(|data| shape(data)).collect();
    let mut buttons = Vec::new();
    for (at, (shape, data)) in shapes.iter().zip(data).enumerate() {
        let is_first = !shapes[..at].contains(shape);
        let is_last = !shapes[at + 1..].contains(shape);
        let button = match (is_first, is_last) {
            (true, _) => shape.clone(),
            (false, true) => format!("{shape}{LAST_OF_LIST}"),
            (false, false) => continue,
        };
        buttons.push((Key { screen: screen.clone(), button }, data.clone()));
    }
    buttons
}

/// The first line of a message without its numbers, and without what it says after a colon: whose or
/// which that is makes no other screen.
fn screen(message: &Message) -> Screen {
    let heading = message.content.text.lines().next().unwrap_or_default();
    unnumbered(heading.split_inclusive(": ").next().unwrap_or_default())
}

/// The command that a message without buttons tells the reader to send.
fn command(message: &Message) -> Option<String> {
    let text = &message.content.text;
    ["/start", "/menu"].into_iter().find(|command| text.contains(command)).map(str::to_owned)
}

/// Callback data without ids and numbers. A place in a list is one number, whatever was chosen there.
fn shape(data: &str) -> String {
    match Button::parse(data) {
        Some(Button::Orders(OrdersButton::Page { .. })) => return "orders:#".to_owned(),
        Some(Button::Orders(OrdersButton::Filters { .. })) => return "orders:f:#".to_owned(),
        Some(Button::Orders(OrdersButton::Card { .. })) => return "order:#".to_owned(),
        Some(Button::Reviews(ReviewsButton::Page { .. })) => return "reviews:#".to_owned(),
        Some(Button::Reviews(ReviewsButton::Card { .. })) => return "review:#".to_owned(),
        Some(Button::ReviewReply(ReviewReplyButton::BeginAt { .. })) => return "answer:#:#".to_owned(),
        Some(Button::Analytics(AnalyticsButton::Show { cabinet, period })) => {
            return format!("stats:{}:{period:?}", if cabinet.is_some() { "#" } else { "all" });
        }
        Some(Button::Analytics(AnalyticsButton::Explain { .. })) => return "stats:i:#".to_owned(),
        Some(Button::Stocks(StocksButton::Page { .. })) => return "stocks:#".to_owned(),
        Some(Button::Stocks(StocksButton::Card { .. })) => return "stock:#".to_owned(),
        Some(Button::Stocks(StocksButton::Orders { .. })) => return "stock:#:#".to_owned(),
        _ => {}
    }
    let words = data.split(':').skip(1);
    let shapes = words.map(|word| if Uuid::parse_str(word).is_ok() { "#".to_owned() } else { unnumbered(word) });
    shapes.collect::<Vec<_>>().join(":")
}

fn unnumbered(text: &str) -> String {
    let mut unnumbered = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' if unnumbered.ends_with('#') => {}
            '0'..='9' => unnumbered.push('#'),
            letter => unnumbered.push(letter),
        }
    }
    unnumbered
}

/// The keys of all texts.
fn texts() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../messages/texts/ru");
    let mut keys = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let lines = source.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key);
        // A key of one word may be a word of a text.
        keys.extend(lines.filter(|key| key.contains('-') && !key.contains(' ')).map(str::to_owned));
    }
    keys
}
