//! What strangers send, for properties: texts, JSON, tokens, bytes in pieces.
//!
//! A property tries the same cases in each run, so that a test fails for the one who broke something. Others are looked
//! for by hand, with `PROPTEST_RNG_SEED=7 PROPTEST_CASES=100000 cargo test`, and by the fuzz targets in `fuzz/`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed},
};
use serde_json::{Map, Value, json};

/// Any number would do.
const SEED: u64 = 2_026;
/// What proptest tries where nobody says how much; a property of ours always says it.
const UNSAID_CASES: u32 = 256;
/// The algorithms of a JWT, with the length of their signatures in characters.
const ALGORITHMS: [(&str, usize); 7] =
    [("ES256", 86), ("ES384", 128), ("ES512", 176), ("HS256", 43), ("HS384", 64), ("HS512", 86), ("RS256", 342)];

/// How a property is tried: so many cases, and no file of those that failed.
#[must_use]
pub fn cases(cases: u32) -> Config {
    let asked = Config::default();
    Config {
        cases: if asked.cases == UNSAID_CASES { cases } else { asked.cases },
        rng_seed: if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(SEED) } else { asked.rng_seed },
        failure_persistence: None,
        ..asked
    }
}

/// A text as somebody types, pastes or forges it.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => words(),
        2 => "\\PC{0,40}",
        1 => any::<String>(),
        1 => "[ \t\r\n\u{0}\u{ad}\u{200b}\u{200f}\u{2060}\u{feff}«»\"'`<>()&]{0,10}",
        1 => r#"[{}\[\]":,\\/eyw.=+_a-zA-Z0-9-]{0,60}"#,
    ]
}

/// Ordinary words with spaces between them: no token, no link, no markup.
pub fn words() -> impl Strategy<Value = String> {
    vec("[a-zA-Zа-яА-ЯёЁ0-9]{1,20}[,.!?]{0,1}", 0..8).prop_map(|words| words.join(" "))
}

/// Any JSON, up to four levels deep.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // As exact in JSON as they are in memory.
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-zA-Z_]{1,12}", inner), 0..4).prop_map(Value::from_iter),
        ]
    })
}

/// An object with any values in some of these fields.
pub fn some_of(fields: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    vec(prop::option::weighted(0.25, json()), fields.len()).prop_map(|values| {
        let fields = fields.iter().zip(values);
        fields.filter_map(|(field, value)| Some(((*field).to_owned(), value?))).collect()
    })
}

/// A JWT as WB issues them. Nobody has signed it.
#[derive(Clone, Debug)]
pub struct Token {
    /// As it is pasted.
    pub text: String,
    /// What it says of itself.
    pub claims: Value,
}

impl Token {
    /// The parts that nobody may read: the claims and the signature. All headers are alike.
    #[must_use]
    pub fn secrets(&self) -> Vec<&str> {
        self.text.split('.').skip(1).collect()
    }

    /// The token with something put into it at these places, which count modulo its length.
    #[must_use]
    pub fn broken_by(&self, insert: &str, places: &[usize]) -> String {
        let mut places: Vec<usize> = places.iter().map(|place| 1 + place % (self.text.len() - 1)).collect();
        places.sort_unstable();
        places.dedup();
        let mut broken = self.text.clone();
        places.iter().rev().for_each(|place| broken.insert_str(*place, insert));
        broken
    }
}

/// A token whose claims are of this kind.
pub fn token_saying(claims: impl Strategy<Value = Value>) -> impl Strategy<Value = Token> {
    let signed = (prop::sample::select(ALGORITHMS.to_vec()), "[A-Za-z0-9_-]{342}");
    (claims, signed).prop_map(|(claims, ((algorithm, length), signature))| {
        let header = json!({ "alg": algorithm, "kid": "20260401v1", "typ": "JWT" }).to_string();
        let part = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
        let text = format!("{}.{}.{}", part(&header), part(&claims.to_string()), &signature[..length]);
        Token { text, claims }
    })
}

/// A token that says what WB's tokens say.
pub fn token() -> impl Strategy<Value = Token> {
    let claims = (1..=4_i64, any::<u32>(), 1_700_000_000..2_000_000_000_i64, any::<u128>());
    token_saying(claims.prop_map(|(acc, categories, exp, seller)| {
        let sid = uuid::Uuid::from_u128(seller);
        json!({ "acc": acc, "ent": 1, "exp": exp, "for": "self", "iid": 1, "oid": 1, "s": categories, "sid": sid,
            "t": acc == 2, "uid": 1 })
    }))
}

/// How a body arrives: in pieces of these lengths, again and again.
pub fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![Just(vec![1]), vec(1..8_usize, 1..6), vec(1..400_usize, 1..6)]
}
