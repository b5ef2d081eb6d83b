//! Tokens as WB gives them: JWTs whose claims say what they are for (facts §1.3 and §1.4).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::EnumCount;
use uuid::Uuid;

use crate::dice::Dice;

/// How long a token lives unless its spec says otherwise, as at WB.
const TOKEN_LIFE_DAYS: i64 = 180;

/// The bit of the claim `s` that forbids writing.
const READ_ONLY_BIT: u32 = 30;

/// The type of a token; the number is the claim `acc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// «Базовый», without a service's secret: sharply cut limits, no stocks.
    Base = 1,
    /// «Тестовый»: for the sandbox hosts, which this fake does not play; refused everywhere.
    Test = 2,
    /// «Персональный»: full limits.
    Personal = 3,
    /// «Сервисный»: full limits.
    Service = 4,
}

/// A category of methods; the number is its bit in the claim `s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumCount)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// «Контент»: cards.
    Content = 1,
    /// «Аналитика»: stocks.
    Analytics = 2,
    /// «Статистика»: orders.
    Statistics = 5,
    /// «Вопросы и отзывы»: reviews.
    Feedbacks = 7,
}

impl Category {
    /// The categories of the methods that the fake knows.
    pub const ALL: [Self; Self::COUNT] = [Self::Content, Self::Analytics, Self::Statistics, Self::Feedbacks];
}

/// What a token shall be.
#[derive(Clone, Debug)]
pub struct TokenSpec<'a> {
    /// The seller whose shop it opens.
    pub seller: Uuid,
    /// Its type.
    pub token_type: TokenType,
    /// Its categories.
    pub categories: &'a [Category],
    /// Whether it may only read.
    pub read_only: bool,
    /// When it ends; 180 days from now by default.
    pub expires_at: Option<DateTime<Utc>>,
}

impl TokenSpec<'static> {
    /// A token of `token_type` with every category.
    #[must_use]
    pub fn of(seller: Uuid, token_type: TokenType) -> Self {
        Self { seller, token_type, categories: &Category::ALL, read_only: false, expires_at: None }
    }
}

/// A token that the fake issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) seller: Uuid,
    pub(super) token_type: TokenType,
    categories: Vec<Category>,
    #[serde(default)]
    pub(super) read_only: bool,
    expires_at: DateTime<Utc>,
    revoked: bool,
    /// The categories whose hosts answer 401 to it.
    #[serde(default)]
    closed: Vec<Category>,
}

impl Token {
    pub(super) fn has(&self, category: Category) -> bool {
        self.categories.contains(&category)
    }

    pub(super) fn is_closed_to(&self, category: Category) -> bool {
        self.closed.contains(&category)
    }
}

/// Every token ever issued, by its text.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Tokens(BTreeMap<String, Token>);

impl Tokens {
    /// Writes the JWT and remembers it. The third part is no signature: nobody but WB could check
    /// one, and the fake knows its own tokens by heart.
    pub(super) fn issue(&mut self, spec: &TokenSpec<'_>, oid: i64, now: DateTime<Utc>) -> String {
        let mut dice = Dice::new(spec.seller.as_u64_pair().1 ^ (self.0.len() as u64) << 32);
        let expires_at = spec.expires_at.unwrap_or(now + TimeDelta::days(TOKEN_LIFE_DAYS));
        let mask = spec.categories.iter().fold(0_i64, |mask, category| mask | 1 << *category as u32);
        let mut claims = json!({
            "acc": spec.token_type as u8,
            "ent": 1,
            "exp": expires_at.timestamp(),
            "id": dice.uuid(),
            "iid": 10_000_000 + dice.below(90_000_000),
            "oid": oid,
            "s": if spec.read_only { mask | 1 << READ_ONLY_BIT } else { mask },
            "sid": spec.seller,
            "t": spec.token_type == TokenType::Test,
            "uid": 10_000_000 + dice.below(90_000_000),
        });
        match spec.token_type {
            TokenType::Personal => claims["for"] = json!("self"),
            TokenType::Service => claims["for"] = json!(format!("asid:{}", dice.uuid())),
            TokenType::Base | TokenType::Test => {}
        }
        let header = json!({"alg": "ES256", "kid": "20260302v1", "typ": "JWT"});
        let signature = [dice.bytes(), dice.bytes(), dice.bytes(), dice.bytes()].concat();
        let jwt = format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string()),
            URL_SAFE_NO_PAD.encode(signature)
        );
        let token = Token {
            seller: spec.seller,
            token_type: spec.token_type,
            categories: spec.categories.to_vec(),
            read_only: spec.read_only,
            expires_at,
            revoked: false,
            closed: Vec::new(),
        };
        self.0.insert(jwt.clone(), token);
        jwt
    }

    /// Takes a token back, as a seller does in their settings. `false`: it was never issued.
    pub(super) fn revoke(&mut self, jwt: &str) -> bool {
        self.0.get_mut(jwt).map(|token| token.revoked = true).is_some()
    }

    /// Takes every token of a seller back, or accepts them all again.
    pub(super) fn refuse_all(&mut self, seller: Uuid, refused: bool) {
        self.0.values_mut().filter(|token| token.seller == seller).for_each(|token| token.revoked = refused);
    }

    /// Closes the hosts of these categories to every token of a seller, and opens the others.
    pub(super) fn close_hosts(&mut self, seller: Uuid, closed: &[Category]) {
        self.0.values_mut().filter(|token| token.seller == seller).for_each(|token| token.closed = closed.to_vec());
    }

    /// Leaves a token only these categories, whatever it says of itself. `false`: it was never issued.
    pub(super) fn narrow(&mut self, jwt: &str, categories: &[Category]) -> bool {
        self.0.get_mut(jwt).map(|token| token.categories = categories.to_vec()).is_some()
    }

    /// The token of an `Authorization` header, or the `detail` of WB's 401.
    pub(super) fn judge(&self, header: Option<&[u8]>, now: DateTime<Utc>) -> Result<&Token, String> {
        let header = std::str::from_utf8(header.unwrap_or_default()).unwrap_or("?");
        // Both forms are in use (facts §1.2).
        let jwt = header.strip_prefix("Bearer ").unwrap_or(header);
        if jwt.is_empty() || jwt == "Bearer" {
            return Err("empty Authorization header".to_owned());
        }
        check_form(jwt)?;
        let token = self.0.get(jwt).ok_or("access token problem; token signature is invalid")?;
        if token.expires_at <= now {
            return Err("token expired".to_owned());
        }
        if token.revoked {
            return Err("token withdrawn".to_owned());
        }
        Ok(token)
    }
}

/// The complaints of the JWT library behind WB's gateway, in its order and words.
fn check_form(jwt: &str) -> Result<(), String> {
    let parts: Vec<&str> = jwt.split('.').collect();
    let &[header, claims, signature] = parts.as_slice() else {
        return Err("access token problem; token is malformed: token contains an invalid number of segments".to_owned());
    };
    for (name, part) in [("header", header), ("claim", claims)] {
        let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|error| {
            let illegal = illegal_base64(part, &error);
            format!("access token problem; token is malformed: could not base64 decode {name}: {illegal}")
        })?;
        serde_json::from_slice::<Value>(&bytes).map_err(|_| {
            format!(
                "access token problem; token is malformed: could not JSON decode {name}: unexpected end of JSON input"
            )
        })?;
    }
    // Here WB writes "token problem" without "access", as the example in its documents does.
    URL_SAFE_NO_PAD.decode(signature).map_err(|error| {
        let illegal = illegal_base64(signature, &error);
        format!("token problem; token is malformed: could not base64 decode signature: {illegal}")
    })?;
    Ok(())
}

fn illegal_base64(part: &str, error: &base64::DecodeError) -> String {
    let offset = match error {
        base64::DecodeError::InvalidByte(offset, _) | base64::DecodeError::InvalidLastSymbol(offset, _) => *offset,
        base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => part.len(),
    };
    format!("illegal base64 data at input byte {offset}")
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    fn claims(jwt: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn the_claims_say_type_categories_seller_and_end() {
        let seller = Dice::new(1).uuid();
        let mut tokens = Tokens::default();
        let spec = TokenSpec {
            categories: &[Category::Statistics, Category::Feedbacks],
            read_only: true,
            ..TokenSpec::of(seller, TokenType::Personal)
        };
        let claims_of_personal = claims(&tokens.issue(&spec, 17, now()));
        assert_eq!(claims_of_personal["s"], 1_i64 << 5 | 1 << 7 | 1 << 30);
        assert_eq!(claims_of_personal["acc"], 3);
        assert_eq!(claims_of_personal["for"], "self");
        assert_eq!(claims_of_personal["sid"], seller.to_string());
        assert_eq!(claims_of_personal["oid"], 17);
        assert_eq!(claims_of_personal["exp"], (now() + TimeDelta::days(180)).timestamp());

        let base = claims(&tokens.issue(&TokenSpec::of(seller, TokenType::Base), 17, now()));
        assert_eq!(base["s"], 1 << 1 | 1 << 2 | 1 << 5 | 1 << 7);
        assert_eq!(base.get("for"), None);
        assert_ne!(base["id"], claims_of_personal["id"]);
    }

    #[test]
    fn a_token_is_taken_with_and_without_bearer_and_refused_in_the_words_of_wb() {
        let mut tokens = Tokens::default();
        let jwt = tokens.issue(&TokenSpec::of(Dice::new(1).uuid(), TokenType::Personal), 17, now());
        let judge = |tokens: &Tokens, header: &str, at| tokens.judge(Some(header.as_bytes()), at).map(|_| ());

        assert_eq!(judge(&tokens, &jwt, now()), Ok(()));
        assert_eq!(judge(&tokens, &format!("Bearer {jwt}"), now()), Ok(()));
        let refusal = |tokens: &Tokens, header: &str| judge(tokens, header, now()).unwrap_err();
        assert_eq!(tokens.judge(None, now()).unwrap_err(), "empty Authorization header");
        assert_eq!(refusal(&tokens, "Bearer "), "empty Authorization header");
        assert_eq!(
            refusal(&tokens, "Bearer not-a-token"),
            "access token problem; token is malformed: token contains an invalid number of segments"
        );
        assert!(refusal(&tokens, "x.y.z").starts_with(
            "access token problem; token is malformed: could not base64 decode header: illegal base64 data at input byte"
        ));
        let cut = format!("{}!", &jwt[..jwt.len() - 1]);
        assert_eq!(
            refusal(&tokens, &cut),
            "token problem; token is malformed: could not base64 decode signature: illegal base64 data at input byte 85"
        );
        let forged = jwt.replacen("ey", "fy", 1);
        assert!(
            refusal(&tokens, &forged).starts_with("access token problem; token is malformed: could not JSON decode")
        );

        assert_eq!(judge(&tokens, &jwt, now() + TimeDelta::days(180)), Err("token expired".to_owned()));
        assert!(tokens.revoke(&jwt));
        assert_eq!(refusal(&tokens, &jwt), "token withdrawn");
        assert!(!tokens.revoke("unknown"));
        let stranger = Tokens::default();
        assert_eq!(refusal(&stranger, &jwt), "access token problem; token signature is invalid");
    }
}
