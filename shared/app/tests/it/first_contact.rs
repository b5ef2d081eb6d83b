//! From /start to the main menu.

use chrono::TimeDelta;
use testkit::{
    telegram::Fault as TelegramFault,
    wb::{Category, Fault, Method, TokenSpec, TokenType},
};
use world::{BORIS, CHAT, World};

#[tokio::test]
async fn a_seller_sends_a_token_and_gets_their_menu() {
    let world = World::new().await;
    world.say("/start").await;
    assert!(world.messages()[0].content.text.contains("пришлите одним сообщением токен API Wildberries"));

    let token = world.token(TokenType::Personal);
    world.say(&token).await;

    let pasted = world.telegram.messages(CHAT).into_iter().find(|message| message.content.text == token);
    assert!(pasted.is_some_and(|message| message.deleted), "the message with the token is deleted");
    let messages = world.messages();
    let progress = &messages[1];
    insta::assert_snapshot!(progress.content.text, @"
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
    ");
    assert!(!progress.edits.is_empty(), "the progress is edited in place");
    let finished = &messages[2];
    insta::assert_snapshot!(finished.content.text.replace('\u{a0}', " "), @"
    🎉 Готово! Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    Магазин: Кружка & Плед

    🛒 Заказы за 30 дн.: 100
    💰 Выкупы и возвраты за 30 дн.: 73
    🏷 Товары: 20
    📦 Остатки: 1 326 шт.
    ⭐ Отзывы: 30
    ");
    let labels: Vec<&str> = finished.buttons().map(|button| button.text.as_str()).collect();
    assert_eq!(labels, ["🛒 Заказы", "📦 Склад", "🔔 Уведомления", "⚙️ Настройки", "❓ Помощь"]);
    assert_eq!(messages.len(), 3);

    assert_eq!(world.told_orders().len(), 0, "a first load is silent");
    assert_eq!(world.wb.refused().len(), 0);
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn every_button_of_the_menu_opens_a_screen_with_a_way_back() {
    let world = World::ready().await;
    for button in ["🔔 Уведомления", "⚙️ Настройки", "❓ Помощь"] {
        world.press(button).await;
        let screen = world.newest();
        assert!(screen.content.text.starts_with(button), "{}", screen.content.text);
        world.press("← Меню").await;
        assert!(world.last_text().starts_with("🏠 Главное меню"));
    }
    assert_eq!(world.telegram.answers().len(), 6, "every tap is answered");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn the_settings_show_the_state_of_the_token_and_never_the_token() {
    let world = World::new().await;
    let token = world.wb.issue_token(&TokenSpec {
        categories: &[Category::Statistics, Category::Content],
        ..TokenSpec::of(world.seller, TokenType::Personal)
    });
    let token = token.unwrap();
    world.say("/start").await;
    world.say(&token).await;
    world.press("⚙️ Настройки").await;
    let screen = world.last_text();
    assert!(screen.contains("Тип: персональный"), "{screen}");
    assert!(screen.contains("Нет категории «Аналитика»"), "{screen}");
    assert!(screen.contains("Действует до 21.05.2027."), "{screen}");
    for message in world.messages() {
        assert!(!message.content.text.contains(&token[..20]));
    }
}

#[tokio::test]
async fn a_token_stands_nowhere_in_the_database_in_the_clear() {
    let world = World::new().await;
    let token = world.token(TokenType::Personal);
    world.say("/start").await;
    world.say(&token).await;
    let signature = token.rsplit('.').next().unwrap().to_owned();
    let tables: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        .fetch_all(&world.database.pool)
        .await
        .unwrap();
    assert!(tables.len() > 15);
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} t WHERE t::text LIKE $1 OR t::text LIKE $2");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(format!("%{signature}%"))
            .bind(format!("%{}%", signature.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()))
            .fetch_one(&world.database.pool)
            .await
            .unwrap();
        assert_eq!(found, 0, "{table} holds the token");
    }
}

#[tokio::test]
async fn a_refused_token_and_an_outage_are_told_apart() {
    let world = World::new().await;
    world.say("/start").await;

    let revoked = world.token(TokenType::Personal);
    world.wb.revoke_token(&revoked).unwrap();
    world.say(&revoked).await;
    assert!(world.last_text().contains("не принимает этот токен"));

    world.clock.advance(TimeDelta::minutes(5));
    world.wb.break_times(Method::Ping, Fault::Status(500), 4);
    world.say(&world.token(TokenType::Personal)).await;
    let waiting = world.newest();
    assert!(waiting.content.text.contains("Wildberries не отвечает, пробую дальше…"));
    world.press("✖️ Отменить").await;
    assert!(world.last_text().contains("Отменено: токен удалён."));
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);

    let expired = world.wb.issue_token(&TokenSpec {
        expires_at: Some(world.clock.now() + TimeDelta::hours(1)),
        ..TokenSpec::of(world.seller, TokenType::Personal)
    });
    world.clock.advance(TimeDelta::hours(2));
    world.say(&expired.unwrap()).await;
    assert!(world.last_text().contains("Срок действия этого токена закончился"));
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 0);
}

#[tokio::test]
async fn who_writes_during_the_first_sync_is_told_that_it_goes_on() {
    let world = World::new().await;
    world.say("/start").await;
    world.wb.break_times(Method::Cards, Fault::Status(503), 10);
    world.say(&world.token(TokenType::Personal)).await;
    world.say("/menu").await;
    assert!(world.last_text().contains("Первая загрузка ещё идёт"));
    world.wb.mend();
    world.tick().await;
    assert!(world.last_text().contains("Готово!"));
}

#[tokio::test]
async fn a_base_token_gets_what_wb_allows_and_is_told_what_is_put_off() {
    let world = World::new().await;
    world.wb.set_remains_calls(10);
    world.onboard(TokenType::Base).await;
    world.tick().await;
    let finished = world.last_text();
    assert!(finished.contains("🛒 Заказы за 30 дн."), "{finished}");
    assert!(finished.contains("🕓 Остатки: WB разрешит запрос 22.11 в 12:1"), "{finished}");
    assert!(finished.contains("🕓 Отзывы: WB разрешит запрос 22.11 в 12:12"), "{finished}");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn a_second_person_with_a_token_of_the_same_seller_joins_the_same_cabinet() {
    let world = World::ready().await;
    world.clock.advance(TimeDelta::minutes(2));
    world.boris_joins(TokenType::Base).await;
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM cabinet_users WHERE role = 'manager'").await, 1);
    let answer = world.messages_in(BORIS).pop().unwrap();
    assert!(answer.content.text.contains("Токен принят"), "{}", answer.content.text);
    assert!(answer.buttons().count() > 0, "the cabinet is loaded, so the menu is open");
}

#[tokio::test]
async fn a_token_that_telegram_does_not_delete_is_left_to_the_person() {
    let world = World::new().await;
    world.say("/start").await;
    world.telegram.break_next("deleteMessage", TelegramFault::ServerError, 1).unwrap();
    world.say(&world.token(TokenType::Personal)).await;
    let told = world.messages();
    assert!(told.iter().any(|message| message.content.text.contains("Удалите его, пожалуйста, сами")));
    assert!(told.iter().any(|message| message.content.text.contains("Готово!")));
}
