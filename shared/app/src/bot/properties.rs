//! What must hold for whatever people send the bot. The tests try it on what they make up, the fuzz target in
//! `shared/testkit/fuzz` on what it finds.

use chrono::DateTime;
use domain::FirstContact;
use telegram::{Update, What};

use super::{
    command::{Command, invite_code, is_code},
    pasted::{Pasted, readable},
};

/// Of any update: it is deleted if and only if something of it looks like a token, and only a code is looked up as one.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_update(body: &[u8]) {
    let Ok(update) = Update::parse(body) else { return };
    let pasted = Pasted::of(&update);
    let What::Text { text, others, .. } = &update.what else {
        assert!(pasted.is_none(), "a token comes in a message");
        return;
    };
    let is_token = std::iter::once(text).chain(others).any(|text| wb::token::looks_like_token(text));
    assert_eq!(pasted.is_some(), is_token, "what looks like a token is deleted, and nothing else");
    if let Some(pasted) = pasted {
        // Whatever it is, the person is told what to do.
        let _trouble = readable(pasted.text(), 1, &FirstContact::default(), DateTime::UNIX_EPOCH);
    }
    holds_for_any_words(text);
}

/// Of any text: what is looked up as the code of an invitation stands in it and, but for a command, has the form of one.
fn holds_for_any_words(text: &str) {
    let Some(code) = invite_code(text) else { return };
    assert!(text.contains(code) && !code.is_empty() && !code.contains(char::is_whitespace), "{code} of {text}");
    assert!(is_code(code) || Command::parse(text) == Command::Start, "{code} of {text}");
}

#[cfg(test)]
mod tests {
    use domain::TokenType;
    use proptest::{collection::vec, prelude::*};
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};
    use testkit::property::{cases, json, text, token, words};

    use super::*;

    fn update(field: &str, value: &Value, edited: bool) -> Vec<u8> {
        let message = json!({
            "message_id": 4, "date": 1_790_000_000, "chat": { "id": 42, "type": "private" },
            "from": { "id": 42, "is_bot": false, "first_name": "Анна" }, field: value,
        });
        json!({ "update_id": 7, if edited { "edited_message" } else { "message" }: message }).to_string().into_bytes()
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn any_update_is_looked_through(value in json(), text in text(), bytes in any::<Vec<u8>>()) {
            holds_for_any_update(&bytes);
            holds_for_any_update(&update("text", &text.into(), false));
            holds_for_any_update(&update("poll", &value, true));
            holds_for_any_update(value.to_string().as_bytes());
        }

        #[test]
        fn a_token_is_taken_out_of_whatever_it_comes_in(
            token in token(), before in words(), after in words(), ways in vec(0..3_u8, 0..5), edited in any::<bool>(),
            field in prop::sample::select(vec!["text", "caption", "quote", "poll", "contact", "document", "added_in_11_0"]),
        ) {
            let written = format!("{before} {} {after}", token.text);
            let value = match field {
                "text" | "caption" => Value::from(written),
                _ => ways.iter().fold(Value::from(written), |inner, way| match way {
                    0 => json!([inner, 1]),
                    1 => json!({ "title": "a", "text": inner }),
                    _ => json!([{ "option": inner }]),
                }),
            };
            let body = update(field, &value, edited);
            holds_for_any_update(&body);
            let pasted = Pasted::of(&Update::parse(&body).unwrap()).unwrap();
            let now = DateTime::from_timestamp(1_600_000_000, 0).unwrap();
            let read = readable(pasted.text(), 1, &FirstContact::default(), now);
            let told = format!("{read:?}");
            prop_assert!(!told.contains(token.secrets()[1]), "{}", told);
            if let Ok((taken, facts)) = read {
                prop_assert_eq!(taken.expose_secret(), &token.text);
                prop_assert_ne!(facts.token_type, TokenType::Unknown);
            }
        }

        #[test]
        fn an_invitation_is_found_in_any_words(
            code in "[0-9a-f]{32}", after in text(),
            before in prop_oneof![words(), text(), "start=[a-z]{0,9}", "https://t\\.me/another_bot\\?start=[a-z0-9]{0,40}"],
            link in prop::sample::select(vec!["https://t.me/wb_assist_bot?start=", "tg://resolve?domain=b&start=", "t.me/b?start="]),
        ) {
            let text = format!("{before} {link}{code} {after}");
            prop_assert_eq!(invite_code(&text), Some(code.as_str()), "{}", text);
        }

        #[test]
        fn an_invitation_alone_or_in_a_command_is_found(
            code in "[0-9a-f]{32}", space in "[ \n\t]{1,3}", start in "/[sS][tT]art(@[a-z_]{1,9})?",
        ) {
            for text in [format!("{space}{code}{space}"), format!("{start}{space}{code}{space}")] {
                prop_assert_eq!(invite_code(&text), Some(code.as_str()));
            }
        }

        #[test]
        fn ordinary_words_are_no_invitation(words in words()) {
            prop_assert_eq!(invite_code(&words), None);
            prop_assert_eq!(Command::parse(&words), Command::Unknown);
        }
    }
}
