//! What must hold for whatever comes to the address of the webhook. The tests try it on what they make up, the fuzz target
//! in `shared/testkit/fuzz` on what it finds.

use domain::UpdateId;
use serde_json::Value;

use crate::{Update, What};

/// Of any bytes: they are an update with the id that they name, or none; and what is logged of it is its kind.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_bytes(body: &[u8]) {
    let parsed = Update::parse(body);
    let json = serde_json::from_slice::<Value>(body).ok();
    let id = json.as_ref().and_then(|update| update.as_object()?.get("update_id")?.as_i64()).map(UpdateId);
    match parsed {
        Ok(update) => {
            // The id is read apart from the rest, of which a character may be damaged.
            let is_damaged = json.is_none() && update.what == What::Other;
            assert!(is_damaged || Some(update.id) == id, "the id is that of the update");
            let shown = format!("{update:?}");
            assert!(shown.len() <= 80, "an update is shown by its id and its kind: {shown}");
        }
        // A name that stands twice says nothing that can be relied on.
        Err(_) => assert!(id.is_none() || times(body, b"update_id") > 1, "an update is lost"),
    }
}

fn times(body: &[u8], word: &[u8]) -> usize {
    // An escape may write the name in another way.
    body.windows(word.len()).filter(|window| *window == word).count()
        + body.iter().filter(|byte| **byte == b'\\').count()
}

#[cfg(test)]
mod tests {
    use domain::{ChatId, MessageId, TelegramId};
    use proptest::{collection::vec, prelude::*, sample::Index};
    use serde_json::{Map, json};
    use testkit::property::{cases, json, some_of, text, token};

    use super::*;
    use crate::{Person, Reply, Shown};

    /// What a newer Telegram may add anywhere.
    const NEWER: [&str; 4] = ["is_premium", "x_y", "topic", "added_in_11_0"];

    fn with(mut object: Value, others: Map<String, Value>) -> Value {
        object.as_object_mut().unwrap().extend(others);
        object
    }

    fn person() -> impl Strategy<Value = Person> {
        (any::<i64>(), text(), prop::option::of("[a-z]{2}(-[A-Z]{2})?"))
            .prop_map(|(id, first_name, language_code)| Person { id: TelegramId(id), first_name, language_code })
    }

    fn written(person: &Person, newer: Map<String, Value>) -> Value {
        let Person { id, first_name, language_code } = person;
        with(json!({ "id": id, "is_bot": false, "first_name": first_name, "language_code": language_code }), newer)
    }

    fn newer() -> impl Strategy<Value = Map<String, Value>> {
        some_of(&NEWER)
    }

    /// A message of somebody in some chat.
    fn message() -> impl Strategy<Value = (Value, Person, ChatId, MessageId, bool)> {
        let kinds = prop::sample::select(vec!["private", "group", "supergroup", "channel"]);
        (person(), any::<i64>(), any::<i64>(), kinds, newer(), newer(), newer()).prop_map(
            |(person, chat, id, kind, of_chat, of_person, of_message)| {
                let message = json!({
                    "message_id": id, "date": 1_790_000_000, "from": written(&person, of_person),
                    "chat": with(json!({ "id": chat, "type": kind }), of_chat),
                });
                (with(message, of_message), person, ChatId(chat), MessageId(id), kind == "private")
            },
        )
    }

    fn parse(update: &Value) -> What {
        let body = update.to_string();
        holds_for_any_bytes(body.as_bytes());
        Update::parse(body.as_bytes()).unwrap().what
    }

    /// Puts a text somewhere into some JSON.
    fn hidden(text: &str, ways: &[u8]) -> Value {
        ways.iter().fold(Value::from(text), |inner, way| match way % 4 {
            0 => json!([inner]),
            1 => json!({ "text": inner, "position": 0 }),
            2 => json!([{ "id": "7" }, { "caption": inner }]),
            _ => json!({ "option": { "title": inner } }),
        })
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn any_bytes_are_an_update_or_none(bytes in any::<Vec<u8>>(), json in json(), id in any::<i64>(), at in any::<Index>()) {
            holds_for_any_bytes(&bytes);
            holds_for_any_bytes(json.to_string().as_bytes());
            let update = json!({ "update_id": id, "message": json, "callback_query": json }).to_string();
            holds_for_any_bytes(update.as_bytes());
            let at = at.index(update.len());
            holds_for_any_bytes(&update.as_bytes()[..at]);
            let mut damaged = update.into_bytes();
            damaged[at] = bytes.first().copied().unwrap_or(b'"');
            holds_for_any_bytes(&damaged);
        }

        #[test]
        fn an_update_of_any_kind_keeps_its_id(id in any::<i64>(), kind in "[a-z_]{1,20}", content in json()) {
            let update = Update::parse(json!({ "update_id": id, kind: content }).to_string().as_bytes()).unwrap();
            prop_assert_eq!(update.id, UpdateId(id));
        }

        #[test]
        fn a_text_is_read_whatever_a_newer_telegram_adds(
            (message, from, chat, message_id, chat_is_private) in message(), text in text(), edited in any::<bool>(),
            field in prop::sample::select(vec!["text", "caption"]), of_update in newer(),
        ) {
            let mut message = message;
            message[field] = text.as_str().into();
            let kind = if edited { "edited_message" } else { "message" };
            let what = parse(&with(json!({ "update_id": 7, kind: message }), of_update));
            let What::Text { others, .. } = &what else { return Err(TestCaseError::fail("no text")) };
            let expected = What::Text { chat, chat_is_private, message_id, from, text, others: others.clone(), edited };
            prop_assert!(what == expected);
        }

        #[test]
        fn whatever_a_person_writes_is_found_wherever_it_stands(
            (message, ..) in message(), token in token(), ways in vec(any::<u8>(), 0..6),
            field in "(quote|poll|contact|venue|document|checklist|entities|new_field|x[a-z_]{0,9})",
        ) {
            prop_assume!(!field.ends_with("_id"));
            let mut message = message;
            message[&field] = hidden(&token.text, &ways);
            let What::Text { others, .. } = parse(&json!({ "update_id": 7, "message": message })) else {
                return Err(TestCaseError::fail("no text"));
            };
            prop_assert!(others.contains(&token.text), "{}", message);
        }

        #[test]
        fn a_tap_is_read_whatever_a_newer_telegram_adds(
            (message, _, chat, id, _) in message(), from in person(), data in text(), text in text(), keyboard in json(),
            of_tap in newer(), of_person in newer(), date in 0..2_i64,
        ) {
            let mut message = message;
            message["text"] = text.as_str().into();
            message["reply_markup"] = keyboard.clone();
            message["date"] = date.into();
            let tap = json!({ "id": "17", "from": written(&from, of_person), "message": message, "data": data });
            let what = parse(&json!({ "update_id": 7, "callback_query": with(tap, of_tap) }));
            let place = (Some(chat), Some(id));
            let expected = What::Tap {
                callback_id: "17".into(), from, chat: place.0, message_id: place.1, is_editable: date != 0, data,
                shown: Shown { text, keyboard },
            };
            prop_assert!(what == expected);
        }

        #[test]
        fn a_log_of_an_update_shows_no_token_and_no_name((message, from, ..) in message(), token in token(), ways in vec(any::<u8>(), 0..6)) {
            let mut message = message;
            message["text"] = token.text.as_str().into();
            message["quote"] = hidden(&token.text, &ways);
            message["from"]["first_name"] = token.text.as_str().into();
            let update = json!({ "update_id": 7, "message": message }).to_string();
            let shown = format!("{:?} {from:?}", Update::parse(update.as_bytes()).unwrap());
            for secret in token.secrets() {
                prop_assert!(!shown.contains(secret), "{}", shown);
            }
        }

        #[test]
        fn a_text_of_ours_is_known_again_as_telegram_shows_it(text in text(), other in text()) {
            let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let edit = |text: &str| Reply::edit_text(ChatId(1), MessageId(2), &format!("<b>{}</b>", escaped(text)), None);
            let shown = Shown { text: text.trim().to_owned(), keyboard: Value::Null };
            prop_assert!(shown.is_left_alone_by(&edit(&text)));
            prop_assert_eq!(shown.is_left_alone_by(&edit(&other)), text.trim() == other.trim());
        }

        #[test]
        fn any_reply_that_was_stored_comes_back(chat in any::<i64>(), html in text(), stored in json()) {
            let reply = Reply::send_text(ChatId(chat), &html, None);
            prop_assert!(Reply::from_json(reply.clone().into_json()).is_some_and(|again| again == reply));
            if let Some(reply) = Reply::from_json(stored.clone()) {
                prop_assert_eq!(reply.into_json(), stored);
            }
        }
    }
}
