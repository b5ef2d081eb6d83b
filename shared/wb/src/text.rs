//! Makes an answer readable where a byte, or half of an emoji, is not: that character suffers, and nothing else.

use std::{borrow::Cow, ops::Range};

/// Stands for what could not be read.
const UNREADABLE: char = '\u{fffd}';
/// JSON writes a character beyond 16 bits as two halves.
const FIRST_HALVES: Range<u32> = 0xd800..0xdc00;
const SECOND_HALVES: Range<u32> = 0xdc00..0xe000;
/// The length of `\u` and its four digits.
const HALF_BYTES: usize = 6;

/// Whether a text has lost a character.
pub(crate) fn is_damaged(text: &str) -> bool {
    text.contains(UNREADABLE)
}

/// The bytes of some JSON as a text, and whether a character had to be replaced: a byte that is no UTF-8, or a half without
/// its other half.
pub(crate) fn readable(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let text = String::from_utf8_lossy(bytes);
    let has_halves = text.contains("\\ud") || text.contains("\\uD");
    match has_halves.then(|| mended(&text)).flatten() {
        Some(mended) => (Cow::Owned(mended), true),
        None => {
            let is_mended = matches!(text, Cow::Owned(_));
            (text, is_mended)
        }
    }
}

/// The same JSON with strings that a parser accepts: half of a character, an escape that does not exist and a control
/// character are replaced. `None` where there is nothing to mend.
pub(crate) fn mended(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let (mut out, mut copied, mut at, mut is_in_string) = (String::new(), 0, 0, false);
    while at < bytes.len() {
        let (length, is_good) = match bytes[at] {
            b'"' => {
                is_in_string = !is_in_string;
                (1, true)
            }
            b'\\' if is_in_string => escape(&bytes[at..]),
            0..b' ' if is_in_string => (1, false),
            _ => (1, true),
        };
        if !is_good {
            // Only ASCII is replaced, so both ends are between characters.
            out.push_str(&json[copied..at]);
            out.push(UNREADABLE);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&json[copied..]);
    Some(out)
}

/// How long the escape is that begins here, and whether it means something.
fn escape(bytes: &[u8]) -> (usize, bool) {
    match bytes.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, true),
        Some(b'u') => match half(bytes) {
            None => (2, false),
            Some(unit) if SECOND_HALVES.contains(&unit) => (HALF_BYTES, false),
            Some(unit) if FIRST_HALVES.contains(&unit) => match half(&bytes[HALF_BYTES..]) {
                Some(second) if SECOND_HALVES.contains(&second) => (2 * HALF_BYTES, true),
                _ => (HALF_BYTES, false),
            },
            Some(_) => (HALF_BYTES, true),
        },
        _ => (1, false),
    }
}

/// The number of a `\uXXXX` that begins here.
fn half(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..HALF_BYTES)?.strip_prefix(b"\\u")?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, bool) {
        let (json, is_mended) = readable(bytes);
        (serde_json::from_str(&json).unwrap(), is_mended)
    }

    #[test]
    fn a_byte_that_is_no_text_costs_itself() {
        assert_eq!(text("\"плохо\"".as_bytes()), ("плохо".to_owned(), false));
        assert_eq!(text(b"\"tee\x921\""), ("tee\u{fffd}1".to_owned(), true));
        assert_eq!(text(b"\"a \xf0\x9f\""), ("a \u{fffd}".to_owned(), true));
    }

    #[test]
    fn half_an_emoji_costs_itself() {
        assert_eq!(text(br#""a \ud83d\ude21 b""#), ("a 😡 b".to_owned(), false));
        assert_eq!(text(br#""a \ud83d""#), ("a \u{fffd}".to_owned(), true));
        assert_eq!(text(br#""\ude21 a""#), ("\u{fffd} a".to_owned(), true));
        assert_eq!(text(br#""\ud83d\ud83d\ude21\n""#), ("\u{fffd}😡\n".to_owned(), true));
        assert_eq!(text(br#""\uD83Dx\uDE21""#), ("\u{fffd}x\u{fffd}".to_owned(), true));
        // A backslash that is written as such begins no half.
        assert_eq!(text(br#""\\ud83d""#), ("\\ud83d".to_owned(), false));
    }

    #[test]
    fn strings_that_no_parser_takes_are_mended_and_others_left_alone() {
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(&mended(json).unwrap()).unwrap();
        assert_eq!(value("{\"a\": \"x\ty\"}"), serde_json::json!({ "a": "x\u{fffd}y" }));
        assert_eq!(value(r#"["\x", "\u12", "\я"]"#), serde_json::json!(["\u{fffd}x", "\u{fffd}12", "\u{fffd}я"]));
        for good in ["{\n\t\"a\": \"\\n\\u0416\\\"\"\n}", "[1, NaN]", "", "\"", "[\"\\\""] {
            assert_eq!(mended(good), None, "{good}");
        }
    }
}
