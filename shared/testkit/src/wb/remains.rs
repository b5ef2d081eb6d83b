//! The report `warehouse_remains`: a task that WB carries out some time later.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answers::Answer;
use super::asked::{Answered, Asked, parameters};
use super::readings::Task;
use super::shop::Shop;
use super::things::{Size, Stock, Warehouse};
use super::wire;

/// However seldom it is asked for, a report is ready after this time.
const MAKING: TimeDelta = TimeDelta::minutes(5);
/// How long a report is kept; WB says nothing of it but that some are purged.
const KEPT: TimeDelta = TimeDelta::hours(2);
/// A shop remembers so many tasks.
const TASKS: usize = 50;
/// What a product takes of a warehouse, in litres; the cards know no better.
const VOLUME_LITRES: f64 = 1.33;

impl Task {
    fn status(&self, now: DateTime<Utc>, calls: u32) -> &'static str {
        if now - self.made_at >= KEPT {
            "purged"
        } else if self.calls > calls || now - self.made_at >= MAKING {
            "done"
        } else if self.calls <= 1 {
            "new"
        } else {
            "processing"
        }
    }
}

/// The fields of a row by which it can be told from others, with the parameter that asks for them.
const GROUPS: [(&str, &str); 6] = [
    ("groupByBrand", "brand"),
    ("groupBySubject", "subjectName"),
    ("groupBySa", "vendorCode"),
    ("groupByNm", "nmId"),
    ("groupByBarcode", "barcode"),
    ("groupBySize", "techSize"),
];

pub(super) fn create(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let refuse = |error: &str| Box::new(asked.request.bad_report(&format!("parameter {error}")));
    let known: Vec<&str> =
        GROUPS.map(|(name, _)| name).into_iter().chain(["locale", "filterPics", "filterVolume"]).collect();
    let parameters = parameters(asked.query, &known).map_err(|error| refuse(&error))?;
    let mut fields = Vec::new();
    for (name, field) in GROUPS {
        match parameters.get(name).map(String::as_str) {
            Some("true") => fields.push(field),
            None | Some("false") => {}
            Some(_) => return Err(refuse(&format!("\"{name}\" in query has an error: not a boolean"))),
        }
    }
    // The fake knows the names of the pseudo-warehouses in Russian only.
    if parameters.get("locale").is_some_and(|locale| locale != "ru") {
        return Err(refuse("\"locale\" in query has an error: the fake speaks Russian"));
    }
    for (name, allowed) in [("filterPics", ["-1", "0", "1"]), ("filterVolume", ["-1", "0", "3"])] {
        if parameters.get(name).is_some_and(|value| !allowed.contains(&value.as_str())) {
            return Err(refuse(&format!("\"{name}\" in query has an error: value is not one of the allowed values")));
        }
    }
    // Every product has a volume of less than three litres.
    let is_empty = parameters.get("filterVolume").is_some_and(|value| value != "0");
    let pictures = parameters.get("filterPics").map_or("0", String::as_str);
    let rows = if is_empty { Vec::new() } else { rows(shop, &fields, pictures, asked.is_masked) };
    let id = shop.dice().uuid();
    shop.remains_tasks.push(Task { id, made_at: asked.request.now, calls: 0, rows });
    let surplus = shop.remains_tasks.len().saturating_sub(TASKS);
    shop.remains_tasks.drain(..surplus);
    Ok(Answer::json(json!({"data": {"taskId": id}})))
}

pub(super) fn status(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let task = task(asked, shop)?;
    task.calls += 1;
    let status = task.status(asked.request.now, asked.remains_calls);
    Ok(Answer::json(json!({"data": {"id": task.id, "status": status}})))
}

pub(super) fn download(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let task = task(asked, shop)?;
    if task.status(asked.request.now, asked.remains_calls) != "done" {
        return Err(Box::new(asked.request.unknown_report()));
    }
    Ok(if task.rows.is_empty() { Answer::no_content() } else { Answer::json(json!(task.rows)) })
}

/// The task that the path names.
fn task<'a>(asked: &Asked<'_>, shop: &'a mut Shop) -> Result<&'a mut Task, Box<Answer>> {
    parameters(asked.query, &[]).map_err(|error| Box::new(asked.request.bad_report(&error)))?;
    let id = Uuid::try_parse(asked.path_parameter).map_err(|error| {
        let detail = format!(
            "Invalid format for parameter task_id: error unmarshaling '{}' text as *uuid.UUID: {error}",
            asked.path_parameter
        );
        Box::new(asked.request.bad_report(&detail))
    })?;
    let task = shop.remains_tasks.iter_mut().find(|task| task.id == id);
    task.ok_or_else(|| Box::new(asked.request.unknown_report()))
}

/// What is grouped into one row.
#[derive(Default)]
struct Group {
    fields: Map<String, Value>,
    in_way_to_client: u32,
    in_way_from_client: u32,
    quantities: BTreeMap<Warehouse, u32>,
}

fn rows(shop: &Shop, fields: &[&str], pictures: &str, is_masked: bool) -> Vec<Value> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (chrt_id, warehouse, Stock { quantity, in_way_to_client, in_way_from_client }) in shop.reported_stocks() {
        let of_size = |size: &&Size| size.chrt_id == chrt_id;
        let mut found =
            shop.products().iter().filter_map(|product| Some((product, product.sizes.iter().find(of_size)?)));
        let Some((product, size)) = found.next() else { continue };
        let is_wanted = match pictures {
            "-1" => product.photos == 0,
            "1" => product.photos > 0,
            _ => true,
        };
        if !is_wanted {
            continue;
        }
        let all = json!({
            "brand": product.brand,
            "subjectName": product.subject,
            "vendorCode": product.vendor_code,
            "nmId": product.nm_id,
            // All pieces lie under the first barcode: the shop does not know by which they came.
            "barcode": size.barcodes.first(),
            "techSize": size.tech_size,
        });
        let mut wanted: Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), all[*field].clone())).collect();
        if fields.contains(&"nmId") {
            wanted.insert("volume".to_owned(), json!(VOLUME_LITRES));
        }
        let group = groups.entry(json!(wanted).to_string()).or_default();
        group.fields = wanted;
        group.in_way_to_client += in_way_to_client;
        group.in_way_from_client += in_way_from_client;
        *group.quantities.entry(warehouse).or_default() += quantity;
    }
    groups.into_values().map(|group| group.row(is_masked)).collect()
}

impl Group {
    /// A row, whose list holds only what is not zero.
    fn row(self, is_masked: bool) -> Value {
        let total = self.quantities.values().sum();
        let pseudo = [
            ("В пути до получателей", self.in_way_to_client),
            ("В пути возвраты на склад WB", self.in_way_from_client),
            ("Всего находится на складах", total),
        ];
        let real =
            self.quantities.iter().map(|(warehouse, pieces)| (wire::remains_warehouse(*warehouse, is_masked), *pieces));
        let warehouses: Vec<Value> = pseudo
            .into_iter()
            .chain(real)
            .filter(|(_, pieces)| *pieces > 0)
            .map(|(name, pieces)| json!({"warehouseName": name, "quantity": pieces}))
            .collect();
        let mut row = self.fields;
        row.insert("warehouses".to_owned(), json!(warehouses));
        Value::Object(row)
    }
}
