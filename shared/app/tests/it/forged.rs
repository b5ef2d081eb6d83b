//! Taps that no app of Telegram would send: everything that an owner was ever offered, tapped by somebody else.
//!
//! Callback data are 64 bytes that anybody may send to the bot, so each of them is tried by somebody who knows it and has
//! no right to it.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;
use testkit::{
    telegram::Button,
    wb::{Fault, Method, NewReview, Shop, TokenType},
};
use world::{CHAT, World};

const STRANGER: i64 = 2000;
const OTHER_OWNER: i64 = 3000;
const READER: i64 = 4000;
const MANAGER: i64 = 5000;

/// What only the owner has written, and what only their cabinet has.
const ANSWER: &str = "Заменим без вопросов";
const REVIEW: &str = "Пришла со сколом";

/// Rows that belong to a person or to a cabinet: the table, and which rows of it somebody may change who is no owner.
const TABLES: [(&str, &str); 11] = [
    ("users", "t.telegram_id = $1"),
    ("cabinet_users", "false"),
    ("notification_settings", "t.user_id = p.id"),
    ("notification_deliveries", "t.user_id = p.id"),
    ("muted_products", "t.user_id = p.id"),
    ("review_answers", "t.user_id = p.id"),
    (
        "answer_templates",
        "(SELECT role FROM cabinet_users m WHERE m.user_id = p.id AND m.cabinet_id = t.cabinet_id) = 'manager'",
    ),
    ("token_attempts", "t.user_id = p.id"),
    ("wb_tokens", "t.user_id = p.id"),
    ("invites", "false"),
    ("searches", "t.user_id = p.id"),
];

/// What the owner was offered: one button of each act on something that is theirs.
const ACTS: [&str; 23] = [
    "all", "answer", "cancel", "details", "group", "invite", "kind", "late", "mute", "muted", "order", "orders",
    "remove", "reply", "review", "reviews", "set", "settings", "stats", "stock", "stocks", "stop", "unmute",
];

/// An owner who has seen every kind of button: cards, a group, a digest, an answer that is begun, products that are
/// muted, a token that waits, a member who may be removed, links.
async fn with_everything_offered() -> World {
    let world = World::ready().await;
    world.order();
    world.in_shop(|shop, now| shop.review(&NewReview { stars: 1, text: REVIEW.into(), ..NewReview::default() }, now));
    world.tick().await;
    world.press("✍️ Ответить").await;
    world.say(ANSWER).await;
    world.orders(60);
    world.tick().await;
    world.press("→").await;
    world.order();
    world.tick().await;
    world.press_all(&["Подробнее", "🔕 Заглушить товар", "Всё по этому товару"]).await;
    world.say("/orders").await;
    world.press_all(&["→", "🔎 Фильтры"]).await;
    world.say("/reviews").await;
    world.press_all(&["→", "1"]).await;
    world.say("/stats").await;
    world.press("ⓘ Как считается").await;
    world.say("/stocks").await;
    world.press_all(&["→", "1"]).await;
    for screen in ["/settings", "/digest", "/menu", "/notifications"] {
        world.say(screen).await;
    }
    world.press_all(&["⚙️ сразу", "← Уведомления", "🔕 Отключённые товары: 1"]).await;
    join(&world, MANAGER, "Менеджера").await;
    join(&world, READER, "Читателя").await;
    world.say_in(STRANGER + 1, &world.token(TokenType::Base)).await;
    // A token of a second shop waits, because WB is away.
    let shop = world.other_shop();
    world.wb.break_times(Method::SellerInfo, Fault::Status(503), 100);
    world.say(&world.token_of(shop, TokenType::Personal)).await;
    world
}

async fn join(world: &World, chat: i64, role: &str) {
    let code = world.invite(role).await;
    world.say_in(chat, &format!("/start {code}")).await;
}

/// The callback data of every button that the owner was ever shown.
fn offered(world: &World) -> BTreeSet<String> {
    let messages = world.telegram.messages(CHAT);
    let contents = messages.iter().flat_map(|message| message.edits.iter().chain([&message.content]));
    let buttons = contents.flat_map(|content| content.keyboard.iter().flatten().flatten());
    let shown = buttons.filter_map(|button: &Button| button.callback_data.clone());
    // Nobody is offered a link that makes an owner.
    shown.chain(["1:invite:1:owner".to_owned(), "1:stop:1:yes".to_owned()]).collect()
}

/// All rows that this person has no right to change, as text.
async fn rows_of_others(world: &World, person: i64) -> String {
    let mut rows = String::new();
    for (table, own) in TABLES {
        let sql = format!(
            "SELECT COALESCE(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM {table} t
               LEFT JOIN users p ON p.telegram_id = $1 WHERE NOT COALESCE({own}, false)"
        );
        let part: String =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(person).fetch_one(&world.database.pool).await.unwrap();
        rows += &format!("{table}:\n{part}\n");
    }
    rows
}

/// Somebody taps what the owner was offered. Nothing of others changes, and nothing of the owner is shown.
async fn tap_all_of_owner(world: &World, person: i64, secrets: &[String]) {
    let offered = offered(world);
    for act in ACTS {
        assert!(offered.iter().any(|data| data.starts_with(&format!("1:{act}:"))), "{act} was offered");
    }
    let before = rows_of_others(world, person).await;
    for data in offered.iter().filter(|data| !data.contains("delete_my_data")) {
        world.tap_in(person, data).await;
        assert_eq!(rows_of_others(world, person).await, before, "{person} taps {data}");
    }
    for message in world.telegram.messages(person) {
        let contents = message.edits.iter().chain([&message.content]);
        for text in contents.map(|content| &content.text) {
            let leak = secrets.iter().find(|secret| text.contains(*secret));
            assert_eq!(leak, None, "{person} reads {text}");
        }
    }
}

/// Ids of orders, words of reviews and the name that only the owner's cabinet has.
fn secrets(world: &World) -> Vec<String> {
    let srids = world.in_shop(|shop, _| Ok(shop.orders().map(|order| order.srid.clone()).collect::<Vec<_>>()));
    srids.into_iter().chain([REVIEW, ANSWER, "Кружка & Плед"].map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_stranger_gets_nothing_by_a_button_of_somebody_else() {
    let world = with_everything_offered().await;
    world.say_in(STRANGER, "/start").await;
    tap_all_of_owner(&world, STRANGER, &secrets(&world)).await;
    assert_eq!(
        world
            .count("SELECT count(*) FROM cabinet_users m JOIN users u ON u.id = m.user_id WHERE telegram_id = 2000")
            .await,
        0
    );
}

#[tokio::test]
async fn the_owner_of_another_cabinet_gets_nothing_by_a_button_of_somebody_else() {
    let world = with_everything_offered().await;
    let mut shop = Shop::sample(9, 5, 10, 3, world.clock.now());
    shop.seller.trade_mark = "Другой магазин".into();
    let seller = world.wb.add_shop(shop).unwrap();
    world.wb.mend();
    world.say_in(OTHER_OWNER, "/start").await;
    world.say_in(OTHER_OWNER, &world.token_of(seller, TokenType::Personal)).await;
    tap_all_of_owner(&world, OTHER_OWNER, &secrets(&world)).await;
    for table in
        ["muted_products", "notification_settings", "notification_deliveries", "review_answers", "cabinet_users"]
    {
        let sql = format!(
            "SELECT count(*) FROM {table} t JOIN users u ON u.id = t.user_id JOIN cabinets c ON c.id = t.cabinet_id
              WHERE u.telegram_id = {OTHER_OWNER} AND c.seller <> $1"
        );
        let count: i64 =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(seller).fetch_one(&world.database.pool).await.unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

#[tokio::test]
async fn a_reader_and_a_manager_do_only_what_their_role_may() {
    let world = with_everything_offered().await;
    for person in [READER, MANAGER] {
        tap_all_of_owner(&world, person, &[ANSWER.to_owned()]).await;
    }
    // A review that they are told themselves: their own message, which has no such button.
    let bad = NewReview { stars: 1, ..NewReview::default() };
    world.in_shop(|shop, now| shop.review(&bad, now));
    world.wb.mend();
    world.tick().await;
    world.tick().await;
    let own = "SELECT max(n.id) FROM notification_history n JOIN users u ON u.id = n.user_id
                WHERE u.telegram_id = 4000 AND n.kind = 'negative_review'";
    let own = world.count(own).await;
    world.tap_in(READER, &format!("1:answer:{own}")).await;
    let answers = "SELECT count(*) FROM review_answers a JOIN users u ON u.id = a.user_id WHERE u.telegram_id = 4000";
    assert_eq!(world.count(answers).await, 0, "a reader answers nothing");
}
