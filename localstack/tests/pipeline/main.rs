//! The whole chain on a local cloud of its own: `/start`, a token, an order, its notification, and nothing twice, also when
//! its processes are killed in the middle of it; and the runbooks that can be played here.

mod cloud;
mod runbooks;

use crate::cloud::LocalCloud;

/// The bot's token at the fake Telegram.
const BOT_TOKEN: &str = "1000000001:local-bot-of-the-fake-telegram";
/// A button of the menu, which opens when the first sync has ended.
const MENU_BUTTON: &str = "❓ Помощь";
/// Orders in the burst: as many messages, because a group begins above ten.
const BURST: usize = 10;

impl LocalCloud {
    /// Orders come, and while they are being told the webhook, PostgreSQL and LocalStack are killed, one after the other.
    async fn burst_with_kills(&self) -> Vec<String> {
        let orders = self.json(&["shop", "order", "--count", &BURST.to_string()])["orders"].clone();
        let srids = orders.as_array().expect("the orders").iter();
        let srids: Vec<String> = srids.map(|order| order["srid"].as_str().expect("an id").to_owned()).collect();
        let told = async || self.tellings(&srids).await.values().filter(|count| **count > 0).count();
        let mut tick = self.begin(&["tick"]);
        for (already, victim) in [(1, "webhook"), (2, "postgres"), (3, "localstack")] {
            self.until("the next message", async || told().await >= already).await;
            self.kill(victim).await;
            // What the kill has lost on its way is found by the next tick.
            let _it_may_have_lost_its_cloud = tick.wait();
            tick = self.begin(&["tick"]);
        }
        let _it_may_have_been_cut_off = tick.wait();
        srids
    }
}

#[tokio::test]
async fn an_order_in_the_shop_becomes_one_message_with_a_picture() {
    let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cloud = LocalCloud::up();
    assert_eq!(cloud.json(&["status", "--json"])["healthy"], true);
    assert!(cloud.run(&["up"]).starts_with("The local cloud is already up."));

    // The deploy has told Telegram about the bot.
    let webhook = cloud.telegram(&format!("bot{BOT_TOKEN}/getWebhookInfo")).await["result"].clone();
    assert!(webhook["url"].as_str().is_some_and(|url| url.contains("/lambda-url/bot")), "{webhook}");
    assert_eq!(webhook["max_connections"], 10);
    for (language, menu) in [("", "Главное меню"), ("ru", "Главное меню"), ("en", "Main menu")] {
        let commands = cloud.telegram(&format!("bot{BOT_TOKEN}/getMyCommands?language_code={language}")).await;
        assert_eq!(commands["result"][0]["description"], menu);
    }

    cloud.run(&["say", "/start"]);
    let token = cloud.run(&["token"]);
    cloud.run(&["say", token.trim()]);
    cloud.run(&["tick"]);
    let before = cloud.bot_messages().await;
    let buttons = before.iter().filter_map(|message| message["keyboard"].as_array()).flatten();
    let has_menu = buttons.flat_map(|row| row.as_array().into_iter().flatten()).any(|button| button == MENU_BUTTON);
    assert!(has_menu, "the first sync has ended with the menu: {before:#?}\n{}", cloud.logs());
    let told_token = before.iter().any(|message| message.to_string().contains(token.trim()));
    assert!(!told_token, "the bot never repeats a token");

    let order = cloud.json(&["shop", "order"])["orders"][0].clone();
    cloud.run(&["tick"]);
    let after = cloud.bot_messages().await;
    let [news] = &after[before.len()..] else {
        panic!("one order is one message: {:#?}\n{}", &after[before.len()..], cloud.logs())
    };
    assert!(!news["photo"].is_null(), "with a picture: {news:#}");
    let text = news["text"].as_str().expect("a text");
    for field in ["title", "article", "barcode", "srid"] {
        let value = order[field].as_str().expect("the shop knows it");
        assert!(text.contains(value), "{field} {value} is not in:\n{text}");
    }

    cloud.run(&["tick"]);
    assert_eq!(cloud.bot_messages().await.len(), after.len(), "nothing is told twice");

    let srids = cloud.burst_with_kills().await;
    let is_told = async || cloud.tellings(&srids).await.values().all(|count| *count > 0);
    for _ in 0..3 {
        if !is_told().await {
            cloud.run(&["tick"]);
        }
    }
    let tellings = cloud.tellings(&srids).await;
    assert!(tellings.values().all(|count| *count > 0), "nothing is lost: {tellings:#?}\n{}", cloud.logs());
    // Each kill may cut off one call to Telegram whose end nobody saw.
    let doubled = tellings.values().filter(|count| **count > 1).count();
    assert!(doubled <= 3 && tellings.values().all(|count| *count <= 2), "{tellings:#?}\n{}", cloud.logs());

    runbooks::the_bots_token(&cloud).await;
    runbooks::the_webhooks_secret(&cloud).await;
    runbooks::the_data_key(&cloud).await;
    runbooks::a_first_deploy_that_failed(&cloud);
    cloud.down();
}
