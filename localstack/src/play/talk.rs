//! `say`, `press`, `token`, `shop`: the person in the chat and the buyers, played from the terminal.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};
use testkit::telegram::DEFAULT_CHAT;

use crate::base::{config::Config, http, progress::print, state::State};

/// How long the bot may take to say anything. A function that starts anew takes a few seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The bot has finished when it has been silent for so long.
const SILENCE: Duration = Duration::from_secs(2);
/// How often the chat is looked at.
const POLL: Duration = Duration::from_millis(250);

/// What the buyers do.
#[derive(Subcommand)]
pub(crate) enum Shop {
    /// What is for sale, and the last orders
    Show,
    /// Somebody buys
    Order(Order),
    /// An order is cancelled: the last one, unless another is named
    Cancel {
        /// Its srid
        srid: Option<String>,
    },
    /// An order is bought out: the last one, unless another is named
    Buyout {
        /// Its srid
        srid: Option<String>,
    },
    /// An order that was bought out comes back
    Return {
        /// Its srid
        srid: String,
    },
    /// The price of an order is corrected
    Price {
        /// Its srid
        srid: String,
        /// Whole roubles
        price: i64,
    },
    /// Somebody writes a review
    Review {
        /// The text
        text: Vec<String>,
        /// 1 to 5
        #[arg(long, default_value_t = 5)]
        stars: u8,
        /// WB's article; the first product's by default
        #[arg(long)]
        nm_id: Option<i64>,
    },
    /// Goods arrive or disappear
    Stock {
        /// WB's article
        nm_id: i64,
        /// Pieces of each size
        quantity: u32,
        /// One size only
        #[arg(long)]
        chrt_id: Option<i64>,
    },
    /// The next requests of a method meet a fault
    Break {
        /// The method, as `shop requests` shows it
        method: String,
        /// The fault in JSON; a single word needs no quotes
        fault: String,
        /// How many requests
        #[arg(long, default_value_t = 1)]
        times: u32,
    },
    /// No more faults
    Mend,
    /// The last requests to Wildberries, and how many it had to refuse
    Requests,
}

/// An order.
#[derive(Args)]
pub(crate) struct Order {
    /// WB's article; one that is in stock by default
    #[arg(long)]
    nm_id: Option<i64>,
    /// The size; one that is in stock by default
    #[arg(long)]
    chrt_id: Option<i64>,
    /// Pieces, each an order of its own
    #[arg(long, default_value_t = 1)]
    count: u32,
    /// The seller's price, whole roubles
    #[arg(long)]
    price: Option<i64>,
    /// Shipped by the seller themselves
    #[arg(long)]
    own_warehouse: bool,
    /// When it was made, for one that comes late: 2026-11-22T12:00:00Z
    #[arg(long)]
    at: Option<String>,
}

/// A kind of token.
#[derive(Args)]
pub(crate) struct Token {
    /// base, personal, service or test
    #[arg(long = "type", default_value = "personal")]
    token_type: String,
    /// statistics, analytics, content, feedbacks: all by default
    #[arg(long, value_delimiter = ',')]
    categories: Vec<String>,
    /// Without the right to write
    #[arg(long)]
    read_only: bool,
}

/// What has been seen of the chat with the bot.
pub(crate) struct Chat {
    base: String,
    seen: BTreeMap<i64, String>,
}

impl Chat {
    /// Remembers what is there already.
    pub(crate) async fn open(state: &State) -> Result<Self> {
        ensure!(state.telegram.fake, "this is the real Telegram: talk to the bot there");
        let mut chat = Self { base: state.telegram.url.clone(), seen: BTreeMap::new() };
        chat.news().await?;
        Ok(chat)
    }

    /// Prints what is new or edited since the last look, and says how much that was.
    pub(crate) async fn print_news(&mut self) -> Result<usize> {
        let news = self.news().await?;
        for text in &news {
            print(text);
        }
        Ok(news.len())
    }

    async fn news(&mut self) -> Result<Vec<String>> {
        let messages =
            http::control(http::local().get(http::control_url(&self.base, &format!("chats/{DEFAULT_CHAT}/messages"))?));
        let messages = messages.await?;
        let mut news = Vec::new();
        for message in messages.as_array().context("the fake Telegram lists no messages")? {
            let shown = show(message);
            let id = message["id"].as_i64().unwrap_or_default();
            if message["from"] == "bot" && self.seen.insert(id, shown.clone()).as_ref() != Some(&shown) {
                news.push(shown);
            }
        }
        Ok(news)
    }

    /// Prints what the bot says until it is silent.
    async fn listen(&mut self) -> Result<()> {
        let begun = Instant::now();
        let mut last_word = None;
        while last_word.map_or(begun.elapsed() < ANSWER_TIMEOUT, |word: Instant| word.elapsed() < SILENCE) {
            if self.print_news().await? > 0 {
                last_word = Some(Instant::now());
            }
            tokio::time::sleep(POLL).await;
        }
        ensure!(
            last_word.is_some(),
            "the bot has said nothing for {} s. `cargo local logs bot` may say why",
            ANSWER_TIMEOUT.as_secs()
        );
        Ok(())
    }
}

/// A message as a terminal shows it: text, picture, buttons.
fn show(message: &Value) -> String {
    let mut text = String::from("┌ bot");
    for (sign, name) in [("deleted", "deleted"), ("edited", "edited"), ("silent", "without sound")] {
        if message[sign] == true {
            text.push_str(&format!(", {name}"));
        }
    }
    if let Some(picture) = message["photo"]["source"].as_str() {
        text.push_str(&format!("\n│ [picture {picture}]"));
    }
    for line in message["text"].as_str().unwrap_or_default().lines() {
        text.push_str(&format!("\n│ {line}"));
    }
    for row in message["keyboard"].as_array().into_iter().flatten() {
        let labels = row.as_array().into_iter().flatten().filter_map(Value::as_str);
        let labels: Vec<_> = labels.map(|label| format!("[{label}]")).collect();
        text.push_str(&format!("\n│ {}", labels.join(" ")));
    }
    text
}

/// Writes to the bot and prints what it answers.
pub(crate) async fn say(config: &Config, text: &str) -> Result<()> {
    act(config, "say", &json!({ "text": text })).await
}

/// Presses a button of the bot and prints what it answers.
pub(crate) async fn press(config: &Config, button: &str) -> Result<()> {
    act(config, "press", &json!({ "button": button })).await
}

async fn act(config: &Config, action: &str, body: &Value) -> Result<()> {
    let state = State::of_running(config)?;
    let mut chat = Chat::open(&state).await?;
    http::control(http::local().post(http::control_url(&state.telegram.url, action)?).json(body)).await?;
    chat.listen().await
}

/// Prints a new token of the fake shop.
pub(crate) async fn token(config: &Config, token: Token) -> Result<()> {
    let mut wanted = Map::from_iter([
        ("type".to_owned(), json!(token.token_type)),
        ("read_only".to_owned(), json!(token.read_only)),
    ]);
    if !token.categories.is_empty() {
        wanted.insert("categories".to_owned(), json!(token.categories));
    }
    let answer = at_shop(config, Method::POST, "token", Some(Value::Object(wanted))).await?;
    print(format_args!("{}", answer["token"].as_str().context("the fake Wildberries gave no token")?));
    Ok(())
}

/// Does something to an order: the last one, unless another is named.
async fn to_order(config: &Config, srid: Option<String>, what: &str, body: Option<Value>) -> Result<Value> {
    let srid = match srid {
        Some(srid) => srid,
        None => last_order(&at_shop(config, Method::GET, "shop", None).await?)?,
    };
    at_shop(config, Method::POST, &format!("orders/{srid}/{what}"), body).await
}

/// Plays the fake shop and prints what came of it.
pub(crate) async fn shop(config: &Config, shop: Shop) -> Result<()> {
    let answer = match shop {
        Shop::Show => at_shop(config, Method::GET, "shop", None).await?,
        Shop::Order(order) => {
            let Order { nm_id, chrt_id, count, price, own_warehouse, at } = order;
            let wanted = json!({"nm_id": nm_id, "chrt_id": chrt_id, "count": count, "price": price,
                "own_warehouse": own_warehouse, "at": at});
            at_shop(config, Method::POST, "orders", Some(wanted)).await?
        }
        Shop::Cancel { srid } => to_order(config, srid, "cancel", None).await?,
        Shop::Buyout { srid } => to_order(config, srid, "buyout", Some(json!({}))).await?,
        Shop::Return { srid } => to_order(config, Some(srid), "return", Some(json!({}))).await?,
        Shop::Price { srid, price } => {
            at_shop(config, Method::POST, &format!("orders/{srid}/price"), Some(json!({ "price": price }))).await?
        }
        Shop::Review { text, stars, nm_id } => {
            let wanted = json!({"nm_id": nm_id, "stars": stars, "text": text.join(" ")});
            at_shop(config, Method::POST, "reviews", Some(wanted)).await?
        }
        Shop::Stock { nm_id, quantity, chrt_id } => {
            let wanted = json!({"nm_id": nm_id, "chrt_id": chrt_id, "quantity": quantity});
            at_shop(config, Method::POST, "stocks", Some(wanted)).await?
        }
        Shop::Break { method, fault, times } => {
            let fault = serde_json::from_str(&fault).unwrap_or(Value::String(fault));
            let wanted = json!({"method": method, "fault": fault, "times": times});
            at_shop(config, Method::POST, "faults", Some(wanted)).await?
        }
        Shop::Mend => at_shop(config, Method::DELETE, "faults", None).await?,
        Shop::Requests => at_shop(config, Method::GET, "requests", None).await?,
    };
    if answer.as_object().is_some_and(|answer| !answer.is_empty()) {
        print(format_args!("{}", serde_json::to_string_pretty(&answer)?));
    } else {
        print(format_args!("Done."));
    }
    Ok(())
}

async fn at_shop(config: &Config, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
    let state = State::of_running(config)?;
    ensure!(state.wb.fake, "this is the real Wildberries: nobody plays with it");
    let request = http::local().request(method, http::control_url(&state.wb.url, path)?);
    http::control(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

/// The last order that can be cancelled.
fn last_order(shop: &Value) -> Result<String> {
    let orders = shop["last_orders"].as_array().context("the shop lists no orders")?;
    let open = orders.iter().find(|order| order["cancelled_at"].is_null());
    open.and_then(|order| order["srid"].as_str()).map(str::to_owned).context("there is no order to cancel")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_with_picture_and_buttons() {
        let message = json!({"text": "Новый заказ\n1 шт.", "photo": {"source": "http://x/1.jpg"},
            "keyboard": [["⚙️", "❓ Помощь"]], "edited": false, "silent": true, "deleted": false});
        let shown = "┌ bot, without sound\n│ [picture http://x/1.jpg]\n│ Новый заказ\n│ 1 шт.\n│ [⚙️] [❓ Помощь]";
        assert_eq!(show(&message), shown);
    }

    #[test]
    fn the_last_open_order_is_the_one_to_cancel() {
        let shop = json!({"last_orders": [
            {"srid": "c", "cancelled_at": "2026-11-22T12:00:00Z"},
            {"srid": "b", "cancelled_at": null},
            {"srid": "a", "cancelled_at": null},
        ]});
        assert_eq!(last_order(&shop).unwrap(), "b");
        assert!(last_order(&json!({"last_orders": []})).is_err());
    }
}
