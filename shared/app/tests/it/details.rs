//! The card behind «Подробнее», and the language of a message.

use domain::{NotificationId, TelegramId};
use testkit::wb::Method;
use world::{CHAT, World};

/// A buyer orders one piece, and it is told.
async fn sell_one(world: &World) {
    world.order();
    world.tick().await;
}

#[tokio::test]
async fn the_details_of_an_order_come_as_a_text_with_a_way_back() {
    let world = World::ready().await;
    // Only statistics know the basket, and the two sources race.
    world.wb.switch_off(Method::OrderFeed, true);
    // The notification stays as it is, and its card comes below.
    insta::assert_snapshot!(world.seen_during(sell_one(&world)).await, @"
    -- sent
    (picture 1.webp)
    🛒 Новый заказ · 22.11 в 12:00 МСК
    Заказ №2 за сегодня · на 5 290 ₽

    Худи с капюшоном утеплённое, чёрный
    Артикул продавца: hoodie_warm*-6
    Артикул WB: 467400185
    Размер: S
    Баркод: 2004674001850
    ID заказа: 26.r88434afaad8e6ca795545dc3fde3b7b6.0.0
    FBO · склад WB → Краснодарский край

    Ваша цена (со скидкой): 2 230 ₽
    СПП 27 % (скидка WB)
    Цена для покупателя: 1 627,90 ₽

    Заказы 7/14/30 дн.: 1 / 2 / 6
    Выкупы 7/14/30 дн.: 0 / 0 / 3
    % выкупа: мало данных
    Рейтинг: 5,0 — среднее по 1 загруженному отзыву
    Остаток: 106 шт.
    По размерам: S — 59, M — 0, XL — 0, L — 47
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]
    ");
    insta::assert_snapshot!(world.press("Подробнее").await, @"
    -- sent
    🛒 Новый заказ · 22.11 в 12:00 МСК
    Заказ №2 за 22.11 · на 5 290 ₽

    Худи с капюшоном утеплённое, чёрный
    Артикул продавца: hoodie_warm*-6
    Артикул WB: 467400185
    Бренд: Mark & Co
    Размер: S
    Баркод: 2004674001850
    ID заказа: 26.r88434afaad8e6ca795545dc3fde3b7b6.0.0
    ID корзины: 7312825155082529835
    FBO · склад WB → Краснодарский край

    Цена до скидок: 2 477 ₽
    Ваша цена (со скидкой): 2 230 ₽
    СПП 27 % (скидка WB)
    Цена для покупателя: 1 627,90 ₽

    Заказы 7/14/30 дн.: 1 / 2 / 6
    Выкупы 7/14/30 дн.: 0 / 0 / 3
    % выкупа: мало данных
    Рейтинг: 5,0 — среднее по 1 загруженному отзыву
    Остаток: 106 шт.
    По размерам: S — 59, M — 0, XL — 0, L — 47
    В пути: к клиентам 8, от клиентов 3
    [Открыть на WB ↗]
    [🔕 Заглушить товар] [⚙️ Настроить]
    [← Меню]
    ");
    insta::assert_snapshot!(world.press("← Меню").await, @"
    -- edited
    🏠 Главное меню
    Сегодня заказов: 2 на 5 290 ₽
    Отзывы ждут ответа: 7

    Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn the_details_are_shown_to_nobody_else() {
    let world = World::ready().await;
    sell_one(&world).await;
    let row = NotificationId(world.count("SELECT max(id) FROM notification_history WHERE kind = 'new_order'").await);
    let (pool, now) = (&world.database.pool, world.clock.now());
    assert!(store::outbox::load_row(pool, TelegramId(CHAT), row, now).await.unwrap().is_some());
    assert!(store::outbox::load_row(pool, TelegramId(CHAT + 1), row, now).await.unwrap().is_none());
    sqlx::query("DELETE FROM cabinet_users").execute(pool).await.unwrap();
    assert!(store::outbox::load_row(pool, TelegramId(CHAT), row, now).await.unwrap().is_none());
}

#[tokio::test]
async fn a_message_is_told_in_the_language_of_its_reader() {
    let world = World::ready().await;
    world.wb.switch_off(Method::OrderFeed, true);
    world.run_sql("UPDATE users SET language = 'en'").await;
    insta::assert_snapshot!(world.seen_during(sell_one(&world)).await, @"
    -- sent
    (picture 1.webp)
    🛒 New order · 22 Nov, 12:00 MSK
    Order No. 2 today · 5,290 ₽ so far

    Худи с капюшоном утеплённое, чёрный
    Seller's article: hoodie_warm*-6
    WB article: 467400185
    Size: S
    Barcode: 2004674001850
    Order ID: 26.r88434afaad8e6ca795545dc3fde3b7b6.0.0
    FBO · WB warehouse → Краснодарский край

    Your price (after discount): 2,230 ₽
    WB's own discount (SPP): 27%
    The buyer pays: 1,627.90 ₽

    Orders in 7/14/30 days: 1 / 2 / 6
    Buyouts in 7/14/30 days: 0 / 0 / 3
    Buyout rate: not enough data yet
    Rating: 5.0 — the mean of 1 loaded review
    In stock: 106 pcs
    By size: S — 59, M — 0, XL — 0, L — 47
    [Open on WB ↗] [Details]
    [🔕 Mute product] [⚙️ Settings]
    ");
    insta::assert_snapshot!(world.press("Details").await, @"
    -- sent
    🛒 New order · 22 Nov, 12:00 MSK
    Order No. 2 on 22 Nov · 5,290 ₽ so far

    Худи с капюшоном утеплённое, чёрный
    Seller's article: hoodie_warm*-6
    WB article: 467400185
    Brand: Mark & Co
    Size: S
    Barcode: 2004674001850
    Order ID: 26.r88434afaad8e6ca795545dc3fde3b7b6.0.0
    Basket ID: 7312825155082529835
    FBO · WB warehouse → Краснодарский край

    Price before discounts: 2,477 ₽
    Your price (after discount): 2,230 ₽
    WB's own discount (SPP): 27%
    The buyer pays: 1,627.90 ₽

    Orders in 7/14/30 days: 1 / 2 / 6
    Buyouts in 7/14/30 days: 0 / 0 / 3
    Buyout rate: not enough data yet
    Rating: 5.0 — the mean of 1 loaded review
    In stock: 106 pcs
    By size: S — 59, M — 0, XL — 0, L — 47
    On the way: 8 to buyers, 3 back from buyers
    [Open on WB ↗]
    [🔕 Mute product] [⚙️ Settings]
    [← Menu]
    ");
    assert_eq!(world.telegram.violations(), []);
}
