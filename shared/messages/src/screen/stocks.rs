//! 📦 Склад: the products with what is left of them, and the card of one.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Language, NmId,
    screen::{
        Heading, Place,
        stocks::{SizeLeft, StockFilter, StockList, StockRow},
    },
};

use crate::{
    base::{fold::Part, format::count, keyboard::Key, message::Message, texts::say},
    button::StocksButton,
    notification::{
        block::{ProductFacts, Space, card_text, line, open_on_wb, opening, product},
        piece::{figures, lasts, lasts_for, on_the_way, unseen_stock},
    },
    screen::list::{self, Frame, List, SIZE_MAX_CHARS},
};

/// Sizes named in a row of the list.
const SIZES_SHOWN: usize = 4;
/// Sizes on a card; WB allows more, which are counted in the sum.
const SIZES_ON_CARD: usize = 60;

/// A page of the products.
#[must_use]
pub fn stocks(shown: &StockList, place: Place<StockFilter>, pages: usize, now: DateTime<Utc>) -> Message {
    let StockList { page, pieces, hides_sellers } = shown;
    let language = page.heading.language;
    let list = List::new(page, place, pages, |cabinet, place| StocksButton::Page { cabinet, place }.into());
    let chosen = (place.filter != StockFilter::All).then(|| filter_name(language, place.filter).to_lowercase());
    let is_chosen = chosen.is_some() || page.words.is_some();
    let mut above = list::chosen_lines(page, chosen);
    if !page.rows.is_empty() {
        let (products, pieces) = (count(language, page.total), count(language, *pieces));
        above.push(say!(language, "stocks-pieces", products = products, pieces = pieces));
    }
    above.extend(hides_sellers.then(|| say!(language, "stock-of-seller-unknown")));
    let frame = Frame {
        title: say!(language, "stocks-title"),
        above,
        gap: "\n",
        none: if is_chosen { say!(language, "stocks-none-chosen") } else { say!(language, "stocks-none") },
        hint: say!(language, "stocks-hint"),
    };
    let rows = list.buttons(
        |cabinet, place, row| StocksButton::Card { cabinet, place, nm_id: row.nm_id }.into(),
        [
            list.choices(StockFilter::ALL, |filter| filter_name(language, filter)),
            vec![list.refresh(say!(language, "list-refresh"))],
        ],
        page.words.is_some().then(|| say!(language, "stocks-show-all")),
    );
    Message::text(list.text(frame, now, |number, row| row_text(language, number, row, *hides_sellers)), rows)
}

/// A filter as a choice.
fn filter_name(language: Language, filter: StockFilter) -> String {
    match filter {
        StockFilter::All => say!(language, "stocks-filter-all"),
        StockFilter::RunningOut => say!(language, "stocks-filter-running-out"),
        StockFilter::SoldOut => say!(language, "stocks-filter-sold-out"),
    }
}

/// «1. Кружка — 12 шт. · хватит на ~4 дн.», and below it the sizes that run out.
fn row_text(language: Language, number: usize, row: &StockRow, hides_sellers: bool) -> String {
    let title = list::title(language, row.title.as_deref(), row.nm_id);
    let number = number.to_string();
    let head = if hides_sellers && row.pieces == 0 {
        say!(language, "stocks-row-unknown", number = number, title = title)
    } else {
        say!(language, "stocks-row", number = number, title = title, pieces = count(language, row.pieces))
    };
    let head = match lasts_for(language, row.pieces, row.lasts) {
        Some(lasts) => format!("{head} · {lasts}"),
        None => head,
    };
    let named =
        row.short_sizes.iter().take(SIZES_SHOWN).filter_map(|(name, pieces)| {
            Some(format!("{} — {}", line(name, SIZE_MAX_CHARS)?, count(language, *pieces)))
        });
    let mut named: Vec<String> = named.collect();
    let more = i64::try_from(row.short_sizes.len().saturating_sub(SIZES_SHOWN)).unwrap_or(i64::MAX);
    named.extend((more > 0).then(|| say!(language, "sizes-more", count = count(language, more))));
    if named.is_empty() || row.pieces == 0 {
        return head;
    }
    format!("{head}\n{}", say!(language, "stocks-row-short", sizes = named.join(", ")))
}

/// The card of one product: what is left of each size and where, on the way, and how it sells.
#[must_use]
pub fn stock_card(
    heading: &Heading,
    nm_id: NmId,
    sizes: &[SizeLeft],
    place: Place<StockFilter>,
    facts: ProductFacts<'_>,
) -> Message {
    let (language, cabinet) = (heading.language, heading.cabinet);
    let html = card_text(language, |space| {
        let mut parts = opening(language, say!(language, "stock-card-title"), facts.cabinet, space);
        parts.push(Part::Break);
        parts.extend(product(language, nm_id, facts.title, facts.article, space));
        parts.push(Part::Break);
        parts.extend(left(language, sizes, &facts, space));
        parts.push(Part::Break);
        parts.extend(figures(language, &facts.figures));
        parts
    });
    let orders = StocksButton::Orders { cabinet, nm_id }.button(say!(language, "stocks-orders"));
    let rows = [vec![open_on_wb(language, nm_id), orders], back_to_list(language, cabinet, place)];
    Message::text(html, rows)
}

/// What is left: in all, of each size, and on the way.
fn left(language: Language, sizes: &[SizeLeft], facts: &ProductFacts<'_>, space: Space) -> Vec<Part> {
    if facts.stocks.is_none() {
        return vec![Part::Line(say!(language, "stock-unknown"))];
    }
    let at_wb: i64 = sizes.iter().map(|size| size.at_wb).sum();
    let at_seller: i64 = sizes.iter().map(|size| size.at_seller).sum();
    let total = at_wb + at_seller;
    let mut head = vec![say!(language, "stock-card-at-wb", pieces = count(language, at_wb))];
    head.extend(lasts(language, total, &facts.figures));
    let mut parts = vec![Part::Line(head.join(" · "))];
    if at_seller > 0 {
        parts.push(Part::Line(say!(language, "stock-card-at-seller", pieces = count(language, at_seller))));
    }
    parts.extend(unseen_stock(language, facts));
    // In the order of the card, which is that of the sizes.
    let named = facts.sizes.iter().filter_map(|size| {
        let name = space.value(size.name.as_deref()?)?;
        let left = sizes.iter().find(|left| left.chrt_id == size.chrt_id);
        let (wb, seller) = left.map_or((0, 0), |left| (left.at_wb, left.at_seller));
        Some(if seller > 0 {
            let (wb, seller) = (count(language, wb), count(language, seller));
            say!(language, "stock-card-size-apart", size = name, wb = wb, seller = seller)
        } else {
            say!(language, "stock-card-size", size = name, pieces = count(language, wb))
        })
    });
    parts.push(Part::Rows(named.take(SIZES_ON_CARD).collect()));
    parts.extend(on_the_way(language, &facts.figures));
    parts
}

/// What stands in place of a product that is not held any more.
#[must_use]
pub fn stock_gone(language: Language, cabinet: CabinetId, place: Place<StockFilter>) -> Message {
    Message::text(say!(language, "stock-card-gone"), [back_to_list(language, cabinet, place)])
}

/// The way back to the list.
fn back_to_list(language: Language, cabinet: CabinetId, place: Place<StockFilter>) -> Vec<Key> {
    vec![StocksButton::Page { cabinet, place }.button(say!(language, "stocks-back"))]
}

#[cfg(test)]
mod tests {
    use domain::{ChrtId, SearchId, figures::StockDays, screen::Page};

    use super::*;
    use crate::{
        Detail,
        notification::order::tests::{selling, size},
        screen::heading::tests::{heading, now},
        tests::{both, shown},
    };

    fn list(language: Language) -> StockList {
        let row = StockRow {
            nm_id: NmId(168_120_815),
            title: Some("Кружка <большая> & белая".into()),
            pieces: 12,
            lasts: Some(StockDays::Days(4)),
            short_sizes: ["M", "S", "L", "XL", "XXL"].iter().map(|size| ((*size).to_owned(), 1)).collect(),
        };
        StockList {
            page: Page {
                heading: heading(language),
                words: None,
                total: 1_021,
                rows: vec![
                    row.clone(),
                    StockRow { title: None, lasts: Some(StockDays::NoOrders), short_sizes: vec![], ..row.clone() },
                    StockRow { pieces: 0, ..row },
                ],
            },
            pieces: 12_480,
            hides_sellers: false,
        }
    }

    #[test]
    fn a_page_says_what_is_left_and_what_runs_out() {
        let place = Place { filter: StockFilter::RunningOut, page: 1, ..Place::default() };
        insta::assert_snapshot!(both(|language| shown(&stocks(&list(language), place, 128, now()))), @"
        📦 <b>Склад</b>
        Данные WB на 14:02 МСК
        Выбрано: заканчиваются
        Товаров: 1 021, всего 12 480 шт.

        <b>1.</b> Кружка &lt;большая&gt; &amp; белая — 12 шт. · хватит на ~4 дн.
        ⚠️ M — 1, S — 1, L — 1, XL — 1, ещё 1
        <b>2.</b> Артикул WB 168120815 — 12 шт. · нет заказов 14 дн.
        <b>3.</b> Кружка &lt;большая&gt; &amp; белая — 0 шт.

        Номер открывает товар. Чтобы найти другой, пришлите название, артикул или баркод.
        [1 | 1:stock:2s3eun:7:r:1] [2 | 1:stock:2s3eun:7:r:1] [3 | 1:stock:2s3eun:7:r:1]
        [← | 1:stocks:7:r:0] [2/128 | 1:none] [→ | 1:stocks:7:r:2]
        [Все | 1:stocks:7:a:0] [✓ Заканчиваются | 1:stocks:7:r:0] [Закончились | 1:stocks:7:s:0]
        [🔄 Обновить | 1:stocks:7:r:0]
        [← Меню | 1:menu]

        📦 <b>Stock</b>
        WB data as of 14:02 MSK
        Chosen: running out
        Products: 1,021, 12,480 pcs in all

        <b>1.</b> Кружка &lt;большая&gt; &amp; белая — 12 pcs · enough for about 4 days
        ⚠️ M — 1, S — 1, L — 1, XL — 1, 1 more
        <b>2.</b> WB article 168120815 — 12 pcs · no orders for 14 days
        <b>3.</b> Кружка &lt;большая&gt; &amp; белая — 0 pcs

        A number opens the product. To find another one, send a title, an article or a barcode.
        [1 | 1:stock:2s3eun:7:r:1] [2 | 1:stock:2s3eun:7:r:1] [3 | 1:stock:2s3eun:7:r:1]
        [← | 1:stocks:7:r:0] [2/128 | 1:none] [→ | 1:stocks:7:r:2]
        [All | 1:stocks:7:a:0] [✓ Running out | 1:stocks:7:r:0] [Sold out | 1:stocks:7:s:0]
        [🔄 Refresh | 1:stocks:7:r:0]
        [← Menu | 1:menu]
        ");
    }

    #[test]
    fn a_shop_whose_own_warehouses_nobody_sees_and_a_search_in_vain_say_so() {
        let hidden = StockList { hides_sellers: true, ..list(Language::Ru) };
        insta::assert_snapshot!(shown(&stocks(&hidden, Place::default(), 1, now())), @"
        📦 <b>Склад</b>
        Данные WB на 14:02 МСК
        Товаров: 1 021, всего 12 480 шт.
        Остаток на складах продавца неизвестен

        <b>1.</b> Кружка &lt;большая&gt; &amp; белая — 12 шт. · хватит на ~4 дн.
        ⚠️ M — 1, S — 1, L — 1, XL — 1, ещё 1
        <b>2.</b> Артикул WB 168120815 — 12 шт. · нет заказов 14 дн.
        <b>3.</b> Кружка &lt;большая&gt; &amp; белая — на складах WB 0 шт.

        Номер открывает товар. Чтобы найти другой, пришлите название, артикул или баркод.
        [1 | 1:stock:2s3eun:7:a:0] [2 | 1:stock:2s3eun:7:a:0] [3 | 1:stock:2s3eun:7:a:0]
        [✓ Все | 1:stocks:7:a:0] [Заканчиваются | 1:stocks:7:r:0] [Закончились | 1:stocks:7:s:0]
        [🔄 Обновить | 1:stocks:7:a:0]
        [← Меню | 1:menu]
        ");
        let place = Place { search: Some(SearchId(5)), ..Place::default() };
        let whole = list(Language::Ru);
        let page = Page { words: Some("кру<жка".into()), total: 0, rows: vec![], ..whole.page };
        let none = StockList { page, ..whole };
        insta::assert_snapshot!(shown(&stocks(&none, place, 0, now())), @"
        📦 <b>Склад</b>
        Данные WB на 14:02 МСК
        Поиск: «кру&lt;жка»

        Таких товаров нет.
        [✓ Все | 1:stocks:7:a:0:5] [Заканчиваются | 1:stocks:7:r:0:5] [Закончились | 1:stocks:7:s:0:5]
        [🔄 Обновить | 1:stocks:7:a:0:5]
        [Показать все товары | 1:stocks:7:a:0]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn a_card_tells_each_size_and_where_it_is() {
        let sizes = [size(1, "S"), size(2, "M"), size(3, "L")];
        let left = [
            SizeLeft { chrt_id: ChrtId(3), at_wb: 1_012, at_seller: 0 },
            SizeLeft { chrt_id: ChrtId(1), at_wb: 2, at_seller: 5 },
        ];
        let facts = ProductFacts {
            title: Some("Кружка <большая> & белая"),
            article: Some("KR-01"),
            sizes: &sizes,
            stocks: Some(&[(1, 7), (3, 1_012)]),
            figures: selling(),
            cabinet: Some("ИП"),
            detail: Detail::Full,
            ..ProductFacts::default()
        };
        let card =
            |language, facts| shown(&stock_card(&heading(language), NmId(168_120_815), &left, Place::default(), facts));
        insta::assert_snapshot!(both(|language| card(language, facts)), @r#"
        📦 <b>Остатки товара</b>
        Кабинет: ИП

        <b>Кружка &lt;большая&gt; &amp; белая</b>
        Артикул продавца: <code>KR-01</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        На складах WB: 1 014 шт. · хватит на ~12 дн.
        На складах продавца: 5 шт.
        Размер S: WB 2, продавец 5 шт.
        Размер M: 0 шт.
        Размер L: 1 012 шт.
        В пути: к клиентам 3, от клиентов 1

        Заказы 7/14/30 дн.: 5 / 11 / 1 024
        Выкупы 7/14/30 дн.: 4 / 9 / 20
        % выкупа: 87 %
        Рейтинг: 4,7 — среднее по 121 загруженному отзыву
        [Открыть на WB | /catalog/168120815/detail.aspx] [🛒 Заказы товара | 1:stock:2s3eun:7]
        [← К складу | 1:stocks:7:a:0]

        📦 <b>Stock of the product</b>
        Shop: ИП

        <b>Кружка &lt;большая&gt; &amp; белая</b>
        Seller's article: <code>KR-01</code>
        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>

        In WB's warehouses: 1,014 pcs · enough for about 12 days
        In the seller's warehouses: 5 pcs
        Size S: WB 2, seller 5 pcs
        Size M: 0 pcs
        Size L: 1,012 pcs
        On the way: 3 to buyers, 1 back from buyers

        Orders in 7/14/30 days: 5 / 11 / 1,024
        Buyouts in 7/14/30 days: 4 / 9 / 20
        Buyout rate: 87%
        Rating: 4.7 — the mean of 121 loaded reviews
        [Open on WB | /catalog/168120815/detail.aspx] [🛒 Orders for this product | 1:stock:2s3eun:7]
        [← Stock | 1:stocks:7:a:0]
        "#);
        let unknown = ProductFacts { stocks: None, cabinet: None, ..facts };
        assert!(card(Language::Ru, unknown).contains("Остаток: неизвестен"));
        insta::assert_snapshot!(both(|language| shown(&stock_gone(language, CabinetId(7), Place::default()))), @"
        Этого товара здесь больше нет.
        [← К складу | 1:stocks:7:a:0]

        This product is no longer here.
        [← Stock | 1:stocks:7:a:0]
        ");
    }
}
