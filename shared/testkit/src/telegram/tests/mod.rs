//! The fake as the bot sees it: over HTTP ([`requests`]), through a client library ([`teloxide`]),
//! at its webhook ([`webhook`]).

mod requests;
mod teloxide;
mod webhook;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use reqwest::Client;
use serde_json::{Value, json};

use super::*;
use crate::clock::TestClock;

const TOKEN: &str = "123456:AAtest-token_of_nobody";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";
const LOCALHOST: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
}

struct World {
    fake: FakeTelegram,
    clock: TestClock,
    http: Client,
}

impl World {
    async fn new() -> Self {
        Self::with(Options { loopback_webhooks: true, ..Options::default() }).await
    }

    async fn with(options: Options) -> Self {
        let clock = TestClock::manual(start());
        let fake = FakeTelegram::start_with(LOCALHOST.into(), TOKEN, clock.clone(), options, None).await.unwrap();
        Self { fake, clock, http: Client::builder().no_proxy().build().unwrap() }
    }

    fn method_url(&self, method: &str) -> String {
        format!("{}/bot{TOKEN}/{method}", self.fake.url())
    }

    async fn call(&self, method: &str, parameters: Value) -> (u16, Value) {
        let response = self.http.post(self.method_url(method)).json(&parameters).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The result of a call that Telegram executes.
    async fn ok(&self, method: &str, parameters: Value) -> Value {
        let (status, body) = self.call(method, parameters).await;
        assert_eq!((status, &body["ok"]), (200, &json!(true)), "{body}");
        body["result"].clone()
    }

    /// The description of a refusal, whose code and status agree.
    async fn refused(&self, method: &str, parameters: Value) -> String {
        let (status, body) = self.call(method, parameters).await;
        assert_eq!((&body["ok"], &body["error_code"]), (&json!(false), &json!(status)), "{body}");
        body["description"].as_str().unwrap().to_owned()
    }

    /// A message with a keyboard, after which the chat's budget is full again.
    async fn send_keyboard(&self) -> i64 {
        let keyboard = json!({"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}, {"text": "Сайт", "url": "https://x.ru"}]]});
        let sent = self.ok("sendMessage", json!({"chat_id": 1000, "text": "Ну?", "reply_markup": keyboard})).await;
        self.clock.advance(TimeDelta::seconds(1));
        sent["message_id"].as_i64().unwrap()
    }

    fn problems(&self) -> Vec<String> {
        self.fake.violations().into_iter().map(|violation| violation.problem).collect()
    }
}
