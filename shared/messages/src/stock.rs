//! Sizes that run out.

use domain::{NmId, stock::StockFall};

use crate::{
    Message,
    block::{ProductFacts, enumerate, length, notification, opening, product, remainders, value},
    format::count,
};

/// The message of the sizes of one product that fell together.
#[must_use]
pub fn critical_stock(nm_id: NmId, falls: &[StockFall], facts: ProductFacts<'_>) -> Message {
    let is_left = falls.iter().any(|fall| fall.remainder > 0);
    let headline = if is_left { "📉 <b>Заканчивается</b>" } else { "🚫 <b>Закончился</b>" };
    let mut lines = opening(headline.to_owned(), facts.cabinet);
    lines.push(String::new());
    lines.extend(product(nm_id, facts.title, facts.article));
    lines.push(String::new());
    let fallen: Vec<String> = falls.iter().map(|fall| fall_line(fall, facts.size_name(fall.chrt_id))).collect();
    let mut rest = Vec::new();
    if let Some(stocks) = facts.stocks {
        let others = remainders(&facts, stocks, |size| falls.iter().all(|fall| fall.chrt_id != size));
        if !others.is_empty() {
            rest.push(format!("Остальные размеры: {}", enumerate(&others)));
        }
    }
    lines.extend(fold(&fallen, facts.max_chars().saturating_sub(length(&lines) + length(&rest))));
    lines.extend(rest);
    notification(lines, nm_id, &facts)
}

/// What is left of a size: «Размер M: 1 шт. · в пути к клиентам 3, от клиентов 1».
fn fall_line(fall: &StockFall, size: Option<&str>) -> String {
    let what = size.map_or("Остаток".to_owned(), |size| format!("Размер {}", value(size)));
    let ways = [("к клиентам", fall.in_way_to_client), ("от клиентов", fall.in_way_from_client)];
    let ways: Vec<String> = ways
        .into_iter()
        .filter(|(_, pieces)| *pieces > 0)
        .map(|(way, pieces)| format!("{way} {}", count(domain::Language::Ru, pieces)))
        .collect();
    let on_the_way = if ways.is_empty() { String::new() } else { format!(" · в пути {}", ways.join(", ")) };
    format!("{what}: <b>{}\u{a0}шт.</b>{on_the_way}", count(domain::Language::Ru, fall.remainder))
}

/// As many lines as there is room for; the rest is counted.
fn fold(lines: &[String], max_chars: usize) -> Vec<String> {
    (0..=lines.len())
        .rev()
        .map(|shown| {
            let mut kept = lines[..shown].to_vec();
            if shown < lines.len() {
                kept.push(format!("Ещё размеров: {}", lines.len() - shown));
            }
            kept
        })
        .find(|kept| length(kept) <= max_chars)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::{ChrtId, Photo, Size};
    use url::Url;

    use super::*;
    use crate::tests::shown;

    const NM_ID: NmId = NmId(168_120_815);

    fn size(chrt_id: i64, name: Option<&str>) -> Size {
        Size { chrt_id: ChrtId(chrt_id), name: name.map(Into::into), barcodes: vec![] }
    }

    fn fall(chrt_id: i64, remainder: i64, to_client: i64, from_client: i64) -> StockFall {
        StockFall {
            nm_id: NM_ID,
            chrt_id: ChrtId(chrt_id),
            threshold: 2,
            remainder,
            in_way_to_client: to_client,
            in_way_from_client: from_client,
        }
    }

    #[test]
    fn sizes_that_fell_together_share_a_message() {
        let sizes = [size(1, Some("S")), size(2, Some("M")), size(3, Some("L"))];
        let facts = ProductFacts {
            title: Some("Плед «Уют»"),
            article: Some("PL-<1>"),
            sizes: &sizes,
            stocks: Some(&[(1, 1), (2, 0), (3, 1_012)]),
            cabinet: Some("ИП Иванова"),
            ..ProductFacts::default()
        };
        insta::assert_snapshot!(shown(&critical_stock(NM_ID, &[fall(1, 1, 3, 1), fall(2, 0, 0, 2)], facts)), @r#"
        📉 <b>Заканчивается</b>
        Кабинет: ИП Иванова

        <b>Плед «Уют»</b>
        Артикул продавца: <code>PL-&lt;1&gt;</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Размер S: <b>1 шт.</b> · в пути к клиентам 3, от клиентов 1
        Размер M: <b>0 шт.</b> · в пути от клиентов 2
        Остальные размеры: L — 1 012
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn a_product_without_sizes_that_is_gone_is_told_as_gone() {
        let facts = ProductFacts { sizes: &[size(1, None)], stocks: Some(&[(1, 0)]), ..ProductFacts::default() };
        insta::assert_snapshot!(shown(&critical_stock(NM_ID, &[fall(1, 0, 0, 0)], facts)), @r#"
        🚫 <b>Закончился</b>

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Остаток: <b>0 шт.</b>
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn sizes_for_which_there_is_no_room_are_counted() {
        let long = "&".repeat(500);
        let sizes: Vec<Size> = (0..80).map(|at| size(at, Some(&long))).collect();
        let falls: Vec<StockFall> = (0..60).map(|at| fall(at, 1, 999_999, 999_999)).collect();
        let photo = Photo(Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap());
        let facts = ProductFacts {
            title: Some(&long),
            article: Some(&long),
            photo: Some(&photo),
            sizes: &sizes,
            cabinet: Some(&long),
            stocks: None,
        };
        let message = critical_stock(NM_ID, &falls, facts);
        shown(&message);
        let named = message.html.matches("\nРазмер ").count();
        assert!((1..60).contains(&named));
        assert!(message.html.ends_with(&format!("\nЕщё размеров: {}", 60 - named)), "{}", message.html);
    }
}
