//! A real bot on a laptop: its updates are fetched by long polling and handed to the bot function, as Telegram would.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::base::{http, progress::print};

/// How long Telegram may hold a request that has nothing to tell.
const LONG_POLL_S: u64 = 25;
/// How long such a request may take in all.
const POLL_TIMEOUT: Duration = Duration::from_secs(LONG_POLL_S + 10);
/// How long any other request may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long the bot function may take, as in template.yaml.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer of Telegram that is read: a hundred updates.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;
/// The waiting times after failures; the last one repeats.
const PAUSES_S: [u64; 5] = [1, 2, 5, 15, 30];

/// A bot that Telegram knows.
pub(super) struct Bot {
    base: String,
    token: SecretString,
    client: reqwest::Client,
    name: String,
}

impl Bot {
    /// Makes sure that the token is right, and asks for the bot's name.
    pub(super) async fn meet(base: &str, token: &SecretString) -> Result<Self> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build().context("cannot make a client")?;
        let base = base.trim_end_matches('/').to_owned();
        let mut bot = Self { base, token: token.clone(), client, name: String::new() };
        let me = bot.call("getMe", &json!({}), TIMEOUT).await.context("BOT_TOKEN cannot be used")?;
        bot.name = format!("@{}", me["username"].as_str().context("getMe tells no name")?);
        Ok(bot)
    }

    /// Makes sure that the token is right and that nobody else gets the bot's updates.
    pub(super) async fn greet(base: &str, token: &SecretString, take_over: bool) -> Result<Self> {
        let bot = Self::meet(base, token).await?;
        let info = bot.call("getWebhookInfo", &json!({}), TIMEOUT).await?;
        if info["url"].as_str().is_some_and(|url| !url.is_empty()) {
            ensure!(
                take_over,
                "{} has a webhook set: somebody runs it, and its users would fall silent there. Use another bot's token, \
                 or `cargo local up --take-over` to remove that webhook",
                bot.name
            );
            bot.call("deleteWebhook", &json!({}), TIMEOUT).await?;
        }
        Ok(bot)
    }

    /// Its `@name`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Hands every update to the bot function, in order and until it takes it. Ends only when aborted.
    pub(super) async fn poll(self, webhook_url: String, secret: String) {
        let (mut offset, mut failures) = (0, 0_usize);
        loop {
            let wanted = json!({"offset": offset, "timeout": LONG_POLL_S});
            let outcome = async {
                let updates = self.call("getUpdates", &wanted, POLL_TIMEOUT).await?;
                for update in updates.as_array().context("getUpdates answered no list")? {
                    let id = update["update_id"].as_i64().context("an update has no id")?;
                    self.deliver(update, &webhook_url, &secret).await?;
                    offset = id + 1;
                }
                anyhow::Ok(())
            };
            match outcome.await {
                Ok(()) => failures = 0,
                Err(error) => {
                    let pause_s = PAUSES_S[failures.min(PAUSES_S.len() - 1)];
                    failures += 1;
                    print(format_args!("Telegram's updates: {error:#}. Trying again in {pause_s} s"));
                    tokio::time::sleep(Duration::from_secs(pause_s)).await;
                }
            }
        }
    }

    async fn deliver(&self, update: &Value, webhook_url: &str, secret: &str) -> Result<()> {
        let request = http::local().post(webhook_url).timeout(FUNCTION_TIMEOUT).json(update);
        let answer = request.header("X-Telegram-Bot-Api-Secret-Token", secret).send().await;
        let answer = answer.map_err(reqwest::Error::without_url).context("the bot function does not answer")?;
        ensure!(answer.status().is_success(), "the bot function answered {}", answer.status());
        // What the function answers may be a method for Telegram, which would call it itself.
        let Ok(Value::Object(mut reply)) = answer.json::<Value>().await else { return Ok(()) };
        let Some(Value::String(method)) = reply.remove("method") else { return Ok(()) };
        if let Err(error) = self.call(&method, &Value::Object(reply), TIMEOUT).await {
            // As with Telegram itself, nobody learns of a reply that was refused.
            print(format_args!("Telegram's updates: the bot's reply {method} was refused: {error:#}"));
        }
        Ok(())
    }

    async fn call(&self, method: &str, parameters: &Value, timeout: Duration) -> Result<Value> {
        // The address holds the token: it is in no message.
        let url = format!("{}/bot{}/{method}", self.base, self.token.expose_secret());
        let request = self.client.post(url).timeout(timeout).json(parameters);
        let mut answer =
            request.send().await.map_err(reqwest::Error::without_url).context("Telegram cannot be reached")?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            body.extend_from_slice(&chunk);
            ensure!(body.len() <= ANSWER_MAX_BYTES, "Telegram's answer to {method} is too long");
        }
        let mut answer: Value =
            serde_json::from_slice(&body).with_context(|| format!("{method}: no JSON came back"))?;
        if answer["ok"] != true {
            bail!("{method}: {}", answer["description"].as_str().unwrap_or("refused without a reason"));
        }
        Ok(answer["result"].take())
    }
}
