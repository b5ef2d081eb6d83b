//! Presses the buttons that a person can reach, in both languages, and finds no dead end. Of buttons
//! that differ only in their numbers it presses three; a screen that it cannot find again it gives up.
//!
//! `cargo local test crawler` runs it alone. With `BOT_ALBUM=DIR` it also leaves there what it saw,
//! as JSON, from which the pictures of docs/bot.md are made.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use chrono::TimeDelta;
use testkit::{
    telegram::Message,
    wb::{NewOrder, NewReview, TokenType},
};

use crate::world::{CHAT, World};

/// The crawl of a bot of any sensible size ends long before.
const PRESSES_MAX: usize = 600;
/// Buttons that differ only in their numbers (the rows of a list) do the same: so many are tried.
const OF_ONE_SHAPE: usize = 3;
/// Longer ways than this through the menus lead nowhere.
const WAY_MAX: usize = 12;
/// So often a way to a place is tried.
const TRIES_MAX: usize = 2;
/// What these buttons do changes everything or cannot be undone, so they are pressed when all others were.
const LAST: [&str; 4] = ["language:", "leave", "remove", "delete"];

#[tokio::test]
async fn crawler_presses_every_button_in_russian() {
    crawl("ru").await;
}

#[tokio::test]
async fn crawler_presses_every_button_in_english() {
    crawl("en").await;
}

async fn crawl(language: &'static str) {
    let world = World::new().await;
    world.telegram.person(CHAT, "Анна", Some(language));
    let mut crawler = Crawler::new(&world, language);

    // Before the gate.
    world.say("/start").await;
    crawler.press_all("/start", "").await;
    world.say(&world.token(TokenType::Personal)).await;
    crawler.look("token");
    fill(&world).await;
    crawler.look("events");
    // Behind it: from the menu, and from each message that an event made.
    crawler.press_all("/menu", "").await;
    for command in ["/notifications", "/settings", "/help", "/status", "/digest", "/cancel", "/nonsense"] {
        crawler.obey(command).await;
    }
    crawler.press_all("/menu", "").await;
    for word in LAST {
        crawler.press_all("/menu", word).await;
    }
    crawler.obey("/start").await;
    crawler.finish();
}

/// One event of each kind, and a group.
async fn fill(world: &World) {
    let order = |world: &World| world.in_shop(|shop, now| shop.order(&NewOrder::default(), now)).remove(0).srid;
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
    for _ in 0..11 {
        world.tick().await;
    }
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.in_shop(|shop, now| shop.buy_out(&kept, now));
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(size), 1));
    for _ in 0..11 {
        world.tick().await;
    }
    world.in_shop(|shop, now| shop.give_back(&kept, now));
    for _ in 0..35 {
        order(world);
    }
    for _ in 0..3 {
        world.tick().await;
    }
}

/// Where a person stands: the buttons before him.
type Place = Vec<String>;

struct Crawler<'w> {
    world: &'w World,
    language: &'static str,
    /// Names of texts, which nobody must ever read.
    keys: BTreeSet<String>,
    pressed: BTreeSet<String>,
    shapes: BTreeMap<String, usize>,
    /// Where each button led from each place.
    ways: BTreeMap<Place, BTreeMap<String, Place>>,
    /// What was seen, by what was done to see it.
    album: Vec<(String, Message)>,
    /// How often a way to a place was tried: a screen that has changed meanwhile is not looked for again.
    tried: BTreeMap<Place, usize>,
    presses: usize,
    findings: BTreeSet<String>,
}

impl<'w> Crawler<'w> {
    fn new(world: &'w World, language: &'static str) -> Self {
        Self {
            world,
            language,
            keys: keys(),
            pressed: BTreeSet::new(),
            shapes: BTreeMap::new(),
            ways: BTreeMap::new(),
            album: Vec::new(),
            tried: BTreeMap::new(),
            presses: 0,
            findings: BTreeSet::new(),
        }
    }

    /// Presses what was not pressed yet, wherever it can be reached from this command and from the
    /// messages in the chat. Without a `word` whatever can be undone, with one what its data name.
    async fn press_all(&mut self, command: &str, word: &str) {
        let is_meant = |data: &str| match word {
            "" => !LAST.iter().any(|last| data.contains(last)),
            word => data.contains(word),
        };
        loop {
            let fresh = self.world.messages().into_iter().rev().find_map(|message| {
                let place = place(&message);
                let data = place.iter().find(|data| is_meant(data) && self.is_fresh(data))?;
                Some((message.id, data.clone()))
            });
            if let Some((message, data)) = fresh {
                self.press(message, &data).await;
            } else if !self.walk(command, is_meant).await {
                return;
            }
            if self.presses > PRESSES_MAX {
                self.findings.insert(format!("the buttons never end: {:?}", self.shapes));
                return;
            }
        }
    }

    /// Goes from a command's screen to the nearest place with a fresh button. `false` where none is left.
    async fn walk(&mut self, command: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        self.world.clock.advance(TimeDelta::seconds(2));
        self.world.say(command).await;
        let Some(start) = self.world.messages().pop() else { return false };
        let (mut queue, mut seen) = (VecDeque::from([(place(&start), Vec::new())]), BTreeSet::new());
        while let Some((here, way)) = queue.pop_front() {
            let tried = self.tried.get(&here).copied().unwrap_or_default();
            if tried < TRIES_MAX && here.iter().any(|data| is_meant(data) && self.is_fresh(data)) {
                self.tried.insert(here.clone(), tried + 1);
                for data in &way {
                    let Some(newest) = self.world.messages().pop() else { return false };
                    if !place(&newest).contains(data) {
                        // The screens have changed under us; what is fresh there is found from here.
                        return true;
                    }
                    self.press(newest.id, data).await;
                }
                return true;
            }
            if !seen.insert(here.clone()) || way.len() > WAY_MAX {
                continue;
            }
            for (data, there) in self.ways.get(&here).into_iter().flatten() {
                let way: Vec<String> = way.iter().cloned().chain([data.clone()]).collect();
                queue.push_back((there.clone(), way));
            }
        }
        false
    }

    fn is_fresh(&self, data: &str) -> bool {
        !self.pressed.contains(data) && self.shapes.get(&shape(data)).copied().unwrap_or_default() < OF_ONE_SHAPE
    }

    async fn press(&mut self, message: i64, data: &str) {
        let telegram = &self.world.telegram;
        let before: Vec<Message> = self.world.messages();
        let from = before.iter().find(|one| one.id == message).map(place).unwrap_or_default();
        let answers = telegram.answers().len();
        // Nobody taps faster than Telegram takes messages.
        self.world.clock.advance(TimeDelta::seconds(2));
        if let Err(error) = telegram.press(CHAT, message, data) {
            self.findings.insert(format!("{data}: {error:#}"));
        }
        self.world.rest().await;
        self.presses += 1;
        if self.pressed.insert(data.to_owned()) {
            *self.shapes.entry(shape(data)).or_default() += 1;
        }
        let given = telegram.answers()[answers..].to_vec();
        if given.is_empty() {
            self.findings.insert(format!("{data}: the tap is not answered"));
        }
        let after = self.world.messages();
        let changed: Vec<&Message> =
            after.iter().filter(|one| before.iter().all(|other| other.content != one.content)).collect();
        let is_label = data.ends_with(":none");
        if changed.is_empty() && given.iter().all(|answer| answer.text.is_none()) && !is_label {
            // A screen may be the same again: a switch that is tapped twice, a menu below itself.
            let is_same = after.iter().any(|one| one.id == message);
            if !is_same {
                self.findings.insert(format!("{data}: nothing happens"));
            }
        }
        for message in changed {
            self.read(data, message);
            // A command is a way on as well.
            if place(message).is_empty() && !message.content.text.contains("/start") {
                self.findings.insert(format!("{data}: a dead end: {}", message.content.text));
            }
            self.ways.entry(from.clone()).or_default().insert(data.to_owned(), place(message));
        }
    }

    async fn obey(&mut self, command: &str) {
        self.world.clock.advance(TimeDelta::seconds(2));
        let before = self.world.messages().len();
        self.world.say(command).await;
        if self.world.messages().len() <= before {
            self.findings.insert(format!("{command}: nothing happens"));
        }
        self.look(command);
    }

    /// Reads what stands in the chat.
    fn look(&mut self, why: &str) {
        for message in self.world.messages() {
            self.read(why, &message);
        }
    }

    fn read(&mut self, why: &str, message: &Message) {
        let texts = message.buttons().map(|button| button.text.clone()).chain([message.content.text.clone()]);
        for text in texts {
            let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'));
            for word in words.filter(|word| self.keys.contains(*word)) {
                self.findings.insert(format!("{why}: the raw key {word}"));
            }
            if text.contains("None") || text.contains("{ $") {
                self.findings.insert(format!("{why}: a value is missing in {text:?}"));
            }
        }
        let is_cyrillic = |text: &str| text.chars().any(|letter| ('а'..='я').contains(&letter.to_ascii_lowercase()));
        if self.language == "en" && !why.contains("language:ru") {
            // A button says what it does, except where it names a cabinet, a product or a language.
            for button in message.buttons().filter(|button| is_cyrillic(&button.text)) {
                let names = ["Русский", "Язык", "Кружка", "Плед"];
                if !names.iter().any(|name| button.text.contains(name)) {
                    self.findings.insert(format!("{why}: a Russian button: {}", button.text));
                }
            }
        }
        if self.album.iter().all(|(_, seen)| seen.content != message.content) {
            self.album.push((why.to_owned(), message.clone()));
        }
    }

    /// Says what is wrong, and leaves the album where somebody wants it.
    fn finish(mut self) {
        for violation in self.world.telegram.violations() {
            self.findings.insert(format!("Telegram refuses {}: {}", violation.method, violation.problem));
        }
        for call in self.world.telegram.calls() {
            let Some(error) = call.error else { continue };
            // A choice that stands already leaves its screen as it is.
            if error.contains("message is not modified") {
                continue;
            }
            self.findings.insert(format!("Telegram answers {} with {error}", call.method));
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
        println!("{}: {} presses, {} kinds of button", self.language, self.presses, self.shapes.len());
        assert!(self.findings.is_empty(), "{:#?}", self.findings);
    }
}

/// The buttons of a message that talk to the bot.
fn place(message: &Message) -> Place {
    message.buttons().filter_map(|button| button.callback_data.clone()).collect()
}

/// Callback data without the numbers.
fn shape(data: &str) -> String {
    let mut shape = String::new();
    for letter in data.chars() {
        match letter {
            '0'..='9' if shape.ends_with('#') => {}
            '0'..='9' => shape.push('#'),
            letter => shape.push(letter),
        }
    }
    shape
}

/// The keys of all texts.
fn keys() -> BTreeSet<String> {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../messages/texts/ru");
    let mut keys = BTreeSet::new();
    for room in std::fs::read_dir(rooms).unwrap() {
        let source = std::fs::read_to_string(room.unwrap().path()).unwrap();
        let lines = source.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key);
        // A key of one word may be a word of a text.
        keys.extend(lines.filter(|key| key.contains('-') && !key.contains(' ')).map(str::to_owned));
    }
    keys
}
