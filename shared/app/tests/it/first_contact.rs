//! From /start to the main menu.

use chrono::TimeDelta;
use testkit::{
    telegram::Fault as TelegramFault,
    wb::{Category, Fault, Method, TokenSpec, TokenType},
};
use world::{World, conversation::render};

#[tokio::test]
async fn a_seller_sends_a_token_and_gets_their_menu() {
    let world = World::new().await;
    insta::assert_snapshot!(world.say("/start").await, @"
    -- sent
    👋 WB Assist пишет сюда, когда в вашем магазине на Wildberries появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

    Чтобы начать, пришлите одним сообщением токен API Wildberries. Сообщение с токеном я сразу удалю, а сам токен храню зашифрованным и больше никому не показываю.

    Сотруднику магазина токен не нужен: попросите у владельца кабинета ссылку-приглашение и откройте её.
    [❓ Как получить токен]
    [🌐 Язык · Language]
    [🗑 Удалить мои данные]
    ");
    insta::assert_snapshot!(world.say(&world.token(TokenType::Personal)).await, @"
    -- deleted
    <token>

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
    let [_, progress, _] = world.messages().try_into().unwrap();
    assert!(!progress.edits.is_empty(), "the progress is edited in place");
    assert_eq!(world.told_orders().len(), 0, "a first load is silent");
    assert_eq!(world.wb.refused().len(), 0);
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn every_button_of_the_menu_opens_a_screen_with_a_way_back() {
    let world = World::ready().await;
    insta::assert_snapshot!(world.press("🔔 Уведомления").await, @"
    -- edited
    🔔 Уведомления

    Слева — включить или выключить вид, справа — как он приходит. Действует сразу.
    [✅ Все уведомления]
    [✅ Новые заказы] [⚙️ сразу]
    [✅ Выкупы] [⚙️ сразу]
    [✅ Отмены и отказы] [⚙️ сразу]
    [✅ Возвраты] [⚙️ сразу]
    [✅ Плохие отзывы] [⚙️ сразу]
    [✅ Заканчивающиеся остатки] [⚙️ сразу]
    [✅ Заказы задерживаются]
    [🌙 Тихие часы: нет]
    [📰 Сводка: нет]
    [🔕 Отключённые товары: 0]
    [← Меню]
    ");
    insta::assert_snapshot!(world.press("← Меню").await, @"
    -- edited
    🏠 Главное меню
    Сегодня заказов: 1 на 3 060 ₽
    Отзывы ждут ответа: 7

    Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    insta::assert_snapshot!(world.press("⚙️ Настройки").await, @"
    -- edited
    ⚙️ Настройки · токены

    🟢 Кружка & Плед
    Тип: персональный — данные обновляются без задержек.
    Действует до 21.05.2027.
    Данные WB на 22.11 в 12:00 МСК.

    Чтобы заменить токен, пришлите новый одним сообщением.
    [👥 Пригласить] [🌐 Язык · Language]
    [🗑 Удалить мои данные]
    [📡 Состояние]
    [← Меню]
    ");
    world.press("← Меню").await;
    insta::assert_snapshot!(world.press("❓ Помощь").await, @"
    -- edited
    ❓ Помощь
    Я слежу за вашим магазином на Wildberries и пишу, когда появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

    /menu — главное меню
    /orders — заказы
    /stocks — склад
    /reviews — отзывы
    /stats — аналитика
    /notifications — о чём писать и как
    /digest — сводка прямо сейчас
    /settings — токены и их состояние
    /cancel — отменить начатое
    /help — эта справка

    Как получить токен
    1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.
    2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.
    3. Включите «Только чтение», если не собираетесь отвечать на отзывы отсюда.
    4. Скопируйте токен и пришлите его сюда одним сообщением. Он действует 180 дней.

    Вы сотрудник? Токен вам не нужен: попросите у владельца кабинета приглашение.
    [← Меню]
    ");
    insta::assert_snapshot!(world.press("← Меню").await, @"
    -- edited
    🏠 Главное меню
    Сегодня заказов: 1 на 3 060 ₽
    Отзывы ждут ответа: 7

    Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
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
    insta::assert_snapshot!(world.press("⚙️ Настройки").await, @"
    -- edited
    ⚙️ Настройки · токены

    🟢 Кружка & Плед
    Тип: персональный — данные обновляются без задержек.
    ⚠️ Нет категории «Аналитика»: не будет видно остатков и уведомлений о них.
    ⚠️ Нет категории «Вопросы и отзывы»: не будет уведомлений об отзывах.
    Действует до 21.05.2027.
    Данные WB на 22.11 в 12:00 МСК.

    Чтобы заменить токен, пришлите новый одним сообщением.
    [👥 Пригласить] [🌐 Язык · Language]
    [🗑 Удалить мои данные]
    [📡 Состояние]
    [← Меню]
    ");
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
    insta::assert_snapshot!(world.say(&revoked).await, @"
    -- deleted
    <token>

    -- sent
    Wildberries не принимает этот токен: он отозван или скопирован не полностью. Создайте новый в «Настройки → Доступ к API» и пришлите его сюда.
    [❓ Как получить токен]
    ");

    world.clock.advance(TimeDelta::minutes(5));
    world.wb.break_times(Method::Ping, Fault::Status(500), 4);
    insta::assert_snapshot!(world.say(&world.token(TokenType::Personal)).await, @"
    -- deleted
    <token>

    -- sent
    ⏳ Wildberries не отвечает, пробую дальше…

    С токеном всё может быть в порядке. Пока он хранится зашифрованным; если WB не ответит за сутки, я удалю его и напишу.
    [✖️ Отменить]
    ");
    insta::assert_snapshot!(world.press("✖️ Отменить").await, @"
    -- edited
    Отменено: токен удалён.
    [❓ Как получить токен]
    ");
    assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);

    let expired = world.wb.issue_token(&TokenSpec {
        expires_at: Some(world.clock.now() + TimeDelta::hours(1)),
        ..TokenSpec::of(world.seller, TokenType::Personal)
    });
    world.clock.advance(TimeDelta::hours(2));
    insta::assert_snapshot!(world.say(&expired.unwrap()).await, @"
    -- deleted
    <token>

    -- sent
    Срок действия этого токена закончился 22.11.2026. Создайте новый и пришлите его сюда.
    [❓ Как получить токен]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 0);
}

#[tokio::test]
async fn who_writes_during_the_first_sync_is_told_that_it_goes_on() {
    let world = World::new().await;
    world.say("/start").await;
    world.wb.break_times(Method::Cards, Fault::Status(503), 10);
    world.say(&world.token(TokenType::Personal)).await;
    insta::assert_snapshot!(world.say("/menu").await, @"
    -- sent
    ⏳ Первая загрузка ещё идёт: её ход виден в сообщении выше. Меню откроется, как только она закончится.
    [❓ Помощь]
    ");
    world.wb.mend();
    insta::assert_snapshot!(world.seen_during(world.tick()).await, @"
    -- edited
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
}

#[tokio::test]
async fn a_base_token_gets_what_wb_allows_and_is_told_what_is_put_off() {
    let world = World::new().await;
    world.wb.set_remains_calls(10);
    world.onboard(TokenType::Base).await;
    insta::assert_snapshot!(render(&world.newest()), @"
    🎉 Готово! Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    Магазин: Кружка & Плед

    🛒 Заказы за 30 дн.: 100
    💰 Выкупы и возвраты за 30 дн.: 73
    🏷 Товары: 20
    🕓 Остатки: WB разрешит запрос 22.11 в 12:16 МСК
    🕓 Отзывы: WB разрешит запрос 22.11 в 12:12 МСК
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn a_second_person_with_a_token_of_the_same_seller_joins_the_same_cabinet() {
    let world = World::ready().await;
    world.clock.advance(TimeDelta::minutes(2));
    insta::assert_snapshot!(world.boris_joins(TokenType::Base).await, @"
    -- deleted
    <token>

    -- sent
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, остатки — отчётом примерно раз в час.
    Действует до 21.05.2027.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM cabinet_users WHERE role = 'manager'").await, 1);
}

#[tokio::test]
async fn a_token_that_telegram_does_not_delete_is_left_to_the_person() {
    let world = World::new().await;
    world.say("/start").await;
    world.telegram.break_next("deleteMessage", TelegramFault::ServerError, 1).unwrap();
    insta::assert_snapshot!(world.say(&world.token(TokenType::Personal)).await, @"
    -- sent
    ⚠️ Telegram не дал мне удалить сообщение с токеном. Удалите его, пожалуйста, сами.

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
}
