//! The interface under `/control/`, by which `cargo local` and people play the person in the chat.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    chats::{Author, Message},
    fake::FakeTelegram,
    faults::Fault,
    inner::{DEFAULT_CHAT, Inner},
    pictures::Picture,
};

/// The default and the longest time to wait for deliveries.
const IDLE_DEFAULT_SECONDS: u64 = 30;
const IDLE_MAX_SECONDS: u64 = 120;

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/person", post(person))
        .route("/say", post(say))
        .route("/press", post(press))
        .route("/block", post(block))
        .route("/unblock", post(unblock))
        .route("/redeliver", post(redeliver))
        .route("/webhook", post(webhook))
        .route("/deliver", post(deliver))
        .route("/token", post(token))
        .route("/faults", post(faults))
        .route("/release", post(release))
        .route("/picture", post(picture))
        .route("/chats/{chat}/messages", get(messages))
        .route("/calls", get(calls))
        .route("/answers", get(answers))
        .route("/violations", get(violations))
        .route("/snapshot", get(snapshot))
        .route("/idle", get(idle))
}

type Fake = State<Arc<Inner>>;

/// What went wrong, for a person to read.
struct Failure(anyhow::Error);

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": format!("{:#}", self.0) }))).into_response()
    }
}

type Reply = Result<Json<Value>, Failure>;

fn done() -> Json<Value> {
    Json(json!({ "ok": true }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonBody {
    chat: i64,
    first_name: String,
    language_code: Option<String>,
}

async fn person(State(inner): Fake, Json(body): Json<PersonBody>) -> Json<Value> {
    FakeTelegram::of(inner).person(body.chat, &body.first_name, body.language_code.as_deref());
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SayBody {
    chat: Option<i64>,
    text: String,
}

async fn say(State(inner): Fake, Json(body): Json<SayBody>) -> Reply {
    let said = FakeTelegram::of(inner).say(body.chat.unwrap_or(DEFAULT_CHAT), &body.text)?;
    Ok(Json(json!(said)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PressBody {
    chat: Option<i64>,
    message_id: Option<i64>,
    button: String,
}

async fn press(State(inner): Fake, Json(body): Json<PressBody>) -> Reply {
    let chat = body.chat.unwrap_or(DEFAULT_CHAT);
    let update_id = FakeTelegram::of(inner).press(chat, body.message_id, &body.button)?;
    Ok(Json(json!({ "update_id": update_id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChatBody {
    chat: Option<i64>,
}

async fn block(State(inner): Fake, Json(body): Json<ChatBody>) -> Json<Value> {
    FakeTelegram::of(inner).block(body.chat.unwrap_or(DEFAULT_CHAT));
    done()
}

async fn unblock(State(inner): Fake, Json(body): Json<ChatBody>) -> Json<Value> {
    FakeTelegram::of(inner).unblock(body.chat.unwrap_or(DEFAULT_CHAT));
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedeliverBody {
    update_id: u32,
}

async fn redeliver(State(inner): Fake, Json(body): Json<RedeliverBody>) -> Reply {
    FakeTelegram::of(inner).redeliver(body.update_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookBody {
    url: String,
    secret: String,
}

async fn webhook(State(inner): Fake, Json(body): Json<WebhookBody>) -> Json<Value> {
    FakeTelegram::of(inner).deliver_to(&body.url, &body.secret);
    done()
}

async fn deliver(State(inner): Fake) -> Json<Value> {
    FakeTelegram::of(inner).deliver_due();
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenBody {
    token: String,
}

async fn token(State(inner): Fake, Json(body): Json<TokenBody>) -> Reply {
    FakeTelegram::of(inner).renew_token(&body.token)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    method: String,
    fault: Fault,
    times: Option<u32>,
}

async fn faults(State(inner): Fake, Json(body): Json<FaultBody>) -> Reply {
    FakeTelegram::of(inner).break_next(&body.method, body.fault, body.times.unwrap_or(1))?;
    Ok(done())
}

async fn release(State(inner): Fake) -> Json<Value> {
    FakeTelegram::of(inner).release();
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PictureBody {
    url: String,
    picture: Picture,
}

async fn picture(State(inner): Fake, Json(body): Json<PictureBody>) -> Json<Value> {
    FakeTelegram::of(inner).set_picture(&body.url, body.picture);
    done()
}

#[derive(Deserialize)]
struct After {
    after: Option<i64>,
}

async fn messages(State(inner): Fake, Path(chat): Path<i64>, Query(query): Query<After>) -> Json<Value> {
    let messages = FakeTelegram::of(inner).messages(chat);
    let after = query.after.unwrap_or(0);
    Json(messages.iter().filter(|message| message.id > after).map(summary).collect())
}

/// A message as a terminal shows it.
fn summary(message: &Message) -> Value {
    let labels: Vec<Vec<&str>> = message
        .content
        .keyboard
        .iter()
        .flatten()
        .map(|row| row.iter().map(|button| button.text.as_str()).collect())
        .collect();
    json!({
        "id": message.id,
        "from": match message.from { Author::Bot => "bot", Author::Person => "person" },
        "date": message.date,
        "text": message.content.text,
        "html": message.content.html,
        "photo": message.photo,
        "keyboard": labels,
        "silent": message.silent,
        "edited": message.edited_at.is_some(),
        "deleted": message.deleted,
    })
}

async fn calls(State(inner): Fake) -> Json<Value> {
    Json(json!(FakeTelegram::of(inner).calls()))
}

async fn answers(State(inner): Fake) -> Json<Value> {
    Json(json!(FakeTelegram::of(inner).answers()))
}

async fn violations(State(inner): Fake) -> Json<Value> {
    let fake = FakeTelegram::of(inner);
    Json(json!({ "violations": fake.violations(), "refusals": fake.refusals(), "early": fake.early() }))
}

async fn snapshot(State(inner): Fake) -> Reply {
    Ok(Json(FakeTelegram::of(inner).snapshot()?))
}

#[derive(Deserialize)]
struct IdleQuery {
    timeout: Option<u64>,
}

async fn idle(State(inner): Fake, Query(query): Query<IdleQuery>) -> Json<Value> {
    let fake = FakeTelegram::of(inner);
    let timeout = Duration::from_secs(query.timeout.unwrap_or(IDLE_DEFAULT_SECONDS).min(IDLE_MAX_SECONDS));
    let idle = tokio::time::timeout(timeout, fake.settle()).await.is_ok();
    Json(json!({ "idle": idle, "pending": fake.pending() }))
}
