//! Sizes that run out.

use domain::{Language, NmId, facts::StockFall, stock::ALL_SIZES};

use crate::{
    base::{
        fold::{Part, Sizes},
        format::count,
        message::Message,
        texts::say,
    },
    notification::{
        block::{ProductFacts, Space, named_size, notification, opening, product},
        piece::{lasts, rating, unseen_stock, ways},
    },
};

/// The message of the sizes of one product that fell together, or of the product as a whole.
#[must_use]
pub fn critical_stock(language: Language, nm_id: NmId, falls: &[StockFall], facts: ProductFacts<'_>) -> Message {
    let is_left = falls.iter().any(|fall| fall.remainder > 0);
    let is_whole = falls.iter().any(|fall| fall.chrt_id == ALL_SIZES || facts.size_name(fall.chrt_id).is_none());
    notification(language, nm_id, &facts, |space| {
        let headline = if is_left { say!(language, "stock-runs-out") } else { say!(language, "stock-gone") };
        let mut parts = opening(language, headline, facts.cabinet, space);
        parts.push(Part::Break);
        parts.extend(product(language, nm_id, facts.title, facts.article, space));
        parts.extend(rating(language, &facts.figures).filter(|_| facts.is_full()).map(Part::Line));
        parts.push(Part::Break);
        parts.push(Part::Rows(falls.iter().map(|fall| fall_line(language, fall, is_whole, &facts, space)).collect()));
        parts.extend(unseen_stock(language, &facts));
        let Some(stocks) = facts.stocks else { return parts };
        let others = facts.remainders(stocks, |size| falls.iter().all(|fall| fall.chrt_id != size));
        let named: Vec<_> = others.into_iter().filter_map(|size| named_size(language, space, size)).collect();
        if !named.is_empty() {
            let around: fn(Language, String) -> String = if falls.iter().any(|fall| fall.chrt_id == ALL_SIZES) {
                |language, sizes| say!(language, "stock-sizes", sizes = sizes)
            } else {
                |language, sizes| say!(language, "stock-others", sizes = sizes)
            };
            parts.push(Part::Sizes(Sizes { around, named }));
        }
        if !is_whole {
            let total = stocks.iter().map(|(_, quantity)| quantity).sum();
            let left = say!(language, "stock-product-left", pieces = count(language, total));
            let line = [Some(left), lasts(language, total, &facts.figures)];
            parts.push(Part::Line(line.into_iter().flatten().collect::<Vec<_>>().join(" · ")));
        }
        parts
    })
}

/// What is left: «Размер M: 1 шт. · в пути к клиентам 3, от клиентов 1», and for how long a product
/// without sizes lasts.
fn fall_line(language: Language, fall: &StockFall, is_whole: bool, facts: &ProductFacts<'_>, space: Space) -> String {
    let pieces = count(language, fall.remainder);
    let left = match facts.size_name(fall.chrt_id).and_then(|size| space.value(size)) {
        Some(size) => say!(language, "stock-fall-size", size = size, pieces = pieces),
        None => say!(language, "stock-fall", pieces = pieces),
    };
    let lasts = lasts(language, fall.remainder, &facts.figures).filter(|_| is_whole);
    let ways = ways(language, fall.in_way_to_client, fall.in_way_from_client);
    let ways = ways.map(|ways| say!(language, "stock-fall-ways", ways = ways));
    [Some(left), lasts, ways].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use domain::{
        ChrtId, NotificationId, Photo, Size,
        figures::{ProductFigures, StockDays},
    };
    use url::Url;

    use super::*;
    use crate::tests::{both, shown};

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
        let figures = ProductFigures { stock_days: Some(StockDays::Days(21)), ..ProductFigures::default() };
        let facts = ProductFacts {
            title: Some("Плед «Уют»"),
            article: Some("PL-<1>"),
            sizes: &sizes,
            stocks: Some(&[(1, 1), (2, 0), (3, 1_012)]),
            figures,
            cabinet: Some("ИП Иванова"),
            row: NotificationId(41),
            ..ProductFacts::default()
        };
        let falls = [fall(1, 1, 3, 1), fall(2, 0, 0, 2)];
        insta::assert_snapshot!(both(|language| shown(&critical_stock(language, NM_ID, &falls, facts))), @r#"
        📉 <b>Заканчивается</b>
        Кабинет: ИП Иванова

        <b>Плед «Уют»</b>
        Артикул продавца: <code>PL-&lt;1&gt;</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Размер S: <b>1 шт.</b> · в пути к клиентам 3, от клиентов 1
        Размер M: <b>0 шт.</b> · в пути от клиентов 2
        Остальные размеры: L — 1 012
        Остаток товара: 1 013 шт. · хватит на ~21 дн.
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:41]
        [🔕 Заглушить товар | 1:mute:41] [⚙️ Настроить | 1:settings:41]

        📉 <b>Running out</b>
        Shop: ИП Иванова

        <b>Плед «Уют»</b>
        Seller's article: <code>PL-&lt;1&gt;</code>
        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Size S: <b>1 pcs</b> · on the way: 3 to buyers, 1 back from buyers
        Size M: <b>0 pcs</b> · on the way: 2 back from buyers
        The other sizes: L — 1,012
        The product in stock: 1,013 pcs · enough for about 21 days
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:41]
        [🔕 Mute product | 1:mute:41] [⚙️ Settings | 1:settings:41]
        "#);
    }

    #[test]
    fn a_product_without_sizes_has_one_line() {
        let sizes = [size(1, None)];
        let figures = ProductFigures { stock_days: Some(StockDays::Days(1)), ..ProductFigures::default() };
        let facts = ProductFacts { sizes: &sizes, stocks: Some(&[(1, 0)]), figures, ..ProductFacts::default() };
        let told = |fall: StockFall| {
            both(|language| shown(&critical_stock(language, NM_ID, std::slice::from_ref(&fall), facts)))
        };
        insta::assert_snapshot!(told(fall(1, 0, 0, 0)), @r#"
        🚫 <b>Закончился</b>

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Остаток: <b>0 шт.</b>
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
        [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

        🚫 <b>Sold out</b>

        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        In stock: <b>0 pcs</b>
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
        [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
        "#);
        insta::assert_snapshot!(told(fall(1, 2, 0, 5)), @r#"
        📉 <b>Заканчивается</b>

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Остаток: <b>2 шт.</b> · хватит на ~1 дн. · в пути от клиентов 5
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
        [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

        📉 <b>Running out</b>

        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        In stock: <b>2 pcs</b> · enough for about 1 day · on the way: 5 back from buyers
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
        [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
        "#);
    }

    #[test]
    fn a_fall_of_the_whole_product_names_its_sizes() {
        let sizes = [size(1, Some("S")), size(2, Some("M"))];
        let figures = ProductFigures { stock_days: Some(StockDays::NoOrders), ..ProductFigures::default() };
        let stocks = [(1, 1), (2, 3)];
        let facts = ProductFacts { sizes: &sizes, stocks: Some(&stocks), figures, ..ProductFacts::default() };
        insta::assert_snapshot!(both(|language| shown(&critical_stock(language, NM_ID, &[fall(0, 4, 0, 0)], facts))), @r#"
        📉 <b>Заканчивается</b>

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        Остаток: <b>4 шт.</b> · нет заказов 14 дн.
        По размерам: S — 1, M — 3
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
        [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

        📉 <b>Running out</b>

        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        In stock: <b>4 pcs</b> · no orders for 14 days
        By size: S — 1, M — 3
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
        [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
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
            ..ProductFacts::default()
        };
        for language in Language::ALL {
            let message = critical_stock(language, NM_ID, &falls, facts);
            shown(&message);
            let named = message.html.matches("&amp;…: <b>1").count();
            assert!((1..60).contains(&named), "{}", message.html);
            assert!(message.html.ends_with(&format!(": {}", 60 - named)), "{}", message.html);
        }
    }
}
