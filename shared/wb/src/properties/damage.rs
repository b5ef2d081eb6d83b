//! Answers of good rows that are damaged, one by one or somewhere.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use testkit::{
    log::Lines,
    property::{cases, json, pieces, some_of, text},
};

use super::answer::{KINDS, Kind, Outcome, holds_for_any_answer, read};

/// Stands in the texts of each row, and may stand in no error and no log.
const SECRET: &str = "s3cret";
/// The field with which every row begins.
const FIRST: &str = "A";
/// What a row may say besides, in the words of all lists.
const OTHERS: [&str; 24] = [
    "supplierArticle",
    "barcode",
    "techSize",
    "brand",
    "subject",
    "warehouseType",
    "warehouseName",
    "regionName",
    "totalPrice",
    "finishedPrice",
    "spp",
    "isCancel",
    "cancelDate",
    "lastChangeDate",
    "forPay",
    "text",
    "pros",
    "answer",
    "photoLinks",
    "photos",
    "sizes",
    "inWayToClient",
    "cancelType",
    "x",
];

/// The fields that a row of a kind needs, with these values.
fn needed(kind: Kind, id: i64, key: &str, time: &str, number: i64) -> Value {
    match kind.name {
        "order" => json!({ "srid": key, "nmId": id, "date": time }),
        "sale" => json!({ "saleID": format!("{}{key}", if id % 2 == 0 { "S" } else { "R" }), "srid": key, "nmId": id,
            "date": time }),
        "stock" | "seller_stock" => json!({ "nmId": id, "chrtId": id, "warehouseId": number, "quantity": number }),
        "feed_order" => json!({ "srid": key, "nmId": id, "chrtId": id, "createdAt": time, "updatedAt": time,
            "status": if number % 2 == 0 { "created" } else { "cancel" } }),
        "remains" => json!({ "nmId": id, "warehouses": [
            { "warehouseName": key, "quantity": number }, { "warehouseName": time, "quantity": 1 },
        ] }),
        "review" => json!({ "id": key, "productDetails": { "nmId": id }, "createdDate": time,
            "productValuation": 1 + number % 5 }),
        "question" => json!({ "id": key, "productDetails": { "nmId": id }, "createdDate": time }),
        "news" => json!({ "id": id, "date": time }),
        _ => json!({ "nmID": id, "updatedAt": time }),
    }
}

/// The fields without which a row of a kind is broken.
fn keys(kind: Kind) -> &'static [&'static str] {
    match kind.name {
        "order" => &["srid", "nmId", "date"],
        "sale" => &["saleID", "srid", "nmId", "date"],
        "stock" | "seller_stock" => &["nmId", "chrtId", "warehouseId", "quantity"],
        "feed_order" => &["srid", "nmId", "chrtId", "createdAt", "status"],
        "remains" => &["nmId"],
        "review" => &["id", "productDetails", "createdDate", "productValuation"],
        "question" => &["id", "productDetails", "createdDate"],
        "news" => &["id"],
        _ => &["nmID", "updatedAt"],
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(KINDS.to_vec())
}

/// A good row of a kind, whatever else it says.
fn row(kind: Kind) -> impl Strategy<Value = Value> {
    let time = prop_oneof![
        "20[1-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
        "20[1-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|\\+03:00)",
    ];
    (1..i64::MAX, "[0-9a-zA-Z.]{1,50}", time, 0..i64::MAX / 2, some_of(&OTHERS), text()).prop_map(
        move |(id, key, time, number, others, text)| {
            let mut row = others;
            // WB writes the fields of all rows in one order.
            row.insert(FIRST.into(), 1.into());
            row.insert("userName".into(), format!("{SECRET} {text}").into());
            row.extend(needed(kind, id, &key, &time, number).as_object().cloned().unwrap_or_default());
            Value::Object(row)
        },
    )
}

fn rows(kind: Kind, at_most: usize) -> impl Strategy<Value = (Kind, Vec<Value>)> {
    (Just(kind), prop::collection::vec(row(kind), 1..=at_most))
}

/// An answer of these rows, as WB writes it.
fn answer(kind: Kind, rows: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let (mut before, mut behind) = (String::new(), String::new());
    for name in kind.path {
        before.push_str(&format!(r#"{{"currency":"RUB","other":{{"rows":[1]}},"{name}":"#));
        behind.insert_str(0, r#","errorText":"","additionalErrors":null}"#);
    }
    let rows = rows.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(&b',');
    [before.as_bytes(), b"[", &rows, b"]", behind.as_bytes()].concat()
}

fn written(rows: &[Value]) -> Vec<Vec<u8>> {
    rows.iter().map(|row| row.to_string().into_bytes()).collect()
}

/// What each row says when it is read alone.
fn alone(kind: Kind, rows: &[Vec<u8>]) -> Vec<String> {
    let read = |row: &Vec<u8>| (kind.parse)(std::str::from_utf8(row).unwrap()).unwrap().unwrap();
    rows.iter().map(read).collect()
}

/// Ways to break a row and leave the others where they are.
fn broken(kind: Kind, row: &Value, way: usize) -> Vec<u8> {
    let field = keys(kind)[way % keys(kind).len()];
    let mut fields: Map<String, Value> = row.as_object().cloned().unwrap();
    match way % 13 {
        0 => fields.remove(field),
        1 => fields.insert(field.into(), Value::Null),
        2 => fields.insert(field.into(), json!({})),
        3 => fields.insert(field.into(), json!([])),
        4 => fields.insert(field.into(), json!("")),
        5 => fields.insert(field.into(), json!(true)),
        _ => None,
    };
    match way % 13 {
        6 => b"NaN".to_vec(),
        7 => b"null".to_vec(),
        8 => b"[{\"a\":[1,\"]\"]}]".to_vec(),
        9 => format!("\"{SECRET}\\\"]}}\"").into_bytes(),
        10 => [b"{,", &row.to_string().as_bytes()[1..]].concat(),
        11 => row.to_string().replacen("\":", "\":nul,", 1).into_bytes(),
        12 => row.to_string().replacen("\":", "\" ", 1).into_bytes(),
        _ => Value::Object(fields).to_string().into_bytes(),
    }
}

/// Reads, and looks at what is said about it.
fn read_and_listen(kind: Kind, body: &[u8], pieces: &[usize], chunk_rows: usize) -> Outcome {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.writer()).finish();
    let outcome = tracing::subscriber::with_default(subscriber, || read(kind, body, pieces, chunk_rows));
    assert!(!lines.text().contains(SECRET), "a log shows a row: {}", lines.text());
    assert!(!format!("{:?}", outcome.error).contains(SECRET), "an error shows a row: {:?}", outcome.error);
    outcome
}

/// What may be left of an answer whose row at `hurt` is damaged: every other row is given, or the answer is no success and
/// the rows before are given.
fn costs_itself_alone(outcome: &Outcome, all: &[String], hurt: usize) -> Result<(), TestCaseError> {
    let (before, behind) = (&all[..hurt], &all[(hurt + 1).min(all.len())..]);
    prop_assert!(outcome.rows.starts_with(before), "the rows before are lost");
    if outcome.error.is_none() {
        prop_assert!(outcome.rows.ends_with(behind), "rows behind are lost: {} of {}", outcome.rows.len(), all.len());
        prop_assert!(outcome.counted() >= all.len(), "a row is not counted: {} of {}", outcome.counted(), all.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn any_bytes_say_the_same_however_they_arrive(body in any::<Vec<u8>>(), pieces in pieces()) {
        holds_for_any_answer(&body, &pieces);
    }

    #[test]
    fn any_json_says_the_same_however_it_arrives(body in json(), pieces in pieces()) {
        holds_for_any_answer(body.to_string().as_bytes(), &pieces);
        holds_for_any_answer(format!("{:#}", json!([body, body])).as_bytes(), &pieces);
        holds_for_any_answer(json!({ "data": { "items": [body] }, "x": body }).to_string().as_bytes(), &pieces);
    }

    #[test]
    fn any_text_says_the_same_however_it_arrives(body in r#"[\[{ a1ue\\"é,:n\x00-\x1f}\]]{0,40}"#, pieces in pieces()) {
        holds_for_any_answer(body.as_bytes(), &pieces);
        holds_for_any_answer(format!("[{{\"a\":\"{body}\"}},{body}]").as_bytes(), &pieces);
    }

    #[test]
    fn every_row_of_an_answer_says_what_it_says_alone(
        (kind, rows) in kind().prop_flat_map(|kind| rows(kind, 8)), pieces in pieces(), chunk_rows in 1..9_usize,
    ) {
        let rows = written(&rows);
        let outcome = read_and_listen(kind, &answer(kind, &rows), &pieces, chunk_rows);
        prop_assert_eq!(outcome, Outcome { rows: alone(kind, &rows), ..Outcome::default() });
    }

    #[test]
    fn k_damaged_rows_of_n_leave_exactly_the_others(
        (kind, rows) in kind().prop_flat_map(|kind| rows(kind, 8)), pieces in pieces(), chunk_rows in 1..9_usize,
        ways in prop::collection::vec(prop::option::of(any::<usize>()), 8),
    ) {
        let good: Vec<_> = rows.iter().zip(&ways).filter(|(_, way)| way.is_none()).map(|(row, _)| row.clone()).collect();
        let sent = rows.iter().zip(&ways);
        let sent: Vec<_> = sent.map(|(row, way)| way.map_or_else(|| row.to_string().into_bytes(), |way| broken(kind, row, way))).collect();
        let outcome = read_and_listen(kind, &answer(kind, &sent), &pieces, chunk_rows);
        prop_assert_eq!(outcome.error, None);
        prop_assert_eq!(outcome.skipped, rows.len() - good.len(), "{}", String::from_utf8_lossy(&answer(kind, &sent)));
        prop_assert_eq!(outcome.rows, alone(kind, &written(&good)));
    }

    #[test]
    fn a_character_that_cannot_be_read_costs_itself_alone(
        (kind, rows) in kind().prop_flat_map(|kind| rows(kind, 4)), hurt in any::<prop::sample::Index>(), pieces in pieces(),
        before in "[a-zа-я]{1,9}", behind in "[g-zа-я]{1,9}",
        (bad, left) in prop::sample::select(vec![
            (&b"\xff"[..], "\u{fffd}"), (b"\xf0\x9f", "\u{fffd}"), (b"\x01", "\u{fffd}"), (b"\n", "\u{fffd}"),
            (b"\\x", "\u{fffd}x"), (b"\\u12", "\u{fffd}12"), (b"\\ud83d", "\u{fffd}"), (b"\\ude21", "\u{fffd}"),
            (b"\\ud83d\xff", "\u{fffd}\u{fffd}"), (b"\\\xd0", "\u{fffd}\u{fffd}"),
        ]),
    ) {
        let hurt = hurt.index(rows.len());
        let (mut rows, mark) = (rows, "MARK");
        rows[hurt]["userName"] = mark.into();
        rows[hurt]["supplierArticle"] = mark.into();
        rows[hurt]["vendorCode"] = mark.into();
        let put = |place: &[u8]| {
            let texts: Vec<Vec<u8>> = written(&rows).iter().map(|row| replaced(row, mark.as_bytes(), place)).collect();
            texts
        };
        let sent = put(&[before.as_bytes(), bad, behind.as_bytes()].concat());
        let outcome = read_and_listen(kind, &answer(kind, &sent), &pieces, 3);
        prop_assert_eq!((outcome.skipped, outcome.mended), (0, 1), "{:?}", outcome.error);
        prop_assert_eq!(outcome.rows, alone(kind, &put(format!("{before}{left}{behind}").as_bytes())));
    }

    #[test]
    fn an_answer_that_is_cut_off_is_no_success_and_keeps_the_rows_before(
        (kind, rows) in kind().prop_flat_map(|kind| rows(kind, 5)), at in any::<prop::sample::Index>(), pieces in pieces(),
    ) {
        let sent = written(&rows);
        let body = answer(kind, &sent);
        let cut = &body[..at.index(body.len())];
        let outcome = read_and_listen(kind, cut, &pieces, 1);
        prop_assert!(outcome.error.is_some());
        prop_assert!(alone(kind, &sent).starts_with(&outcome.rows) && outcome.skipped == 0);
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_damaged_byte_costs_its_own_row_or_fails_the_answer(
        (kind, rows) in kind().prop_flat_map(|kind| rows(kind, 5)), hurt in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), byte in prop_oneof![any::<u8>(), prop::sample::select(b"\"\\{}[],: n0".to_vec())],
        how in 0..3_u8, pieces in pieces(),
    ) {
        let mut sent = written(&rows);
        let all = alone(kind, &sent);
        let hurt = hurt.index(rows.len());
        let begin = format!("{{\"{FIRST}\"").len();
        let at = begin + at.index(sent[hurt].len() - begin);
        match how {
            0 => sent[hurt][at] = byte,
            1 => sent[hurt].insert(at, byte),
            _ => drop(sent[hurt].remove(at)),
        }
        let body = answer(kind, &sent);
        let outcome = read_and_listen(kind, &body, &pieces, 1);
        costs_itself_alone(&outcome, &all, hurt)?;
    }
}

fn replaced(row: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = row;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + what.len()..];
    }
    out.extend_from_slice(rest);
    out
}
