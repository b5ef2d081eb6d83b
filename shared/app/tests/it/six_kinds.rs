//! All six kinds of event, their switches and their groups.

use chrono::TimeDelta;
use testkit::wb::{Fault, Method, NewReview, TokenType};
use world::{BORIS, CHAT, World};

#[tokio::test]
async fn an_order_goes_its_way_and_each_step_is_told_once() {
    let world = World::ready().await;
    let (kept, cancelled, returned) = (world.order(), world.order(), world.order());
    world.tick().await;
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.in_shop(|shop, now| shop.buy_out(&kept, now));
    world.in_shop(|shop, now| shop.buy_out(&returned, now));
    world.tick().await;
    world.in_shop(|shop, now| shop.give_back(&returned, now));
    world.ticks(3).await;
    for srid in [&kept, &cancelled, &returned] {
        assert_eq!(world.times_told("🛒 Новый заказ", srid), 1);
    }
    assert_eq!(world.times_told("❌", &cancelled), 1);
    assert_eq!(world.times_told("💰 Выкуп", &kept), 1);
    assert_eq!(world.times_told("💰 Выкуп", &returned), 1);
    assert_eq!(world.times_told("↩️ Возврат", &returned), 1);
    assert_eq!(world.times_told("❌", &kept) + world.times_told("↩️", &kept) + world.times_told("💰", &cancelled), 0);
    assert_eq!(world.told_orders().len(), 3);
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn an_order_first_seen_cancelled_gives_the_cancellation_only() {
    let world = World::ready().await;
    let srid = world.order();
    world.in_shop(|shop, now| shop.cancel(&srid, now));
    world.tick().await;
    assert_eq!((world.times_told("🛒", &srid), world.times_told("❌", &srid)), (0, 1));
}

#[tokio::test]
async fn a_correction_is_no_event() {
    let world = World::ready().await;
    let srid = world.order();
    world.tick().await;
    let before = world.messages().len();
    world.in_shop(|shop, now| shop.correct_price(&srid, 777, now));
    world.tick().await;
    assert_eq!(world.messages().len(), before);
}

#[tokio::test]
async fn a_bad_review_is_told_and_a_good_one_is_not() {
    let world = World::ready().await;
    let review = |stars, text: &str| NewReview { stars, text: text.into(), ..NewReview::default() };
    for (stars, text) in [(2, "Пришла со сколом"), (1, ""), (3, "Так себе"), (4, "Хорошо"), (5, "Отлично")]
    {
        world.in_shop(|shop, now| shop.review(&review(stars, text), now));
    }
    world.tick().await;
    world.tick().await;
    let told: Vec<String> = world
        .messages()
        .iter()
        .filter(|message| message.content.text.starts_with("⭐ Отзыв"))
        .map(|message| message.content.text.lines().next().unwrap_or_default().chars().take(11).collect())
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for stars in [1, 2, 3] {
        assert_eq!(told.iter().filter(|head| head.contains(&format!("{stars}/5"))).count(), 1, "{told:?}");
    }
}

#[tokio::test]
async fn a_size_that_falls_is_told_once_and_again_when_it_is_gone() {
    let world = World::ready().await;
    let (nm_id, chrt_id) = world.in_shop(|shop, _| {
        let product = shop.products()[0].clone();
        let size = product.sizes[0].chrt_id;
        shop.set_stock(product.nm_id, Some(size), 9)?;
        Ok((product.nm_id, size))
    });
    world.half_an_hour().await;
    let stock_messages = |world: &World| {
        let texts: Vec<String> = world.messages().iter().map(|message| message.content.text.clone()).collect();
        let count = |head: &str| texts.iter().filter(|text| text.starts_with(head)).count();
        (count("📉 Заканчивается"), count("🚫 Закончился"))
    };
    for (left, expected) in [(2, (1, 0)), (1, (1, 0)), (0, (1, 1)), (9, (1, 1)), (2, (1, 1)), (9, (1, 1)), (1, (2, 1))]
    {
        world.in_shop(|shop, _| shop.set_stock(nm_id, Some(chrt_id), left));
        world.half_an_hour().await;
        assert_eq!(stock_messages(&world), expected, "with {left} left");
    }
}

#[tokio::test]
async fn an_answer_that_empties_the_shop_is_believed_the_second_time() {
    let world = World::ready().await;
    world.wb.break_next(Method::Stocks, Fault::Empty);
    world.half_an_hour().await;
    let gone = |world: &World| world.told("📉 Заканчивающиеся").len();
    assert_eq!(gone(&world), 0);
    let sizes: Vec<(i64, i64)> = world.in_shop(|shop, _| {
        Ok(shop
            .products()
            .iter()
            .flat_map(|p| p.sizes.iter().map(|s| (p.nm_id, s.chrt_id)).collect::<Vec<_>>())
            .collect())
    });
    world.in_shop(|shop, _| sizes.iter().try_for_each(|(nm_id, chrt_id)| shop.set_stock(*nm_id, Some(*chrt_id), 0)));
    world.half_an_hour().await;
    assert_eq!(gone(&world), 0, "the first such answer decides nothing");
    world.half_an_hour().await;
    assert_eq!(gone(&world), 1, "the second is believed, and comes as one group");
}

#[tokio::test]
async fn more_than_ten_rows_come_as_one_group_whose_pages_hold_each_row_once() {
    let world = World::ready().await;
    let before = world.messages().len();
    let srids = world.orders(75);
    world.tick().await;
    let messages = world.messages();
    assert_eq!(messages.len(), before + 1);
    let mut pages = vec![messages[before].content.text.clone()];
    while world.messages()[before].buttons().any(|button| button.text == "→") {
        world.press("→").await;
        pages.push(world.messages()[before].content.text.clone());
    }
    assert!(pages.len() > 2);
    for srid in &srids {
        let seen = pages.iter().map(|page| page.matches(srid.as_str()).count()).sum::<usize>();
        assert_eq!(seen, 1, "{srid} on {} pages", pages.len());
    }
    assert_eq!(world.telegram.violations(), []);
    world.tick().await;
    assert_eq!(world.messages().len(), before + 1);
}

#[tokio::test]
async fn what_is_switched_off_is_not_told_even_if_it_happened_before() {
    let world = World::ready().await;
    world.press("🔔 Уведомления").await;
    let srid = world.order();
    world.tick_and_sync().await;
    let wake_ups = world.queues.take_wake_ups();
    assert_eq!(wake_ups.len(), 1);
    world.press("✅ Новые заказы").await;
    for wake_up in wake_ups {
        world.webhook.run(wake_up.message()).await.unwrap();
    }
    world.rest().await;
    assert_eq!(world.times_told("🛒", &srid), 0);
    world.press("⬜ Новые заказы").await;
    world.tick().await;
    assert_eq!(world.times_told("🛒", &srid), 0, "suppressed stays suppressed");

    world.press("✅ Все уведомления").await;
    let silent = world.order();
    world.tick().await;
    world.press("⬜ Все уведомления").await;
    let loud = world.order();
    world.tick().await;
    assert_eq!((world.times_told("🛒", &silent), world.times_told("🛒", &loud)), (0, 1));
}

#[tokio::test]
async fn a_member_who_joins_later_hears_of_what_happens_from_then_on() {
    let world = World::ready().await;
    let before = world.order();
    world.clock.advance(TimeDelta::minutes(2));
    world.boris_joins(TokenType::Personal).await;
    world.clock.advance(TimeDelta::minutes(1));
    let after = world.order();
    world.tick().await;
    let told = |chat, srid: &str| {
        let messages = world.telegram.messages(chat);
        messages.iter().filter(|m| m.content.text.starts_with("🛒") && m.content.text.contains(srid)).count()
    };
    assert_eq!((told(CHAT, &before), told(CHAT, &after)), (1, 1));
    assert_eq!((told(BORIS, &before), told(BORIS, &after)), (0, 1));
}

#[tokio::test]
async fn a_gap_of_more_than_a_month_is_told_as_such_and_not_event_by_event() {
    let world = World::ready().await;
    let lost = world.order();
    world.clock.advance(TimeDelta::days(32));
    world.tick().await;
    let fresh = world.order();
    world.tick().await;
    assert_eq!((world.times_told("🛒", &lost), world.times_told("🛒", &fresh)), (0, 1));
    let gaps: Vec<_> = world.told("ℹ️ Данных");
    assert_eq!(gaps.len(), 1, "one for all data sets");
    assert!(gaps[0].content.text.contains("За это время: новые заказы — 1."), "{}", gaps[0].content.text);
}

#[tokio::test]
async fn what_became_of_known_orders_in_a_gap_is_silent_too() {
    let world = World::ready().await;
    let (open, kept) = (world.order(), world.order());
    let (nm_id, size) = world.in_shop(|shop, _| {
        let product = shop.products()[0].clone();
        shop.set_stock(product.nm_id, Some(product.sizes[0].chrt_id), 9)?;
        Ok((product.nm_id, product.sizes[0].chrt_id))
    });
    world.half_an_hour().await;
    world.in_shop(|shop, now| shop.cancel(&open, now));
    world.in_shop(|shop, now| shop.buy_out(&kept, now));
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(size), 1));
    world.clock.advance(TimeDelta::days(32));
    let before = world.messages().len();
    world.ticks(3).await;
    let new: Vec<String> = world.messages().split_off(before).into_iter().map(|m| m.content.text).collect();
    assert_eq!(new.len(), 1, "{new:#?}");
    assert!(new[0].contains("За это время: выкупы — 1, отмены и отказы — 1."), "{}", new[0]);
    // The next fall is told, and its number is not one that was told before.
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(size), 8));
    world.half_an_hour().await;
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(size), 0));
    world.half_an_hour().await;
    assert_eq!(world.told("🚫").len(), 1);
}

#[tokio::test]
async fn late_orders_are_told_once_and_so_is_their_return() {
    let world = World::ready().await;
    let srid = world.order();
    for source in [Method::Orders, Method::OrderFeed] {
        world.wb.break_times(source, Fault::Status(502), 30);
    }
    world.ticks(30).await;
    let told = |world: &World, head: &str| world.told(head).len();
    assert_eq!((told(&world, "⏳ Заказы задерживаются"), told(&world, "✅ Заказы снова")), (1, 0));
    world.tick().await;
    world.tick().await;
    assert_eq!((told(&world, "⏳ Заказы задерживаются"), told(&world, "✅ Заказы снова")), (1, 1));
    assert_eq!(world.times_told("🛒", &srid), 1);
}

#[tokio::test]
async fn a_deserted_cabinet_is_not_polled_and_begins_anew_silently() {
    let world = World::ready().await;
    world.telegram.block(CHAT);
    world.rest().await;
    world.clock.advance(TimeDelta::days(8));
    world.tick().await;
    let asked = world.wb.requests().len();
    let missed = world.order();
    world.tick().await;
    assert_eq!(world.wb.requests().len(), asked, "nobody is there to be told");
    world.clock.advance(TimeDelta::hours(2));
    world.telegram.unblock(CHAT);
    world.rest().await;
    world.tick().await;
    let fresh = world.order();
    world.tick().await;
    assert_eq!((world.times_told("🛒", &missed), world.times_told("🛒", &fresh)), (0, 1));
}

#[tokio::test]
async fn a_row_that_cannot_be_told_is_given_up_and_the_chat_goes_on() {
    let world = World::ready().await;
    let poison = world.order();
    world.tick_and_sync().await;
    sqlx::query("UPDATE events SET payload = '{\"nm_id\": 1}' WHERE kind = 'new_order'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    let fine = world.order();
    world.tick().await;
    assert_eq!((world.times_told("🛒", &poison), world.times_told("🛒", &fine)), (0, 1));
    let failed = "SELECT count(*) FROM notification_history WHERE status = 'failed'";
    assert_eq!(world.count(failed).await, 0, "a newer version may be able to read it");
    world.clock.advance(TimeDelta::hours(25));
    world.tick().await;
    assert_eq!(world.count(failed).await, 1);
}

#[tokio::test]
async fn two_chats_that_are_refused_pause_the_whole_bot() {
    let world = World::ready().await;
    world.clock.advance(TimeDelta::minutes(2));
    world.boris_joins(TokenType::Personal).await;
    let srid = world.order();
    world.telegram.break_next("sendPhoto", testkit::telegram::Fault::TooManyRequests { seconds: 20 }, 2).unwrap();
    world.tick().await;
    assert_eq!(world.count("SELECT count(*) FROM telegram_pace WHERE paused_until IS NOT NULL").await, 1);
    world.tick().await;
    assert_eq!(world.times_told("🛒", &srid), 1);
    assert_eq!(world.telegram.early(), 0);
}
