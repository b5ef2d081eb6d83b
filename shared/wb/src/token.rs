//! WB's token: a JWT (RFC 7519) whose signature only WB can judge.
//!
//! Three questions: what a token says of itself, whether a message contains one (it must then leave
//! the chat), and which part of a pasted text it is.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::DateTime;
use domain::{Categories, SellerId, TokenFacts, TokenType};
use secrecy::SecretString;
use serde_json::{Map, Value};
use uuid::Uuid;

/// WB's tokens have 400 to 700 bytes; servers refuse headers above 8 KiB.
const MAX_TOKEN_BYTES: usize = 4_096;
/// So many characters without a space, of upper and lower case and digits, are no word of a language:
/// an id in WB's answers has 36 at most, the shortest key that WB ever gave 48.
const MIN_OPAQUE_CHARS: usize = 40;
/// The header of a JWT has some 70 characters; without this limit a text of many beginnings would be read again from each.
const MAX_HEADER_CHARS: usize = 512;
/// The lengths of a JWT's signature by the algorithm that its header names; those of RSA go by its key. WB signs with ES256.
const SIGNATURE_CHARS: [(&str, &[usize]); 12] = [
    ("ES256", &[86]),
    ("ES384", &[128]),
    ("ES512", &[176]),
    ("HS256", &[43]),
    ("HS384", &[64]),
    ("HS512", &[86]),
    ("RS256", &RSA_CHARS),
    ("RS384", &RSA_CHARS),
    ("RS512", &RSA_CHARS),
    ("PS256", &RSA_CHARS),
    ("PS384", &RSA_CHARS),
    ("PS512", &RSA_CHARS),
];
const RSA_CHARS: [usize; 3] = [342, 512, 683];
/// What stands for a token in a text that a person may read.
const MASK: &str = "[token]";

/// The URL-safe alphabet of JWT, forgiving about padding, which some programs add.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Why a text cannot be a token, and what its owner can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAToken {
    /// Nothing is there.
    #[error("the token is empty: copy it from WB's settings and send it again")]
    Empty,
    /// More than 4,096 bytes.
    #[error("this is far too long for a token: send the token alone")]
    TooLong,
    /// Spaces, Cyrillic letters or control characters inside.
    #[error(
        "a token consists of Latin letters, digits, dots, hyphens and underscores: copy it as a whole, without other words"
    )]
    Unsendable,
}

/// Reads what a token says of itself. Each claim may be missing, and a token that is no readable
/// JWT may still be one to WB: it gets [`TokenFacts::UNDECODABLE`].
///
/// # Errors
/// The text can be sent in no header.
pub fn read(text: &str) -> Result<TokenFacts, NotAToken> {
    let token = text.trim();
    if token.is_empty() {
        return Err(NotAToken::Empty);
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(NotAToken::TooLong);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(NotAToken::Unsendable);
    }
    let claims = token.split('.').nth(1).and_then(json_object);
    Ok(claims.map_or(TokenFacts::UNDECODABLE, |claims| facts(&claims)))
}

/// Whether a token is somewhere in a message, perhaps broken over lines or cut off.
#[must_use]
pub fn looks_like_token(text: &str) -> bool {
    find_jwt(text).is_some() || find_opaque(text).is_some()
}

/// The token in a pasted text, without quotes, `Bearer`, and the spaces and line breaks that a
/// terminal or a document has put inside.
#[must_use]
pub fn extract(text: &str) -> Option<SecretString> {
    find_jwt(text).or_else(|| find_opaque(text).map(str::to_owned)).map(SecretString::from)
}

/// The text without anything that could be a token or a part of one: stricter than
/// [`looks_like_token`], because here a word too many does no harm.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !is_base64url(c) && c != '.') {
        let word = piece.trim_end_matches(|c: char| !is_base64url(c) && c != '.');
        if word.split('.').any(|part| part.len() >= MIN_OPAQUE_CHARS || json_object(part).is_some()) {
            masked.push_str(MASK);
        } else {
            masked.push_str(word);
        }
        masked.push_str(&piece[word.len()..]);
    }
    // A key with other letters, or a token with spaces inside: no word of it is one alone.
    if looks_like_token(&masked) { MASK.to_owned() } else { masked }
}

/// The text without this very token, and without anything like one.
pub(crate) fn mask_with(text: &str, token: &str) -> String {
    if token.is_empty() { mask(text) } else { mask(&text.replace(token, MASK)) }
}

fn facts(claims: &Map<String, Value>) -> TokenFacts {
    let number = |claim: &str| claims.get(claim).and_then(Value::as_i64);
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
    let is_test = claims.get("t").and_then(Value::as_bool) == Some(true);
    TokenFacts {
        token_type: match (number("acc"), text("for")) {
            (Some(1), _) => TokenType::Base,
            (Some(2), _) => TokenType::Test,
            (Some(3), _) => TokenType::Personal,
            (Some(4), _) => TokenType::Service,
            (Some(_), _) => TokenType::Unknown,
            // Tokens from before 2026 have no `acc`.
            (None, _) if is_test => TokenType::Test,
            (None, Some("self")) => TokenType::Personal,
            (None, Some(service)) if service.starts_with("asid:") => TokenType::Service,
            (None, _) => TokenType::Unknown,
        },
        categories: number("s").map_or(Categories::UNKNOWN, Categories),
        seller: text("sid").and_then(|sid| Uuid::try_parse(sid).ok()).map(SellerId),
        expires_at: number("exp").and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    }
}

/// The JSON object that this part of a JWT encodes, if it does.
fn json_object(part: &str) -> Option<Map<String, Value>> {
    // Without this look at the first character (of `{`), every word of a text would be decoded.
    if !part.starts_with('e') {
        return None;
    }
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

/// A JWT: one that begins a word, or else one that is glued to the word before.
fn find_jwt(text: &str) -> Option<String> {
    first_jwt(text, |before| !is_base64url(before)).or_else(|| first_jwt(text, is_base64url))
}

/// The first JWT behind a character that is so.
fn first_jwt(text: &str, is_so: impl Fn(char) -> bool) -> Option<String> {
    let mut before = ' ';
    for (start, c) in text.char_indices() {
        // `{` with what may follow it in JSON.
        if c == 'e'
            && text[start + 1..].trim_start_matches(is_invisible).starts_with(['y', 'w'])
            && is_so(before)
            && let Some(token) = jwt_at_start(&text[start..])
        {
            return Some(token);
        }
        before = c;
    }
    None
}

/// The JWT with which a text begins, joined where invisible characters break it.
fn jwt_at_start(text: &str) -> Option<String> {
    let mut parts = [String::new(), String::new(), String::new()];
    let mut part = 0;
    // Where words end in the signature. Whether the next word belongs to it only its length can say.
    let mut word_ends = Vec::new();
    for c in text.chars() {
        match c {
            // The first words of most texts end here.
            '.' if part == 0 && json_object(&parts[0]).is_none() => return None,
            '.' if part < 2 => part += 1,
            c if is_base64url(c) || c == '=' => parts[part].push(c),
            c if is_invisible(c) && part == 2 => word_ends.push(parts[2].len()),
            c if is_invisible(c) => {}
            _ => break,
        }
        if part == 0 && parts[0].len() > MAX_HEADER_CHARS {
            return None;
        }
        if parts[part].len() > MAX_TOKEN_BYTES {
            break;
        }
    }
    let [header, claims, mut signature] = parts;
    word_ends.push(signature.len());
    let first_end = word_ends.iter().copied().find(|end| *end > 0)?;
    let known = signature_chars(&header);
    let whole = word_ends.into_iter().find(|end| known.contains(end));
    // Words that are glued to the end are none of it.
    let cut = known.iter().copied().rev().find(|length| *length < first_end);
    signature.truncate(whole.or(cut).unwrap_or(first_end));
    (!claims.is_empty()).then(|| format!("{header}.{claims}.{signature}"))
}

/// How long the signature of a JWT with this header may be; nothing if that is not known.
fn signature_chars(header: &str) -> &'static [usize] {
    let header = json_object(header);
    let algorithm = header.as_ref().and_then(|header| header.get("alg")?.as_str());
    let known = SIGNATURE_CHARS.into_iter().find(|(name, _)| Some(*name) == algorithm);
    known.map_or(&[], |(_, lengths)| lengths)
}

/// A word that no language has: a key of another kind, or a JWT whose beginning is lost.
fn find_opaque(text: &str) -> Option<&str> {
    let is_opaque = |run: &str| {
        run.len() >= MIN_OPAQUE_CHARS
            && run.contains(|c: char| c.is_ascii_uppercase())
            && run.contains(|c: char| c.is_ascii_lowercase())
            && run.contains(|c: char| c.is_ascii_digit())
    };
    text.split(|c: char| is_invisible(c) || matches!(c, '"' | '\'' | '`' | '«' | '»' | '<' | '>' | '(' | ')'))
        .filter(|word| !word.contains("://"))
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '=')))
        .find(|word| word.split(|c: char| !is_base64url(c) && !matches!(c, '+' | '=')).any(is_opaque))
}

fn is_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Spaces, line breaks, and what messengers and documents insert unseen.
fn is_invisible(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use domain::Category;
    use secrecy::ExposeSecret;

    use super::*;

    /// As long as that of ES256, with which WB signs.
    const SIGNATURE: &str = "Xk3vQ9mLr7TzYb2WcE5dF8gH1jK4nP6sA0uVxZ-_iOaQwErTyUiOpLkJhGfDsZxCvBnM1234567890AbCdEfGh";

    fn token(claims: &str) -> String {
        let header = BASE64URL.encode(r#"{"alg":"ES256","kid":"20260401v1","typ":"JWT"}"#);
        format!("{header}.{}.{SIGNATURE}", BASE64URL.encode(claims))
    }

    fn personal() -> String {
        token(
            r#"{"acc":3,"ent":1,"exp":1795000000,"for":"self","id":"0194","iid":1,"oid":1,"s":1073742006,"sid":"e8225f36-5a5e-4f6a-9f3d-0c2f0e4d5b6a","t":false,"uid":1}"#,
        )
    }

    #[test]
    fn a_token_says_its_type_categories_seller_and_end() {
        let facts = read(&personal()).unwrap();
        assert_eq!(facts.token_type, TokenType::Personal);
        assert!(Category::ALL.iter().all(|category| facts.categories.has(*category)));
        assert!(facts.categories.read_only());
        assert_eq!(facts.seller.unwrap().to_string(), "e8225f36-5a5e-4f6a-9f3d-0c2f0e4d5b6a");
        assert_eq!(facts.expires_at.unwrap().to_rfc3339(), "2026-11-18T11:06:40+00:00");
    }

    #[test]
    fn every_claim_may_be_missing_or_of_another_type() {
        let token_type = |claims: &str| read(&token(claims)).unwrap().token_type;
        assert_eq!(read(&token("{}")).unwrap(), TokenFacts::UNDECODABLE);
        assert_eq!(
            read(&token(r#"{"exp":"soon","s":"all","sid":7,"acc":"3","t":0}"#)).unwrap(),
            TokenFacts::UNDECODABLE
        );
        assert_eq!(token_type(r#"{"acc":1}"#), TokenType::Base);
        assert_eq!(token_type(r#"{"acc":2,"t":true}"#), TokenType::Test);
        assert_eq!(token_type(r#"{"acc":4,"for":"asid:1"}"#), TokenType::Service);
        assert_eq!(token_type(r#"{"acc":9,"for":"self"}"#), TokenType::Unknown);
        assert_eq!(token_type(r#"{"t":true}"#), TokenType::Test);
        assert_eq!(token_type(r#"{"for":"self"}"#), TokenType::Personal);
        assert_eq!(token_type(r#"{"for":"asid:1"}"#), TokenType::Service);
    }

    #[test]
    fn what_cannot_be_decoded_may_still_be_a_token() {
        assert_eq!(read("an-opaque-key"), Ok(TokenFacts::UNDECODABLE));
        assert_eq!(read("eyJ.eyJ.x"), Ok(TokenFacts::UNDECODABLE));
    }

    #[test]
    fn what_fits_no_header_is_not_a_token() {
        assert_eq!(read(" \n"), Err(NotAToken::Empty));
        assert_eq!(read(&"a".repeat(4_097)), Err(NotAToken::TooLong));
        assert_eq!(read("два слова"), Err(NotAToken::Unsendable));
        assert_eq!(read("eyJ\neyJ"), Err(NotAToken::Unsendable));
    }

    #[test]
    fn a_token_is_found_in_whatever_is_around_it() {
        let token = personal();
        for text in [
            token.clone(),
            format!("Bearer {token}"),
            format!("Authorization: Bearer {token}\n"),
            format!("\"{token}\""),
            format!("«{token}»"),
            format!("вот токен: {token} спасибо"),
            format!("my token {token} thanks a lot"),
            format!("https://example.com/?token={token}"),
            format!("{}\n{}", &token[..70], &token[70..]),
            format!("{}\u{200b}{}", &token[..70], &token[70..]),
            token.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\r\n"),
            format!("{}\n{} thanks", &token[..token.len() - 20], &token[token.len() - 20..]),
        ] {
            assert!(looks_like_token(&text), "{text}");
            assert_eq!(extract(&text).unwrap().expose_secret(), token, "{text}");
        }
    }

    #[test]
    fn a_padded_token_is_kept_as_it_is() {
        let padded = format!("eyJhbGciOiJFUzI1NiJ9Cg==.eyJhY2MiOjEgfQ==.{SIGNATURE}");
        assert_eq!(extract(&format!("token: {padded}.")).unwrap().expose_secret(), padded);
        assert_eq!(read(&padded).unwrap().token_type, TokenType::Base);
    }

    #[test]
    fn a_damaged_token_and_an_opaque_key_must_leave_the_chat_too() {
        let token = personal();
        for text in [&token[5..], &token[..token.len() - 40], "ключ ODk0NjE1NzgtYTFiMi00YzNkLThlNGYtNWE2YjdjOGQ5ZTBm"]
        {
            assert!(looks_like_token(text), "{text}");
            assert!(extract(text).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_messages_are_no_tokens() {
        for text in [
            "",
            "/start",
            "Здравствуйте! Подскажите, пожалуйста, как получить токен?",
            "Please tell me. How do I get it. Every time I try it fails. Everything. Ever.",
            "They. went. home.",
            "eyewitness.account.today",
            "11.rf9ef11fce1684117b0nhj96222982382.3.0",
            "7513432034713632943.1.0",
            "https://www.wildberries.ru/catalog/123456789/detail.aspx?targetUrl=GP",
            "https://docs.google.com/spreadsheets/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms12345/edit",
            "seller-analytics-api.wildberries.ru",
            "e8225f36-5a5e-4f6a-9f3d-0c2f0e4d5b6a",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "Донаудинамическоепароходноеобществоиегокапитанскаякаюта",
        ] {
            assert!(!looks_like_token(text), "{text}");
            assert!(extract(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_masked_text_keeps_its_words_and_ids() {
        let token = personal();
        let claims = token.split('.').nth(1).unwrap();
        assert_eq!(mask(&format!("bad token {token}, sorry")), "bad token [token], sorry");
        assert_eq!(mask(&format!("claims {claims}")), "claims [token]");
        assert_eq!(mask_with("header Bearer short-one is bad", "short-one"), "header Bearer [token] is bad");
        let harmless =
            "limited by 5f0e4d5b-6a5e-4f6a-9f3d-0c2f0e4d5b6a; See https://dev.wildberries.ru/openapi/api-information";
        assert_eq!(mask(harmless), harmless);
    }
}
