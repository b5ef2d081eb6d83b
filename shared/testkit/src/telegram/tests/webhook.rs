//! Deliveries to a webhook, and the control interface that causes them.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use teloxide_core::types::Update;
use tokio::{net::TcpListener, sync::watch};

use super::*;

impl World {
    async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/control/{path}", self.fake.url());
        self.http.post(url).json(&body).send().await.unwrap().json().await.unwrap()
    }

    async fn look(&self, path: &str) -> Value {
        self.http.get(format!("{}/control/{path}", self.fake.url())).send().await.unwrap().json().await.unwrap()
    }
}

/// The secret header and the update of a request.
type Seen = (Option<String>, Value);

/// A bot at a webhook: remembers what comes, and answers what it was told to, else 200.
#[derive(Clone)]
struct Hook {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
    /// Requests wait while this is false.
    open: watch::Sender<bool>,
    arrived: watch::Sender<usize>,
}

impl Hook {
    async fn start() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(LOCALHOST)).await.unwrap();
        let hook = Self {
            url: format!("http://{}/lambda-url/bot/", listener.local_addr().unwrap()),
            seen: Arc::default(),
            answers: Arc::default(),
            open: watch::Sender::new(true),
            arrived: watch::Sender::new(0),
        };
        let router = Router::new().route("/lambda-url/bot/", post(Self::take)).with_state(hook.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        hook
    }

    async fn take(Shared(hook): Shared<Self>, headers: HeaderMap, body: Bytes) -> Response {
        let secret = headers.get("x-telegram-bot-api-secret-token").map(|secret| secret.to_str().unwrap().to_owned());
        hook.seen.lock().unwrap().push((secret, serde_json::from_slice(&body).unwrap()));
        hook.arrived.send_modify(|count| *count += 1);
        hook.open.subscribe().wait_for(|&open| open).await.unwrap();
        hook.answers.lock().unwrap().pop_front().unwrap_or_else(|| StatusCode::OK.into_response())
    }

    fn will_answer(&self, answer: impl IntoResponse) {
        self.answers.lock().unwrap().push_back(answer.into_response());
    }

    fn texts(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(_, update)| update["message"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

#[tokio::test]
async fn an_update_is_delivered_with_the_secret_and_parsed_by_teloxide() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.ok("setWebhook", json!({"url": hook.url, "secret_token": "s3cret"})).await;
    let said = world.fake.say(1000, "/start").unwrap();
    world.fake.settle().await;
    let seen = hook.seen.lock().unwrap().clone();
    assert_eq!((seen.len(), seen[0].0.as_deref()), (1, Some("s3cret")));
    let update: Update = serde_json::from_value(seen[0].1.clone()).unwrap();
    assert_eq!(update.id.0, said.update_id);
    assert_eq!(world.fake.pending(), 0);
}

#[tokio::test]
async fn one_update_of_a_chat_is_under_way_and_chats_do_not_wait_for_each_other() {
    let world = World::new().await;
    let hook = Hook::start().await;
    hook.open.send_replace(false);
    world.fake.deliver_to(&hook.url, "");
    for text in ["a1", "a2", "a3"] {
        world.fake.say(1000, text).unwrap();
    }
    world.fake.say(2000, "b1").unwrap();
    hook.arrived.subscribe().wait_for(|&count| count == 2).await.unwrap();
    let mut first = hook.texts();
    first.sort();
    assert_eq!(first, ["a1", "b1"]);
    hook.open.send_replace(true);
    world.fake.settle().await;
    let texts: Vec<_> = hook.texts().into_iter().filter(|text| text.starts_with('a')).collect();
    assert_eq!(texts, ["a1", "a2", "a3"]);
    assert_eq!(hook.seen.lock().unwrap()[0].0, None, "without a secret there is no header");
}

#[tokio::test]
async fn what_fails_is_sent_again_at_once_and_then_on_the_clock() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.fake.deliver_to(&hook.url, "s");
    for _ in 0..3 {
        hook.will_answer(StatusCode::INTERNAL_SERVER_ERROR);
    }
    world.fake.say(1000, "1").unwrap();
    world.fake.say(1000, "2").unwrap();
    world.fake.settle().await;
    assert_eq!(hook.texts(), ["1", "1"], "the first repetition comes at once, and the second update waits");
    let info = world.ok("getWebhookInfo", json!({})).await;
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 500 Internal Server Error");
    assert_eq!(info["pending_update_count"], 2);
    assert_eq!(info["last_error_date"], world.clock.now().timestamp());
    assert_eq!(schema::check_type(&info, "WebhookInfo"), Ok(()));

    world.clock.advance(TimeDelta::seconds(2));
    world.fake.settle().await;
    assert_eq!(hook.count(), 3);
    world.clock.advance(TimeDelta::seconds(3));
    world.fake.settle().await;
    assert_eq!(hook.count(), 3, "four seconds have not passed");
    world.clock.advance(TimeDelta::seconds(1));
    world.fake.settle().await;
    assert_eq!(hook.texts(), ["1", "1", "1", "1", "2"]);
}

#[tokio::test]
async fn retry_after_of_the_webhook_is_honoured() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.fake.deliver_to(&hook.url, "s");
    hook.will_answer((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "30")]));
    world.fake.say(1000, "1").unwrap();
    world.fake.settle().await;
    world.clock.advance(TimeDelta::seconds(29));
    world.fake.settle().await;
    assert_eq!(hook.count(), 1);
    world.clock.advance(TimeDelta::seconds(1));
    world.fake.settle().await;
    assert_eq!((hook.count(), world.fake.pending()), (2, 0));
}

#[tokio::test]
async fn a_tap_dies_after_its_time_and_a_message_after_a_day() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.send_keyboard().await;
    world.fake.deliver_to(&hook.url, "s");
    for wait in ["140", "3600", "3600"] {
        hook.will_answer((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, wait)]));
    }
    world.fake.press(1000, None, "yes").unwrap();
    world.fake.settle().await;
    assert_eq!(world.fake.pending(), 1);
    world.clock.advance(TimeDelta::seconds(140));
    world.fake.settle().await;
    assert_eq!((hook.count(), world.fake.pending()), (2, 0), "an hour is more than 150 seconds");

    world.fake.say(1000, "x").unwrap();
    world.fake.settle().await;
    world.clock.advance(TimeDelta::hours(25));
    world.fake.settle().await;
    assert_eq!((hook.count(), world.fake.pending()), (3, 0));
}

#[tokio::test]
async fn a_webhook_that_is_gone_for_a_day_is_removed() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.fake.deliver_to(&hook.url, "s");
    for _ in 0..3 {
        hook.will_answer((StatusCode::GONE, [(header::RETRY_AFTER, "3600")]));
    }
    world.fake.say(1000, "1").unwrap();
    world.fake.settle().await;
    world.clock.advance(TimeDelta::hours(23));
    world.fake.settle().await;
    assert_eq!(world.ok("getWebhookInfo", json!({})).await["url"], json!(hook.url));
    world.clock.advance(TimeDelta::hours(1));
    world.fake.say(2000, "2").unwrap();
    world.fake.settle().await;
    let info = world.ok("getWebhookInfo", json!({})).await;
    assert_eq!((&info["url"], info.get("last_error_date")), (&json!(""), None));
    assert_eq!(schema::check_type(&info, "WebhookInfo"), Ok(()));
}

#[tokio::test]
async fn a_call_in_the_answer_of_the_webhook_is_executed() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.fake.deliver_to(&hook.url, "s");
    let json = |body: Value| ([(header::CONTENT_TYPE, "application/json")], body.to_string());
    hook.will_answer(json(json!({"method": "sendMessage", "chat_id": 1000, "text": "Привет"})));
    let form = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    hook.will_answer((form, "method=sendMessage&chat_id=1000&text=form"));
    hook.will_answer(json(json!({"method": "sendMessage", "chat_id": 7, "text": "x"})));
    hook.will_answer(json(json!({"method": "getMe"})));
    hook.will_answer((
        StatusCode::INTERNAL_SERVER_ERROR,
        json(json!({"method": "sendMessage", "chat_id": 1000, "text": "no"})),
    ));
    hook.will_answer(json(json!({"method": "sendMessage", "chat_id": 1000, "text": "last"})));
    for text in ["1", "2", "3", "4", "5"] {
        world.fake.say(1000, text).unwrap();
    }
    world.fake.settle().await;
    assert_eq!(world.fake.sent_texts(1000), ["Привет", "form", "last"]);
    let failed: Vec<_> = world.fake.calls().into_iter().filter_map(|call| call.error).collect();
    assert_eq!(failed, ["Bad Request: chat not found"]);
    assert!(world.fake.calls().iter().all(|call| call.webhook_reply));
    assert_eq!(world.problems(), ["Telegram ignores this method in the answer of a webhook"]);
}

#[tokio::test]
async fn an_update_can_be_delivered_again() {
    let world = World::new().await;
    let hook = Hook::start().await;
    world.fake.deliver_to(&hook.url, "s");
    let said = world.fake.say(1000, "1").unwrap();
    world.fake.settle().await;
    world.fake.redeliver(said.update_id).unwrap();
    world.fake.settle().await;
    let seen = hook.seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn who_delivers_by_itself_needs_nobody_to_drive_it() {
    let world = World::with(Options { delivers_by_itself: true, ..Options::default() }).await;
    let hook = Hook::start().await;
    hook.will_answer((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "30")]));
    world.fake.deliver_to(&hook.url, "s");
    world.fake.say(1000, "1").unwrap();
    world.fake.settle().await;
    assert_eq!(hook.count(), 1);
    world.clock.advance(TimeDelta::seconds(30));
    // The clock of a test does not wake the task, as the real one does; any change does.
    world.fake.inner.touch();
    hook.arrived.subscribe().wait_for(|&count| count == 2).await.unwrap();
    world.fake.until(|fake| (fake.pending() == 0).then_some(())).await;
}

#[tokio::test]
async fn the_control_interface_plays_a_person() {
    let world = World::new().await;
    let hook = Hook::start().await;
    assert_eq!(world.control("webhook", json!({"url": hook.url, "secret": "s"})).await, json!({"ok": true}));
    let keyboard = json!({"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]});
    let answer = json!({"method": "sendMessage", "chat_id": 1000, "text": "<b>Ну?</b>", "parse_mode": "HTML", "reply_markup": keyboard});
    hook.will_answer(([(header::CONTENT_TYPE, "application/json")], answer.to_string()));
    let said = world.control("say", json!({"text": "/start"})).await;
    assert_eq!(said, json!({"update_id": 700_000_001, "message_id": 1}));
    assert_eq!(world.look("idle?timeout=60").await, json!({"idle": true, "pending": 0}));
    assert_eq!(
        world.look("chats/1000/messages?after=1").await,
        json!([{
            "id": 2, "from": "bot", "date": "2026-11-22T09:00:00Z", "text": "Ну?", "html": "<b>Ну?</b>", "photo": null,
            "keyboard": [["Да"]], "silent": false, "edited": false, "deleted": false,
        }])
    );
    world.control("press", json!({"button": "Да"})).await;
    world.look("idle").await;
    assert_eq!(hook.seen.lock().unwrap()[1].1["callback_query"]["data"], "yes");
    assert_eq!(
        world.control("press", json!({"button": "Нет"})).await,
        json!({"error": "no message of chat 1000 has a button \"Нет\""})
    );

    world.control("block", json!({})).await;
    let fault = json!({"method": "getMe", "fault": {"kind": "too_many_requests", "seconds": 3}});
    assert_eq!(world.control("faults", fault).await, json!({"ok": true}));
    assert_eq!(world.refused("getMe", json!({})).await, "Too Many Requests: retry after 3");
    assert_eq!(
        world.refused("sendMessage", json!({"chat_id": 1000, "text": "x"})).await,
        "Forbidden: bot was blocked by the user"
    );
    world.control("unblock", json!({})).await;
    let picture = json!({"url": "https://x.ru/1.jpg", "picture": "not_found"});
    assert_eq!(world.control("picture", picture).await, json!({"ok": true}));
    let photo = json!({"chat_id": 1000, "photo": "https://x.ru/1.jpg"});
    assert_eq!(world.refused("sendPhoto", photo).await, "Bad Request: failed to get HTTP URL content");

    let calls = world.look("calls").await;
    assert_eq!((&calls[0]["method"], &calls[0]["webhook_reply"]), (&json!("sendMessage"), &json!(true)));
    assert_eq!(world.look("violations").await, json!({"violations": [], "refusals": 1, "early": 0}));
    assert_eq!(world.look("answers").await, json!([]));
    assert_eq!(world.look("snapshot").await["last_message_id"], 2);
}
