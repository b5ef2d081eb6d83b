//! Stocks for every token: the seller's own warehouses, and the report that is made by a task.

use super::*;

const SELLER_STOCKS: &str = "/seller-analytics/api/analytics/v1/stocks-report/seller-warehouses";
const REMAINS: &str = "/seller-analytics/api/v1/warehouse_remains";
const BY_SIZE: &str = "groupByNm=true&groupByBarcode=true&groupBySize=true";

impl Stage {
    async fn make_report(&self, query: &str) -> String {
        self.wb.refill();
        let reply = self.get(&format!("{REMAINS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["data"]["taskId"].as_str().unwrap().to_owned()
    }

    async fn status_of(&self, task: &str) -> String {
        self.wb.refill();
        let reply = self.get(&format!("{REMAINS}/tasks/{task}/status")).await;
        assert_eq!(reply.json()["data"]["id"], task, "{}", reply.body);
        reply.json()["data"]["status"].as_str().unwrap().to_owned()
    }

    async fn download(&self, task: &str) -> Reply {
        self.wb.refill();
        self.get(&format!("{REMAINS}/tasks/{task}/download")).await
    }
}

#[tokio::test]
async fn the_sellers_own_warehouse_has_a_report_of_its_own_that_lags_too() {
    let stage = stage().await;
    assert_eq!(stage.post(SELLER_STOCKS, json!({})).await.status, 204);
    let size = stage
        .wb
        .shop(stage.seller, |shop, _| {
            let product = shop.products()[1].clone();
            shop.set_own_stock(product.nm_id, None, 7)?;
            Ok(product.sizes[0].chrt_id)
        })
        .unwrap();
    stage.wb.refill();
    assert_eq!(stage.post(SELLER_STOCKS, json!({})).await.status, 204);
    stage.clock.advance(TimeDelta::minutes(20));
    let items = stage.post(SELLER_STOCKS, json!({})).await.json()["data"]["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    let expected = json!({"nmId": items[0]["nmId"], "chrtId": size, "warehouseId": 1_234_567,
        "warehouseName": "Мой склад Подольск", "regionName": "Центральный", "quantity": 7});
    assert_eq!(items[0], expected);
    stage.wb.refill();
    assert_eq!(stage.post(SELLER_STOCKS, json!({"limit": 250_001})).await.status, 400);
}

#[tokio::test]
async fn a_report_is_new_then_in_work_then_done_and_one_day_gone() {
    let stage = stage().await;
    let task = stage.make_report(BY_SIZE).await;
    assert_eq!(stage.status_of(&task).await, "new");
    assert_eq!(stage.download(&task).await.status, 404, "it is not ready");
    assert_eq!(stage.status_of(&task).await, "processing");
    assert_eq!(stage.status_of(&task).await, "done");
    let report = stage.download(&task).await;
    assert_eq!(report.status, 200);

    let seldom = stage.make_report(BY_SIZE).await;
    stage.clock.advance(TimeDelta::minutes(5));
    assert_eq!(stage.status_of(&seldom).await, "done", "who asks seldom finds it done");
    stage.clock.advance(TimeDelta::hours(2));
    assert_eq!(stage.status_of(&seldom).await, "purged");
    for reply in [stage.download(&seldom).await, stage.get(&format!("{REMAINS}/tasks/{}/status", Uuid::nil())).await] {
        assert_eq!((reply.status, reply.header("content-type")), (404, "application/problem+json"));
        assert_eq!(reply.json()["detail"], "not found");
    }
    stage.wb.refill();
    let bad = stage.get(&format!("{REMAINS}/tasks/x/status")).await;
    assert_eq!((bad.status, &bad.json()["title"]), (400, &json!("Bad Request")));
    stage.wb.refill();
    assert_eq!(stage.get(&format!("{REMAINS}?groupByNm=yes")).await.status, 400);
}

#[tokio::test]
async fn a_report_mixes_warehouses_with_what_is_none_and_leaves_zeros_out() {
    let stage = stage().await;
    let product = stage.wb.shop(stage.seller, |shop, _| Ok(shop.products()[1].clone())).unwrap();
    let size = &product.sizes[0];
    stage
        .wb
        .shop(stage.seller, |shop, _| {
            let stock = Stock { quantity: 134, in_way_to_client: 14, in_way_from_client: 4 };
            shop.set_stock_at(size.chrt_id, Warehouse::Russia, stock)?;
            let abroad = Stock { quantity: 123, ..Stock::default() };
            shop.set_stock_at(size.chrt_id, Warehouse::Astana, abroad)?;
            shop.refresh_reports();
            Ok(())
        })
        .unwrap();
    let report = async |query: &str| {
        let task = stage.make_report(query).await;
        stage.clock.advance(TimeDelta::minutes(5));
        stage.download(&task).await.json().as_array().unwrap().clone()
    };
    let rows = report(BY_SIZE).await;
    let row = rows.iter().find(|row| row["barcode"] == size.barcodes[0]).unwrap();
    let held = |name: &str, quantity: i64| json!({"warehouseName": name, "quantity": quantity});
    let expected = json!({
        "nmId": product.nm_id, "barcode": size.barcodes[0], "techSize": "0", "volume": 1.33,
        "warehouses": [
            held("В пути до получателей", 14),
            held("В пути возвраты на склад WB", 4),
            held("Всего находится на складах", 257),
            held("Склад WB РФ", 134),
            held("Астана", 123),
        ]
    });
    assert_eq!(*row, expected);
    let pieces = |row: &Value| row["warehouses"].as_array().unwrap().iter().all(|held| held["quantity"] != 0);
    assert!(rows.iter().all(pieces), "zeros are left out");
    stage.wb.set_masking(false);
    let unmasked = report(BY_SIZE).await;
    assert!(unmasked.iter().any(|row| row["warehouses"].as_array().unwrap().contains(&held("Коледино", 134))));
    let in_sum = report("groupByNm=true").await;
    assert!(in_sum.len() < rows.len() && in_sum.iter().all(|row| row.get("barcode").is_none()));
}

#[tokio::test]
async fn each_type_of_token_has_the_stocks_that_wb_gives_it() {
    let stage = stage().await;
    stage.wb.set_client_secret("X-Client-Secret", "s3cret");
    let base = stage.token_of(TokenType::Base, &Category::ALL);
    let service = stage.token_of(TokenType::Service, &Category::ALL);
    for (token, secret, expected) in [
        (&stage.token, None, [200, 204]),
        (&service, None, [200, 204]),
        (&base, None, [403, 403]),
        (&base, Some("wrong"), [403, 403]),
        (&base, Some("s3cret"), [200, 403]),
    ] {
        stage.wb.refill();
        for (path, expected) in [STOCKS, SELLER_STOCKS].into_iter().zip(expected) {
            let request = stage.http.post(format!("{}{path}", stage.wb.url())).header(AUTHORIZATION, token);
            let request = secret.iter().fold(request, |request, secret| request.header("X-Client-Secret", *secret));
            let reply = read(request.json(&json!({})).send().await.unwrap()).await;
            assert_eq!(reply.status, expected, "{path} {secret:?}: {}", reply.body);
        }
    }
    stage.wb.refill();
    assert_eq!(stage.get_as(&base, &format!("{REMAINS}?{BY_SIZE}")).await.status, 200, "this one is for all");
    let reply = stage.get_as(&base, &format!("{REMAINS}?{BY_SIZE}")).await;
    assert_eq!((reply.status, reply.header("x-ratelimit-retry")), (429, "900"));
}
