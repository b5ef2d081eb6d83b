//! `wb_tokens`: every accepted token of a cabinet, sealed.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Categories, Category, SellerId, TelegramId, TokenId, TokenType, UserId, token_care::next_warning,
};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::{Bytes, Executor, Result};

/// A token to be stored.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its own id, the associated data of the seal.
    pub id: TokenId,
    /// The data key that sealed it.
    pub key_id: Uuid,
    /// The sealed token.
    pub sealed: Vec<u8>,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// Its type.
    pub token_type: TokenType,
    /// Its categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The name of a token's type in the database.
fn type_name(token_type: TokenType) -> &'static str {
    match token_type {
        TokenType::Base => "base",
        TokenType::Test => "test",
        TokenType::Personal => "personal",
        TokenType::Service => "service",
        TokenType::Unknown => "unknown",
    }
}

/// The type of that name; one that only a newer version knows is treated with the greatest care.
fn parse_type(name: &str) -> TokenType {
    match name {
        "base" => TokenType::Base,
        "test" => TokenType::Test,
        "personal" => TokenType::Personal,
        "service" => TokenType::Service,
        _ => TokenType::Unknown,
    }
}

/// Stores a token that WB accepted, and when the members are to be warned of its end. The same token
/// again is taken as accepted anew.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_token(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    user: UserId,
    token: &NewToken,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "WITH saved AS (
             INSERT INTO wb_tokens (id, cabinet_id, user_id, key_id, sealed, digest, token_type, categories, expires_at,
                                    created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (cabinet_id, digest) DO UPDATE SET refused_at = NULL, suspected_at = NULL, refused_categories = 0
             RETURNING id
         )
         INSERT INTO chores (kind, subject, due_at)
         SELECT 'token_expiring', id::text, $11 FROM saved WHERE $11::timestamptz IS NOT NULL
         ON CONFLICT DO NOTHING",
        token.id.0,
        cabinet.0,
        user.0,
        token.key_id,
        token.sealed,
        token.digest,
        type_name(token.token_type),
        token.categories.0,
        token.expires_at,
        now,
        token.expires_at.and_then(|at| next_warning(at, now))
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a token with this id, which it keeps from the first attempt on, serves a cabinet of this person.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_accepted(db: impl Executor<'_>, telegram_id: TelegramId, id: TokenId) -> Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM wb_tokens t JOIN users u ON u.id = t.user_id
                           WHERE t.id = $2 AND u.telegram_id = $1) AS "is_accepted!""#,
        telegram_id.0,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Type and categories of the other tokens of a cabinet that are in force, beside this one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_others(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Vec<(TokenType, Categories)>> {
    let rows = sqlx::query!(
        "SELECT token_type, categories FROM wb_tokens
          WHERE cabinet_id = $1 AND digest <> $2 AND refused_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
        cabinet.0,
        digest,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (parse_type(&row.token_type), Categories(row.categories))).collect())
}

/// A sealed token as a sync needs it.
#[derive(Clone, Debug, Deserialize)]
pub struct SealedToken {
    /// Its own id.
    pub id: TokenId,
    /// The data key that sealed it.
    pub key_id: Uuid,
    /// The seal.
    pub sealed: Bytes,
    /// Its type.
    #[serde(deserialize_with = "type_from_name")]
    pub token_type: TokenType,
    /// Its categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When two hosts refused it for the first time.
    pub suspected_at: Option<DateTime<Utc>>,
    /// Since when it serves no more.
    pub refused_at: Option<DateTime<Utc>>,
    /// The categories whose hosts refuse it although it claims them.
    pub refused_categories: Categories,
}

impl SealedToken {
    /// Whether nothing is known against its use for this category.
    #[must_use]
    pub fn is_trusted_for(&self, category: Category) -> bool {
        self.suspected_at.is_none() && !self.refused_categories.has(category)
    }
}

/// What is known against a token.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_marks(db: impl Executor<'_>, token: &SealedToken) -> Result<()> {
    sqlx::query!(
        "UPDATE wb_tokens SET suspected_at = $2, refused_at = $3, refused_categories = $4 WHERE id = $1",
        token.id.0,
        token.suspected_at,
        token.refused_at,
        token.refused_categories.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A token of some cabinet, for what any token may ask.
#[derive(Clone, Debug)]
pub struct AnyToken {
    /// Its own id.
    pub id: TokenId,
    /// To whom WB's limits belong.
    pub seller: SellerId,
    /// The data key that sealed it.
    pub key_id: Uuid,
    /// The sealed token.
    pub sealed: Vec<u8>,
    /// Its type.
    pub token_type: TokenType,
}

/// The newest token that serves, whosever it is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_any(db: impl Executor<'_>, now: DateTime<Utc>) -> Result<Option<AnyToken>> {
    let row = sqlx::query!(
        "SELECT t.id, c.seller, t.key_id, t.sealed, t.token_type
           FROM wb_tokens t JOIN cabinets c ON c.id = t.cabinet_id
          WHERE t.refused_at IS NULL AND t.suspected_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $1)
          ORDER BY t.created_at DESC LIMIT 1",
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| AnyToken {
        id: TokenId(row.id),
        seller: SellerId(row.seller),
        key_id: row.key_id,
        sealed: row.sealed,
        token_type: parse_type(&row.token_type),
    }))
}

/// A token that ends, and the others of its cabinet.
#[derive(Clone, Debug)]
pub struct Expiring {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The token.
    pub token: ServingToken,
    /// The other tokens that serve.
    pub others: Vec<ServingToken>,
}

/// What a serving token opens, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServingToken {
    /// Its type.
    pub token_type: TokenType,
    /// Its categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token and the others that serve its cabinet now; `None` where it is gone, refused or has ended.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_expiring(db: impl Executor<'_>, token: TokenId, now: DateTime<Utc>) -> Result<Option<Expiring>> {
    let rows = sqlx::query!(
        r#"SELECT o.cabinet_id, o.id = t.id AS "is_it!", o.token_type, o.categories & ~o.refused_categories AS "categories!",
                  o.expires_at
             FROM wb_tokens t
             JOIN wb_tokens o ON o.cabinet_id = t.cabinet_id
            WHERE t.id = $1 AND o.refused_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > $2)"#,
        token.0,
        now
    )
    .fetch_all(db)
    .await?;
    let mut found = None;
    let mut others = Vec::new();
    for row in rows {
        let serving = ServingToken {
            token_type: parse_type(&row.token_type),
            categories: Categories(row.categories),
            expires_at: row.expires_at,
        };
        if row.is_it {
            found = Some((CabinetId(row.cabinet_id), serving));
        } else {
            others.push(serving);
        }
    }
    Ok(found.map(|(cabinet, token)| Expiring { cabinet, token, others }))
}

/// Reads the name of a type.
fn type_from_name<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<TokenType, D::Error> {
    String::deserialize(deserializer).map(|name| parse_type(&name))
}
