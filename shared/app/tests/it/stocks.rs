//! 📦 Склад: a seller looks up what is left.

use testkit::wb::TokenType;
use world::World;

/// A cabinet that is loaded; of the first product one size runs out, and of the second nothing is left.
async fn opened() -> (World, [i64; 2]) {
    let world = World::new().await;
    let [short, gone] = world.in_shop(|shop, _| {
        let products: Vec<_> = shop.products().iter().take(2).cloned().collect();
        for size in &products[0].sizes {
            shop.set_stock(products[0].nm_id, Some(size.chrt_id), 7)?;
        }
        shop.set_stock(products[0].nm_id, Some(products[0].sizes[0].chrt_id), 1)?;
        for size in &products[1].sizes {
            shop.set_stock(products[1].nm_id, Some(size.chrt_id), 0)?;
        }
        Ok([products[0].nm_id, products[1].nm_id])
    });
    world.onboard(TokenType::Personal).await;
    world.say("/stocks").await;
    (world, [short, gone])
}

#[tokio::test]
async fn what_runs_out_comes_first_and_what_is_sold_out_last() {
    let (world, [short, gone]) = opened().await;
    let first = world.last_text();
    assert!(first.starts_with("📦 Склад\n") && first.contains("⚠️ "), "{first}");
    world.press("Закончились").await;
    let sold_out = world.last_text();
    assert!(sold_out.contains(" 0\u{a0}шт.") && !sold_out.contains("⚠️"), "{sold_out}");
    world.press("Заканчиваются").await;
    world.say(&short.to_string()).await;
    assert!(world.last_text().contains(&format!("Поиск: «{short}»")), "{}", world.last_text());
    world.press("1").await;
    let card = world.last_text();
    assert!(card.starts_with("📦 Остатки товара\n") && card.contains(&short.to_string()), "{card}");
    assert!(card.contains(": 1\u{a0}шт.") && card.contains(": 7\u{a0}шт."), "{card}");
    world.press("← К складу").await;
    world.press("Закончились").await;
    assert!(world.last_text().contains("Таких товаров нет."), "{}", world.last_text());
    world.press("Показать все товары").await;
    world.say(&gone.to_string()).await;
    world.press("1").await;
    assert!(world.last_text().contains("На складах WB: 0\u{a0}шт."), "{}", world.last_text());
}

#[tokio::test]
async fn the_pages_hold_every_product_once() {
    let (world, _) = opened().await;
    let mut named = Vec::new();
    for page in 1..=3 {
        let cards = world.newest().buttons().filter(|button| button.text.parse::<u8>().is_ok()).count();
        for card in 1..=cards {
            world.press(&card.to_string()).await;
            let text = world.last_text();
            let (_, article) = text.split_once("Артикул WB: ").unwrap();
            named.push(article.lines().next().unwrap().to_owned());
            world.press("← К складу").await;
        }
        if page < 3 {
            world.press("→").await;
        }
    }
    let (count, in_stock) = (named.len(), world.count("SELECT count(DISTINCT nm_id) FROM wb_stocks").await);
    named.sort();
    named.dedup();
    assert_eq!((named.len(), i64::try_from(count).unwrap()), (count, in_stock));
}

#[tokio::test]
async fn a_product_leads_to_its_orders() {
    let (world, _) = opened().await;
    let nm_id: i64 = sqlx::query_scalar("SELECT nm_id FROM wb_orders GROUP BY 1 ORDER BY count(*) DESC, nm_id LIMIT 1")
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    world.say(&nm_id.to_string()).await;
    world.press("1").await;
    world.press("🛒 Заказы товара").await;
    let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM wb_orders WHERE nm_id = $1")
        .bind(nm_id)
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    let text = world.last_text();
    assert!(text.starts_with("🛒 Заказы\n") && text.contains(&format!("Найдено: {orders}\n")), "{text}");
}
