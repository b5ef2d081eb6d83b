//! How a person sees a chat: whole messages with their keyboards, row by row, as a text for a snapshot.
//!
//! Each thing that the bot did has a heading: `-- sent`, `-- edited`, `-- deleted`, `-- toast` and `-- alert` (the two answers to
//! a tap). What differs each time, such as a token or the code of an invitation, is a placeholder.

use std::fmt::Write;

use testkit::telegram::{Author, Button, CallbackAnswer, Message};

/// The beginning of a token: of each JWT, and of nothing else that a person reads.
const TOKEN_HEAD: &str = "eyJ";
/// What stands before the code of an invitation, in a link and in a command.
const CODE_HEADS: [&str; 2] = ["?start=", "/start "];

/// A look at a chat.
#[derive(Clone, Debug)]
pub struct Glance {
    /// Whose chat it is.
    pub chat: i64,
    /// What stood there, what was deleted included.
    pub messages: Vec<Message>,
    /// How many taps the bot had answered, in all chats.
    pub taps: usize,
}

/// What the bot has done in a chat since a glance, by the places of the messages; then how it answered taps.
#[must_use]
pub fn changes(before: &Glance, messages: &[Message], answers: &[CallbackAnswer]) -> String {
    let mut parts = Vec::new();
    for message in messages {
        let was = before.messages.iter().find(|known| known.id == message.id);
        let was_there = was.is_none_or(|known| !known.deleted);
        let heading = match was {
            _ if message.deleted && was_there => "deleted",
            None if message.from == Author::Bot => "sent",
            Some(known) if known.content != message.content && !message.deleted => "edited",
            _ => continue,
        };
        parts.push(format!("-- {heading}\n{}", render(message)));
    }
    for answer in answers.iter().skip(before.taps).filter(|answer| answer.chat == before.chat) {
        if let Some(text) = &answer.text {
            let heading = if answer.show_alert { "alert" } else { "toast" };
            parts.push(format!("-- {heading}\n{}", plain(text)));
        }
    }
    parts.join("\n\n")
}

/// A whole message: its picture, its text, and its keyboard row by row.
#[must_use]
pub fn render(message: &Message) -> String {
    let mut text = String::new();
    if let Some(photo) = &message.photo {
        let name = photo.source.rsplit('/').next().unwrap_or_default();
        let _ = writeln!(text, "(picture {name})");
    }
    text += &plain(&message.content.text);
    if message.silent {
        text += "\n(without a sound)";
    }
    for row in message.content.keyboard.iter().flatten() {
        let labels: Vec<String> = row.iter().map(label).collect();
        let _ = write!(text, "\n{}", labels.join(" "));
    }
    text
}

/// An arrow marks a button that opens a page.
fn label(button: &Button) -> String {
    let opens = if button.url.is_some() { " ↗" } else { "" };
    format!("[{}{opens}]", button.text)
}

/// A text with plain spaces, and placeholders for what differs each time.
fn plain(text: &str) -> String {
    let mut plain = text.replace('\u{a0}', " ");
    plain = without(&plain, TOKEN_HEAD, "", |c| c.is_ascii_alphanumeric() || "._-".contains(c), "<token>");
    for head in CODE_HEADS {
        plain = without(&plain, head, head, |c| c.is_ascii_hexdigit(), "<code>");
    }
    plain
}

/// A text in which a long word that begins with `head`, or follows it where it is kept, is a placeholder.
fn without(text: &str, head: &str, kept: &str, of_word: impl Fn(char) -> bool, placeholder: &str) -> String {
    /// Shorter than any token or code, and longer than any other word.
    const MIN_CHARS: usize = 24;
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(head) {
        let end = after.find(|c| !of_word(c)).unwrap_or(after.len());
        let is_long = end >= MIN_CHARS;
        let _ = if is_long { write!(whole, "{before}{kept}{placeholder}") } else { write!(whole, "{before}{head}") };
        rest = &after[if is_long { end } else { 0 }..];
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message(id: i64, from: &str, text: &str, more: &Value) -> Message {
        let mut fields = json!({
            "id": id, "date": "2026-11-22T09:00:00Z", "from": from, "text": text, "html": text, "entities": [],
            "keyboard": null, "link_preview": null, "photo": null, "reply_keyboard": null, "reply_to": null,
            "silent": false, "protected": false, "edited_at": null, "edits": [], "deleted": false,
        });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_message_is_its_picture_its_text_and_its_keyboard_row_by_row() {
        let keyboard = json!([
            [{ "text": "🛒 Заказы", "callback_data": "1" }, { "text": "📦 Склад", "callback_data": "2" }],
            [{ "text": "Открыть на WB", "url": "https://example.org" }],
        ]);
        let photo = json!({ "file_id": "1", "source": "https://example.org/a/1.webp" });
        let more = json!({ "keyboard": keyboard, "photo": photo, "silent": true });
        insta::assert_snapshot!(render(&message(1, "bot", "Меню: 1\u{a0}000", &more)), @"
        (picture 1.webp)
        Меню: 1 000
        (without a sound)
        [🛒 Заказы] [📦 Склад]
        [Открыть на WB ↗]
        ");
    }

    #[test]
    fn what_was_done_since_a_glance_has_a_heading_and_what_the_person_did_has_none() {
        let none = json!({});
        let old = [message(1, "bot", "один", &none), message(2, "bot", "два", &none), message(3, "bot", "три", &none)];
        let glance = Glance { chat: 7, messages: old.to_vec(), taps: 1 };
        let gone = json!({ "deleted": true });
        let now = [
            message(1, "bot", "один", &none),
            message(2, "bot", "два!", &none),
            message(3, "bot", "три", &gone),
            message(4, "person", "привет", &none),
            message(5, "person", &format!("вот: eyJ{0}.eyJ{0}", "xy".repeat(20)), &gone),
            message(6, "bot", "шесть", &none),
        ];
        let answer = |chat, text: Option<&str>, show_alert| CallbackAnswer {
            callback_query_id: "1".into(),
            chat,
            text: text.map(str::to_owned),
            show_alert,
        };
        let answers = [
            answer(7, Some("раньше"), false),
            answer(7, None, false),
            answer(7, Some("готово"), false),
            answer(8, Some("не здесь"), false),
            answer(7, Some("внимание"), true),
        ];
        insta::assert_snapshot!(changes(&glance, &now, &answers), @"
        -- edited
        два!

        -- deleted
        три

        -- deleted
        вот: <token>

        -- sent
        шесть

        -- toast
        готово

        -- alert
        внимание
        ");
        let glance = Glance { chat: 7, messages: now.to_vec(), taps: answers.len() };
        assert_eq!(changes(&glance, &now, &answers), "", "what was deleted once is not deleted again");
    }

    #[test]
    fn a_code_is_a_placeholder_and_what_only_looks_so_is_not() {
        let code = "0123456789abcdef0123456789abcdef";
        let text = format!("https://t.me/bot?start={code} или /start {code}; /start сначала, eyJ — не токен");
        assert_eq!(plain(&text), "https://t.me/bot?start=<code> или /start <code>; /start сначала, eyJ — не токен");
    }
}
