//! Keyboards below a message, and what Telegram refuses about them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{html, refusal::Refusal};

/// Telegram's limit of `callback_data`.
const CALLBACK_DATA_MAX_BYTES: usize = 64;

/// Telegram's limit of `copy_text`.
const COPY_TEXT_MAX_CHARS: usize = 256;

/// More buttons than this do not fit one message.
const BUTTONS_MAX: usize = 100;

/// More buttons than this do not fit one row.
const ROW_BUTTONS_MAX: usize = 8;

/// A keyboard whose JSON is longer is refused with `reply markup is too long`.
const MARKUP_MAX_BYTES: usize = 10_000;

const STYLES: [&str; 3] = ["primary", "success", "danger"];

/// What a button can do; it must do exactly one of these.
const ACTIONS: [&str; 5] =
    ["callback_data", "url", "copy_text", "switch_inline_query", "switch_inline_query_current_chat"];

/// The rows of an inline keyboard.
pub type Keyboard = Vec<Vec<Button>>;

/// A button of an inline keyboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// The label.
    pub text: String,
    /// What the bot gets when it is pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_data: Option<String>,
    /// The page that it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The other fields of the button, such as `copy_text` and `style`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The inline keyboard of a `reply_markup` that the schema took; nothing for a keyboard of another kind.
///
/// # Errors
/// What Telegram answers to a keyboard that it does not take.
pub(super) fn inline(markup: &Value) -> Result<Option<Keyboard>, Refusal> {
    let Some(rows) = markup.get("inline_keyboard").and_then(Value::as_array) else { return Ok(None) };
    if markup.to_string().len() > MARKUP_MAX_BYTES {
        return Err(Refusal::bug("reply markup is too long"));
    }
    let mut keyboard = Keyboard::new();
    for row in rows {
        let row = row.as_array().into_iter().flatten().map(button).collect::<Result<Vec<_>, _>>()?;
        if row.len() > ROW_BUTTONS_MAX {
            return Err(Refusal::bug("reply markup is too long"));
        }
        if !row.is_empty() {
            keyboard.push(row);
        }
    }
    if keyboard.iter().map(Vec::len).sum::<usize>() > BUTTONS_MAX {
        return Err(Refusal::bug("reply markup is too long"));
    }
    Ok(Some(keyboard).filter(|keyboard| !keyboard.is_empty()))
}

fn button(value: &Value) -> Result<Button, Refusal> {
    let refused = |problem: &str| Refusal::bug(format!("can't parse inline keyboard button: {problem}"));
    match ACTIONS.iter().filter(|action| value.get(**action).is_some()).count() {
        0 => return Err(refused("Text buttons are unallowed in the inline keyboard")),
        1 => {}
        _ => return Err(refused("a button has exactly one action")),
    }
    let button: Button = serde_json::from_value(value.clone()).map_err(|error| refused(&error.to_string()))?;
    if button.text.trim().is_empty() {
        return Err(refused("Button text must be non-empty"));
    }
    if button.callback_data.as_ref().is_some_and(|data| !(1..=CALLBACK_DATA_MAX_BYTES).contains(&data.len())) {
        return Err(Refusal::bug("BUTTON_DATA_INVALID"));
    }
    if let Some(url) = button.url.as_ref().filter(|url| !html::is_link(url)) {
        return Err(Refusal::bug(format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")));
    }
    let copied = button.other.get("copy_text").and_then(|copied| copied["text"].as_str());
    if copied.is_some_and(|text| !(1..=COPY_TEXT_MAX_CHARS).contains(&text.chars().count())) {
        return Err(Refusal::bug("BUTTON_COPY_TEXT_INVALID"));
    }
    if button.other.get("style").is_some_and(|style| !STYLES.iter().any(|known| style == known)) {
        return Err(refused("Invalid button style specified"));
    }
    Ok(button)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(button: &Value) -> String {
        inline(&json!({ "inline_keyboard": [[button]] })).unwrap_err().description
    }

    #[test]
    fn a_button_does_exactly_one_thing() {
        assert_eq!(
            error(&json!({"text": "x"})),
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        );
        assert_eq!(
            error(&json!({"text": "x", "url": "https://x.ru", "callback_data": "y"})),
            "Bad Request: can't parse inline keyboard button: a button has exactly one action"
        );
    }

    #[test]
    fn callback_data_has_one_to_sixty_four_bytes() {
        assert!(inline(&json!({"inline_keyboard": [[{"text": "x", "callback_data": "ж".repeat(32)}]]})).is_ok());
        for data in [String::new(), "ж".repeat(32) + "x"] {
            assert_eq!(error(&json!({"text": "x", "callback_data": data})), "Bad Request: BUTTON_DATA_INVALID");
        }
    }

    #[test]
    fn a_button_opens_pages_and_telegram_only() {
        for url in ["https://x.ru/a", "http://x.ru", "tg://resolve?domain=x"] {
            assert!(inline(&json!({"inline_keyboard": [[{"text": "x", "url": url}]]})).is_ok(), "{url}");
        }
        assert_eq!(
            error(&json!({"text": "x", "url": "ftp://x.ru"})),
            "Bad Request: inline keyboard button URL 'ftp://x.ru' is invalid: Wrong HTTP URL"
        );
    }

    #[test]
    fn texts_to_copy_and_styles_are_checked() {
        assert!(
            inline(&json!({"inline_keyboard": [[{"text": "x", "copy_text": {"text": "1"}, "style": "danger"}]]}))
                .is_ok()
        );
        assert_eq!(
            error(&json!({"text": "x", "copy_text": {"text": "1".repeat(257)}})),
            "Bad Request: BUTTON_COPY_TEXT_INVALID"
        );
        assert_eq!(
            error(&json!({"text": "x", "callback_data": "y", "style": "red"})),
            "Bad Request: can't parse inline keyboard button: Invalid button style specified"
        );
    }

    #[test]
    fn a_keyboard_has_a_limit() {
        let button = json!({"text": "x", "callback_data": "y"});
        let rows = |rows: usize, row: usize| json!({"inline_keyboard": vec![vec![button.clone(); row]; rows]});
        assert!(inline(&rows(12, 8)).is_ok());
        for markup in [rows(13, 8), rows(1, 9)] {
            assert_eq!(inline(&markup).unwrap_err().description, "Bad Request: reply markup is too long");
        }
        let long =
            json!({"inline_keyboard": vec![vec![json!({"text": "ж".repeat(100), "callback_data": "y"}); 1]; 50]});
        assert_eq!(inline(&long).unwrap_err().description, "Bad Request: reply markup is too long");
    }

    #[test]
    fn an_empty_keyboard_and_one_of_another_kind_are_none() {
        assert_eq!(inline(&json!({"inline_keyboard": []})).unwrap(), None);
        assert_eq!(inline(&json!({"remove_keyboard": true})).unwrap(), None);
    }
}
