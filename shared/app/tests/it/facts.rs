//! The facts beside an event: its place in the day, money that comes later, the figures of a product.

use chrono::{TimeDelta, TimeZone, Utc};
use domain::{
    CabinetId, ChatId, EventKind, NotificationId, Rubles, Srid, TelegramId,
    event::FilledIn,
    figures::{DayPlace, Windows},
};
use queue::WakeUp;
use rust_decimal::Decimal;
use store::events;
use testkit::{
    telegram::{Fault, Message},
    wb::NewOrder,
};
use world::{CHAT, World};

/// The places of the new orders by their prices, which tell them apart.
async fn places(world: &World) -> Vec<(Option<i64>, DayPlace)> {
    let payloads: Vec<serde_json::Value> =
        sqlx::query_scalar("SELECT payload FROM events WHERE kind = 'new_order' ORDER BY id")
            .fetch_all(&world.database.pool)
            .await
            .unwrap();
    let price = |payload: &serde_json::Value| payload["seller_price"].as_str().map(|sum| sum.parse().unwrap());
    let place = |payload: &serde_json::Value| serde_json::from_value(payload["day"].clone()).unwrap();
    payloads.iter().map(|payload| (price(payload), place(payload))).collect()
}

fn only(price: i64) -> NewOrder {
    NewOrder { price: Some(price), ..NewOrder::default() }
}

/// Orders one piece at this price, 0 for one that WB has not filled in.
fn order_at_price(world: &World, price: i64) -> String {
    world.in_shop(|shop, now| shop.order(&only(price), now)).remove(0).srid
}

fn message_of(world: &World, srid: &str) -> Message {
    world.told_orders().into_iter().find(|message| message.content.text.contains(srid)).unwrap()
}

#[tokio::test]
async fn an_order_is_numbered_within_its_moscow_day_as_we_learned_of_it() {
    let world = World::ready().await;
    let held = |sql| world.count(sql);
    let day = "moscow_day(ordered_at) = '2026-11-22'";
    let (number, sum, without_price) = (
        held("SELECT count(*) FROM wb_orders WHERE moscow_day(ordered_at) = '2026-11-22'").await,
        held(
            "SELECT COALESCE(sum(seller_price), 0)::bigint FROM wb_orders WHERE moscow_day(ordered_at) = '2026-11-22'",
        )
        .await,
        held("SELECT count(*) FROM wb_orders WHERE moscow_day(ordered_at) = '2026-11-22' AND seller_price IS NULL")
            .await,
    );
    assert!(number > 0, "the first load brings some of {day}");

    // Ten minutes after midnight in Moscow one answer brings the end of one day and the start of the next.
    let midnight = Utc.with_ymd_and_hms(2026, 11, 22, 21, 0, 0).unwrap();
    world.clock.advance(midnight + TimeDelta::minutes(7) - world.clock.now());
    let at = |price, minutes| NewOrder { at: Some(midnight + TimeDelta::minutes(minutes)), ..only(price) };
    world.in_shop(|shop, now| shop.order(&at(700, 5), now));
    world.in_shop(|shop, now| shop.order(&at(0, -8), now));
    world.in_shop(|shop, now| shop.order(&at(1_000, -10), now));
    let cancelled = world.in_shop(|shop, now| shop.order(&at(500, -9), now)).remove(0).srid;
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.tick().await;

    let place = |number, sum: i64, without_price| DayPlace { number, sum: Rubles(sum.into()), without_price };
    assert_eq!(
        places(&world).await,
        [
            (Some(1_000), place(number + 1, sum + 1_000, without_price)),
            // The cancelled one before it is the second of the day, and its 500 are in the sum.
            (None, place(number + 3, sum + 1_500, without_price + 1)),
            (Some(700), place(1, 700, 0)),
        ]
    );

    // What we learn of later counts later, whatever its time.
    world.in_shop(|shop, now| shop.order(&at(300, -5), now));
    world.tick().await;
    let last = places(&world).await.pop().unwrap();
    assert_eq!(last, (Some(300), place(number + 4, sum + 1_800, without_price + 1)));
}

#[tokio::test]
async fn money_that_comes_later_is_added_to_the_message_without_a_second_one() {
    let world = World::ready().await;
    let srid = order_at_price(&world, 0);
    world.tick().await;
    let first = message_of(&world, &srid);
    assert!(first.photo.is_some() && !first.content.text.contains("Ваша цена"), "{}", first.content.text);
    let sent_at = "SELECT extract(epoch FROM max(sent_at))::bigint FROM notification_history WHERE kind = 'new_order'";
    let (before, sent) = (world.messages().len(), world.count(sent_at).await);

    world.in_shop(|shop, now| shop.correct_price(&srid, 1_290, now));
    world.tick().await;
    let edited = message_of(&world, &srid);
    assert_eq!((edited.id, edited.edits.len(), world.messages().len()), (first.id, 1, before));
    assert!(edited.content.text.contains("1\u{a0}290\u{a0}₽"), "{}", edited.content.text);
    assert!(edited.photo.is_some() && !edited.buttons().collect::<Vec<_>>().is_empty());
    assert_eq!(world.count(sent_at).await, sent, "an edit is no second telling");
    let (price, place) = places(&world).await.remove(0);
    assert_eq!((price, place.without_price), (Some(1_290), 0));
    assert!(place.sum.0 >= Decimal::from(1_290));

    // A price that changes is a correction, and nobody is told.
    world.in_shop(|shop, now| shop.correct_price(&srid, 990, now));
    world.tick().await;
    world.tick().await;
    assert_eq!(message_of(&world, &srid), edited);
    assert_eq!(world.count("SELECT count(*) FROM notification_history WHERE status <> 'sent'").await, 0);
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn a_price_that_is_filled_in_while_the_message_is_on_its_way_is_shown_by_an_edit() {
    let world = World::ready().await;
    let srid = order_at_price(&world, 0);
    world.tick_and_sync().await;
    for method in ["sendMessage", "sendPhoto"] {
        world.telegram.break_next(method, Fault::HeldAfterExecution, 1).unwrap();
    }
    let wake_up = world.queues.take_wake_ups().remove(0);
    let filled_in = async {
        while world.count("SELECT count(*) FROM notification_history WHERE status = 'sending'").await == 0
            || !world.told_orders().iter().any(|message| message.content.text.contains(&srid))
        {
            tokio::task::yield_now().await;
        }
        let cabinet: i64 = sqlx::query_scalar("SELECT id FROM cabinets").fetch_one(&world.database.pool).await.unwrap();
        let now = world.clock.now();
        let price = FilledIn {
            kind: EventKind::NewOrder,
            srid: Srid(srid.clone()),
            seller_price: Some(Rubles(1_290.into())),
            buyer_price: None,
            wb_discount_percent: None,
            for_pay: None,
            cancel_reason: None,
        };
        let cabinet = CabinetId(cabinet);
        let mut tx = store::begin(&world.database.pool).await.unwrap();
        let mut held = events::load_held(&mut tx, cabinet, &[(price.kind, &srid)]).await.unwrap();
        assert!(price.add_to(&mut held[0].facts));
        let woken = events::save_changed(&mut tx, cabinet, &held, now, now).await.unwrap();
        tx.commit().await.unwrap();
        world.telegram.release();
        woken
    };
    let (sent, woken) = tokio::join!(world.webhook.run(wake_up.message()), filled_in);
    sent.unwrap();
    for chat in woken {
        world.webhook.run(&WakeUp { chat }).await.unwrap();
    }
    world.rest().await;
    let told = message_of(&world, &srid);
    assert_eq!(told.edits.len(), 1);
    assert!(told.content.text.contains("1\u{a0}290\u{a0}₽"), "{}", told.content.text);
}

#[tokio::test]
async fn a_field_that_only_a_newer_version_knows_survives_what_is_filled_in() {
    let world = World::ready().await;
    let srid = order_at_price(&world, 0);
    world.tick().await;
    sqlx::query("UPDATE events SET payload = payload || '{\"newer\": 1}' WHERE kind = 'new_order'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    world.in_shop(|shop, now| shop.correct_price(&srid, 500, now));
    world.tick().await;
    let kept = "SELECT count(*) FROM events WHERE payload->>'newer' = '1' AND payload->>'seller_price' = '500'";
    assert_eq!(world.count(kept).await, 1);
}

#[tokio::test]
async fn a_message_that_is_gone_or_a_day_old_is_left_alone() {
    let world = World::ready().await;
    let (gone, old) = (order_at_price(&world, 0), order_at_price(&world, 0));
    world.tick().await;
    let before = world.messages().len();
    let shown = telegram::MessageId(message_of(&world, &gone).id);
    world.webhook.telegram.delete_message(ChatId(CHAT), shown).await.unwrap();
    world.in_shop(|shop, now| shop.correct_price(&gone, 500, now));
    world.tick().await;
    assert_eq!(world.messages().len(), before - 1, "no second message");

    // Orders are read now and then meanwhile, so that nothing is late.
    for _ in 0..25 {
        world.clock.advance(TimeDelta::minutes(55));
        world.tick().await;
    }
    let shown = message_of(&world, &old);
    world.in_shop(|shop, now| shop.correct_price(&old, 700, now));
    world.tick().await;
    assert_eq!(message_of(&world, &old), shown);
    assert_eq!(world.count("SELECT count(*) FROM notification_history WHERE status <> 'sent'").await, 0);
}

#[tokio::test]
async fn a_group_is_never_edited_and_who_was_not_told_yet_is_told_with_the_money() {
    let world = World::ready().await;
    let orders = world.in_shop(|shop, now| shop.order(&NewOrder { count: 12, ..only(0) }, now));
    world.tick().await;
    let before = world.messages();
    world.in_shop(|shop, now| shop.correct_price(&orders[0].srid, 500, now));
    world.tick().await;
    assert_eq!(world.messages(), before);

    let srid = order_at_price(&world, 0);
    world.tick_and_sync().await;
    world.in_shop(|shop, now| shop.correct_price(&srid, 1_290, now));
    world.tick_and_sync().await;
    world.rest().await;
    let told = message_of(&world, &srid);
    assert!(told.edits.is_empty() && told.content.text.contains("1\u{a0}290\u{a0}₽"), "{}", told.content.text);
}

#[tokio::test]
async fn the_card_of_a_row_is_for_its_owner_and_knows_the_figures() {
    let world = World::ready().await;
    order_at_price(&world, 1_290);
    world.tick().await;
    let row = world.count("SELECT id FROM notification_history WHERE kind = 'new_order'").await;
    let load = |person| {
        store::outbox::load_row(&world.database.pool, TelegramId(person), NotificationId(row), world.clock.now())
    };
    let batch = load(CHAT).await.unwrap().unwrap();
    assert_eq!((batch.kind, batch.group, batch.rows.len()), (Some(EventKind::NewOrder), None, 1));
    let product = batch.rows[0].product.clone();
    let figures = product.figures();
    // The sample's orders go back some weeks; here it is enough that each window holds the last.
    let Windows { week, fortnight, month } = figures.orders.unwrap();
    assert!(1 <= week && week <= fortnight && fortnight <= month, "{figures:?}");
    assert!(product.stocks.is_some() && figures.buyouts.is_some() && figures.to_client.is_some(), "{figures:?}");
    assert!(load(2_000).await.unwrap().is_none());
    sqlx::query("DELETE FROM cabinet_users").execute(&world.database.pool).await.unwrap();
    assert!(load(CHAT).await.unwrap().is_none(), "who has left sees nothing");
}
