//! Methods that WB switches off, every shape of an error, and what is kept of the wire.

use super::*;

#[tokio::test]
async fn a_method_that_is_switched_off_answers_so_until_it_is_switched_on_again() {
    let stage = stage().await;
    stage.wb.switch_off(Method::Orders, false);
    let reply = stage.get(ALL_ORDERS).await;
    assert_eq!(reply.status, 404);
    assert!(reply.json()["detail"].as_str().unwrap().starts_with("This method is temporarily disabled. Link: "));
    stage.wb.switch_off(Method::Orders, true);
    assert_eq!(stage.get(ALL_ORDERS).await.status, 410);
    assert_eq!(stage.get(ALL_SALES).await.status, 200);

    let kept = serde_json::to_string(&stage.wb.snapshot()).unwrap();
    stage.wb.switch_on(Method::Orders);
    assert_eq!(stage.get(ALL_ORDERS).await.status, 200);
    stage.wb.restore(serde_json::from_str(&kept).unwrap());
    assert_eq!(stage.get(ALL_ORDERS).await.status, 410, "a restart switches nothing on");
    for (to, status) in [("on", 200), ("off", 404), ("gone", 410)] {
        stage.command("/methods", json!({"method": "orders", "to": to})).await;
        assert_eq!(stage.get(ALL_ORDERS).await.status, status, "{to}");
    }
}

#[tokio::test]
async fn a_fault_may_have_any_shape_that_wb_gives_an_error() {
    let stage = stage().await;
    let cards = |fault: Fault| {
        stage.wb.break_next(Method::Cards, fault);
        stage.post(CARDS, json!({}))
    };
    let denied = cards(Fault::AccessDenied).await;
    let expected =
        json!({"data": null, "error": true, "errorText": "Access denied", "additionalErrors": "Access denied"});
    assert_eq!((denied.status, denied.json()), (403, expected));
    let unpaid = cards(Fault::PaymentRequired).await;
    assert_eq!((unpaid.status, &unpaid.json()["title"]), (402, &json!("payment required")));
    assert_eq!(cards(Fault::Gone).await.status, 410);
    let error = cards(Fault::SaysError).await;
    assert_eq!((error.status, &error.json()["error"]), (200, &json!(true)));
    stage.wb.break_next(Method::Orders, Fault::AccessDenied);
    let denied = stage.get(ALL_ORDERS).await;
    assert_eq!((denied.status, &denied.json()["title"]), (403, &json!("Authorization error")));
}

#[tokio::test]
async fn the_terminal_plays_what_only_the_feed_and_the_portal_know() {
    let stage = stage().await;
    let nm_id = stage.wb.shop(stage.seller, |shop, _| Ok(shop.products()[1].nm_id)).unwrap();
    let (status, answer) = stage.command("/orders", json!({"nm_id": nm_id, "hidden": true, "b2b": true})).await;
    assert_eq!(status, 200, "{answer}");
    let srid = answer["orders"][0]["srid"].as_str().unwrap().to_owned();
    assert_eq!(stage.command(&format!("/orders/{srid}/reveal"), json!({})).await.0, 200);
    assert_eq!(stage.command(&format!("/orders/{srid}/cancel"), json!({"reason": "expire"})).await.0, 200);
    let order = stage.wb.shop(stage.seller, |shop, _| shop.find_order(&srid)).unwrap();
    assert_eq!((order.b2b, order.hidden, order.cancel_reason), (true, false, CancelReason::Expire));
    let other = stage.command("/orders", json!({"nm_id": nm_id})).await.1["orders"][0]["srid"].clone();
    let other = other.as_str().unwrap();
    assert_eq!(stage.command(&format!("/orders/{other}/buyout"), json!({})).await.0, 200);
    assert_eq!(stage.command(&format!("/orders/{other}/return"), json!({"defective": true})).await.0, 200);
    let is_defective = stage.wb.shop(stage.seller, |shop, _| Ok(shop.sale(other, SaleKind::Return).unwrap().defective));
    assert!(is_defective.unwrap());
    assert_eq!(stage.command("/stocks", json!({"nm_id": nm_id, "quantity": 3, "own_warehouse": true})).await.0, 200);
    let own = stage.wb.shop(stage.seller, |shop, _| Ok(shop.own_stock(shop.products()[1].sizes[0].chrt_id)));
    assert_eq!(own.unwrap(), Some(3));
    assert_eq!(stage.command("/questions", json!({"nm_id": nm_id, "text": "Какой размер?"})).await.0, 200);
    assert_eq!(stage.command("/questions", json!({"text": " "})).await.0, 400);
    assert_eq!(stage.command("/news", json!({"header": "x", "is_about_api": true})).await.0, 200);
    assert_eq!(stage.command("/masking", json!({"masked": false})).await.0, 200);
    stage.wb.refresh_reports();
    let names: Vec<_> =
        stage.orders("dateFrom=2026-01-01").await.iter().map(|row| row["warehouseName"].clone()).collect();
    assert!(names.contains(&json!("Коледино")) && !names.contains(&json!("Склад WB РФ")), "{names:?}");
}

#[tokio::test]
async fn what_goes_over_the_wire_is_kept_word_for_word_when_it_is_asked_for() {
    let stage = stage().await;
    stage.get(ALL_ORDERS).await;
    stage.wb.keep_exchanges();
    stage.post(CARDS, json!({"settings": {}})).await;
    stage.get("/nowhere").await;
    let kept = stage.wb.take_exchanges();
    assert_eq!(kept.len(), 1, "an address of nobody belongs to no method");
    let exchange = &kept[0];
    assert_eq!((exchange.verb.as_str(), exchange.path.as_str()), ("POST", "/content/v2/get/cards/list"));
    assert_eq!(exchange.request_body, br#"{"settings":{}}"#);
    assert_eq!((exchange.status, exchange.answer_type), (200, "application/json"));
    assert!(serde_json::from_slice::<Value>(&exchange.answer_body).is_ok());
    assert!(stage.wb.take_exchanges().is_empty());
}
