//! Tokens in texts of people.

use secrecy::ExposeSecret;

use crate::token::{extract, looks_like_token, mask, read};

/// Of any text: what is found is what is taken, and what is masked is gone.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_text(text: &str) {
    let found = extract(text);
    assert_eq!(found.is_some(), looks_like_token(text), "what must leave the chat is what is read");
    if let Some(found) = found {
        let again = extract(found.expose_secret()).expect("a token alone is a token");
        assert_eq!(again.expose_secret(), found.expose_secret(), "and the same one");
    }
    let masked = mask(text);
    assert!(!looks_like_token(&masked), "nothing like a token is left");
    assert_eq!(mask(&masked), masked, "masking is done at once");
    // Whatever it says, it says it without a panic.
    let _facts = read(text);
}

#[cfg(test)]
mod tests {
    use domain::{Categories, SellerId, TokenType};
    use proptest::prelude::*;
    use serde_json::json;
    use testkit::property::{Token, cases, json, some_of, text, token, token_saying, words};
    use uuid::Uuid;

    use super::*;
    use crate::token::mask_with;

    fn taken(text: &str) -> Option<String> {
        extract(text).map(|token| token.expose_secret().to_owned())
    }

    /// What may stand right before or behind a token: anything but its own letters.
    fn border() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            " ", "\n", "\"", "«", "»", "(", ")", "<", ">", ":", "/", ",", "я", "\u{200b}", "`", "&",
        ])
    }

    /// No secret of the token can be read in it.
    fn keeps(told: &str, token: &Token) -> Result<(), TestCaseError> {
        for secret in token.secrets() {
            prop_assert!(!told.contains(secret), "{told}");
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(cases(150))]

        #[test]
        fn what_is_found_in_any_text_is_taken_and_masked(
            text in text(), before in text(), key in "[A-Za-z0-9+/=_.-]{30,90}", after in text(),
        ) {
            holds_for_any_text(&text);
            holds_for_any_text(&format!("{before}{key}{after}"));
        }

        #[test]
        fn what_is_found_in_any_remains_of_a_token_is_taken_and_masked(
            token in token(), before in text(), after in text(), from in 0..900_usize, length in 0..900_usize,
            insert in text(), places in prop::collection::vec(any::<usize>(), 0..4),
        ) {
            let broken = token.broken_by(&insert, &places);
            let rest: String = broken.chars().skip(from % 300).take(length).collect();
            holds_for_any_text(&format!("{before}{rest}{after}"));
        }

        #[test]
        fn a_token_is_found_in_any_words(
            token in token(), before in words(), after in words(), left in border(), right in border(),
        ) {
            let text = format!("{before}{left}{}{right} {after}", token.text);
            prop_assert_eq!(taken(&text), Some(token.text), "{}", text);
        }

        #[test]
        fn a_token_leaves_the_chat_whatever_stands_around_it(token in token(), before in text(), after in text()) {
            let text = format!("{before}{}{after}", token.text);
            prop_assert!(looks_like_token(&text), "{}", text);
        }

        #[test]
        fn a_token_in_an_address_leaves_the_chat(token in token(), path in "[a-zA-Z0-9/?=&._-]{0,30}") {
            let text = format!("https://example.com/{path}{}", token.text);
            prop_assert!(looks_like_token(&text), "{}", text);
        }

        #[test]
        fn a_token_broken_by_what_nobody_sees_is_put_together(
            token in token(),
            places in prop::collection::vec(any::<usize>(), 0..20),
            insert in prop::sample::select(vec![" ", "\n", "\r\n", "\u{200b}", "\u{ad}", "\u{feff} "]),
            after in words(),
        ) {
            let text = format!("{} {after}", token.broken_by(insert, &places));
            prop_assert_eq!(taken(&text), Some(token.text), "{}", text);
        }

        #[test]
        fn a_token_wrapped_into_lines_is_put_together(token in token(), width in 20..120_usize) {
            let lines: Vec<String> = token.text.as_bytes().chunks(width)
                .map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            prop_assert_eq!(taken(&lines.join("\n")), Some(token.text));
        }

        #[test]
        fn ordinary_words_are_no_token_and_are_not_masked(words in words()) {
            prop_assert!(!looks_like_token(&words), "{}", words);
            prop_assert_eq!(mask(&words), words);
        }

        #[test]
        fn an_invitation_is_no_token(code in "[0-9a-f]{32}", before in words(), after in words()) {
            for text in [
                format!("/start {code}"),
                format!("{before} https://t.me/wb_assist_bot?start={code} {after}"),
                format!("{before} {code} {after}"),
            ] {
                prop_assert!(!looks_like_token(&text), "{}", text);
            }
        }

        #[test]
        fn what_a_token_says_is_read_as_it_says_it(
            acc in 1..=4_i64, categories in any::<i64>(), seller in any::<u128>(), exp in 0..4_000_000_000_i64,
            others in some_of(&["ent", "iid", "oid", "uid", "id", "for", "t", "x"]),
        ) {
            let types = [TokenType::Base, TokenType::Test, TokenType::Personal, TokenType::Service];
            let mut claims = others;
            let sid = Uuid::from_u128(seller);
            claims.extend(json!({ "acc": acc, "s": categories, "sid": sid, "exp": exp }).as_object().unwrap().clone());
            let facts = read(&fixed(&claims.into())).unwrap();
            prop_assert_eq!(facts.token_type, types[usize::try_from(acc - 1).unwrap()]);
            prop_assert_eq!(facts.categories, Categories(categories));
            prop_assert_eq!(facts.seller, Some(SellerId(sid)));
            prop_assert_eq!(facts.expires_at.unwrap().timestamp(), exp);
        }

        #[test]
        fn whatever_a_token_says_it_is_read(
            token in token_saying(some_of(&["acc", "s", "sid", "exp", "for", "t"]).prop_map(Into::into)),
            odd in token_saying(json()),
        ) {
            prop_assert!(read(&token.text).is_ok());
            prop_assert!(read(&odd.text).is_ok());
        }

        #[test]
        fn no_words_about_a_token_show_it(
            token in token(), before in text(), after in text(), insert in text(), places in prop::collection::vec(any::<usize>(), 0..3),
        ) {
            keeps(&mask(&format!("{before} {} {after}", token.text)), &token)?;
            keeps(&mask_with(&format!("{before}{}{after}", token.text), &token.text), &token)?;
            let broken = format!("{before}{}{after}", token.broken_by(&insert, &places));
            keeps(&format!("{:?} {:?}", extract(&broken), read(&broken)), &token)?;
            if let Err(refused) = read(&broken) {
                keeps(&refused.to_string(), &token)?;
            }
        }
    }

    /// A token with these claims and a signature like WB's.
    fn fixed(claims: &serde_json::Value) -> String {
        use base64::Engine;
        let part = |json: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.{}", part(r#"{"alg":"ES256"}"#), part(&claims.to_string()), "aB3".repeat(29))
    }
}
