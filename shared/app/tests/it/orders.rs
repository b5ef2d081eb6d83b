//! 🛒 Заказы: a seller looks their orders up.

use chrono::TimeDelta;
use testkit::wb::{NewOrder, TokenType};

use world::World;

/// The newest message: its text, and what stands on its buttons.
fn screen(world: &World) -> (String, Vec<String>) {
    let message = world.messages().pop().unwrap();
    (message.content.text.clone(), message.buttons().map(|button| button.text.clone()).collect())
}

/// The rows of the list: each line that begins with a number, and the line below it.
fn listed(world: &World) -> Vec<String> {
    let text = screen(world).0;
    let lines: Vec<&str> = text.lines().collect();
    let is_row = |line: &str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    lines.windows(2).filter(|pair| is_row(pair[0])).map(|pair| pair.join(" / ")).collect()
}

/// What a row says behind its number.
fn unnumbered(rows: &[String]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.split_once(". ")).map(|(_, rest)| rest).collect()
}

/// A cabinet that is loaded, with 100 orders, and the screen.
async fn opened() -> World {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    world.say("/orders").await;
    world
}

fn order(world: &World, new: &NewOrder) -> String {
    world.in_shop(|shop, now| shop.order(new, now)).remove(0).srid
}

#[tokio::test]
async fn pages_stay_as_they_are_while_they_are_turned_and_a_refresh_shows_what_is_new() {
    let world = opened().await;
    let first = listed(&world);
    assert_eq!(first.len(), 8);
    world.press("→").await;
    let second = listed(&world);
    assert!(unnumbered(&second).iter().all(|row| !unnumbered(&first).contains(row)), "the next eight");
    world.press("←").await;
    assert_eq!(listed(&world), first);

    order(&world, &NewOrder { price: Some(4_321), ..NewOrder::default() });
    let list = world.messages().pop().unwrap().id;
    world.tick().await;
    let press = async |label: &str| {
        world.telegram.press(world::CHAT, Some(list), label).unwrap();
        world.rest().await;
        world.messages().into_iter().find(|message| message.id == list).unwrap().content.text
    };
    let turned = press("→").await;
    assert!(second.iter().all(|row| turned.contains(row.split(" / ").next().unwrap())), "{turned}\n{second:#?}");
    assert!(!turned.contains("4 321"));
    let renewed = press("🔄 Обновить").await;
    let newest = renewed.lines().skip_while(|line| !line.starts_with("1. ")).nth(1).unwrap();
    assert!(newest.replace('\u{a0}', " ").contains("4 321 ₽"), "{renewed}");
    assert!(renewed.contains("Всего: 101"));
}

#[tokio::test]
async fn a_card_tells_the_whole_story_and_leads_back_to_its_page() {
    let world = opened().await;
    let kept = order(&world, &NewOrder { own_warehouse: true, ..NewOrder::default() });
    world.tick().await;
    world.say("/orders").await;
    world.press("1").await;
    let (card, buttons) = screen(&world);
    assert!(card.contains("🚚 в пути") && card.contains(&kept) && card.contains("соберите заказ"), "{card}");
    assert_eq!(buttons, ["Открыть на WB", "← К заказам"]);

    world.in_shop(|shop, now| shop.buy_out(&kept, now));
    for _ in 0..11 {
        world.tick().await;
    }
    world.say("/orders").await;
    world.press("→").await;
    world.press("←").await;
    world.press("1").await;
    let (card, _) = screen(&world);
    let story: Vec<&str> =
        card.lines().take(3).map(|line| line.split_once(':').map_or(line, |(what, _)| what)).collect();
    assert_eq!(story, ["🛒 Заказ · 💰 выкуплен", "Заказан", "Выкуплен"], "{card}");
    assert!(card.contains("К перечислению"), "{card}");
    world.press("← К заказам").await;
    assert!(screen(&world).0.starts_with("🛒 Заказы\n"));
}

#[tokio::test]
async fn choices_narrow_the_list_and_are_counted_before_they_are_shown() {
    let world = opened().await;
    order(&world, &NewOrder { own_warehouse: true, ..NewOrder::default() });
    let cancelled = order(&world, &NewOrder { own_warehouse: true, ..NewOrder::default() });
    world.tick().await;
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.tick().await;
    world.say("/orders").await;
    world.press("🔎 Фильтры").await;
    world.press("FBS").await;
    world.press("Отменённые").await;
    world.press("Сегодня").await;
    let (text, buttons) = screen(&world);
    assert!(text.contains("Выбрано: отменённые · FBS · сегодня"), "{text}");
    for chosen in ["✓ FBS", "✓ Отменённые", "✓ Сегодня"] {
        assert!(buttons.iter().any(|button| button == chosen), "{buttons:?}");
    }
    let expected = world
        .count("SELECT count(*) FROM wb_orders WHERE state = 1 AND supply = 'fbs' AND moscow_day(ordered_at) = '2026-11-22'")
        .await;
    world.press(&format!("Показать: {expected}")).await;
    let rows = listed(&world);
    assert_eq!(rows.len(), usize::try_from(expected.min(8)).unwrap());
    assert!(rows.iter().all(|row| row.contains("❌ отменён") && row.ends_with("FBS")), "{rows:#?}");
    world.press("Показать все заказы").await;
    assert!(screen(&world).0.contains("Всего: 102"));
}

#[tokio::test]
async fn any_text_is_looked_for_and_the_search_outlives_a_choice() {
    let world = opened().await;
    let srid = order(&world, &NewOrder::default());
    world.tick().await;
    let (nm_id, article, barcode) = sqlx::query_as::<_, (i64, String, String)>(
        "SELECT nm_id, supplier_article, barcode FROM wb_orders WHERE srid = $1",
    )
    .bind(&srid)
    .fetch_one(&world.database.pool)
    .await
    .unwrap();
    let count = async |column: &'static str, value: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM wb_orders WHERE {column}::text = $1");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(value).fetch_one(&world.database.pool).await.unwrap()
    };
    for (words, column) in [
        (srid.as_str(), "srid"),
        (&nm_id.to_string(), "nm_id"),
        (&format!("  {} \n", article.to_lowercase()), "lower(supplier_article)"),
        (&barcode, "barcode"),
    ] {
        // As fast as Telegram takes messages.
        world.clock.advance(TimeDelta::seconds(2));
        world.say(words).await;
        let found = count(column, words.trim()).await;
        let (text, _) = screen(&world);
        assert!(text.contains(&format!("Поиск: «{}»", words.trim())), "{words:?}: {text}");
        assert!(found > 0 && text.contains(&format!("Найдено: {found}\n")), "{found} of {column}: {text}");
    }
    world.clock.advance(TimeDelta::seconds(2));
    world.say("нет такого").await;
    let (text, buttons) = screen(&world);
    assert!(text.contains("Таких заказов нет."), "{text}");
    assert!(buttons.contains(&"Показать все заказы".to_owned()));

    world.clock.advance(TimeDelta::seconds(2));
    world.say(&srid).await;
    world.press("🔎 Фильтры").await;
    world.press("Сегодня").await;
    world.press("Показать: 1").await;
    assert!(screen(&world).0.contains(&format!("Поиск: «{srid}»")));
}

#[tokio::test]
async fn a_text_is_looked_for_in_the_cabinet_at_which_the_person_looks() {
    let world = opened().await;
    let other = world.other_shop();
    world.clock.advance(TimeDelta::minutes(61));
    world.say(&world.token_of(other, TokenType::Personal)).await;
    world.press("➕ Добавить кабинет").await;
    let srid: String = sqlx::query_scalar(
        "SELECT srid FROM wb_orders WHERE cabinet_id = (SELECT max(id) FROM cabinets) ORDER BY srid LIMIT 1",
    )
    .fetch_one(&world.database.pool)
    .await
    .unwrap();
    world.say("/orders").await;
    world.say(&srid).await;
    assert!(world.last_text().contains("Таких заказов нет."), "{}", world.last_text());
    world.press("Следующий кабинет →").await;
    assert!(world.last_text().contains("Найдено: 1\n"), "the search goes along: {}", world.last_text());
    world.say(&srid).await;
    assert!(world.last_text().contains("Найдено: 1\n"), "{}", world.last_text());
}
