//! Rows as WB writes them.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::moscow::{in_moscow, moscow};
use super::pictures;
use super::readings::{FeedRow, Status};
use super::shop::Shop;
use super::things::{
    AnswerState, CancelReason, Order, Product, Question, QuestionState, Review, Sale, SaleKind, Stock, Warehouse,
};
use crate::dice::Dice;

/// `cancelDate` of an order that is not cancelled.
const NEVER: &str = "0001-01-01T00:00:00";
/// WB's own warehouses in orders, masked since 2026-08-15 (release note 570).
const MASKED_WAREHOUSE_OF_ORDERS: &str = "Склад WB РФ";
/// The same in stocks, where the region is masked too.
const MASKED_WAREHOUSE_OF_STOCKS: &str = "Склад WB";
const MASKED_WAREHOUSE_ID: i64 = -999_999;
/// What the masks hide.
const KOLEDINO: (i64, &str, &str) = (507, "Коледино", "Центральный");
/// A warehouse outside Russia is shown as it is.
const ASTANA: (i64, &str, &str) = (204_939, "Астана", "Казахстан");
/// The seller's own.
const OWN_WAREHOUSE: (i64, &str, &str) = (1_234_567, "Мой склад Подольск", "Центральный");

/// A row of `supplier/orders`; `None` if the product has lost the size.
pub(super) fn order(order: &Order, product: &Product, is_masked: bool) -> Option<Value> {
    let mut row = statistics_row(order, product, is_masked)?;
    row["date"] = json!(moscow_seconds(order.ordered_at));
    row["lastChangeDate"] = json!(moscow_seconds(order.changed_at));
    row["totalPrice"] = roubles(order.full_price);
    row["finishedPrice"] = roubles(order.buyer_price);
    row["priceWithDisc"] = roubles(order.seller_price);
    row["isCancel"] = json!(order.cancelled_at.is_some());
    row["cancelDate"] = json!(order.cancelled_at.map_or_else(|| NEVER.to_owned(), moscow_seconds));
    Some(row)
}

/// A row of `supplier/sales`; `None` if the product has lost the size. A return's money is
/// negative, as practitioners see it.
pub(super) fn sale(sale: &Sale, order: &Order, product: &Product, is_masked: bool) -> Option<Value> {
    let sign = if sale.kind == SaleKind::Return { -1 } else { 1 };
    let mut row = statistics_row(order, product, is_masked)?;
    row["saleID"] = json!(sale.sale_id);
    row["date"] = json!(moscow_seconds(sale.sold_at));
    row["lastChangeDate"] = json!(moscow_seconds(sale.changed_at));
    row["totalPrice"] = roubles(sign * order.full_price);
    row["finishedPrice"] = roubles(sign * sale.buyer_price);
    row["priceWithDisc"] = roubles(sign * sale.seller_price);
    row["paymentSaleAmount"] = json!(0);
    row["forPay"] = roubles(sign * sale.for_pay);
    Some(row)
}

/// What a row of orders and one of sales have in common, without times and sums.
fn statistics_row(order: &Order, product: &Product, is_masked: bool) -> Option<Value> {
    let size = product.sizes.iter().find(|size| size.chrt_id == order.chrt_id)?;
    let (warehouse, warehouse_type) = match (order.own_warehouse, order.warehouse) {
        (true, _) => (OWN_WAREHOUSE.1, "Склад продавца"),
        (false, Warehouse::Russia) if !is_masked => (KOLEDINO.1, "Склад WB"),
        (false, Warehouse::Russia) => (MASKED_WAREHOUSE_OF_ORDERS, "Склад WB"),
        (false, Warehouse::Astana) => (ASTANA.1, "Склад WB"),
    };
    let [country, okrug, region] = &order.destination;
    Some(json!({
        "warehouseName": warehouse,
        "warehouseType": warehouse_type,
        "countryName": country,
        "oblastOkrugName": okrug,
        "regionName": region,
        "supplierArticle": product.vendor_code,
        "nmId": product.nm_id,
        "barcode": size.barcodes.first(),
        "category": product.category,
        "subject": product.subject,
        "brand": product.brand,
        "techSize": size.tech_size,
        "incomeID": order.income_id,
        "isSupply": false,
        "isRealization": true,
        "discountPercent": order.discount_percent,
        "spp": order.spp,
        "sticker": order.sticker,
        "gNumber": order.g_number,
        "srid": order.srid,
    }))
}

/// An order of the feed, which says nothing of WB's warehouses while they are masked; `None` if the
/// shop has lost it.
pub(super) fn feed_order(row: &FeedRow, shop: &Shop, is_masked: bool) -> Option<Value> {
    let order = shop.find_order(&row.srid).ok()?;
    let (warehouse_name, warehouse_region) = match (order.own_warehouse, order.warehouse) {
        (true, _) => (OWN_WAREHOUSE.1, OWN_WAREHOUSE.2),
        (false, _) if is_masked => (MASKED_WAREHOUSE_OF_STOCKS, ""),
        (false, Warehouse::Russia) => (KOLEDINO.1, KOLEDINO.2),
        (false, Warehouse::Astana) => (ASTANA.1, ASTANA.2),
    };
    let [country, okrug, region] = &order.destination;
    let district =
        if country == "Россия" { okrug.trim_end_matches(" федеральный округ") } else { country };
    let mut feed_order = json!({
        "nmId": order.nm_id,
        "chrtId": order.chrt_id,
        "srid": order.srid,
        "createdAt": moscow_offset(order.ordered_at),
        "updatedAt": moscow_offset(row.updated_at),
        "status": row.status,
        "warehouseName": warehouse_name,
        "warehouseRegion": warehouse_region,
        "isMp": order.own_warehouse,
        "destinationCity": city(region),
        "destinationDistrict": district,
        "sellerPrice": roubles(order.seller_price),
        "isB2b": order.b2b,
    });
    if row.status == Status::Cancel {
        feed_order["cancelType"] = json!(match order.cancel_reason {
            CancelReason::App => "app",
            CancelReason::Receipt => "receipt",
            CancelReason::Expire => "expire",
            CancelReason::Other => "other",
        });
    }
    Some(feed_order)
}

/// A town of a region.
fn city(region: &str) -> &str {
    match region {
        "Московская" => "Подольск",
        "Краснодарский край" => "Краснодар",
        "Республика Татарстан" => "Казань",
        "Свердловская" => "Екатеринбург",
        "Новосибирская" => "Новосибирск",
        "Минская" => "Минск",
        // A city that is a region of its own, or nothing.
        city => city,
    }
}

/// A row of `wb-warehouses`.
pub(super) fn stock(nm_id: i64, chrt_id: i64, warehouse: Warehouse, stock: Stock, is_masked: bool) -> Value {
    let (warehouse_id, warehouse_name, region_name) = match warehouse {
        Warehouse::Russia if !is_masked => KOLEDINO,
        Warehouse::Russia => (MASKED_WAREHOUSE_ID, MASKED_WAREHOUSE_OF_STOCKS, MASKED_WAREHOUSE_OF_STOCKS),
        Warehouse::Astana => ASTANA,
    };
    json!({
        "nmId": nm_id,
        "chrtId": chrt_id,
        "warehouseId": warehouse_id,
        "warehouseName": warehouse_name,
        "regionName": region_name,
        "quantity": stock.quantity,
        "inWayToClient": stock.in_way_to_client,
        "inWayFromClient": stock.in_way_from_client,
    })
}

/// A row of `seller-warehouses`.
pub(super) fn own_stock(nm_id: i64, chrt_id: i64, quantity: u32) -> Value {
    let (warehouse_id, warehouse_name, region_name) = OWN_WAREHOUSE;
    json!({
        "nmId": nm_id,
        "chrtId": chrt_id,
        "warehouseId": warehouse_id,
        "warehouseName": warehouse_name,
        "regionName": region_name,
        "quantity": quantity,
    })
}

/// The name of a warehouse in the report of remains.
pub(super) fn remains_warehouse(warehouse: Warehouse, is_masked: bool) -> &'static str {
    match warehouse {
        Warehouse::Russia if is_masked => MASKED_WAREHOUSE_OF_ORDERS,
        Warehouse::Russia => KOLEDINO.1,
        Warehouse::Astana => ASTANA.1,
    }
}

/// A question; `None` if its product is gone.
pub(super) fn question(question: &Question, shop: &Shop) -> Option<Value> {
    let product = shop.product(question.nm_id).ok()?;
    let state = match question.state {
        QuestionState::New => "suppliersPortalSynch",
        QuestionState::Answered => "wbRu",
        QuestionState::Rejected => "none",
    };
    // Nine digits, of which the last ones are never zero.
    let created_at =
        (question.created_at + TimeDelta::nanoseconds(769_513_469)).to_rfc3339_opts(SecondsFormat::Nanos, true);
    let answer = question.answer.as_ref().map(|text| json!({"text": text, "editable": true, "createDate": created_at}));
    Some(json!({
        "id": question.id,
        "text": question.text,
        "createdDate": created_at,
        "state": state,
        "answer": answer,
        "productDetails": {
            "imtId": product.imt_id,
            "nmId": product.nm_id,
            "productName": product.title,
            "supplierArticle": product.vendor_code,
            "supplierName": shop.seller.name,
            "brandName": product.brand,
        },
        "wasViewed": question.state != QuestionState::New,
        "isWarned": false,
    }))
}

/// A card. One without pictures has no `photos` at all.
pub(super) fn card(product: &Product, picture_base: Option<&str>) -> Value {
    let sizes: Vec<Value> = product
        .sizes
        .iter()
        .map(|size| {
            json!({
                "chrtID": size.chrt_id,
                "techSize": size.tech_size,
                "wbSize": size.wb_size,
                "skus": size.barcodes,
            })
        })
        .collect();
    let mut card = json!({
        "nmID": product.nm_id,
        "imtID": product.imt_id,
        "nmUUID": Dice::new(product.nm_id.unsigned_abs()).uuid(),
        "subjectID": product.subject_id,
        "subjectName": product.subject,
        "vendorCode": product.vendor_code,
        "brand": product.brand,
        "title": product.title,
        "description": format!("{}. Доставка со склада.", product.title),
        "needKiz": false,
        "kizMarked": false,
        "wholesale": {"enabled": false, "quantum": 0},
        "dimensions": {"length": 30, "width": 20, "height": 5, "weightBrutto": 0.4, "isValid": true},
        // A list, a number and a string: the type of a value follows from the characteristic.
        "characteristics": [
            {"id": 14_177_449, "name": "Цвет", "value": ["чёрный"]},
            {"id": 88_952, "name": "Вес товара с упаковкой (г)", "value": 400},
            {"id": 14_177_451, "name": "Страна производства", "value": "Россия"},
        ],
        "sizes": sizes,
        "tags": [],
        "createdAt": card_time(product.created_at),
        "updatedAt": card_time(product.updated_at),
    });
    if product.photos > 0 {
        card["photos"] = Value::Array(pictures::photos(product.nm_id, product.photos, picture_base));
    }
    card
}

/// A review; `None` if its product is gone.
pub(super) fn feedback(review: &Review, shop: &Shop, picture_base: Option<&str>) -> Option<Value> {
    let product = shop.product(review.nm_id).ok()?;
    let answer_state = match review.answer_state {
        AnswerState::Published => "wbRu",
        AnswerState::InReview => "reviewRequired",
        AnswerState::Rejected => "rejected",
    };
    let child = shop.reviews.iter().find(|other| other.parent_id.as_ref() == Some(&review.id));
    // Both spellings of a moment have been seen, so both come.
    let created_at = if review.created_at.timestamp() % 2 == 0 {
        review.created_at.with_timezone(&moscow()).to_rfc3339_opts(SecondsFormat::Secs, false)
    } else {
        review.created_at.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    Some(json!({
        "id": review.id,
        "text": review.text,
        "pros": review.pros,
        "cons": review.cons,
        "productValuation": review.stars,
        "createdDate": created_at,
        "answer": review.answer.as_ref().map(|text| json!({"text": text, "state": answer_state, "editable": true})),
        "state": if review.is_processed() { "wbRu" } else { "none" },
        "productDetails": {
            "imtId": product.imt_id,
            "nmId": product.nm_id,
            "productName": product.title,
            "supplierArticle": product.vendor_code,
            "supplierName": shop.seller.name,
            "brandName": product.brand,
            "size": review.tech_size,
        },
        "photoLinks": pictures::review_photos(review.nm_id, review.photos, picture_base),
        "video": null,
        "wasViewed": review.answer.is_some(),
        "userName": review.author,
        "orderStatus": "buyout",
        "matchingSize": if review.tech_size == "0" { "" } else { "ok" },
        "isAbleSupplierFeedbackValuation": false,
        "supplierFeedbackValuation": 0,
        "isAbleSupplierProductValuation": false,
        "supplierProductValuation": 0,
        "isAbleReturnProductOrders": false,
        "returnProductOrdersDate": null,
        "bables": null,
        "lastOrderShkId": 10_000_000_000 + product.nm_id,
        "lastOrderCreatedAt": (review.created_at - TimeDelta::days(5)).to_rfc3339_opts(SecondsFormat::Secs, true),
        "color": "чёрный",
        "subjectId": product.subject_id,
        "subjectName": product.subject,
        "parentFeedbackId": review.parent_id,
        "childFeedbackId": child.map(|child| &child.id),
    }))
}

/// A card's moments are in UTC, with as many digits as they need.
pub(super) fn card_time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Roubles as WB writes them: whole ones without a point.
pub(super) fn roubles(kopecks: i64) -> Value {
    if kopecks % 100 == 0 {
        return json!(kopecks / 100);
    }
    // Prices are far below 2⁵³ kopecks, where a float stops being exact.
    json!(kopecks as f64 / 100.0)
}

/// Moscow time with its offset.
fn moscow_offset(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&moscow()).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Moscow time without an offset.
fn moscow_seconds(moment: DateTime<Utc>) -> String {
    in_moscow(moment).format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn money_and_moments_are_spelled_as_wb_spells_them() {
        assert_eq!(roubles(154_700).to_string(), "1547");
        assert_eq!(roubles(154_734).to_string(), "1547.34");
        let evening = Utc.with_ymd_and_hms(2026, 11, 22, 22, 30, 0).unwrap();
        assert_eq!(moscow_seconds(evening), "2026-11-23T01:30:00");
        assert_eq!(card_time(evening), "2026-11-22T22:30:00Z");
        assert_eq!(card_time(evening + TimeDelta::microseconds(965_770)), "2026-11-22T22:30:00.965770Z");
    }
}
