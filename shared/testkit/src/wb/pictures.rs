//! The picture host: one small picture for every product, and the addresses of pictures.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// The same picture of 516×688 in the two formats of WB's hosts.
const WEBP: &[u8] = include_bytes!("picture.webp");
const JPEG: &[u8] = include_bytes!("picture.jpg");

/// The sizes in which a card names each picture, by their names in the API.
const SIZES: [&str; 5] = ["big", "c516x688", "c246x328", "square", "tm"];

/// The last `vol` on the hosts basket-01, basket-02, …: a table of WB's, not a formula (facts §6).
const LAST_VOL_OF_BASKET: [i64; 46] = [
    143, 287, 431, 719, 1007, 1061, 1115, 1169, 1313, 1601, 1655, 1919, 2045, 2189, 2405, 2621, 2837, 3053, 3269, 3485,
    3701, 3917, 4133, 4349, 4565, 4877, 5189, 5501, 5813, 6125, 6437, 6749, 7061, 7373, 7685, 7997, 8309, 8741, 9173,
    9605, 10373, 11141, 11909, 12677, 13445, 14213,
];

/// `photos` of a card: at WB's image hosts, or below `base` if there is one.
pub(super) fn photos(nm_id: i64, count: u32, base: Option<&str>) -> Vec<Value> {
    let photo = |number: u32| SIZES.map(|size| (size.to_owned(), json!(address(nm_id, number, size, base))));
    (1..=count).map(|number| Value::Object(photo(number).into_iter().collect())).collect()
}

/// `photoLinks` of a review.
pub(super) fn review_photos(nm_id: i64, count: u32, base: Option<&str>) -> Value {
    if count == 0 {
        return Value::Null;
    }
    let (vol, part) = (nm_id / 100_000, nm_id / 1_000);
    let link = |number: u32, size: &str| match base {
        Some(base) => format!("{base}/images/{nm_id}/{number}.webp"),
        None => format!("https://feedback04.wbbasket.ru/vol{vol}/part{part}/{nm_id}/photos/{number}/{size}.webp"),
    };
    (1..=count).map(|number| json!({"fullSize": link(number, "fs"), "miniSize": link(number, "ms")})).collect()
}

/// `GET /images/{nm}/{n}.webp` or `.jpg`.
pub(super) async fn serve(Path((nm_id, file)): Path<(String, String)>) -> Response {
    let (number, format) = file.split_once('.').unwrap_or((&file, ""));
    if nm_id.parse::<u64>().is_err() || number.parse::<u32>().is_err() {
        return StatusCode::NOT_FOUND.into_response();
    }
    match format {
        "webp" => ([(header::CONTENT_TYPE, "image/webp")], WEBP).into_response(),
        "jpg" => ([(header::CONTENT_TYPE, "image/jpeg")], JPEG).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn address(nm_id: i64, number: u32, size: &str, base: Option<&str>) -> String {
    if let Some(base) = base {
        return format!("{base}/images/{nm_id}/{number}.webp");
    }
    let (vol, part) = (nm_id / 100_000, nm_id / 1_000);
    // Above the table the last known host stands for those that WB has added since.
    let basket = (LAST_VOL_OF_BASKET.partition_point(|last| *last < vol) + 1).min(LAST_VOL_OF_BASKET.len());
    format!("https://basket-{basket:02}.wbbasket.ru/vol{vol}/part{part}/{nm_id}/images/{size}/{number}.webp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_table_of_wb_or_point_here() {
        // Real addresses from facts §6: vol 6972 → 33, 8145 → 37, 8903 → 39.
        for (vol, basket) in [(143, "01"), (144, "02"), (6972, "33"), (8145, "37"), (8903, "39"), (15074, "46")] {
            let address = address(vol * 100_000 + 12_345, 1, "big", None);
            assert!(address.starts_with(&format!("https://basket-{basket}.wbbasket.ru/vol{vol}/")), "{address}");
        }
        assert_eq!(
            address(159_206_280, 2, "tm", None),
            "https://basket-10.wbbasket.ru/vol1592/part159206/159206280/images/tm/2.webp"
        );
        assert_eq!(photos(5, 2, Some("http://here"))[1]["big"], "http://here/images/5/2.webp");
        assert_eq!(photos(5, 0, None), Vec::<Value>::new());
        assert_eq!(review_photos(5, 0, None), Value::Null);
    }
}
