//! Reads the messages in the chats as a person would: what happened, and to what.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use testkit::{
    oracle::{By, Chat, Event, Kind, Mode, Telling, fall, product_fall},
    telegram::{Author, Message},
};

use crate::play::Player;

/// Pages of one group; more are a bug.
const MAX_PAGES: usize = 20;

/// What the switch of a kind is called, or that of everything.
pub fn switch_name(kind: Option<Kind>) -> &'static str {
    match kind {
        None => "Все уведомления",
        Some(Kind::NewOrder) => "Новые заказы",
        Some(Kind::Buyout) => "Выкупы",
        Some(Kind::Cancellation) => "Отмены и отказы",
        Some(Kind::Return) => "Возвраты",
        Some(Kind::Review) => "Плохие отзывы",
        Some(Kind::Stock) => "Заканчивающиеся остатки",
    }
}

/// What the ways in which a kind comes are called.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::AtOnce => "сразу",
        Mode::Collected(15) => "раз в 15 мин",
        Mode::Collected(60) => "раз в час",
        Mode::Collected(_) => "раз в 3 часа",
        Mode::Digest => "в сводке",
    }
}

/// What the ways of counting stocks are called.
pub fn by_name(by: By) -> &'static str {
    match by {
        By::Size => "Считать по каждому размеру",
        By::Product => "Считать по товару целиком",
    }
}

/// The article in a notification about one product.
pub fn article(text: &str) -> Option<i64> {
    text.lines().find_map(|line| line.strip_prefix("Артикул WB: ")?.parse().ok())
}

/// Whether a message is a digest.
pub fn is_digest(text: &str) -> bool {
    text.starts_with("📰 Сводка за ")
}

/// What a message tells of, by its first sign.
pub fn kind(text: &str) -> Option<Kind> {
    // The settings of a kind begin as its groups do.
    if text.contains("\nКак присылать: ") {
        return None;
    }
    // So do the lists of a shop, which a person looks up.
    if ["🛒 Заказ", "⭐ Отзывы\n"].iter().any(|screen| text.starts_with(screen)) {
        return None;
    }
    let signs = [
        ("🛒", Kind::NewOrder),
        ("💰", Kind::Buyout),
        ("❌", Kind::Cancellation),
        ("↩", Kind::Return),
        ("⭐", Kind::Review),
        ("📉", Kind::Stock),
        ("🚫", Kind::Stock),
    ];
    signs.into_iter().find(|(sign, _)| text.starts_with(sign)).map(|(_, kind)| kind)
}

/// Everything that was told in all chats.
pub async fn tellings(player: &Player<'_>) -> Vec<Telling> {
    let chats: BTreeSet<Chat> = player
        .entries
        .iter()
        .filter_map(|entry| if let testkit::oracle::Entry::Sent { chat, .. } = entry { Some(*chat) } else { None })
        .collect();
    let mut tellings = Vec::new();
    for chat in chats {
        for message in player.world.telegram.messages(chat) {
            if message.from != Author::Bot {
                continue;
            }
            let turned = player.turned.get(&(chat, message.id)).and_then(|pages| pages.first());
            let text = turned.unwrap_or(&message.content.text);
            if is_digest(text) {
                tellings.push(digest(player, chat, &message).await);
                continue;
            }
            let Some(kind) = kind(text) else { continue };
            let events = events(player, kind, chat, &message).await;
            let unexplained = events.is_empty().then(|| text.clone());
            let events = events.into_iter().collect();
            tellings.push(Telling { chat, message: message.id, is_digest: false, events, unexplained });
        }
    }
    tellings
}

/// What a digest tells: the groups behind its buttons, each as large as its button says.
async fn digest(player: &Player<'_>, chat: Chat, message: &Message) -> Telling {
    let mut told = Telling { chat, message: message.id, is_digest: true, events: Vec::new(), unexplained: None };
    for button in message.buttons().filter(|button| kind(&button.text).is_some()) {
        let label = &button.text;
        // Telegram takes a message a second.
        player.world.clock.advance(TimeDelta::seconds(2));
        let before = player.world.telegram.last_message(chat).map_or(message.id, |last| last.id);
        player.world.telegram.press(chat, message.id, label).expect("the button is there");
        assert!(player.world.everything_is_answered().await, "«{label}» is never answered");
        let opened = player.world.telegram.last_message(chat).filter(|opened| opened.id > before);
        let events = match opened.as_ref().and_then(|opened| Some((kind(&opened.content.text)?, opened))) {
            Some((kind, opened)) => events(player, kind, chat, opened).await,
            None => BTreeSet::new(),
        };
        // «🛒 Новые заказы: 12 · Лавка 0».
        let count = label.split_once(": ").and_then(|(_, rest)| number(rest.split(" · ").next().unwrap_or_default()));
        if count != i64::try_from(events.len()).ok() {
            told.unexplained = Some(format!("«{label}» opens {} events", events.len()));
        }
        told.events.extend(events);
    }
    told
}

/// The events of all pages of a message.
async fn events(player: &Player<'_>, kind: Kind, chat: Chat, message: &Message) -> BTreeSet<Event> {
    let pages = turn_pages(player, chat, message).await;
    pages.iter().flat_map(|page| read(player, kind, page)).collect()
}

/// The groups of a chat that have more than one page.
fn groups(player: &Player<'_>, chat: Chat) -> impl Iterator<Item = Message> {
    let messages = player.world.telegram.messages(chat).into_iter();
    let has_pages = |message: &Message| message.buttons().any(|button| button.text == "→");
    messages.filter(move |one| one.from == Author::Bot && kind(&one.content.text).is_some() && has_pages(one))
}

/// Whether a person was shown a group of several pages.
pub fn has_pages(player: &Player<'_>, chat: Chat) -> bool {
    groups(player, chat).next().is_some()
}

/// The pages of all the groups of a chat.
pub async fn turn_all(player: &Player<'_>, chat: Chat) -> Vec<((Chat, i64), Vec<String>)> {
    let mut turned = Vec::new();
    for message in groups(player, chat) {
        turned.push(((chat, message.id), turn_pages(player, chat, &message).await));
    }
    turned
}

/// The texts of all pages of a message, which is one page for most.
pub async fn turn_pages(player: &Player<'_>, chat: Chat, message: &Message) -> Vec<String> {
    if let Some(pages) = player.turned.get(&(chat, message.id)) {
        return pages.clone();
    }
    let telegram = &player.world.telegram;
    let mut pages = vec![message.content.text.clone()];
    for _ in 0..MAX_PAGES {
        if telegram.press(chat, message.id, "→").is_err() {
            return pages;
        }
        assert!(player.world.everything_is_answered().await, "«→» is never answered");
        let turned = telegram.messages(chat).into_iter().find(|other| other.id == message.id);
        pages.extend(turned.map(|turned| turned.content.text));
    }
    panic!("chat {chat}: message {} has no last page", message.id);
}

/// The events of one page.
fn read(player: &Player<'_>, kind: Kind, text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    for (cabinet, shop) in player.shops.iter().enumerate() {
        let keys: Vec<String> = match kind {
            Kind::Review => shop.reviews.iter().filter(|id| text.contains(id.as_str())).cloned().collect(),
            Kind::Stock => falls(&shop.sizes, &player.size_names(cabinet), text),
            _ => shop.srids.iter().filter(|srid| text.contains(srid.as_str())).cloned().collect(),
        };
        events.extend(keys.into_iter().map(|key| Event { cabinet, kind, key }));
    }
    events
}

/// The falls in a message: «Размер M: 1 шт.» below its article, or «осталось 1 шт. · 1681208153»
/// in a row of a group, where 0 is the product as a whole.
fn falls(sizes: &[(i64, i64)], names: &[String], text: &str) -> Vec<String> {
    let mut falls = Vec::new();
    let text = text.replace('\u{a0}', " ");
    // A product of one size reads as that size.
    let whole = |nm_id: i64, pieces| {
        let mut own = sizes.iter().filter(|(of, _)| *of == nm_id).map(|(_, chrt_id)| *chrt_id);
        match (own.next(), own.next()) {
            (Some(only), None) => Some(fall(only, pieces)),
            (Some(_), Some(_)) => Some(product_fall(nm_id, pieces)),
            (None, _) => None,
        }
    };
    let article = article(&text);
    for line in text.lines() {
        if let Some((head, row)) = line.split_once("осталось ") {
            let Some((pieces, chrt_id)) = row.split_once(" шт. · ") else { continue };
            let (Some(pieces), Ok(chrt_id)) = (number(pieces), chrt_id.trim().parse::<i64>()) else { continue };
            let nm_id = head.split(" · ").nth(1).and_then(|nm_id| nm_id.parse().ok());
            if chrt_id == 0 {
                falls.extend(nm_id.and_then(|nm_id| whole(nm_id, pieces)));
            } else if sizes.iter().any(|(_, size)| *size == chrt_id) {
                falls.push(fall(chrt_id, pieces));
            }
            continue;
        }
        let Some((what, rest)) = line.split_once(": ") else { continue };
        let Some(pieces) = rest.split_once(" шт.").and_then(|(pieces, _)| number(pieces)) else { continue };
        if what == "Остаток" {
            falls.extend(article.and_then(|nm_id| whole(nm_id, pieces)));
        }
        let name = what.strip_prefix("Размер ");
        let sizes =
            sizes.iter().zip(names).filter(|((nm_id, _), size)| Some(*nm_id) == article && name == Some(size.as_str()));
        falls.extend(sizes.map(|((_, chrt_id), _)| fall(*chrt_id, pieces)));
    }
    falls
}

/// «1 290».
fn number(text: &str) -> Option<i64> {
    text.chars().filter(|digit| !digit.is_whitespace()).collect::<String>().parse().ok()
}
