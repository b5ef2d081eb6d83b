//! The settings, each in force at once: by the time of delivery and not by that of the event.

use chrono::TimeDelta;
use domain::{NotificationId, TelegramId};
use testkit::{
    postgres::{At, Fault as DatabaseFault},
    telegram::{Fault as TelegramFault, Message},
    wb::{Fault, Method, NewOrder, TokenType},
};
use world::{CHAT, World, conversation::render};

#[tokio::test]
async fn collected_orders_come_as_one_group_at_the_end_of_their_period() {
    let world = World::ready().await;
    world.say("/notifications").await;
    insta::assert_snapshot!(world.press_all(&["⚙️ сразу", "раз в 15 мин"]).await, @"
    -- edited
    🛒 Новые заказы

    Как присылать: собирать и присылать одним сообщением раз в 15 мин.
    [✅ Присылать]
    [сразу] [● раз в 15 мин]
    [раз в час] [раз в 3 часа]
    [в сводке]
    [← Уведомления]
    ");
    let quarter = TimeDelta::minutes(15);
    let end = world.clock.now() + quarter;
    let end = end - TimeDelta::seconds(end.timestamp() % quarter.num_seconds());
    let (one, two) = (world.order(), world.order());
    world.tick().await;
    assert_eq!((world.mentions(&one).len(), world.mentions(&two).len()), (0, 0), "they wait");
    while world.clock.now() < end {
        world.tick().await;
    }
    world.tick().await;
    let [group] = world.mentions(&one).try_into().unwrap();
    insta::assert_snapshot!(render(&group), @"
    🛒 Новые заказы: 2
    22.11 в 12:00 МСК
    Сумма: 2 690 ₽
    Больше всего:
    1. Худи с капюшоном утеплённое, чёрный · 467400185 — 1
    2. Кружка «Утро & кофе» керамика, 350 мл, синий · 467400555 — 1

    1. 22.11 12:00 · 467400185 · hoodie_warm*-6 · размер S · 2 230 ₽ · 26.r88434afaad8e6ca795545dc3fde3b7b6.0.0
    2. 22.11 12:00 · 467400555 · cup/350-16 · 460 ₽ · 6723310321526113904.0.0
    [⚙️ Настроить]
    ");
    assert_eq!(world.mentions(&two).len(), 1);
    assert_eq!(world.telegram.violations(), []);
}

/// Forty orders that come as one group. The first one was put off, and nobody looked at the chat before the period was over,
/// so its row is due last.
async fn forty_collected_orders() -> World {
    let world = World::ready().await;
    world.say("/notifications").await;
    world.press_all(&["⚙️ сразу", "раз в 15 мин"]).await;
    world.order();
    world.tick().await;
    world.orders(39);
    world.tick_and_sync().await;
    world.queues.take_wake_ups();
    world.clock.advance(TimeDelta::minutes(30));
    world
}

#[tokio::test]
async fn the_pages_of_a_group_turn_though_its_first_row_was_due_last() {
    let world = forty_collected_orders().await;
    world.tick().await;
    assert_eq!(world.told("🛒 Новые заказы: 40").len(), 1);
    let first_page = world.newest();
    world.press("→").await;
    let second_page = world.newest();
    assert_eq!(second_page.id, first_page.id);
    assert!(second_page.content.text.contains("\n40. "), "{}", second_page.content.text);
}

/// What nobody saw the end of is sent again: the arrows of the message that stands there already go on turning.
#[tokio::test]
async fn the_pages_of_a_group_turn_in_each_message_that_it_came_as() {
    let world = forty_collected_orders().await;
    world.telegram.break_next("sendMessage", TelegramFault::ClosedAfterExecution, 1).unwrap();
    world.ticks(3).await;
    let groups = world.told("🛒 Новые заказы: 40");
    assert_eq!(groups.len(), 2, "{:?}", world.messages());
    for group in groups {
        world.telegram.press(CHAT, group.id, "→").unwrap();
        world.rest().await;
        let turned = world.message(group.id).content.text;
        assert!(turned.contains("\n40. "), "{turned}");
    }
}

#[tokio::test]
async fn a_changed_setting_is_in_force_for_what_waits_already() {
    let world = World::ready().await;
    world.say("/notifications").await;
    world.press_all(&["⚙️ сразу", "раз в 3 часа"]).await;
    let kept = world.order();
    world.tick().await;
    assert_eq!(world.mentions(&kept).len(), 0);
    world.press("сразу").await;
    assert_eq!(world.mentions(&kept).len(), 1, "what waited comes when it needs to wait no longer");
    world.press("раз в 3 часа").await;
    let dropped = world.order();
    world.tick().await;
    world.press("✅ Присылать").await;
    world.press_all(&["⬜ Присылать", "сразу"]).await;
    world.tick().await;
    assert_eq!(world.mentions(&dropped).len(), 0, "switched off before it was sent");
}

#[tokio::test]
async fn quiet_hours_over_midnight_are_silent_or_hold_until_they_end() {
    let world = World::ready().await;
    world.say("/notifications").await;
    insta::assert_snapshot!(world.press_all(&["🌙 Тихие часы: нет", "⬜ Тихие часы"]).await, @"
    -- edited
    🌙 Тихие часы

    С 23:00 до 08:00 сообщения приходят без звука.
    Часы: Москва (МСК).
    [✅ Тихие часы]
    [Начало: 23:00] [Конец: 08:00]
    [● Без звука] [До утра]
    [🕒 Москва (МСК)]
    [← Уведомления]
    ");
    let loud = world.order();
    world.tick().await;
    assert!(!world.mentions(&loud)[0].silent);
    // Noon in Moscow is 9:00 UTC; quiet hours are from 20:00 until 5:00 UTC.
    world.clock.advance(TimeDelta::hours(15));
    let silent = world.order();
    world.tick().await;
    assert!(world.mentions(&silent)[0].silent);

    world.press("До утра").await;
    let held = world.order();
    world.tick().await;
    assert_eq!(world.mentions(&held).len(), 0);
    world.clock.advance(TimeDelta::hours(3));
    world.tick().await;
    assert_eq!(world.mentions(&held).len(), 0, "at three in the night");
    world.clock.advance(TimeDelta::hours(3));
    world.tick().await;
    assert_eq!(world.mentions(&held).len(), 1, "in the morning");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn the_minute_in_which_quiet_hours_end_is_loud() {
    for (before_end, is_silent) in [(TimeDelta::seconds(30), true), (TimeDelta::seconds(-10), false)] {
        let world = World::ready().await;
        // Until 13:00 in Moscow, which is 10:00 UTC.
        world.run_sql("UPDATE users SET quiet_enabled = true, quiet_from = 23, quiet_until = 13").await;
        let end = world.clock.now().date_naive().and_hms_opt(10, 0, 0).unwrap().and_utc();
        let order = world.order();
        world.clock.advance(end - before_end - world.clock.now());
        world.tick_now().await;
        world.rest().await;
        let told = world.mentions(&order);
        assert_eq!((told.len(), told[0].silent), (1, is_silent), "{before_end} before the end");
    }
}

#[tokio::test]
async fn a_muted_product_is_not_told_until_it_is_unmuted() {
    let world = World::ready().await;
    let first = world.order();
    world.tick().await;
    let row = NotificationId(world.count("SELECT id FROM notification_history WHERE kind = 'new_order'").await);
    let nm_id = world.count("SELECT nm_id FROM events WHERE kind = 'new_order'").await;
    assert_eq!(world.mentions(&first).len(), 1);
    let mute = |person| store::settings::mute(&world.database.pool, TelegramId(person), row, true, world.clock.now());
    let muted = mute(CHAT).await.unwrap();
    assert!(muted.is_some());
    let foreign = mute(CHAT + 1).await.unwrap();
    assert_eq!(foreign, None, "a notification of somebody else mutes nothing");
    let order = |count| NewOrder { count, nm_id: Some(nm_id), ..NewOrder::default() };
    let silenced = world.in_shop(|shop, now| shop.order(&order(1), now)).remove(0).srid;
    world.tick().await;
    assert_eq!(world.mentions(&silenced).len(), 0);
    world.say("/notifications").await;
    world.press("🔕 Отключённые товары: 1").await;
    let label = world.newest().buttons().next().unwrap().text.clone();
    insta::assert_snapshot!(world.press(&label).await, @"
    -- edited
    🔕 Отключённые товары

    Их нет. Отключить товар можно кнопкой 🔕 под его уведомлением.
    [← Уведомления]
    ");
    let heard = world.in_shop(|shop, now| shop.order(&order(1), now)).remove(0).srid;
    world.tick().await;
    assert_eq!((world.mentions(&silenced).len(), world.mentions(&heard).len()), (0, 1));
}

#[tokio::test]
async fn a_product_is_muted_by_taps_for_one_kind_or_for_all_and_given_back() {
    let world = World::ready().await;
    let first = world.order();
    world.tick().await;
    let nm_id = world.count("SELECT nm_id FROM events WHERE kind = 'new_order'").await;
    let again = || {
        let order = NewOrder { nm_id: Some(nm_id), ..NewOrder::default() };
        world.in_shop(|shop, now| shop.order(&order, now)).remove(0).srid
    };
    let told = |srid: &str, head: &str| {
        world.mentions(srid).iter().filter(|message| message.content.text.starts_with(head)).count()
    };
    // Its question is a message of its own; only new orders are muted.
    insta::assert_snapshot!(world.press_all(&["Подробнее", "🔕 Заглушить товар"]).await, @"
    -- sent
    🔕 О чём больше не писать?
    Худи с капюшоном утеплённое, чёрный, артикул WB 467400185
    [Новые заказы по этому товару]
    [Всё по этому товару]
    [Отмена]
    ");
    insta::assert_snapshot!(world.press("Новые заказы по этому товару").await, @"
    -- edited
    🔕 Больше не пишу об этом товаре: новые заказы.
    Худи с капюшоном утеплённое, чёрный, артикул WB 467400185
    Вернуть можно здесь или в 🔔 Уведомления → Отключённые товары.
    [🔔 Вернуть]
    [← Уведомления]
    ");
    let silenced = again();
    world.tick().await;
    assert_eq!(told(&silenced, "🛒"), 0);
    assert_eq!(world.count("SELECT count(*) FROM notification_history WHERE status = 'suppressed'").await, 1);
    world.in_shop(|shop, now| shop.cancel(&silenced, now));
    // Cancellations come with the reports, every half an hour.
    world.half_an_hour().await;
    assert_eq!(told(&silenced, "❌"), 1, "the other kinds are told");

    insta::assert_snapshot!(world.press("🔔 Вернуть").await, @"
    -- edited
    🔕 Отключённые товары

    Их нет. Отключить товар можно кнопкой 🔕 под его уведомлением.
    [← Уведомления]
    ");
    let heard = again();
    world.tick().await;
    assert_eq!((told(&silenced, "🛒"), told(&heard, "🛒")), (0, 1), "what was suppressed stays so");

    // All kinds, by the button below the first message.
    world.press_all(&["Подробнее", "🔕 Заглушить товар", "Всё по этому товару"]).await;
    world.in_shop(|shop, now| shop.cancel(&first, now));
    let other = again();
    world.half_an_hour().await;
    assert_eq!((told(&first, "❌"), told(&other, "🛒")), (0, 0));
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn the_settings_of_a_kind_are_applied_to_every_cabinet() {
    let world = World::ready().await;
    let other = world.other_shop();
    world.clock.advance(TimeDelta::minutes(2));
    world.say(&world.token_of(other, TokenType::Personal)).await;
    world.press("➕ Добавить кабинет").await;
    let order = || {
        let made = world.wb.shop(other, |shop, now| {
            let made = shop.order(&NewOrder::default(), now);
            shop.refresh_reports();
            made
        });
        made.unwrap().remove(0).srid
    };
    world.tick().await;
    world.say("/notifications").await;
    world.press_all(&["⚙️ сразу", "раз в час"]).await;
    let at_once = order();
    world.tick().await;
    assert_eq!(world.mentions(&at_once).len(), 1, "the other cabinet keeps its own");
    // The screen stands above the message that has just come.
    world.press("Применить ко всем кабинетам").await;
    let deliveries = "SELECT count(*) FROM notification_deliveries WHERE kind = 'new_order' AND delivery = '1h'";
    assert_eq!(world.count(deliveries).await, 2);
    assert_eq!(world.count("SELECT count(*) FROM notification_deliveries").await, 2, "the other kinds stay");
    let collected = order();
    world.tick().await;
    assert_eq!(world.mentions(&collected).len(), 0);
    world.clock.advance(TimeDelta::hours(1));
    world.tick().await;
    assert_eq!(world.mentions(&collected).len(), 1);
    // Switched off in one and then everywhere.
    world.press_all(&["✅ Присылать", "Применить ко всем кабинетам"]).await;
    let off = "SELECT count(*) FROM notification_settings WHERE NOT new_orders_enabled AND order_buyouts_enabled";
    assert_eq!(world.count(off).await, 2);
}

#[tokio::test]
async fn late_orders_are_not_told_to_whoever_has_switched_that_off() {
    let world = World::ready().await;
    world.say("/notifications").await;
    world.press("✅ Заказы задерживаются").await;
    let late = || world.told("⏳ Заказы").len();
    let outage = || async {
        for source in [Method::Orders, Method::OrderFeed] {
            world.wb.break_times(source, Fault::Status(502), 30);
        }
        world.ticks(32).await;
    };
    outage().await;
    let suppressed =
        "SELECT count(*) FROM notification_history WHERE kind LIKE 'orders_late%' AND status = 'suppressed'";
    assert_eq!((late(), world.count(suppressed).await), (0, 2), "neither that they are late nor that it is over");
    world.press("⬜ Заказы задерживаются").await;
    outage().await;
    assert_eq!(late(), 1);
}

#[tokio::test]
async fn a_product_as_a_whole_falls_once() {
    let world = World::ready().await;
    world.run_sql("INSERT INTO notification_settings (user_id, cabinet_id, stock_by, stock_threshold) SELECT user_id, cabinet_id, 'product', 10 FROM cabinet_users").await;
    let (nm_id, sizes) = world.in_shop(|shop, _| {
        let product = shop.products().iter().find(|product| product.sizes.len() > 1).unwrap().clone();
        let sizes: Vec<i64> = product.sizes.iter().map(|size| size.chrt_id).collect();
        for size in &sizes {
            shop.set_stock(product.nm_id, Some(*size), 20)?;
        }
        Ok((product.nm_id, sizes))
    });
    let half_an_hour = || async {
        world.half_an_hour().await;
    };
    half_an_hour().await;
    let told = || world.told("📉 Заканчивается").len();
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(sizes[0]), 0));
    half_an_hour().await;
    assert_eq!(told(), 0, "one size is gone, the product is not");
    world.in_shop(|shop, _| sizes[1..].iter().try_for_each(|size| shop.set_stock(nm_id, Some(*size), 1)));
    half_an_hour().await;
    assert_eq!(told(), 1);
    let keys = format!("SELECT count(*) FROM events WHERE event_key = '{nm_id}:0:10:1'");
    let keys: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(keys)).fetch_one(&world.database.pool).await.unwrap();
    assert_eq!(keys, 1);
}

#[tokio::test]
async fn a_changed_threshold_makes_no_event() {
    let world = World::ready().await;
    world.in_shop(|shop, _| {
        let nm_id = shop.products()[0].nm_id;
        let size = shop.products()[0].sizes[0].chrt_id;
        shop.set_stock(nm_id, Some(size), 15)
    });
    world.half_an_hour().await;
    let before = world.messages().len();
    world.run_sql("INSERT INTO notification_settings (user_id, cabinet_id, stock_threshold) SELECT user_id, cabinet_id, 20 FROM cabinet_users").await;
    world.ticks(22).await;
    assert_eq!(world.messages().len(), before);
}

#[tokio::test]
async fn a_digest_comes_once_a_day_and_brings_what_was_collected_for_it() {
    let world = World::ready().await;
    world.say("/notifications").await;
    // Choosing it turns the digest on.
    insta::assert_snapshot!(world.press_all(&["⚙️ сразу", "в сводке"]).await, @"
    -- edited
    🛒 Новые заказы

    Как присылать: только в ежедневной сводке, в 09:00.
    [✅ Присылать]
    [сразу] [раз в 15 мин]
    [раз в час] [раз в 3 часа]
    [● в сводке]
    [← Уведомления]
    ");
    let srid = world.order();
    world.tick().await;
    assert_eq!(world.mentions(&srid).len(), 0);
    // The next morning: 9:00 in Moscow is 6:00 UTC.
    world.clock.advance(TimeDelta::hours(20));
    world.tick().await;
    assert_eq!(world.mentions("📰").len(), 0, "not before its hour");
    world.clock.advance(TimeDelta::hours(1));
    world.tick().await;
    let [digest] = world.mentions("📰 Сводка за вчера, 22.11").try_into().unwrap();
    insta::assert_snapshot!(render(&digest), @"
    📰 Сводка за вчера, 22.11

    🛒 Заказы: 2 на 5 290 ₽
    💰 Выкупы: 1 на 360 ₽
    К перечислению: 277,20 ₽ — предварительно, без логистики и удержаний

    Собрано к сводке — откройте кнопкой:
    [🛒 Новые заказы: 1]
    [🔔 Настроить]
    ");
    assert_eq!(
        world.count("SELECT count(*) FROM notification_history WHERE kind = 'new_order' AND status = 'sent'").await,
        1
    );
    world.press("🛒 Новые заказы: 1").await;
    assert_eq!(world.mentions(&srid).len(), 1, "the button opens the list");
    world.ticks(3).await;
    assert_eq!(world.mentions("📰 Сводка за вчера").len(), 1, "once a day");

    world.clock.advance(TimeDelta::hours(6));
    insta::assert_snapshot!(world.say("/digest").await, @"
    -- sent
    📰 Сводка за сегодня, 23.11 — пока, на 15:18 МСК

    Ничего не произошло.
    [🔔 Настроить]
    ");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn turning_the_digest_off_drops_nothing() {
    let world = World::ready().await;
    world.say("/notifications").await;
    world.press_all(&["⚙️ сразу", "в сводке"]).await;
    let srid = world.order();
    world.tick().await;
    assert_eq!(world.mentions(&srid).len(), 0);
    world.press_all(&["← Уведомления", "📰 Сводка: 09:00", "Выключить"]).await;
    assert_eq!(world.mentions(&srid).len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM chores WHERE kind = 'digest'").await, 0);
}

#[tokio::test]
async fn what_waits_for_the_digest_of_a_muted_product_is_not_told() {
    let world = World::ready().await;
    let first = world.order();
    world.tick().await;
    assert_eq!(world.mentions(&first).len(), 1);
    let nm_id = world.count("SELECT nm_id FROM events WHERE kind = 'new_order'").await;
    world.say("/notifications").await;
    world.press_all(&["⚙️ сразу", "в сводке"]).await;
    let order = NewOrder { nm_id: Some(nm_id), ..NewOrder::default() };
    world.in_shop(|shop, now| shop.order(&order, now));
    world.tick().await;
    world.press_all(&["🔕 Заглушить товар", "Всё по этому товару"]).await;
    insta::assert_snapshot!(world.say("/digest").await, @"
    -- sent
    📰 Сводка за сегодня, 22.11 — пока, на 12:06 МСК

    🛒 Заказы: 3 на 7 520 ₽
    💰 Выкупы: 1 на 360 ₽
    К перечислению: 277,20 ₽ — предварительно, без логистики и удержаний
    [🔔 Настроить]
    ");
}

#[tokio::test]
async fn a_digest_that_comes_after_midnight_is_not_that_of_the_new_day() {
    let world = World::ready().await;
    world.say("/notifications").await;
    world.press_all(&["⚙️ сразу", "в сводке"]).await;
    // No tick came for a day and a half: it is one in the morning in Moscow.
    world.clock.advance(TimeDelta::hours(37));
    world.tick().await;
    assert_eq!(world.mentions("📰 Сводка за").len(), 1);
    world.clock.advance(TimeDelta::hours(9));
    world.tick().await;
    assert_eq!(world.mentions("📰 Сводка за").len(), 2);
}

/// The webhook stood still for more than a day, and then the database fails while the digest is read.
#[tokio::test]
async fn an_old_digest_is_told_although_the_database_fails() {
    // Taking the chat has five statements; these two bind what was collected and read the figures.
    for place in [5, 6] {
        let world = World::ready().await;
        world.say("/notifications").await;
        world.press_all(&["⚙️ сразу", "в сводке"]).await;
        world.order();
        world.tick().await;
        world.clock.advance(TimeDelta::hours(21));
        world.tick_and_sync().await;
        assert_eq!(world.queues.take_wake_ups().len(), 1, "and now it is lost");
        world.clock.advance(TimeDelta::hours(25));
        world.relay.break_at(Some("webhook"), At::Statement(place), DatabaseFault::Fail("57014"));
        let happened = world.relay.happened();
        world.ticks(5).await;
        assert_eq!(world.relay.happened(), happened + 1);
        let digests = world.mentions("📰 Сводка за");
        assert_eq!(digests.len(), 2, "{place}");
        let buttons = digests.iter().flat_map(Message::buttons).filter(|button| button.text.starts_with("🛒"));
        assert_eq!(buttons.count(), 1, "{place}");
        let sent = "SELECT count(*) FROM notification_history WHERE kind = 'new_order' AND status = 'sent'";
        assert_eq!(world.count(sent).await, 1, "{place}");
    }
}

#[tokio::test]
async fn many_single_messages_bring_one_offer_to_collect() {
    let world = World::ready().await;
    for _ in 0..17 {
        world.order();
        world.order();
        world.tick().await;
    }
    assert_eq!(world.mentions("Слишком часто?").len(), 1);
    world.press("Собирать раз в час").await;
    assert_eq!(
        world.mentions("присылать одним сообщением раз в час.").len(),
        1,
        "one tap, and the kind's screen says so"
    );
}
