//! `review_answers` and `answer_templates`: review replies, from the tap to WB's word.
//!
//! Everything that a person does is asked by their Telegram id, so that one statement proves that they
//! may reply in the cabinet's name now.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, ChatId, EventKind, Facts, Language, MessageId, NmId, NotificationId, ReviewId, ReviewReplyId,
    ReviewReplyStage, Role, SellerId, TelegramId, UserId, review_reply::Effort, screen::reviews::ReviewKey,
};
use sqlx::types::Json;

use crate::{Connection, Executor, Result, events, tokens::SealedToken};

/// Answers with which one tick goes on: they are carried on at the same time, within one function's
/// timeout.
const CLAIM_REPLIES: i64 = 20;
/// Whoever claims a reply has it for this long; it must be longer than a function can run.
pub const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(2);
/// A text is taken as the reply, or as a template, for this long after the last tap.
pub const AWAITED_FOR: TimeDelta = TimeDelta::hours(24);

/// A reply with all that its screens and its way to WB need.
#[derive(Clone, Debug)]
pub struct ReviewReply {
    /// Its id.
    pub id: ReviewReplyId,
    /// Whose it is.
    pub user: UserId,
    /// Where they are told.
    pub chat: ChatId,
    /// The language that is spoken to them.
    pub language: Language,
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The cabinet's name, if the person has several.
    pub cabinet_name: Option<String>,
    /// WB's seller, to whom the limits belong.
    pub seller: SellerId,
    /// The review.
    pub review: ReviewId,
    /// Its stars.
    pub stars: i16,
    /// What the buyer wrote, in one text.
    pub review_text: Option<String>,
    /// The buyer.
    pub author: Option<String>,
    /// The product.
    pub nm_id: NmId,
    /// The product's title.
    pub title: Option<String>,
    /// How far it is; `None` for a stage that only a newer version knows.
    pub stage: Option<ReviewReplyStage>,
    /// Its text.
    pub text: Option<String>,
    /// How often its text was written.
    pub revision: i32,
    /// What the next text of the person will be: 0 the reply, else that template.
    pub awaits: Option<i16>,
    /// The message that says how far it is.
    pub message_id: Option<MessageId>,
    /// When the person had it sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When the review was last seen unanswered.
    pub checked_at: Option<DateTime<Utc>>,
    /// Requests to reply that were begun.
    pub posts: i32,
    /// When WB accepted one.
    pub accepted_at: Option<DateTime<Utc>>,
    /// How often the review showed no answer since.
    pub looks: i32,
    /// How often WB did not answer.
    pub tries: i32,
    /// When a request may be sent that is taken out of WB's bucket.
    pub slot_at: Option<DateTime<Utc>>,
    /// When somebody goes on with it.
    pub next_at: Option<DateTime<Utc>>,
    /// What WB says of it.
    pub words: Option<String>,
    /// The templates of the cabinet; `None` for one that nobody has changed.
    pub templates: [Option<String>; 3],
    /// The cabinet's tokens that are in force, newest first.
    pub tokens: Vec<SealedToken>,
}

impl ReviewReply {
    /// What has been done for it so far.
    #[must_use]
    pub fn effort(&self) -> Effort {
        Effort { posts: self.posts, is_accepted: self.accepted_at.is_some(), looks: self.looks }
    }
}

/// Which replies are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// This one, of the person with this Telegram id, while they may reply.
    Of(TelegramId, ReviewReplyId),
    /// The one for which the next text of the person with this Telegram id is meant.
    Awaiting(TelegramId),
    /// Those that were claimed.
    Claimed(&'a [ReviewReplyId]),
}

/// Loads replies.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_replies(db: impl Executor<'_>, which: Which<'_>, now: DateTime<Utc>) -> Result<Vec<ReviewReply>> {
    let (telegram_id, ids) = match which {
        Which::Of(telegram_id, id) => (Some(telegram_id.0), Some(vec![id.0])),
        Which::Awaiting(telegram_id) => (Some(telegram_id.0), None),
        Which::Claimed(ids) => (None, Some(ids.iter().map(|id| id.0).collect())),
    };
    let rows = sqlx::query!(
        r#"SELECT a.id, a.user_id, u.telegram_id, u.language, a.cabinet_id, c.seller, a.review_id, a.state, a.text, a.revision, a.awaits,
                  a.message_id, a.sent_at, a.checked_at, a.posts, a.accepted_at, a.looks, a.tries, a.slot_at, a.next_at,
                  a.words, r.stars, r.author, r.nm_id, p.title AS "title?",
                  NULLIF(concat_ws(E'\n', NULLIF(r.pros, ''), NULLIF(r.cons, ''), NULLIF(r.text, '')), '') AS review_text,
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = u.id) > 1 THEN c.name END AS cabinet_name,
                  ARRAY(SELECT t.text FROM generate_series(1, 3) AS place
                          LEFT JOIN answer_templates t ON t.cabinet_id = c.id AND t.number = place
                         ORDER BY place) AS "templates!: Vec<Option<String>>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'id', t.id, 'key_id', t.key_id, 'sealed', encode(t.sealed, 'hex'),
                              'token_type', t.token_type, 'categories', t.categories, 'expires_at', t.expires_at,
                              'suspected_at', t.suspected_at, 'refused_at', t.refused_at,
                              'refused_categories', t.refused_categories) ORDER BY t.created_at DESC), '[]')
                     FROM wb_tokens t
                    WHERE t.cabinet_id = c.id AND t.refused_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $3)
                  ) AS "tokens!: Json<Vec<SealedToken>>"
             FROM review_answers a
             JOIN users u ON u.id = a.user_id
             JOIN cabinet_users m ON m.cabinet_id = a.cabinet_id AND m.user_id = a.user_id
             JOIN cabinets c ON c.id = a.cabinet_id
             JOIN wb_reviews r ON r.cabinet_id = a.cabinet_id AND r.id = a.review_id
             LEFT JOIN wb_products p ON p.cabinet_id = a.cabinet_id AND p.nm_id = r.nm_id
            WHERE ($1::bigint IS NULL OR (u.telegram_id = $1 AND m.role = ANY($4)))
              AND CASE WHEN $2::bigint[] IS NULL THEN a.awaits_until > $3 ELSE a.id = ANY($2) END
            ORDER BY a.id"#,
        telegram_id,
        ids.as_deref(),
        now,
        &may_answer()
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ReviewReply {
            id: ReviewReplyId(row.id),
            user: UserId(row.user_id),
            chat: ChatId(row.telegram_id),
            language: Language::parse(&row.language).unwrap_or_default(),
            cabinet: CabinetId(row.cabinet_id),
            cabinet_name: row.cabinet_name,
            seller: SellerId(row.seller),
            review: ReviewId(row.review_id),
            stars: row.stars,
            review_text: row.review_text,
            author: row.author,
            nm_id: NmId(row.nm_id),
            title: row.title,
            stage: ReviewReplyStage::parse(&row.state),
            text: row.text,
            revision: row.revision,
            awaits: row.awaits,
            message_id: row.message_id.map(MessageId),
            sent_at: row.sent_at,
            checked_at: row.checked_at,
            posts: row.posts,
            accepted_at: row.accepted_at,
            looks: row.looks,
            tries: row.tries,
            slot_at: row.slot_at,
            next_at: row.next_at,
            words: row.words,
            templates: row.templates.try_into().unwrap_or_default(),
            tokens: row.tokens.0,
        })
        .collect())
}

/// The roles that may reply, as the column holds them.
fn may_answer() -> Vec<String> {
    [Role::Owner, Role::Manager].map(|role| role.name().to_owned()).to_vec()
}

/// What a tap on «Ответить» finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The language that is spoken to the person.
    pub language: Language,
    /// Whether they may reply.
    pub may_answer: bool,
    /// The answer that stands already.
    pub answered: Option<String>,
    /// Their own reply to the review: a new one, or the one that they have begun before.
    pub id: Option<ReviewReplyId>,
}

/// To which review a reply is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// That of a notification of the person.
    Notification(NotificationId),
    /// A review of a cabinet of theirs.
    Review(CabinetId, ReviewKey),
}

/// Opens the conversation in which a review is replied to, while the person belongs to its cabinet. `None`: there is no such
/// notification of theirs, or no such review.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open_reply(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    about: About,
    now: DateTime<Utc>,
) -> Result<Option<Opened>> {
    let (notification, cabinet, key) = match about {
        About::Notification(notification) => (Some(notification.0), None, None),
        About::Review(cabinet, key) => (None, Some(cabinet.0), Some(key.to_string())),
    };
    let row = sqlx::query!(
        r#"WITH named AS (
               SELECT n.cabinet_id, e.event_key AS review_id
                 FROM users u
                 JOIN notification_history n ON n.id = $2 AND n.user_id = u.id AND n.kind = 'negative_review'
                 JOIN events e ON e.id = n.event_id
                WHERE u.telegram_id = $1
               UNION ALL
               SELECT r.cabinet_id, r.id FROM users u
                 JOIN cabinet_users m ON m.user_id = u.id AND m.cabinet_id = $5
                 JOIN wb_reviews r ON r.cabinet_id = m.cabinet_id AND left(md5(r.id), 12) = $6
                WHERE u.telegram_id = $1
           ), asked AS (
               SELECT m.cabinet_id, m.user_id, r.id AS review_id, u.language, r.answer, m.role = ANY($4) AS may_answer
                 FROM named
                 JOIN wb_reviews r ON r.cabinet_id = named.cabinet_id AND r.id = named.review_id
                 JOIN users u ON u.telegram_id = $1
                 JOIN cabinet_users m ON m.cabinet_id = r.cabinet_id AND m.user_id = u.id
                LIMIT 1
           ), opened AS (
               INSERT INTO review_answers AS a (cabinet_id, user_id, review_id, created_at, updated_at)
               SELECT cabinet_id, user_id, review_id, $3, $3 FROM asked WHERE may_answer AND answer IS NULL
               ON CONFLICT (cabinet_id, review_id, user_id) DO UPDATE SET updated_at = $3
               RETURNING id
           )
           SELECT language, answer, may_answer AS "may_answer!", (SELECT id FROM opened) AS id FROM asked"#,
        telegram_id.0,
        notification,
        now,
        &may_answer(),
        cabinet,
        key
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Opened {
        language: Language::parse(&row.language).unwrap_or_default(),
        may_answer: row.may_answer,
        answered: row.answer,
        id: row.id.map(ReviewReplyId),
    }))
}

/// The next text of the person belongs to this reply: 0 is the reply itself, else that template. Their
/// other conversation ends.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_awaits(tx: &mut Connection, reply: &ReviewReply, awaits: i16, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE review_answers SET awaits = NULL, awaits_until = NULL WHERE user_id = $1 AND id <> $2 AND awaits IS NOT NULL",
        reply.user.0,
        reply.id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE review_answers SET awaits = $2, awaits_until = $3, updated_at = $4 WHERE id = $1",
        reply.id.0,
        awaits,
        now + AWAITED_FOR,
        now
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Stores the text of a reply that is not on its way.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_text(db: impl Executor<'_>, reply: &mut ReviewReply, text: String, now: DateTime<Utc>) -> Result<()> {
    let revision = sqlx::query_scalar!(
        "UPDATE review_answers SET text = $2, revision = revision + 1, state = 'draft', words = NULL, updated_at = $3
          WHERE id = $1 AND state = ANY($4)
         RETURNING revision",
        reply.id.0,
        text,
        now,
        &open_stages()
    )
    .fetch_optional(db)
    .await?;
    if let Some(revision) = revision {
        (reply.text, reply.revision) = (Some(text), revision);
    }
    Ok(())
}

/// The stages in which a text may be changed and sent, as the column holds them.
fn open_stages() -> Vec<String> {
    ReviewReplyStage::ALL.into_iter().filter(|stage| stage.is_open()).map(|stage| stage.name().to_owned()).collect()
}

/// Stores a template of a cabinet; without a text it is that of everybody again.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_template(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    number: i16,
    text: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "WITH reset AS (
             DELETE FROM answer_templates WHERE cabinet_id = $1 AND number = $2 AND $3::text IS NULL
         )
         INSERT INTO answer_templates (cabinet_id, number, text, updated_at)
         SELECT $1, $2, $3, $4 WHERE $3::text IS NOT NULL
         ON CONFLICT (cabinet_id, number) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at",
        cabinet.0,
        number,
        text,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets a reply of which nothing went out. `false`: it is not there, or too late.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_reply(db: impl Executor<'_>, id: ReviewReplyId) -> Result<bool> {
    let done = sqlx::query!(
        "DELETE FROM review_answers WHERE id = $1 AND (state = ANY($2) OR (state = 'sending' AND posts = 0))",
        id.0,
        &open_stages()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the conversation of a person: what they have begun and not sent is forgotten. `false`: there is none.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_awaiting(db: impl Executor<'_>, telegram_id: TelegramId) -> Result<Option<Language>> {
    let language = sqlx::query_scalar!(
        "DELETE FROM review_answers a USING users u
          WHERE u.id = a.user_id AND u.telegram_id = $1 AND a.awaits IS NOT NULL AND a.state = ANY($2)
         RETURNING u.language",
        telegram_id.0,
        &open_stages()
    )
    .fetch_optional(db)
    .await?;
    Ok(language.map(|language| Language::parse(&language).unwrap_or_default()))
}

/// Puts a reply on its way. `false`: it is on its way already, or another reply to the review is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_sending(
    db: impl Executor<'_>,
    (id, revision): (ReviewReplyId, i32),
    message_id: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE review_answers a
            SET state = 'sending', awaits = NULL, awaits_until = NULL, message_id = $2, sent_at = $3, checked_at = NULL,
                posts = 0, accepted_at = NULL, looks = 0, tries = 0, slot_at = NULL, words = NULL, next_at = $4,
                updated_at = $3
          WHERE a.id = $1 AND a.revision = $6 AND a.state = ANY($5) AND a.text IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM review_answers o
                             WHERE o.cabinet_id = a.cabinet_id AND o.review_id = a.review_id AND o.id <> a.id
                               AND o.state = 'sending')",
        id.0,
        message_id.map(|message| message.0),
        now,
        now + CLAIMED_FOR,
        &open_stages(),
        revision
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Claims the replies that are due, and names them. A doubled tick claims nothing, because the next
/// moment has moved.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim_due(db: impl Executor<'_>, now: DateTime<Utc>) -> Result<Vec<ReviewReplyId>> {
    let claimed = sqlx::query_scalar!(
        "UPDATE review_answers SET next_at = $2
          WHERE id IN (SELECT id FROM review_answers WHERE next_at <= $1
                        ORDER BY next_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
         RETURNING id",
        now,
        now + CLAIMED_FOR,
        CLAIM_REPLIES
    )
    .fetch_all(db)
    .await?;
    Ok(claimed.into_iter().map(ReviewReplyId).collect())
}

/// Notes, before it goes out, that a request to reply does. `false`: somebody else has sent one
/// meanwhile, or the reply is over; then nothing may go out.
///
/// # Errors
/// When the database cannot be reached.
pub async fn begin_post(db: impl Executor<'_>, reply: &ReviewReply, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE review_answers SET posts = posts + 1, checked_at = NULL, slot_at = NULL, updated_at = $3
          WHERE id = $1 AND state = 'sending' AND posts = $2 AND accepted_at IS NULL",
        reply.id.0,
        reply.posts,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores how far a reply on its way has come.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_progress(db: impl Executor<'_>, reply: &ReviewReply, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE review_answers
            SET checked_at = $2, posts = $3, accepted_at = $4, looks = $5, tries = $6, slot_at = $7, next_at = $8,
                updated_at = $9
          WHERE id = $1 AND state = 'sending'",
        reply.id.0,
        reply.checked_at,
        reply.posts,
        reply.accepted_at,
        reply.looks,
        reply.tries,
        reply.slot_at,
        reply.next_at,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends the way of a reply. The person is still to be told: `next_at` is when somebody else does it.
/// `false`: it had ended before.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_end(
    db: impl Executor<'_>,
    id: ReviewReplyId,
    stage: ReviewReplyStage,
    words: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE review_answers SET state = $2, words = $3, slot_at = NULL, next_at = $4, updated_at = $5
          WHERE id = $1 AND state = 'sending'",
        id.0,
        stage.name(),
        words,
        now + CLAIMED_FOR,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes which message says how far a reply is, and that its end has been told if it is over.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_told(db: impl Executor<'_>, id: ReviewReplyId, message_id: Option<MessageId>) -> Result<()> {
    sqlx::query!(
        "UPDATE review_answers
            SET message_id = COALESCE($2, message_id), next_at = CASE WHEN state = 'sending' THEN next_at END
          WHERE id = $1",
        id.0,
        message_id.map(|message| message.0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes the reply that a review has now. The messages about the review are edited, without a sound; returned are the chats
/// in which they stand.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_answered(
    tx: &mut Connection,
    cabinet: CabinetId,
    review: &ReviewId,
    text: &str,
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    sqlx::query!(
        "UPDATE wb_reviews SET answer = $3, is_processed = true, updated_at = $4 WHERE cabinet_id = $1 AND id = $2",
        cabinet.0,
        review.0,
        text,
        now
    )
    .execute(&mut *tx)
    .await?;
    let mut held = events::load_held(tx, cabinet, &[(EventKind::NegativeReview, &review.0)]).await?;
    for event in &mut held {
        if let Facts::NegativeReview(review) = &mut event.facts {
            review.answer = Some(text.to_owned());
            review.is_processed = true;
        }
    }
    events::save_changed(tx, cabinet, &held, DateTime::UNIX_EPOCH, now).await
}
