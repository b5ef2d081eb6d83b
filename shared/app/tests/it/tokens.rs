//! What becomes of a token: deleted wherever it is seen, tried, kept while WB is down, asked about.

use chrono::TimeDelta;
use domain::{
    FirstContact,
    first_contact::{Access, DeploymentFor},
};
use serde_json::json;
use testkit::{
    postgres::{At, Fault as DatabaseFault},
    telegram::Author,
    wb::{Category, Fault, Method, TokenSpec, TokenType},
};
use world::{BORIS, CHAT, INTERVAL, World, open};

#[tokio::test]
async fn a_token_is_deleted_in_any_state_also_from_a_caption_an_edit_and_a_stranger() {
    let world = World::new().await;
    let token = world.token(TokenType::Personal);
    // Before /start.
    world.say(&token).await;
    let pasted = |world: &World| {
        let is_pasted = |message: &&testkit::telegram::Message| message.content.text.contains(&token);
        world
            .telegram
            .messages(CHAT)
            .iter()
            .filter(is_pasted)
            .map(|message| (message.from, message.deleted))
            .collect::<Vec<_>>()
    };
    assert_eq!(pasted(&world), [(Author::Person, true)]);
    // Behind the gate, in the middle of a sentence.
    world.say(&format!("вот мой токен: {token} спасибо")).await;
    assert_eq!(pasted(&world), [(Author::Person, true), (Author::Person, true)]);
    // With a command before it, which is not carried out.
    world.say(&format!("/start {token}")).await;
    assert!(pasted(&world).iter().all(|(_, deleted)| *deleted));

    let person = json!({ "id": CHAT, "is_bot": false, "first_name": "Анна", "language_code": "ru" });
    let chat = json!({ "id": CHAT, "type": "private" });
    let deletions = |world: &World| world.telegram.calls().iter().filter(|call| call.method == "deleteMessage").count();
    for (update, kind, text) in
        [(900_001, "edited_message", "text"), (900_002, "message", "caption"), (900_003, "edited_message", "caption")]
    {
        let before = deletions(&world);
        let message = json!({ "message_id": 7_777, "date": 1, "chat": chat, "from": person, text: token });
        world.bot.answer(json!({ "update_id": update, kind: message }).to_string().as_bytes()).await.unwrap();
        assert_eq!(deletions(&world), before + 1, "{kind} {text}");
    }
}

#[tokio::test]
async fn a_token_anywhere_in_a_message_leaves_the_chat_and_is_taken() {
    let world = World::new().await;
    world.say("/start").await;
    let token = world.token(TokenType::Personal);
    for fields in [
        json!({ "contact": { "phone_number": "7", "first_name": "Токен", "vcard": token } }),
        json!({ "poll": { "id": "5", "question": token, "options": [] } }),
        json!({ "venue": { "title": "Склад", "address": format!("улица {token}") } }),
        json!({ "document": { "file_id": "BQACAgIAAxkBAAID", "file_name": format!("{token}.txt") } }),
        json!({ "text": "вот он", "entities": [{ "type": "text_link", "offset": 0, "length": 6,
                                                  "url": format!("https://example.org/?{token}") }] }),
        json!({ "text": "он?", "quote": { "text": token, "position": 0 } }),
    ] {
        world.clock.advance(TimeDelta::minutes(2));
        let sent = world.telegram.send(CHAT, &fields);
        world.rest().await;
        let messages = world.telegram.messages(CHAT);
        assert!(messages.iter().find(|message| message.id == sent.message_id).unwrap().deleted, "{fields}");
    }
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 1);
}

/// The message goes before the database is asked, so that it does not stay in the chat while that is away.
#[tokio::test]
async fn a_token_leaves_the_chat_though_the_database_is_away() {
    let world = World::new().await;
    world.say("/start").await;
    let token = world.token(TokenType::Personal);
    (0..100).for_each(|_| world.relay.break_at(Some("bot"), At::Statement(0), DatabaseFault::Fail("57014")));
    let said = world.telegram.say(CHAT, &token).unwrap();
    world.telegram.settle().await;
    let messages = world.telegram.messages(CHAT);
    assert!(messages.iter().find(|message| message.id == said.message_id).unwrap().deleted);
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 0);
    // Telegram repeats the update, and the token is taken.
    world.relay.mend();
    world.clock.advance(TimeDelta::minutes(1));
    world.rest().await;
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 1);
}

/// «Отменить» while a tick tries the token: it is not asked about afterwards, and lies nowhere.
#[tokio::test]
async fn a_withdrawn_token_does_not_come_back() {
    let world = World::ready().await;
    let other = world.other_shop();
    let token = world.token_of(other, TokenType::Personal);
    world.clock.advance(TimeDelta::minutes(2));
    world.wb.break_times(Method::Ping, Fault::Status(503), 8);
    insta::assert_snapshot!(world.say(&token).await, @"
    -- deleted
    <token>

    -- sent
    ⏳ Wildberries не отвечает, пробую дальше…

    С токеном всё может быть в порядке. Пока он хранится зашифрованным; если WB не ответит за сутки, я удалю его и напишу.
    [✖️ Отменить]
    ");
    world.wb.mend();
    world.wb.break_next(Method::SellerInfo, Fault::Slow);
    world.clock.advance(TimeDelta::minutes(2));
    let fanout = world.fanout.clone();
    let trying = tokio::spawn(async move { fanout.retry_tokens().await });
    world.wb.until_slow(1).await;
    world.press("✖️ Отменить").await;
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
    world.wb.release_slow();
    trying.await.unwrap().unwrap();
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
    assert!(!world.last_text().contains("Добавить новый кабинет?"), "{}", world.last_text());
}

/// Anybody can write a token that names somebody else's shop; WB's limits of that shop are not theirs to spend.
#[tokio::test]
async fn a_token_that_wb_has_not_accepted_spends_nothing_of_the_shop_that_it_names() {
    let world = World::ready().await;
    let token = world.token(TokenType::Personal);
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    world.clock.advance(TimeDelta::minutes(2));
    world.telegram.person(BORIS, "Борис", Some("ru"));
    let before = "SELECT COALESCE(sum(EXTRACT(EPOCH FROM l.full_at)), 0)::bigint FROM wb_limits l
                    JOIN cabinets c ON c.seller = l.seller";
    let spent = world.count(before).await;
    insta::assert_snapshot!(world.say_in(BORIS, &forged).await, @"
    -- deleted
    <token>

    -- sent
    Wildberries не принимает этот токен: он отозван или скопирован не полностью. Создайте новый в «Настройки → Доступ к API» и пришлите его сюда.
    [❓ Как получить токен]
    ");
    assert_eq!(world.count(before).await, spent);
}

#[tokio::test]
async fn a_token_in_a_group_is_called_compromised_and_not_used() {
    let world = World::new().await;
    let token = world.token(TokenType::Personal);
    let message = json!({
        "message_id": 7, "date": 1, "text": token,
        "chat": { "id": -100, "type": "supergroup", "title": "Магазин" },
        "from": { "id": 2000, "is_bot": false, "first_name": "Борис", "language_code": "en" },
    });
    let update = json!({ "update_id": 900_001, "message": message }).to_string();
    let reply = world.answer(update.as_bytes()).await.unwrap();
    assert_eq!(reply["chat_id"], -100);
    insta::assert_snapshot!(reply["text"].as_str().unwrap(), @"
    ⚠️ There was a Wildberries API token in this group. Every member may have seen it: consider it compromised, delete it in WB's seller portal («Настройки → Доступ к API») and create a new one. Send me the new one in our private chat only.

    ⚠️ Telegram did not let me delete the message with the token. Please delete it yourself.
    ");
    assert!(!reply.to_string().contains(&token[..20]));
    assert_eq!(world.answer(update.as_bytes()).await.unwrap(), reply, "a repeated update");
    assert_eq!(world.wb.requests().len(), 0);
    assert_eq!(world.count("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn a_token_that_cannot_serve_is_told_why_before_wb_is_asked() {
    let world = World::new().await;
    world.say("/start").await;
    let issue = |spec: TokenSpec<'_>| world.wb.issue_token(&spec).unwrap();
    let of = |token_type| TokenSpec::of(world.seller, token_type);
    let sandbox = issue(of(TokenType::Test));
    let useless = issue(TokenSpec { categories: &[], ..of(TokenType::Personal) });
    insta::assert_snapshot!(world.say(&sandbox).await, @"
    -- deleted
    <token>

    -- sent
    Это тестовый токен: он работает только в песочнице WB и не видит ваш магазин. Создайте обычный токен и пришлите его сюда.
    [❓ Как получить токен]
    ");
    insta::assert_snapshot!(world.say(&useless).await, @"
    -- deleted
    <token>

    -- sent
    У этого токена нет ни одной нужной категории. Создайте токен с категориями: Статистика, Аналитика, Контент, Вопросы и отзывы.
    [❓ Как получить токен]
    ");
    assert_eq!(world.wb.requests().len(), 0, "WB is not asked");

    let poor = issue(TokenSpec { categories: &[Category::Statistics], ..of(TokenType::Base) });
    insta::assert_snapshot!(world.say(&poor).await, @"
    -- deleted
    <token>

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, остатки — отчётом примерно раз в час.
    ⚠️ Нет категории «Аналитика»: не будет видно остатков и уведомлений о них.
    ⚠️ Нет категории «Контент»: в уведомлениях не будет картинок и названий.
    ⚠️ Нет категории «Вопросы и отзывы»: не будет уведомлений об отзывах.
    Действует до 21.05.2027.

    📥 Первая загрузка закончена
    ✅ Заказы: загружено
    ✅ Продажи: загружено
    🚫 Товары: у токена нет доступа
    🚫 Остатки: у токена нет доступа
    🚫 Отзывы: у токена нет доступа

    -- sent
    🎉 Готово! Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    Магазин: Кружка & Плед

    🛒 Заказы за 30 дн.: 100
    💰 Выкупы и возвраты за 30 дн.: 73
    🚫 Товары: у токена нет доступа
    🚫 Остатки: у токена нет доступа
    🚫 Отзывы: у токена нет доступа
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
}

#[tokio::test]
async fn a_token_outlives_an_outage_of_wb() {
    let world = World::new().await;
    world.say("/start").await;
    let token = world.token(TokenType::Personal);
    world.wb.break_times(Method::Ping, Fault::Status(503), 8);
    insta::assert_snapshot!(world.say(&token).await, @"
    -- deleted
    <token>

    -- sent
    ⏳ Wildberries не отвечает, пробую дальше…

    С токеном всё может быть в порядке. Пока он хранится зашифрованным; если WB не ответит за сутки, я удалю его и напишу.
    [✖️ Отменить]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 0);

    assert_eq!(world.seen_during(world.tick()).await, "", "WB is down still, and nobody is told again");
    insta::assert_snapshot!(world.seen_during(world.ticks(2)).await, @"
    -- edited
    ✅ Wildberries ответил.

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: персональный — данные обновляются без задержек.
    Действует до 21.05.2027.

    📥 Первая загрузка закончена
    ✅ Заказы: загружено
    ✅ Продажи: загружено
    ✅ Товары: загружено
    ✅ Остатки: загружено
    ✅ Отзывы: загружено

    -- sent
    🎉 Готово! Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    Магазин: Кружка & Плед

    🛒 Заказы за 30 дн.: 100
    💰 Выкупы и возвраты за 30 дн.: 73
    🏷 Товары: 20
    📦 Остатки: 1 326 шт.
    ⭐ Отзывы: 30
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn a_limited_wb_is_no_refusal_either_and_a_refusal_ends_the_waiting() {
    let world = World::new().await;
    world.say("/start").await;
    let token = world.token(TokenType::Personal);
    world.wb.break_times(Method::Ping, Fault::RateLimited(60), 4);
    insta::assert_snapshot!(world.say(&token).await, @"
    -- deleted
    <token>

    -- sent
    ⏳ Wildberries не отвечает, пробую дальше…

    С токеном всё может быть в порядке. Пока он хранится зашифрованным; если WB не ответит за сутки, я удалю его и напишу.
    [✖️ Отменить]
    ");
    world.wb.revoke_token(&token).unwrap();
    insta::assert_snapshot!(world.seen_during(world.tick()).await, @"
    -- edited
    Wildberries не принимает этот токен: он отозван или скопирован не полностью. Создайте новый в «Настройки → Доступ к API» и пришлите его сюда.
    [❓ Как получить токен]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
    assert_eq!(world.seen_during(world.tick()).await, "", "told once");
    assert_eq!(world.wb.refused().len(), 0);
}

#[tokio::test]
async fn after_a_day_a_token_is_given_up_and_deleted() {
    let world = World::new().await;
    world.say("/start").await;
    world.wb.break_times(Method::Ping, Fault::Status(500), 1_000);
    world.say(&world.token(TokenType::Personal)).await;
    world.tick().await;
    world.clock.advance(TimeDelta::hours(24));
    insta::assert_snapshot!(world.seen_during(world.tick()).await, @"
    -- edited
    Wildberries не отвечал целые сутки, поэтому токен я удалил. Пришлите его, пожалуйста, ещё раз.
    [❓ Как получить токен]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
}

#[tokio::test]
async fn a_repeated_update_of_a_token_changes_nothing_and_gets_the_same_reply() {
    let world = World::new().await;
    world.say("/start").await;
    world.wb.break_times(Method::Ping, Fault::Status(500), 4);
    let said = world.telegram.say(CHAT, &world.token(TokenType::Personal)).unwrap();
    world.rest().await;
    let (requests, messages) = (world.wb.requests().len(), world.messages().len());
    world.telegram.redeliver(said.update_id).unwrap();
    world.rest().await;
    assert_eq!((world.wb.requests().len(), world.messages().len()), (requests, messages));
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 1);
}

#[tokio::test]
async fn a_kept_token_lies_sealed() {
    let world = World::new().await;
    world.say("/start").await;
    let token = world.token(TokenType::Personal);
    world.wb.break_times(Method::Ping, Fault::Status(500), 4);
    world.say(&token).await;
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM token_attempts t, processed_updates p WHERE t::text LIKE $1 OR p::text LIKE $1",
    )
    .bind(format!("%{}%", token.rsplit('.').next().unwrap()))
    .fetch_one(&world.database.pool)
    .await
    .unwrap();
    assert_eq!(found, 0);
    assert!(world.messages().iter().all(|message| !message.content.text.contains(&token[..20])));
}

#[tokio::test]
async fn another_sellers_token_asks_before_it_adds_a_cabinet() {
    let world = World::ready().await;
    let other = world.other_shop();
    let token = world.token_of(other, TokenType::Personal);

    insta::assert_snapshot!(world.say(&token).await, @"
    -- deleted
    <token>

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: персональный — данные обновляются без задержек.
    Действует до 21.05.2027.

    Это токен другого продавца. Добавить новый кабинет?
    Через час токен будет удалён.
    [➕ Добавить кабинет]
    [Не добавлять]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1, "only the tap adds it");
    insta::assert_snapshot!(world.press("Не добавлять").await, @"
    -- edited
    Хорошо, не добавляю. Токен удалён.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);

    world.clock.advance(TimeDelta::minutes(2));
    world.say(&token).await;
    world.clock.advance(TimeDelta::minutes(61));
    insta::assert_snapshot!(world.press("➕ Добавить кабинет").await, @"
    -- edited
    Этот вопрос уже не действует: токен удалён. Пришлите его ещё раз.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);

    world.clock.advance(TimeDelta::minutes(2));
    world.say(&token).await;
    insta::assert_snapshot!(world.press("➕ Добавить кабинет").await, @"
    -- edited
    ➕ Кабинет добавлен.
    [← Меню]

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: персональный — данные обновляются без задержек.
    Действует до 21.05.2027.

    📥 Первая загрузка закончена
    ✅ Заказы: загружено
    ✅ Продажи: загружено
    ✅ Товары: загружено
    ✅ Остатки: загружено
    ✅ Отзывы: загружено

    -- sent
    🎉 Готово! Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    Магазин: Кружка & Плед

    🛒 Заказы за 30 дн.: 10
    💰 Выкупы и возвраты за 30 дн.: 8
    🏷 Товары: 5
    📦 Остатки: 387 шт.
    ⭐ Отзывы: 3
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_forgotten_by_a_tick() {
    let world = World::ready().await;
    let other = world.other_shop();
    world.say(&world.token_of(other, TokenType::Base)).await;
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 1);
    world.clock.advance(TimeDelta::hours(1));
    // The question says so itself.
    insta::assert_snapshot!(world.seen_during(world.tick()).await, @"
    -- edited
    Этот вопрос уже не действует: токен удалён. Пришлите его ещё раз.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
}

#[tokio::test]
async fn the_same_update_at_the_same_moment_changes_things_once() {
    let world = World::new().await;
    world.say("/start").await;
    let person = json!({ "id": CHAT, "is_bot": false, "first_name": "Анна", "language_code": "ru" });
    let chat = json!({ "id": CHAT, "type": "private" });
    let token = world.token(TokenType::Personal);
    let message = json!({ "message_id": 7_777, "date": 1, "chat": chat, "from": person, "text": token });
    let update = json!({ "update_id": 900_001, "message": message }).to_string();
    let (one, two) = tokio::join!(world.bot.answer(update.as_bytes()), world.bot.answer(update.as_bytes()));
    assert_eq!(one.unwrap(), two.unwrap(), "both get the reply that stands");
    // Whichever is first: the one that may ask WB, or the one that finds the limit used by the other.
    let waiting = world.count("SELECT count(*) FROM token_attempts").await;
    let tasks = i64::try_from(world.queues.take_sync_tasks().len()).unwrap();
    assert_eq!((waiting + tasks, waiting + world.count("SELECT count(*) FROM wb_tokens").await), (1, 1));
    assert_eq!(world.count("SELECT count(*) FROM processed_updates WHERE update_id = 900001").await, 1);

    // Whoever is second changes nothing, even where both could: two languages for one update.
    let tap = |data: &str| {
        let shown = json!({ "message_id": 1, "date": 1, "chat": chat, "text": "?" });
        let query = json!({ "id": data, "from": person, "message": shown, "data": data });
        json!({ "update_id": 900_002, "callback_query": query }).to_string()
    };
    let (english, russian) = (tap("1:language:en"), tap("1:language:ru"));
    let (one, two) = tokio::join!(world.bot.answer(english.as_bytes()), world.bot.answer(russian.as_bytes()));
    let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
    assert_eq!(one, two);
    let spoken: String =
        sqlx::query_scalar("SELECT language FROM users").fetch_one(&world.database.pool).await.unwrap();
    let is_english = one.into_json()["text"].as_str().unwrap().contains("Which language");
    assert_eq!(spoken, if is_english { "en" } else { "ru" }, "the change is that of the reply");
}

#[tokio::test]
async fn a_further_token_of_the_same_seller_says_which_one_serves() {
    let world = World::ready().await;
    world.clock.advance(INTERVAL);
    insta::assert_snapshot!(world.say(&world.token(TokenType::Base)).await, @"
    -- deleted
    <token>

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, остатки — отчётом примерно раз в час.
    Действует до 21.05.2027.
    Токен сохранён про запас: работает прежний, по нему WB отдаёт данные чаще.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    world.clock.advance(INTERVAL);
    insta::assert_snapshot!(world.say(&world.token(TokenType::Service)).await, @"
    -- deleted
    <token>

    -- sent
    ✅ Токен принят
    Тип: сервисный — данные обновляются без задержек.
    Действует до 21.05.2027.
    🔄 Токен обновлён: теперь работает он.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 3);
}

#[tokio::test]
async fn a_deployment_for_clients_refuses_personal_tokens_by_wbs_rule() {
    let contact = FirstContact { deployment_for: DeploymentFor::Clients, ..open() };
    let world = World::with_contact(contact).await;
    world.say("/start").await;
    insta::assert_snapshot!(world.say(&world.token(TokenType::Personal)).await, @"
    -- deleted
    <token>

    -- sent
    Это персональный токен. По правилам Wildberries он только для собственных программ продавца: передавать его третьим лицам и облачным сервисам нельзя. Этот бот обслуживает разных продавцов, поэтому токен я удалил. Создайте базовый токен, а если сервис есть в каталоге WB — сервисный, и пришлите его сюда.
    [❓ Как получить токен]
    ");
    assert_eq!(world.wb.requests().len(), 0);
    world.say(&world.token(TokenType::Service)).await;
    assert!(world.last_text().contains("Готово!"), "{}", world.last_text());
}

#[tokio::test]
async fn caps_hold_for_attempts_and_cabinets() {
    let contact = FirstContact { attempts_per_hour: 2, cabinets_per_user: 1, ..open() };
    let world = World::with_contact(contact).await;
    world.onboard(TokenType::Personal).await;
    let other = world.other_shop();
    insta::assert_snapshot!(world.say(&world.token_of(other, TokenType::Personal)).await, @"
    -- deleted
    <token>

    -- sent
    У вас уже 1 кабинет — больше здесь нельзя. Токен я удалил.
    [❓ Как получить токен]
    ");
    insta::assert_snapshot!(world.say(&world.token(TokenType::Service)).await, @"
    -- deleted
    <token>

    -- sent
    Больше 2 токенов в час я не проверяю, поэтому этот удалил, не читая. Пришлите его снова через час.
    [❓ Как получить токен]
    ");
    world.clock.advance(TimeDelta::minutes(61));
    insta::assert_snapshot!(world.say(&world.token(TokenType::Service)).await, @"
    -- deleted
    <token>

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: сервисный — данные обновляются без задержек.
    Действует до 21.05.2027.
    🔄 Токен обновлён: теперь работает он.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
}

#[tokio::test]
async fn a_stranger_gets_only_the_word_to_ask_for_a_link_and_their_token_is_not_read() {
    let contact = FirstContact { access: Access::Invite, ..open() };
    let world = World::with_contact(contact).await;
    insta::assert_snapshot!(world.say("/start").await, @"
    -- sent
    🔒 Этот бот работает по приглашениям. Попросите ссылку у того, кто им управляет, или у владельца кабинета, и откройте её. Если по ссылке ничего не происходит, пришлите её сюда сообщением.
    ");
    insta::assert_snapshot!(world.say(&world.token(TokenType::Personal)).await, @"
    -- deleted
    <token>

    -- sent
    🔒 Этот бот работает по приглашениям. Попросите ссылку у того, кто им управляет, или у владельца кабинета, и откройте её. Если по ссылке ничего не происходит, пришлите её сюда сообщением.

    Сообщение с токеном я удалил, не читая его.
    ");
    assert_eq!(world.wb.requests().len(), 0);
    assert_eq!(world.count("SELECT count(*) FROM users").await, 0, "nothing is kept of a stranger");

    let listed = World::with_contact(FirstContact { access: Access::List(vec![CHAT]), ..open() }).await;
    listed.say("/start").await;
    assert!(listed.last_text().contains("токен API Wildberries"), "{}", listed.last_text());
}
