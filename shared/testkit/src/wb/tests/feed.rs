//! The order feed.

use super::*;

const FEED: &str = "/seller-analytics/api/analytics/v1/order-feed";

fn since(start: DateTime<Utc>) -> Value {
    json!({"selectedPeriod": {"start": start.to_rfc3339()}, "pagination": {"offset": 0, "limit": 10_000}})
}

impl Stage {
    async fn feed(&self, body: Value) -> Value {
        self.wb.refill();
        let reply = self.post(FEED, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["data"].clone()
    }
}

fn rows(data: &Value) -> &Vec<Value> {
    data["orders"].as_array().unwrap()
}

#[tokio::test]
async fn the_feed_is_current_while_the_report_lags_and_knows_what_the_report_never_says() {
    let stage = stage().await;
    let before = rows(&stage.feed(since(start() - TimeDelta::days(30))).await).len();
    let srids = stage
        .wb
        .shop(stage.seller, |shop, now| {
            let nm_id = Some(shop.products()[1].nm_id);
            let mut order = |new: NewOrder| Ok::<_, anyhow::Error>(shop.order(&new, now)?.remove(0).srid);
            let of = || NewOrder { nm_id, price: Some(1547), ..NewOrder::default() };
            let (open, deferred) = (order(of())?, order(NewOrder { hidden: true, b2b: true, ..of() })?);
            let (refused, back) = (order(NewOrder { own_warehouse: true, ..of() })?, order(of())?);
            let now = now - TimeDelta::seconds(1);
            shop.cancel_because(&refused, CancelReason::Receipt, now, now)?;
            shop.buy_out(&back, now)?;
            let new = NewSale { defective: true, ..NewSale::default() };
            shop.record_sale(SaleKind::Return, &back, &new, now)?;
            Ok([open, deferred, refused, back])
        })
        .unwrap();
    let data = stage.feed(since(start() - TimeDelta::days(30))).await;
    assert_eq!((&data["snapshotTime"], &data["currency"]), (&json!("2026-11-22T09:10:00Z"), &json!("RUB")));
    assert_eq!(rows(&data).len(), before + 4);
    let row = |srid: &String| rows(&data).iter().find(|row| row["srid"] == **srid).unwrap().clone();
    let of = |srid: &String| {
        let row = row(srid);
        ["status", "cancelType", "isB2b", "isMp", "warehouseName"].map(|field| row[field].clone())
    };
    let masked = json!("Склад WB");
    assert_eq!(of(&srids[0]), [json!("created"), Value::Null, json!(false), json!(false), masked.clone()]);
    assert_eq!(of(&srids[1]), [json!("created"), Value::Null, json!(true), json!(false), masked.clone()]);
    let own = json!("Мой склад Подольск");
    assert_eq!(of(&srids[2]), [json!("cancel"), json!("receipt"), json!(false), json!(true), own]);
    assert_eq!(of(&srids[3]), [json!("returnDefective"), Value::Null, json!(false), json!(false), masked]);
    assert_eq!(row(&srids[0])["createdAt"], "2026-11-22T12:10:00+03:00");
    assert_eq!(row(&srids[2])["updatedAt"], "2026-11-22T12:09:59+03:00");
    let updated: Vec<_> = rows(&data).iter().map(|row| row["updatedAt"].as_str().unwrap().to_owned()).collect();
    assert!(updated.is_sorted_by(|a, b| a >= b), "the newest status comes first");
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:00:00").await.len(), 0, "the report lags");
    stage.wb.refresh_reports();
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:00:00").await.len(), 3, "a deferred payment is not in the report");

    stage.wb.set_masking(false);
    let unmasked = stage.feed(since(start() - TimeDelta::days(30))).await;
    assert!(
        rows(&unmasked).iter().any(|row| row["warehouseName"] == "Коледино" && row["warehouseRegion"] == "Центральный")
    );
}

#[tokio::test]
async fn the_period_is_one_of_the_present_status_and_filters_are_all_met() {
    let stage = stage().await;
    let srid = stage.with_order(|shop, srid, now| {
        shop.cancel_at(srid, now + TimeDelta::hours(2), now + TimeDelta::hours(2))?;
        Ok(srid.to_owned())
    });
    stage.clock.advance(TimeDelta::hours(3));
    let late = stage.feed(since(start() + TimeDelta::hours(1))).await;
    assert_eq!(rows(&late).iter().map(|row| row["srid"].as_str().unwrap()).collect::<Vec<_>>(), [srid.as_str()]);
    let mut early = since(start() - TimeDelta::hours(1));
    early["selectedPeriod"]["end"] = json!((start() + TimeDelta::hours(1)).to_rfc3339());
    assert!(
        rows(&stage.feed(early).await).iter().all(|row| row["srid"] != srid),
        "it was made then, and changed later"
    );

    let all = stage.feed(since(start() - TimeDelta::days(30))).await;
    let product = stage.wb.shop(stage.seller, |shop, _| Ok(shop.products()[1].clone())).unwrap();
    let is_of = |row: &&Value| row["nmId"] == product.nm_id;
    let expected = rows(&all).iter().filter(is_of).count();
    for (filter, value, count) in [
        ("nmIds", json!([product.nm_id]), expected),
        ("nmIds", json!([1]), 0),
        ("subjectIds", json!([1]), 0),
        ("brandNames", json!(["Nobody"]), 0),
        ("tagIds", json!([1]), 0),
    ] {
        let mut body = since(start() - TimeDelta::days(30));
        body[filter] = value;
        assert_eq!(rows(&stage.feed(body).await).len(), count, "{filter}");
    }
}

#[tokio::test]
async fn the_pages_of_a_reading_show_one_moment_and_hold_every_order_once() {
    let stage = stage().await;
    let mut body = since(start() - TimeDelta::days(30));
    body["pagination"] = json!({"limit": 25});
    let first = stage.feed(body.clone()).await;
    let (mut seen, snapshot) = (rows(&first).clone(), first["snapshotTime"].clone());
    stage.clock.advance(TimeDelta::minutes(1));
    stage.with_order(Shop::buy_out);
    for offset in [25, 50, 75] {
        body["pagination"] = json!({"limit": 25, "offset": offset, "snapshotTime": snapshot});
        let page = stage.feed(body.clone()).await;
        assert_eq!(page["snapshotTime"], snapshot);
        seen.extend(rows(&page).clone());
    }
    assert_eq!(seen.len(), 60);
    assert_eq!(seen.iter().map(|row| row["srid"].to_string()).collect::<BTreeSet<_>>().len(), 60);
    body["pagination"] = json!({});
    let newer = stage.feed(body).await;
    assert_eq!((rows(&newer).len(), rows(&newer)[0]["status"].as_str()), (50, Some("buyout")));
    assert_ne!(newer["snapshotTime"], snapshot);
}

#[tokio::test]
async fn what_wb_does_not_allow_is_refused_in_the_shape_of_analytics() {
    let stage = stage().await;
    let old = (start() - TimeDelta::days(31) - TimeDelta::seconds(1)).to_rfc3339();
    let first = {
        let mut body = since(start() - TimeDelta::days(1));
        body["pagination"] = json!({"limit": 1});
        stage.feed(body).await
    };
    let snapshot = &first["snapshotTime"];
    let period = |start: &str| json!({"start": start});
    let ok = period(&start().to_rfc3339());
    let page = |pagination: Value| json!({"selectedPeriod": ok, "pagination": pagination});
    for (body, words) in [
        (json!({}), "selectedPeriod"),
        (json!({"selectedPeriod": ok, "x": 1}), "unknown field"),
        (json!({"selectedPeriod": period("2026-11-22")}), "no date-time"),
        (json!({"selectedPeriod": period(&old)}), "last 31 days"),
        (json!({"selectedPeriod": {"start": ok["start"], "end": "2026-11-22T00:00:00Z"}}), "not be later"),
        (json!({"selectedPeriod": ok, "nmIds": vec![1; 1_001]}), "nmIds"),
        (json!({"selectedPeriod": ok, "brandNames": vec!["x"; 51]}), "brandNames"),
        (page(json!({"limit": 10_001})), "limit"),
        (page(json!({"limit": 0})), "limit"),
        (page(json!({"offset": 10})), "snapshotTime (required"),
        (page(json!({"snapshotTime": snapshot})), "snapshotTime (not for"),
        // Another period than that of the first page.
        (page(json!({"offset": 1, "snapshotTime": snapshot})), "snapshotTime (unknown"),
        (page(json!({"offset": 1, "snapshotTime": "2026-11-22T09:09:59Z"})), "snapshotTime (unknown"),
    ] {
        stage.wb.refill();
        let reply = stage.post(FEED, body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["title"], "Invalid request body");
        assert!(reply.json()["detail"].as_str().unwrap().contains(words), "{}", reply.body);
    }
    let query = stage.post(&format!("{FEED}?limit=1"), since(start())).await;
    assert_eq!(query.status, 429, "a bad request costs a token too");
}
