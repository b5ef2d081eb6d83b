//! 📈 Аналитика: the figures of a shop, beside the same counted apart by SQL.

use chrono::TimeDelta;
use testkit::wb::{NewOrder, TokenType};
use world::World;

/// What stands behind a label in the newest message, up to the comparison.
fn value(world: &World, label: &str) -> String {
    let text = world.last_text().replace('\u{a0}', " ");
    let line = text.lines().find_map(|line| line.strip_prefix(label)?.strip_prefix(": ").map(str::to_owned));
    let line = line.unwrap_or_else(|| panic!("no {label} in\n{text}"));
    line.split(" · ").next().unwrap().to_owned()
}

/// A number of the database as the screen writes it.
async fn counted(world: &World, sql: &'static str) -> String {
    let number: rust_decimal::Decimal = sqlx::query_scalar(sql).fetch_one(&world.database.pool).await.unwrap();
    messages::format::number(domain::Language::Ru, number).replace('\u{a0}', " ")
}

#[tokio::test]
async fn the_figures_are_those_that_sql_counts_apart() {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    let cancelled = world.order();
    world.in_shop(|shop, now| shop.order(&NewOrder { price: Some(0), ..NewOrder::default() }, now));
    world.tick().await;
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.ticks(11).await;
    world.say("/stats").await;
    assert_eq!(
        value(&world, "🛒 Заказы"),
        counted(&world, "SELECT count(*)::numeric FROM wb_orders WHERE ordered_at >= '2026-11-22 00:00+03'").await
    );
    assert_eq!(value(&world, "❌ Отмены и отказы"), "1");
    world.press("30 дней").await;
    for (label, sql) in [
        ("🛒 Заказы", "SELECT count(*)::numeric FROM wb_orders WHERE ordered_at >= '2026-10-24 00:00+03'"),
        (
            "💰 Выкупы",
            "SELECT count(*)::numeric FROM wb_sales WHERE type = 'buyout' AND sale_date >= '2026-10-24 00:00+03'",
        ),
        (
            "↩️ Возвраты",
            "SELECT count(*)::numeric FROM wb_sales WHERE type = 'return' AND sale_date >= '2026-10-24 00:00+03'",
        ),
    ] {
        assert_eq!(value(&world, label), counted(&world, sql).await, "{label}");
    }
    for (label, sql) in [
        ("Сумма заказов", "SELECT round(sum(seller_price)) FROM wb_orders WHERE ordered_at >= '2026-10-24 00:00+03'"),
        (
            "Средняя цена заказа",
            "SELECT round(sum(seller_price) / count(seller_price)) FROM wb_orders
              WHERE ordered_at >= '2026-10-24 00:00+03'",
        ),
        (
            "Сумма выкупов",
            "SELECT round(sum(seller_price)) FROM wb_sales WHERE type = 'buyout' AND sale_date >= '2026-10-24 00:00+03'",
        ),
    ] {
        assert_eq!(value(&world, label), format!("{} ₽", counted(&world, sql).await), "{label}");
    }
    let rate = counted(
        &world,
        "SELECT round(100.0 * count(*) FILTER (WHERE state = 2) / count(*) FILTER (WHERE state > 0))
           FROM wb_orders WHERE ordered_at >= '2026-10-24 00:00+03'",
    )
    .await;
    assert!(world.last_text().replace('\u{a0}', " ").contains(&format!("% выкупа за 30 дн.: {rate} %")));
    assert!(world.last_text().contains("Сравнить пока не с чем"), "30 days before the first load are not loaded");
}

#[tokio::test]
async fn a_day_is_compared_with_its_weekday_and_cut_at_the_time_of_the_data() {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    // A week ago and yesterday more was ordered, in the morning and in the evening.
    world
        .run_sql(
            "INSERT INTO wb_orders (cabinet_id, srid, state, ordered_at, nm_id, seller_price, created_at, updated_at)
             SELECT c.id, at::text || n, 0, at, 7, 100, at, at
               FROM cabinets c, generate_series(1, 12) n,
                    (VALUES ('2026-11-15 08:00+03'::timestamptz), ('2026-11-15 23:00+03'), ('2026-11-21 08:00+03'),
                            ('2026-11-21 23:00+03')) t(at)",
        )
        .await;
    world.orders(5);
    world.tick().await;
    world.say("/stats").await;
    let text = world.last_text().replace('\u{a0}', " ");
    let fresh = "SELECT max(covered_until) FROM data_sets WHERE data_set IN ('orders', 'order_feed')";
    let orders = async |days: i32| {
        let sql = format!(
            "SELECT count(*)::numeric FROM wb_orders
              WHERE ordered_at >= '2026-11-22 00:00+03'::timestamptz - make_interval(days => {days})
                AND ordered_at < ({fresh}) - make_interval(days => {days})"
        );
        let count: rust_decimal::Decimal =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.database.pool).await.unwrap();
        i64::try_from(count).unwrap()
    };
    let (today, week_ago, yesterday) = (orders(0).await, orders(7).await, orders(1).await);
    assert!(week_ago >= 12 && yesterday >= 12 && week_ago < 24 && yesterday < 24, "the evening is not in it");
    let change = (100 * (today - week_ago)).unsigned_abs().div_ceil(week_ago.unsigned_abs());
    let sign = if today < week_ago { '▼' } else { '▲' };
    assert!(text.contains(&format!("🛒 Заказы: {today} · было {week_ago}, {sign}")), "{text}");
    let told: u64 = text.split_once(sign).unwrap().1.split_once(" %").unwrap().0.parse().unwrap();
    assert!(change.abs_diff(told) <= 1, "{change} is told as {told}");
    assert!(text.contains(&format!("Вчера к этому часу: заказов {yesterday} на ")), "{text}");
    assert!(text.contains("«Было» — 15.11 до 12:0"), "{text}");
}

#[tokio::test]
async fn all_cabinets_are_added_up() {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    let other = world.other_shop();
    world.clock.advance(TimeDelta::minutes(61));
    world.say(&world.token_of(other, TokenType::Personal)).await;
    world.press("➕ Добавить кабинет").await;
    world.say("/stats").await;
    world.press("30 дней").await;
    let first: i64 = value(&world, "🛒 Заказы").parse().unwrap();
    world.press("Следующий кабинет →").await;
    let second: i64 = value(&world, "🛒 Заказы").parse().unwrap();
    world.press("Все кабинеты").await;
    assert!(world.last_text().contains("\nВсе кабинеты\n"), "{}", world.last_text());
    assert_eq!(value(&world, "🛒 Заказы").parse::<i64>().unwrap(), first + second);
    assert!(first > 0 && second > 0);
    world.press("ⓘ Как считается").await;
    world.press("← К аналитике").await;
    assert!(world.last_text().contains("\nВсе кабинеты\n"), "{}", world.last_text());
}
