//! The two sources of orders, the three of stocks, and what happens when one of them is gone.

use app::Settings;
use chrono::{TimeDelta, TimeZone, Utc};
use domain::SellerId;
use store::limits::{self, Reservation};
use testkit::{
    database::TestDatabase,
    wb::{
        CancelReason, Category, Fault, Method, NewNews, NewOrder, NewQuestion, NewSale, SaleKind, TokenSpec, TokenType,
        Warehouse,
    },
};
use uuid::Uuid;
use world::{CHAT, SETTINGS, World};

/// Ticks in half an hour, after which reports are asked for again, and one more.
const REPORT_TICKS: usize = 11;

async fn opened_with(categories: &'static [Category]) -> World {
    open_with(World::new().await, categories).await
}

async fn open_with(world: World, categories: &'static [Category]) -> World {
    world.say("/start").await;
    add_token(&world, categories).await;
    world
}

/// Everybody blocks the bot for a week and a day, and comes back after something has happened in the shop.
async fn be_deserted(world: &World, meanwhile: impl FnOnce()) {
    world.telegram.block(CHAT);
    world.rest().await;
    world.clock.advance(TimeDelta::days(8));
    meanwhile();
    world.telegram.unblock(CHAT);
    world.rest().await;
}

async fn disagreements(world: &World) -> i64 {
    world.count("SELECT count(*) FROM operator_notices WHERE key LIKE 'disagrees:%'").await
}

async fn add_token(world: &World, categories: &'static [Category]) {
    let spec = TokenSpec { categories, ..TokenSpec::of(world.seller, TokenType::Personal) };
    world.say(&world.wb.issue_token(&spec).unwrap()).await;
}

fn bought(world: &World, new: &NewOrder) -> String {
    world.before_reports(|shop, now| shop.order(new, now)).remove(0).srid
}

/// The sizes of which more than this is left: article and size.
fn sizes_that_have(world: &World, pieces: i64) -> Vec<(i64, i64)> {
    world.before_reports(|shop, _| {
        let sizes = shop
            .products()
            .iter()
            .flat_map(|product| product.sizes.iter().map(|size| (product.nm_id, size.chrt_id)).collect::<Vec<_>>());
        let has_more =
            |(_, size): &(i64, i64)| shop.stock(*size).is_some_and(|stock| i64::from(stock.quantity) > pieces);
        Ok(sizes.filter(has_more).collect())
    })
}

/// How many pieces of a size were left when that was last judged.
async fn level(world: &World, size: i64) -> i64 {
    let level = sqlx::query_scalar("SELECT remainder FROM wb_stock_levels WHERE chrt_id = $1").bind(size);
    level.fetch_one(&world.database.pool).await.unwrap()
}

/// The reports show so many pieces of these sizes from now on.
fn leave(world: &World, sizes: &[(i64, i64)], pieces: u32) {
    world.before_reports(|shop, _| {
        sizes.iter().try_for_each(|(nm_id, size)| shop.set_stock(*nm_id, Some(*size), pieces))
    });
    world.wb.refresh_reports();
}

#[tokio::test]
async fn an_order_is_told_by_the_feed_at_once_and_completed_by_the_report_without_a_second_message() {
    let world = opened_with(&Category::ALL).await;
    let srid = bought(&world, &NewOrder::default());
    world.tick().await;
    let told = world.told_orders().pop().unwrap().content.text;
    assert!(told.contains(&srid) && told.contains("Ваша цена") && !told.contains("СПП"), "{told}");
    assert!(told.contains("Артикул продавца") && told.contains("Баркод"), "the card knows the size: {told}");

    world.wb.refresh_reports();
    world.ticks(2).await;
    assert_eq!(world.times_told("🛒", &srid), 1);
    let told = world.told_orders().pop().unwrap().content.text;
    assert!(told.contains("СПП") && told.contains("Цена для покупателя"), "{told}");
}

#[tokio::test]
async fn a_token_without_statistics_gives_all_that_the_feed_knows() {
    let world = opened_with(&[Category::Analytics, Category::Content]).await;
    let finished = world.last_text();
    assert!(finished.contains("🛒 Заказы за 30 дн.") && finished.contains("💰"), "{finished}");
    let [refused, bought, returned] =
        [NewOrder { b2b: true, ..NewOrder::default() }, NewOrder::default(), NewOrder::default()]
            .map(|new| bought(&world, &new));
    world.tick().await;
    world.clock.advance(TimeDelta::minutes(1));
    world.before_reports(|shop, now| shop.cancel_because(&refused, CancelReason::Receipt, now, now));
    world.before_reports(|shop, now| shop.buy_out(&bought, now));
    world.before_reports(|shop, now| shop.buy_out(&returned, now));
    world.tick().await;
    world.clock.advance(TimeDelta::minutes(1));
    let defective = NewSale { defective: true, ..NewSale::default() };
    world.before_reports(|shop, now| shop.record_sale(SaleKind::Return, &returned, &defective, now));
    world.ticks(2).await;
    for (head, srid) in [
        ("🛒", &refused),
        ("🛒", &bought),
        ("🛒", &returned),
        ("❌ Отказ при получении", &refused),
        ("💰 Выкуп", &bought),
        ("💰 Выкуп", &returned),
        ("↩️ Возврат по браку", &returned),
    ] {
        assert_eq!(world.times_told(head, srid), 1, "{head} {srid}");
    }
    let cancelled = world.messages().into_iter().find(|m| m.content.text.starts_with("❌")).unwrap().content.text;
    assert!(cancelled.contains("B2B"), "{cancelled}");
    let sales: i64 = sqlx::query_scalar("SELECT count(*) FROM wb_sales WHERE srid = $1")
        .bind(&returned)
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(sales, 2, "the figures count the buyout and the return");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn orders_go_on_when_wb_switches_the_old_reports_off_and_the_operator_is_told_once() {
    let world = opened_with(&Category::ALL).await;
    world.wb.switch_off(Method::Orders, true);
    world.wb.switch_off(Method::Sales, false);
    let before = world.messages().len();
    world.ticks(45).await;
    assert_eq!(world.messages().len(), before, "nobody is told that orders are late, because they are not");
    let srid = bought(&world, &NewOrder::default());
    world.tick().await;
    world.before_reports(|shop, now| shop.buy_out(&srid, now));
    world.tick().await;
    assert_eq!((world.times_told("🛒", &srid), world.times_told("💰", &srid)), (1, 1));
    assert_eq!(world.count("SELECT count(*) FROM operator_notices WHERE key LIKE 'gone:%'").await, 2);

    // WB switches them on again: what they show is known.
    world.wb.switch_on(Method::Orders);
    world.wb.switch_on(Method::Sales);
    world.ticks(45).await;
    assert_eq!((world.times_told("🛒", &srid), world.times_told("💰", &srid)), (1, 1));
    assert_eq!(world.count("SELECT count(*) FROM wb_sales WHERE sale_id LIKE 'feed-%'").await, 0);
}

#[tokio::test]
async fn the_reports_go_on_when_the_feed_is_gone() {
    let world = opened_with(&Category::ALL).await;
    world.wb.switch_off(Method::OrderFeed, true);
    let srid = bought(&world, &NewOrder::default());
    world.wb.refresh_reports();
    world.ticks(2).await;
    assert_eq!(world.times_told("🛒", &srid), 1);
}

#[tokio::test]
async fn a_source_that_comes_later_is_laid_over_what_is_known() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    let hidden = bought(&world, &NewOrder { hidden: true, ..NewOrder::default() });
    let known = bought(&world, &NewOrder::default());
    world.wb.refresh_reports();
    world.clock.advance(TimeDelta::hours(2));
    world.tick().await;
    assert_eq!((world.times_told("🛒", &known), world.times_told("🛒", &hidden)), (1, 0));

    let before = world.messages().len();
    add_token(&world, &[Category::Analytics]).await;
    let fresh = bought(&world, &NewOrder::default());
    world.ticks(3).await;
    assert_eq!((world.times_told("🛒", &known), world.times_told("🛒", &fresh)), (1, 1));
    // What the report of that time does not show is a difference between the sources, and no news.
    assert_eq!(world.times_told("🛒", &hidden), 0);
    assert!(world.messages().len() <= before + 3, "the answer to the token, its progress, and one order");

    world.before_reports(|shop, now| shop.cancel_because(&hidden, CancelReason::App, now, now));
    world.ticks(2).await;
    assert_eq!(world.times_told("❌ Отмена до получения", &hidden), 1);
}

#[tokio::test]
async fn a_source_that_shows_other_orders_makes_no_events_and_the_operator_is_told() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    sqlx::query("UPDATE wb_orders SET srid = 'other-' || srid").execute(&world.database.pool).await.unwrap();
    let before = world.told_orders().len();
    // Both are read at the same time, and the reports would bring the true ids back.
    world.wb.break_times(Method::Orders, Fault::Status(503), 1);
    add_token(&world, &[Category::Analytics]).await;
    let srid = bought(&world, &NewOrder::default());
    world.ticks(3).await;
    assert_eq!(world.told_orders().len(), before, "the feed is not believed");
    assert_eq!(disagreements(&world).await, 1);
    world.wb.refresh_reports();
    world.ticks(2).await;
    assert_eq!(world.times_told("🛒", &srid), 1, "the report is in use and goes on");
}

#[tokio::test]
async fn the_sales_of_reports_that_show_other_orders_are_not_told_either() {
    let world = opened_with(&[Category::Analytics, Category::Content]).await;
    let unfed =
        world.before_reports(|shop, now| shop.order(&NewOrder { count: 30, unfed: true, ..NewOrder::default() }, now));
    world.wb.refresh_reports();
    world.clock.advance(TimeDelta::hours(1));
    world.tick().await;
    add_token(&world, &[Category::Statistics]).await;
    world.ticks(3).await;
    assert_eq!(disagreements(&world).await, 1);
    let srid = &unfed[0].srid;
    world.before_reports(|shop, now| shop.buy_out(srid, now));
    world.wb.refresh_reports();
    world.ticks(3).await;
    assert_eq!((world.times_told("🛒", srid), world.times_told("💰", srid)), (0, 0));

    // The feed goes on, and the reports come into use when they agree.
    let fed = bought(&world, &NewOrder::default());
    world.tick().await;
    assert_eq!(world.times_told("🛒", &fed), 1);
    sqlx::query(
        "INSERT INTO wb_orders SELECT * FROM jsonb_populate_recordset(NULL::wb_orders, (
                     SELECT jsonb_agg(to_jsonb(o) || jsonb_build_object('srid', s)) FROM unnest($1::text[]) s,
                            (SELECT * FROM wb_orders LIMIT 1) o))",
    )
    .bind(unfed.iter().map(|order| order.srid.clone()).collect::<Vec<_>>())
    .execute(&world.database.pool)
    .await
    .unwrap();
    world.clock.advance(TimeDelta::hours(24));
    world.ticks(2).await;
    world.before_reports(|shop, now| shop.buy_out(&unfed[1].srid, now));
    world.wb.refresh_reports();
    world.ticks(3).await;
    assert_eq!(world.times_told("💰", &unfed[1].srid), 1);
}

#[tokio::test]
async fn reports_that_reach_farther_back_than_the_feed_do_not_disagree_with_it() {
    let world = World::with(Settings { initial_sync_days: 90, ..SETTINGS }).await;
    let at = Some(world.clock.now() - TimeDelta::days(60));
    world.before_reports(|shop, now| shop.order(&NewOrder { count: 30, at, ..NewOrder::default() }, now));
    world.wb.refresh_reports();
    let world = open_with(world, &[Category::Analytics, Category::Content]).await;
    world.clock.advance(TimeDelta::hours(1));
    world.tick().await;
    add_token(&world, &[Category::Statistics]).await;
    world.ticks(2).await;
    assert_eq!(disagreements(&world).await, 0);
    let hidden = bought(&world, &NewOrder { unfed: true, ..NewOrder::default() });
    world.wb.refresh_reports();
    world.ticks(2).await;
    assert_eq!(world.times_told("🛒", &hidden), 1, "the reports are in use");
}

#[tokio::test]
async fn a_late_sale_of_an_order_that_the_feed_has_shown_is_told_by_reports_that_come_into_use() {
    let world = opened_with(&[Category::Analytics, Category::Content]).await;
    let srid = bought(&world, &NewOrder::default());
    world.tick().await;
    world.clock.advance(TimeDelta::hours(2));
    world.ticks(2).await;
    // The row comes an hour late, and the feed does not live to show it.
    let at = Some(world.clock.now() - TimeDelta::hours(1));
    world.before_reports(|shop, now| {
        shop.record_sale(SaleKind::Buyout, &srid, &NewSale { at, ..NewSale::default() }, now)
    });
    world.wb.refresh_reports();
    world.wb.switch_off(Method::OrderFeed, true);
    add_token(&world, &[Category::Statistics]).await;
    world.ticks(3).await;
    assert_eq!((world.times_told("🛒", &srid), world.times_told("💰", &srid)), (1, 1));
}

#[tokio::test]
async fn a_base_token_sees_stocks_by_the_report_of_remains() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    world.ticks(30).await;
    let finished = world.messages().into_iter().rev().find(|m| m.content.text.contains("Готово!"));
    assert!(finished.is_some(), "the first sync ends");
    assert!(world.count("SELECT count(*) FROM wb_stocks WHERE kind = 'wb'").await > 0);
    let (nm_id, chrt_id) = world.before_reports(|shop, _| {
        let size = shop.products().iter().flat_map(|product| product.sizes.iter().map(move |size| (product, size)));
        let full = size.into_iter().find(|(_, size)| shop.stock(size.chrt_id).is_some_and(|stock| stock.quantity > 5));
        full.map(|(product, size)| (product.nm_id, size.chrt_id)).ok_or_else(|| anyhow::anyhow!("all is sold"))
    });
    world.before_reports(|shop, _| shop.set_stock(nm_id, Some(chrt_id), 1));
    world.wb.refresh_reports();
    world.ticks(60).await;
    let told = world.told("📉");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn a_first_answer_of_remains_that_is_not_believed_is_no_first_load() {
    let world = World::ready().await;
    world.ticks(2).await;
    world.before_reports(|shop, _| {
        let sizes =
            shop.products().iter().flat_map(|product| product.sizes.iter().map(|size| (product.nm_id, size.chrt_id)));
        let sizes: Vec<(i64, i64)> = sizes.collect();
        sizes.into_iter().try_for_each(|(nm_id, chrt_id)| shop.set_stock(nm_id, Some(chrt_id), 0))
    });
    world.wb.refresh_reports();
    // Another method serves from now on.
    world.wb.switch_off(Method::Stocks, true);
    let doubted = "SELECT count(*) FROM data_sets WHERE data_set = 'remains' AND is_doubted";
    let loaded = "SELECT count(*) FROM data_sets
                   WHERE data_set = 'remains' AND (baseline_at IS NOT NULL OR covered_until IS NOT NULL)";
    let mut was_doubted = false;
    for _ in 0..60 {
        world.ticks(1).await;
        let is_doubted = world.count(doubted).await == 1;
        assert!(!is_doubted || world.count(loaded).await == 0, "what is not believed covers nothing");
        was_doubted |= is_doubted;
    }
    assert!(was_doubted);
    assert_eq!(world.count(loaded).await, 1, "the second answer says the same");
}

/// What a token cannot see is unknown, and never nothing.
#[tokio::test]
async fn stocks_that_a_token_cannot_see_are_unknown_and_not_nothing() {
    let all = [Category::Statistics, Category::Analytics, Category::Content];
    for (categories, expected) in [
        (&all[..], ["Остаток на складах WB: 0 шт.", "Остаток на складах продавца неизвестен"]),
        (&all[..2], ["Остаток: неизвестен", "токен его не видит"]),
    ] {
        let world = World::new().await;
        let (nm_id, chrt_id) = world.before_reports(|shop, _| {
            let product = &shop.products()[0];
            let (nm_id, sizes) = (product.nm_id, product.sizes.clone());
            for size in &sizes {
                shop.set_stock(nm_id, Some(size.chrt_id), 0)?;
                shop.set_own_stock(nm_id, Some(size.chrt_id), 9)?;
            }
            Ok((nm_id, sizes[0].chrt_id))
        });
        world.wb.refresh_reports();
        world.say("/start").await;
        let spec = TokenSpec { categories, ..TokenSpec::of(world.seller, TokenType::Base) };
        world.say(&world.wb.issue_token(&spec).unwrap()).await;
        world.ticks(60).await;
        let srid = bought(&world, &NewOrder { nm_id: Some(nm_id), chrt_id: Some(chrt_id), ..NewOrder::default() });
        world.wb.refresh_reports();
        world.ticks(70).await;
        let told = world.told_orders().into_iter().find(|message| message.content.text.contains(&srid)).unwrap();
        let text = told.content.text.replace('\u{a0}', " ");
        assert!(expected.iter().all(|line| text.contains(line)), "{categories:?}: {text}");
        assert!(!text.contains("Остаток: 0"), "{text}");
    }
}

#[tokio::test]
async fn what_lies_in_the_sellers_own_warehouses_counts_as_well() {
    let world = World::new().await;
    let chrt_id = world.before_reports(|shop, _| {
        let product = &shop.products()[0];
        let (nm_id, chrt_id) = (product.nm_id, product.sizes[0].chrt_id);
        shop.set_stock(nm_id, Some(chrt_id), 2)?;
        shop.set_own_stock(nm_id, Some(chrt_id), 9)?;
        Ok(chrt_id)
    });
    world.wb.refresh_reports();
    world.onboard(TokenType::Personal).await;
    world.ticks(2).await;
    let held: i64 = sqlx::query_scalar("SELECT sum(quantity)::bigint FROM wb_stocks WHERE chrt_id = $1")
        .bind(chrt_id)
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(held, 11);
    // Goods that move from the seller to WB change no sum.
    world.before_reports(|shop, _| {
        let nm_id = shop.products()[0].nm_id;
        shop.set_own_stock(nm_id, Some(chrt_id), 1)?;
        shop.set_stock(nm_id, Some(chrt_id), 10)
    });
    world.wb.refresh_reports();
    world.ticks(REPORT_TICKS).await;
    assert!(!world.messages().iter().any(|m| m.content.text.starts_with("📉")));
    world.before_reports(|shop, _| {
        let nm_id = shop.products()[0].nm_id;
        shop.set_own_stock(nm_id, Some(chrt_id), 0)?;
        shop.set_stock(nm_id, Some(chrt_id), 1)
    });
    world.wb.refresh_reports();
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1);
}

#[tokio::test]
async fn the_history_of_ninety_days_comes_silently_after_the_first_sync() {
    let world = World::new().await;
    let ago = |days| Some(world.clock.now() - TimeDelta::days(days));
    let old = bought(&world, &NewOrder { at: ago(70), ..NewOrder::default() });
    let older = bought(&world, &NewOrder { at: ago(100), ..NewOrder::default() });
    world.wb.refresh_reports();
    world.onboard(TokenType::Personal).await;
    let held = async |srid: &str| -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM wb_orders WHERE srid = $1").bind(srid.to_owned());
        count.fetch_one(&world.database.pool).await.unwrap()
    };
    let before = world.messages().len();
    world.ticks(3).await;
    assert_eq!((held(&old).await, held(&older).await), (1, 0));
    assert_eq!(world.messages().len(), before, "and nobody hears of it");
}

/// An order that was made so long ago and appears only now.
fn late(world: &World, hours: i64) -> String {
    let at = Some(world.clock.now() - TimeDelta::hours(hours));
    let srid = bought(world, &NewOrder { at, ..NewOrder::default() });
    world.wb.refresh_reports();
    srid
}

#[tokio::test]
async fn a_row_that_is_late_by_less_than_a_day_comes_within_the_hour_and_any_other_within_a_day() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    for _ in 0..2 {
        world.clock.advance(TimeDelta::hours(20));
        world.ticks(2).await;
    }
    // What was taken in last says from where the next tick asks.
    bought(&world, &NewOrder::default());
    world.wb.refresh_reports();
    world.ticks(1).await;
    let (minutes, hours, days) = (late(&world, 1), late(&world, 20), late(&world, 30));
    world.ticks(1).await;
    let told = |world: &World| [&minutes, &hours, &days].map(|srid| world.times_told("🛒", srid));
    assert_eq!(told(&world), [1, 0, 0], "a tick asks two hours back");
    world.ticks(20).await;
    assert_eq!(told(&world), [1, 1, 0], "a day once an hour");
    world.clock.advance(TimeDelta::hours(24));
    world.ticks(2).await;
    assert_eq!(told(&world), [1, 1, 1], "all once a day");
}

#[tokio::test]
async fn a_position_in_the_future_is_given_up() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    world.ticks(2).await;
    sqlx::query("UPDATE data_sets SET cursor = jsonb_set(cursor, '{changed_since}', to_jsonb($1::text)) WHERE data_set = 'orders'")
        .bind((world.clock.now() + TimeDelta::days(365)).to_rfc3339())
        .execute(&world.database.pool)
        .await
        .unwrap();
    let srid = bought(&world, &NewOrder::default());
    world.wb.refresh_reports();
    world.ticks(1).await;
    assert_eq!(world.times_told("🛒", &srid), 1);
}

#[tokio::test]
async fn a_position_that_wb_refuses_is_given_up() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    world.ticks(2).await;
    let spoil = r#"UPDATE data_sets SET cursor = regexp_replace(cursor::text, '"updated_at": "[^"]*"', '"updated_at": "never"')::jsonb
                    WHERE data_set = 'products'"#;
    sqlx::query(spoil).execute(&world.database.pool).await.unwrap();
    let is_spoilt = "SELECT count(*) FROM data_sets WHERE data_set = 'products' AND cursor::text LIKE '%never%'";
    assert_eq!(world.count(is_spoilt).await, 1);
    world.clock.advance(TimeDelta::hours(2));
    world.ticks(2).await;
    assert_eq!(world.count(is_spoilt).await, 0);
    let is_read =
        "SELECT count(*) FROM data_sets WHERE data_set = 'products' AND cursor IS NOT NULL AND last_error IS NULL";
    assert_eq!(world.count(is_read).await, 1, "the reading has begun anew");
}

/// So many orders are made in one second that an answer breaks off among them.
#[tokio::test]
async fn rows_of_one_second_are_all_read_though_the_answer_breaks_off_among_them() {
    let world = World::new().await;
    let held = "SELECT count(*) FROM wb_orders";
    // Half of them are more than two chunks, of which the first is kept when the second has come.
    let orders = i64::try_from(4 * wb::Config::CHUNK_ROWS + 2_000).unwrap();
    for _ in 0..orders / 1_000 {
        bought(&world, &NewOrder { count: 1_000, ..NewOrder::default() });
    }
    world.wb.refresh_reports();
    world.wb.break_times(Method::Orders, Fault::CutOff, 1);
    let world = open_with(world, &[Category::Statistics, Category::Content]).await;
    let some = world.count(held).await;
    assert!(some > 0 && some < orders, "{some} were read before it broke off");
    // The next reading goes on where the first broke off; later ones reach back further.
    world.ticks(1).await;
    let of_shop = world.in_shop(|shop, _| Ok(shop.orders().count()));
    assert_eq!(world.count(held).await, i64::try_from(of_shop).unwrap());
}

/// WB says nothing at first, which is believed the second time: that is not yet the end of the gap.
#[tokio::test]
async fn a_gap_is_not_over_while_wb_says_nothing() {
    let world = opened_with(&[Category::Analytics, Category::Content]).await;
    world.clock.advance(TimeDelta::days(34));
    let (lost, cancelled) = world.before_reports(|shop, now| {
        let mut orders = shop.order(&NewOrder { count: 2, ..NewOrder::default() }, now - TimeDelta::hours(3))?;
        let (lost, cancelled) = (orders.remove(0).srid, orders.remove(0).srid);
        shop.cancel(&cancelled, now - TimeDelta::hours(2))?;
        Ok((lost, cancelled))
    });
    world.wb.break_times(Method::OrderFeed, Fault::Empty, 2);
    world.ticks(4).await;
    let tells = |text: &str| world.messages().iter().any(|message| message.content.text.contains(text));
    assert!(!tells(&lost) && !tells(&cancelled), "{:#?}", world.messages());
    assert!(tells("За это время: новые заказы — 1, отмены и отказы — 1."), "{:#?}", world.messages());
    let fresh = world.before_reports(|shop, now| Ok(shop.order(&NewOrder::default(), now)?.remove(0).srid));
    world.ticks(1).await;
    assert!(tells(&fresh), "what is new is told again");
}

/// The report of remains is asked for, waited for and downloaded in syncs of their own.
#[tokio::test]
async fn stocks_that_fell_in_a_gap_are_silent_though_their_report_takes_several_syncs() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    world.ticks(30).await;
    let sizes = sizes_that_have(&world, 5);
    leave(&world, &sizes[..1], 1);
    world.clock.advance(TimeDelta::days(34));
    world.ticks(60).await;
    assert_eq!(world.told("📉").len(), 0);
    leave(&world, &sizes[1..2], 1);
    world.ticks(60).await;
    assert_eq!(world.told("📉").len(), 1, "the next fall is told");
}

/// An answer that is not believed does not end a gap: the next one shows what fell in it.
#[tokio::test]
async fn stocks_that_fell_in_a_gap_are_silent_though_the_first_answer_is_doubted() {
    let world = opened_with(&Category::ALL).await;
    world.tick().await;
    let sizes = sizes_that_have(&world, 5);
    let (first, others) = sizes.split_first().unwrap();
    world.clock.advance(TimeDelta::days(34));
    leave(&world, others, 0);
    world.ticks(2).await;
    assert_eq!(world.count("SELECT count(*) FROM data_sets WHERE data_set = 'stocks' AND is_doubted").await, 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.count("SELECT count(*) FROM data_sets WHERE data_set = 'stocks' AND is_doubted").await, 0);
    assert_eq!((world.told("📉").len(), world.told("🚫").len()), (0, 0));
    leave(&world, &[*first], 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!((world.told("📉").len(), world.told("🚫").len()), (1, 0), "the next fall is told");
}

#[tokio::test]
async fn what_a_method_of_stocks_says_again_after_another_one_has_served_is_taken_in() {
    let world = opened_with(&Category::ALL).await;
    let size = sizes_that_have(&world, 5)[0];
    leave(&world, &[size], 9);
    world.ticks(REPORT_TICKS).await;
    world.wb.switch_off(Method::Stocks, true);
    leave(&world, &[size], 1);
    world.ticks(60).await;
    assert_eq!(level(&world, size.1).await, 1, "the report of remains serves");
    leave(&world, &[size], 9);
    world.wb.switch_on(Method::Stocks);
    sqlx::query("UPDATE data_sets SET not_before = NULL WHERE data_set = 'stocks'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    world.ticks(2).await;
    assert_eq!(level(&world, size.1).await, 9);
    leave(&world, &[size], 2);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1);
}

/// A report that was made for a base token, and not had yet, is older than what the richer method says.
#[tokio::test]
async fn a_report_of_remains_says_nothing_beside_the_richer_method() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    world.ticks(30).await;
    let size = sizes_that_have(&world, 5)[0];
    leave(&world, &[size], 9);
    let is_made = "SELECT count(*) FROM data_sets WHERE data_set = 'remains' AND (cursor->>'is_made')::boolean";
    while level(&world, size.1).await != 9 {
        world.tick().await;
    }
    // Somebody else's turn comes before the download.
    while world.count(is_made).await == 0 {
        world.tick_and_sync().await;
    }
    world.queues.take_sync_tasks();
    leave(&world, &[size], 1);
    add_token(&world, &[Category::Analytics]).await;
    world.tick().await;
    assert_eq!(level(&world, size.1).await, 1);
    world.ticks(REPORT_TICKS * 2).await;
    assert_eq!(world.told("📉").len(), 0, "another method counts from now on");
    leave(&world, &[size], 9);
    world.ticks(REPORT_TICKS).await;
    leave(&world, &[size], 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1, "its own falls are told");
}

/// Nobody was there for a week; what happened meanwhile is silent, whichever source shows it first.
#[tokio::test]
async fn a_source_that_is_first_used_after_a_return_tells_nothing_of_the_absence() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    world.tick().await;
    let [bought, fresh] = [(); 2].map(|()| bought(&world, &NewOrder::default()));
    world.wb.refresh_reports();
    world.ticks(2).await;
    world.telegram.block(CHAT);
    world.rest().await;
    world.clock.set(Utc.with_ymd_and_hms(2026, 12, 2, 9, 5, 0).unwrap());
    world.before_reports(|shop, now| shop.buy_out(&bought, now));
    world.clock.advance(TimeDelta::minutes(2));
    world.telegram.unblock(CHAT);
    world.rest().await;
    world.tick().await;
    add_token(&world, &[Category::Analytics]).await;
    world.ticks(2).await;
    assert_eq!(world.told("💰").len(), 0, "{:#?}", world.messages());
    world.before_reports(|shop, now| shop.buy_out(&fresh, now));
    world.ticks(1).await;
    assert_eq!(world.times_told("💰", &fresh), 1, "what is new is told");
}

/// The seller's own stocks are read, and those of WB's warehouses not yet: they are as old as the absence.
#[tokio::test]
async fn stocks_that_fell_while_nobody_was_there_are_silent_though_one_method_is_read_first() {
    let world = opened_with(&Category::ALL).await;
    world.tick().await;
    let sizes = sizes_that_have(&world, 5);
    be_deserted(&world, || leave(&world, &sizes[..1], 1)).await;
    world.wb.break_times(Method::Stocks, Fault::Status(503), 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 0);
    leave(&world, &sizes[1..2], 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1);
}

/// The seller has no warehouse of their own, so that one method says nothing for ever: that does not keep the other's falls.
#[tokio::test]
async fn stocks_that_vanish_after_a_return_are_told_once_they_are_believed() {
    let world = opened_with(&Category::ALL).await;
    world.tick().await;
    let sizes = sizes_that_have(&world, 5);
    be_deserted(&world, || ()).await;
    world.ticks(2).await;
    leave(&world, &sizes, 0);
    world.ticks(2 * REPORT_TICKS).await;
    assert!(world.told("🚫").len() + world.told("📉").len() > 0);
}

/// The process that has read the first stocks after a gap ends before it can say that it came to its end.
#[tokio::test]
async fn a_fall_after_the_first_answer_of_a_gap_is_told_though_its_process_ended() {
    let world = opened_with(&Category::ALL).await;
    world.tick().await;
    let sizes = sizes_that_have(&world, 5);
    world.clock.advance(TimeDelta::days(34));
    leave(&world, &sizes[1..2], 1);
    for sql in [
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the process ends'; END $$",
        "CREATE TRIGGER fail BEFORE UPDATE ON cabinets FOR EACH ROW
          WHEN (OLD.lease_until IS NOT NULL AND NEW.lease_until IS NULL) EXECUTE FUNCTION fail()",
    ] {
        sqlx::query(sql).execute(&world.database.pool).await.unwrap();
    }
    let task = queue::SyncTask { cabinet: domain::CabinetId(1), due_at: world.clock.now() };
    assert!(world.sync.run(&task).await.is_err());
    sqlx::query("DROP TRIGGER fail ON cabinets").execute(&world.database.pool).await.unwrap();
    leave(&world, &sizes[..1], 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1);
}

/// The stocks are the same as before the absence, and their levels are forgotten all the same.
#[tokio::test]
async fn the_first_fall_after_a_return_is_told_though_nothing_had_changed_before() {
    let world = opened_with(&Category::ALL).await;
    world.tick().await;
    let sizes = sizes_that_have(&world, 5);
    be_deserted(&world, || ()).await;
    world.ticks(2).await;
    leave(&world, &sizes[..1], 1);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1);
}

#[tokio::test]
async fn a_wait_that_wb_has_ordered_is_not_shortened_by_a_later_word() {
    let database = TestDatabase::migrated().await.unwrap();
    let (pool, seller) = (&database.pool, SellerId(Uuid::from_u128(7)));
    let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
    let held = async || limits::load_limits(pool, seller).await.unwrap().remove(0).not_before;
    for (minutes, until) in [(60, 60), (1, 60), (90, 90)] {
        limits::save_not_before(pool, seller, "orders", now + TimeDelta::minutes(minutes), now).await.unwrap();
        assert_eq!(held().await, Some(now + TimeDelta::minutes(until)));
    }
    limits::save_spent(pool, seller, "orders", now + TimeDelta::minutes(2)).await.unwrap();
    assert_eq!(held().await, Some(now + TimeDelta::minutes(90)));
}

#[tokio::test]
async fn of_two_that_read_a_bucket_at_the_same_time_one_is_granted_its_last_request() {
    let database = TestDatabase::migrated().await.unwrap();
    let (pool, seller) = (database.pool.clone(), SellerId(Uuid::from_u128(7)));
    let read = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
    let reserve = |read, full_at| [Reservation { method: "orders".to_owned(), read, full_at }];
    limits::save_reservations(&pool, seller, &reserve(None, read)).await.unwrap();

    let wanted = reserve(Some(read), read + TimeDelta::minutes(1));
    let mut first = store::begin(&pool).await.unwrap();
    assert_eq!(limits::save_reservations(&mut *first, seller, &wanted).await.unwrap(), ["orders"]);
    let (others, theirs) = (pool.clone(), wanted.clone());
    let second = tokio::spawn(async move { limits::save_reservations(&others, seller, &theirs).await });
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&pool).await.unwrap() == 0 {
        assert!(!second.is_finished(), "it waits for the first");
    }
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_limit_that_somebody_else_spends_is_explained_once() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    world.wb.break_times(Method::Orders, Fault::RateLimited(300), 6);
    world.ticks(20).await;
    let explained = || world.told("⏳ Заказы: лимит WB").len();
    assert_eq!(explained(), 1);
}

#[tokio::test]
async fn sales_that_fail_are_asked_ever_more_seldom_up_to_five_minutes() {
    let world = opened_with(&[Category::Statistics, Category::Content]).await;
    let asked = || world.wb.requests().iter().filter(|request| request.method == Some(Method::Sales)).count();
    world.wb.break_times(Method::Sales, Fault::Status(503), 40);
    world.ticks(5).await;
    let before = asked();
    // Ticks come every three minutes: of ten ticks every second one asks.
    world.ticks(10).await;
    assert_eq!(asked() - before, 5);
}

#[tokio::test]
async fn masked_warehouses_are_no_places() {
    let world = opened_with(&Category::ALL).await;
    world.wb.set_masking(true);
    let srid = bought(&world, &NewOrder { warehouse: Some(Warehouse::Russia), ..NewOrder::default() });
    world.wb.refresh_reports();
    world.ticks(2).await;
    let told = world.told_orders().into_iter().find(|m| m.content.text.contains(&srid)).unwrap().content.text;
    assert!(told.contains("FBO · склад WB") && !told.contains("Склад WB РФ"), "{told}");
}

#[tokio::test]
async fn the_operator_is_told_once_when_wbs_news_name_a_method_in_use() {
    let world = opened_with(&Category::ALL).await;
    world.wb.publish(NewNews {
        header: "Отключение методов".into(),
        content: "supplier/orders отключим".into(),
        is_about_api: true,
    });
    world.wb.publish(NewNews {
        header: "Реклама".into(),
        content: "Метод adv/v1/upd изменён".into(),
        is_about_api: true,
    });
    world.tick().await;
    let told = "SELECT count(*) FROM operator_notices WHERE key LIKE 'news:%'";
    assert_eq!(world.count(told).await, 1);
    for _ in 0..3 {
        world.clock.advance(TimeDelta::hours(24));
        world.tick().await;
    }
    assert_eq!(world.count(told).await, 1);
    let asked = world.wb.requests().iter().filter(|request| request.method == Some(Method::News)).count();
    assert!((3..=4).contains(&asked), "once a day: {asked}");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn a_base_token_comes_from_start_to_its_first_notification_at_its_own_pace() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    world.ticks(10).await;
    assert!(world.messages().iter().any(|m| m.content.text.contains("Готово!")), "the first sync ends");
    let srid = bought(&world, &NewOrder::default());
    world.wb.refresh_reports();
    // WB allows the report of orders once in three hours.
    let mut ticks = 0;
    while world.times_told("🛒", &srid) == 0 {
        world.tick().await;
        ticks += 1;
        assert!(ticks <= 61, "told within three hours and a tick");
    }
    assert!(ticks > 40, "and not before WB allows it: {ticks}");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
}

#[tokio::test]
async fn a_fall_of_what_the_seller_keeps_is_told_after_a_reading_that_failed() {
    let world = World::new().await;
    let (nm_id, chrt_id) = world.before_reports(|shop, _| {
        let product = &shop.products()[0];
        let (nm_id, chrt_id) = (product.nm_id, product.sizes[0].chrt_id);
        shop.set_stock(nm_id, Some(chrt_id), 0)?;
        shop.set_own_stock(nm_id, Some(chrt_id), 9)?;
        Ok((nm_id, chrt_id))
    });
    world.wb.refresh_reports();
    world.onboard(TokenType::Personal).await;
    world.ticks(REPORT_TICKS).await;
    // WB's own warehouses are read later than the seller's now.
    world.wb.break_times(Method::SellerStocks, Fault::Status(503), 1);
    while world.wb.requests().iter().rfind(|request| request.method == Some(Method::SellerStocks)).unwrap().status
        != 503
    {
        world.tick().await;
    }
    world.before_reports(|shop, _| shop.set_own_stock(nm_id, Some(chrt_id), 1));
    world.wb.refresh_reports();
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.told("📉").len(), 1);
}

#[tokio::test]
async fn the_reason_of_a_cancellation_that_statistics_told_is_added_to_its_message() {
    let world = opened_with(&Category::ALL).await;
    let srid = bought(&world, &NewOrder::default());
    world.wb.refresh_reports();
    world.ticks(2).await;
    // The feed fails while statistics show the cancellation.
    world.wb.break_times(Method::OrderFeed, Fault::Status(502), 1);
    world.before_reports(|shop, now| shop.cancel_because(&srid, CancelReason::Receipt, now, now));
    world.wb.refresh_reports();
    world.tick().await;
    let cancellation = |world: &World| {
        let messages = world.messages().into_iter();
        let mut found = messages.filter(|one| one.content.text.starts_with("❌") && one.content.text.contains(&srid));
        let told = found.next().unwrap();
        assert!(found.next().is_none(), "it is told once");
        told
    };
    let told = cancellation(&world);
    assert!(told.content.text.starts_with("❌ Отмена / отказ"), "{}", told.content.text);

    world.ticks(2).await;
    let explained = cancellation(&world);
    assert!(explained.content.text.starts_with("❌ Отказ при получении"), "{}", explained.content.text);
    assert_eq!(explained.id, told.id, "the message is edited");
    assert_eq!(world.wb.refused().len(), 0);
}

#[tokio::test]
async fn a_bucket_that_somebody_else_has_emptied_is_left_alone_before_wb_refuses() {
    let world = opened_with(&Category::ALL).await;
    world.tick().await;
    world.clock.advance(TimeDelta::minutes(30));
    // Another service of the seller leaves one of the ten requests.
    let token: secrecy::SecretString = world.token(TokenType::Personal).into();
    for _ in 0..9 {
        world.sync.wb.fetch_orders(&token, world.clock.now()).await.unwrap();
    }
    let orders =
        |world: &World| world.wb.requests().iter().filter(|request| request.method == Some(Method::Orders)).count();
    let before = orders(&world);
    world.tick_now().await;
    world.rest().await;
    assert_eq!(orders(&world), before + 1);
    // Ours would be allowed at once by our own bucket; WB has said that it would not.
    let task = queue::SyncTask { cabinet: domain::CabinetId(1), due_at: world.clock.now() };
    world.sync.run(&task).await.unwrap();
    assert_eq!(orders(&world), before + 1);
    world.clock.advance(TimeDelta::seconds(61));
    world.sync.run(&queue::SyncTask { due_at: world.clock.now(), ..task }).await.unwrap();
    assert_eq!(orders(&world), before + 2);
    assert_eq!(world.wb.refused().len(), 0);
    assert_eq!(world.count("SELECT count(*) FROM wb_limits WHERE refusals > 0").await, 0, "WB has refused nothing");
}

#[tokio::test]
async fn a_reading_of_stocks_that_never_ends_begins_anew_after_its_alarm() {
    let world = opened_with(&Category::ALL).await;
    let endless = format!(
        "UPDATE data_sets SET cursor = '{{\"offset\": {}}}', not_before = NULL WHERE data_set = 'stocks'",
        wb::STOCKS_MAX_ROWS
    );
    sqlx::query(sqlx::AssertSqlSafe(endless)).execute(&world.database.pool).await.unwrap();
    let failed = "SELECT count(*) FROM data_sets WHERE data_set = 'stocks' AND last_error LIKE '%do not end%'";
    world.tick().await;
    assert_eq!(world.count(failed).await, 1);
    assert_eq!(world.count("SELECT (cursor->>'offset')::bigint FROM data_sets WHERE data_set = 'stocks'").await, 0);
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.count(failed).await, 0, "the next reading is an ordinary one");
    assert_eq!(world.wb.refused().len(), 0);
}

#[tokio::test]
async fn a_page_of_questions_that_repeats_raises_an_alarm_and_ends_the_reading() {
    let world = opened_with(&Category::ALL).await;
    world.before_reports(|shop, now| {
        for number in 0..wb::QUESTIONS_PAGE_ROWS {
            let at = Some(now - TimeDelta::minutes(i64::from(number)));
            shop.ask(&NewQuestion { text: "Подойдёт?".into(), at, ..NewQuestion::default() }, now)?;
        }
        Ok(())
    });
    let asked =
        |world: &World| world.wb.requests().iter().filter(|request| request.method == Some(Method::Questions)).count();
    world.wb.break_times(Method::Questions, Fault::FirstPage, u32::MAX);
    let before = asked(&world);
    world.ticks(REPORT_TICKS).await;
    let failed = "SELECT count(*) FROM data_sets WHERE data_set = 'questions' AND last_error LIKE '%repeats itself%'";
    assert_eq!(world.count(failed).await, 1);
    assert!(asked(&world) - before <= 4, "no loop: {}", asked(&world) - before);
    let stored = world.count("SELECT count(*) FROM wb_questions").await;
    assert_eq!(stored, i64::from(wb::QUESTIONS_PAGE_ROWS), "what the page brought is good");
    world.wb.mend();
    world.ticks(REPORT_TICKS).await;
    assert_eq!(world.count(failed).await, 0);
}

#[tokio::test]
async fn questions_get_their_turn_on_a_base_token() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    let asked = |method| world.wb.requests().iter().filter(|request| request.method == Some(method)).count();
    let question = world
        .before_reports(|shop, now| shop.ask(&NewQuestion { text: "Подойдёт?".into(), ..NewQuestion::default() }, now));
    // Twelve hours hold sixty requests.
    world.ticks(240).await;
    let (reviews, questions) = (asked(Method::Feedbacks), asked(Method::Questions));
    assert!(reviews + questions >= 45, "the limit is used: {reviews} and {questions}");
    assert!((reviews / 5..=reviews / 2).contains(&questions), "every fourth or so: {questions} beside {reviews}");
    let sql = "SELECT count(*) FROM wb_questions WHERE id = $1";
    let stored: i64 = sqlx::query_scalar(sql).bind(&question.id).fetch_one(&world.database.pool).await.unwrap();
    assert_eq!(stored, 1);

    // While WB refuses them they take no more turns than that.
    world.wb.switch_off(Method::Questions, false);
    let (reviews, questions) = (asked(Method::Feedbacks), asked(Method::Questions));
    world.ticks(120).await;
    let (reviews, questions) = (asked(Method::Feedbacks) - reviews, asked(Method::Questions) - questions);
    assert!(questions > 0 && questions * 2 <= reviews, "{questions} beside {reviews}");
    assert_eq!(world.wb.refused().len(), 0);
}
