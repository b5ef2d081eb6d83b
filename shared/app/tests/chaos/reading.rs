//! Reads the messages in the chats as a person would: what happened, and to what.

use std::collections::BTreeSet;

use testkit::{
    oracle::{Chat, Event, Kind, Telling, fall},
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

/// What a message tells of, by its first sign.
fn kind(text: &str) -> Option<Kind> {
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
pub async fn tellings(player: &Player) -> Vec<Telling> {
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
            let Some(kind) = kind(&message.content.text) else { continue };
            let pages = turn_pages(player, chat, &message).await;
            let mut events = BTreeSet::new();
            for page in &pages {
                events.extend(read(player, kind, page));
            }
            let unexplained = events.is_empty().then(|| message.content.text.clone());
            tellings.push(Telling { chat, message: message.id, events: events.into_iter().collect(), unexplained });
        }
    }
    tellings
}

/// The texts of all pages of a message, which is one page for most.
async fn turn_pages(player: &Player, chat: Chat, message: &Message) -> Vec<String> {
    let telegram = &player.world.telegram;
    let mut pages = vec![message.content.text.clone()];
    for _ in 0..MAX_PAGES {
        if telegram.press(chat, message.id, "→").is_err() {
            return pages;
        }
        telegram.settle().await;
        let turned = telegram.messages(chat).into_iter().find(|other| other.id == message.id);
        pages.extend(turned.map(|turned| turned.content.text));
    }
    panic!("chat {chat}: message {} has no last page", message.id);
}

/// The events of one page.
fn read(player: &Player, kind: Kind, text: &str) -> Vec<Event> {
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
/// in a row of a group.
fn falls(sizes: &[(i64, i64)], names: &[String], text: &str) -> Vec<String> {
    let mut falls = Vec::new();
    let text = text.replace('\u{a0}', " ");
    let article = text.lines().find_map(|line| line.strip_prefix("Артикул WB: ")?.parse::<i64>().ok());
    for line in text.lines() {
        if let Some((_, row)) = line.split_once("осталось ") {
            let Some((pieces, chrt_id)) = row.split_once(" шт. · ") else { continue };
            let chrt_id: Option<i64> = chrt_id.trim().parse().ok();
            let known = chrt_id.filter(|chrt_id| sizes.iter().any(|(_, size)| size == chrt_id));
            falls.extend(known.zip(number(pieces)).map(|(chrt_id, pieces)| fall(chrt_id, pieces)));
            continue;
        }
        let Some((what, rest)) = line.split_once(": ") else { continue };
        let Some(pieces) = rest.split_once(" шт.").and_then(|(pieces, _)| number(pieces)) else { continue };
        let name = what.strip_prefix("Размер ").or((what == "Остаток").then_some("0"));
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
