//! A picture comes by Telegram's own id, by its address, by its bytes, or not at all.

use serde_json::Value;
use testkit::{
    telegram::{Fault, Picture},
    wb::{NewOrder, TokenType},
};
use world::World;

/// A shop whose pictures are at the fake itself, and a product of it.
async fn with_pictures_of_its_own() -> (World, i64, String) {
    let world = World::new().await;
    world.wb.set_picture_base(Some(world.wb.url().to_owned()));
    world.onboard(TokenType::Personal).await;
    let nm_id = world.in_shop(|shop, _| Ok(shop.products()[0].nm_id));
    let url = format!("{}/images/{nm_id}/1.webp", world.wb.url());
    (world, nm_id, url)
}

/// Somebody orders the product, and the order is told. Returns what was sent as its picture.
async fn sell_and_tell(world: &World, nm_id: i64) -> Vec<Value> {
    let asked = world.telegram.calls().len();
    world.in_shop(|shop, now| shop.order(&NewOrder { nm_id: Some(nm_id), ..NewOrder::default() }, now));
    world.tick().await;
    let calls = world.telegram.calls().split_off(asked);
    calls.into_iter().filter_map(|call| call.parameters.get("photo").cloned()).collect()
}

async fn cached(world: &World) -> Option<String> {
    let sql = "SELECT file_id FROM telegram_pictures";
    sqlx::query_scalar(sql).fetch_optional(&world.database.pool).await.unwrap()
}

#[tokio::test]
async fn a_picture_that_telegram_has_is_sent_by_its_id() {
    let (world, nm_id, url) = with_pictures_of_its_own().await;
    assert_eq!(sell_and_tell(&world, nm_id).await, [url.as_str()]);
    let file_id = cached(&world).await.unwrap();
    assert_eq!(sell_and_tell(&world, nm_id).await, [file_id.as_str()]);

    world.clock.advance(chrono::TimeDelta::days(7));
    assert_eq!(sell_and_tell(&world, nm_id).await, [url.as_str()], "the seller may have changed the picture");
    assert_ne!(cached(&world).await.unwrap(), file_id);
    assert_eq!(world.told_orders().len(), 3);
}

#[tokio::test]
async fn an_id_that_telegram_no_longer_knows_gives_way_to_the_address() {
    let (world, nm_id, url) = with_pictures_of_its_own().await;
    sell_and_tell(&world, nm_id).await;
    sqlx::query("UPDATE telegram_pictures SET file_id = 'of-another-bot'").execute(&world.database.pool).await.unwrap();
    assert_eq!(sell_and_tell(&world, nm_id).await, ["of-another-bot", url.as_str()]);
    assert_ne!(cached(&world).await.unwrap(), "of-another-bot");
    assert!(world.told_orders().iter().all(|message| message.photo.is_some()));
}

/// Case `picture-id-refused`: whatever the words, the id is forgotten and the order told in a lesser form.
#[tokio::test]
async fn a_remembered_picture_is_forgotten_whatever_telegram_says_of_it() {
    let (world, nm_id, url) = with_pictures_of_its_own().await;
    sell_and_tell(&world, nm_id).await;
    for words in [
        "invalid remote file identifier",
        "wrong remote file id specified: can't unserialize it",
        "FILE_REFERENCE_EXPIRED",
        "MEDIA_INVALID",
        "type of file mismatch",
        "URL host is empty",
        "PHOTO_ID_INVALID",
        "file must be non-empty",
    ] {
        let id = cached(&world).await.unwrap();
        let told = world.told_orders().len();
        world.telegram.break_next("sendPhoto", Fault::Refused { text: words.to_owned() }, 1).unwrap();
        assert_eq!(sell_and_tell(&world, nm_id).await, [id.as_str(), url.as_str()], "{words}");
        assert_ne!(cached(&world).await.unwrap(), id, "{words}");
        assert_eq!(world.told_orders().len(), told + 1, "{words}");
    }
    // Neither the id nor the address nor the bytes.
    world.telegram.break_next("sendPhoto", Fault::Refused { text: "MEDIA_INVALID".to_owned() }, 3).unwrap();
    sell_and_tell(&world, nm_id).await;
    assert_eq!(cached(&world).await, None);
    assert!(world.told_orders().last().unwrap().photo.is_none());
}

/// Case `long-caption`, and its siblings: what Telegram refuses as it is comes in plain words, then without buttons.
#[tokio::test]
async fn what_is_refused_for_its_length_or_its_markup_is_told_in_a_lesser_form() {
    let (world, nm_id, _) = with_pictures_of_its_own().await;
    for (text, texts_refused) in
        [("message caption is too long", 0), ("can't parse entities: nobody knows", 1), ("BUTTON_DATA_INVALID", 2)]
    {
        let told = world.told_orders().len();
        let refused = Fault::Refused { text: text.to_owned() };
        world.telegram.break_next("sendPhoto", refused.clone(), 3).unwrap();
        if texts_refused > 0 {
            world.telegram.break_next("sendMessage", refused, texts_refused).unwrap();
        }
        sell_and_tell(&world, nm_id).await;
        world.telegram.mend();
        let orders = world.told_orders();
        assert_eq!(orders.len(), told + 1, "{text}");
        let message = orders.last().unwrap();
        assert!(message.content.text.contains("ID заказа: "), "{text}: {}", message.content.text);
        assert_eq!(message.content.keyboard.is_some(), texts_refused < 2, "{text}");
    }
    assert_eq!(world.count("SELECT count(*) FROM notification_history WHERE status = 'failed'").await, 0);
}

#[tokio::test]
async fn a_picture_that_telegram_cannot_fetch_is_uploaded_and_then_known() {
    let (world, nm_id, url) = with_pictures_of_its_own().await;
    world.telegram.set_picture(&url, Picture::WrongType);
    assert_eq!(sell_and_tell(&world, nm_id).await.len(), 2, "by its address, then by its bytes");
    let told = world.told_orders().remove(0);
    // WB keeps WebP; the same picture is there as JPEG, which Telegram takes.
    assert!(told.photo.unwrap().source.starts_with("upload: picture.jpg"));
    assert!(told.content.text.contains("ID заказа: "));
    assert!(told.content.keyboard.is_some());
    let file_id = cached(&world).await.unwrap();
    assert_eq!(sell_and_tell(&world, nm_id).await, [file_id.as_str()]);
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_costs_no_message_and_a_busy_telegram_no_picture() {
    let (world, nm_id, url) = with_pictures_of_its_own().await;
    world.telegram.set_picture(&url, Picture::NotFound);
    let gone = url.replace("/images/", "/gone/");
    for sql in [
        "UPDATE wb_products SET image_url = replace(image_url, '/images/', '/gone/')",
        "UPDATE data_sets SET not_before = '2027-01-01' WHERE data_set = 'products'",
    ] {
        sqlx::query(sql).execute(&world.database.pool).await.unwrap();
    }
    world.telegram.set_picture(&gone, Picture::NotFound);
    assert_eq!(sell_and_tell(&world, nm_id).await, [gone.as_str()]);
    assert!(world.told_orders()[0].photo.is_none());
    assert_eq!(cached(&world).await, None);

    // Another address of the same picture, which Telegram can fetch.
    world.telegram.set_picture(&format!("{gone}?1"), Picture::Ok);
    sqlx::query("UPDATE wb_products SET image_url = image_url || '?1'").execute(&world.database.pool).await.unwrap();
    world.telegram.break_next("sendPhoto", Fault::TooManyRequests { seconds: 5 }, 1).unwrap();
    sell_and_tell(&world, nm_id).await;
    world.tick().await;
    let told = world.told_orders();
    assert_eq!(told.len(), 2);
    assert!(told[1].photo.is_some(), "waiting is no reason to go without the picture");
}
