//! Many events of one kind as one message, in pages: what came at once, and a backlog.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use chrono::{DateTime, Utc};
use domain::{EventKind, GroupId, Language, NmId, Order, Review, Rubles, Sale, facts::StockFall, stock::ALL_SIZES};
use rust_decimal::Decimal;

use crate::{
    ProductFacts,
    base::{
        format::{count, entities, money, period, stamp, visible_chars},
        kinds,
        message::{Message, TEXT_MAX_CHARS},
        texts::say,
    },
    button::GroupButton,
    nav::turning,
    notification::block::{kind_settings, line, link},
};

/// More rows are hard to read at once.
const PAGE_MAX_ROWS: usize = 30;
/// Telegram silently drops the 101st styled part of a message; some are left for the client's own,
/// such as numbers that it takes for telephones.
const PAGE_MAX_ENTITIES: usize = 90;
/// What the lines above the rows may take of a page. The longest values there, shortened, stay
/// below it.
const HEAD_MAX_CHARS: usize = 700;
/// The styled parts above the rows: the heading and the sum.
const HEAD_MAX_ENTITIES: usize = 2;
/// Products named above the rows.
const TOP_PRODUCTS: usize = 3;
/// The cabinet's name above the rows.
const CABINET_MAX_CHARS: usize = 80;
/// A title above the rows; WB allows 60 characters.
const TITLE_MAX_CHARS: usize = 60;
/// An article of the seller in a row; the most have fewer.
const ARTICLE_MAX_CHARS: usize = 30;
/// A size, or what else is to be said, in a row.
const DETAIL_MAX_CHARS: usize = 30;
/// An id in a row; those of WB have up to 40 characters.
const ID_MAX_CHARS: usize = 80;

/// Events of one kind that one person is told together. A backlog is told as the same group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<'a> {
    /// The kind.
    pub kind: EventKind,
    /// The cabinet's name, if the reader has several.
    pub cabinet: Option<&'a str>,
    /// What its buttons call the group.
    pub id: GroupId,
    /// The events.
    pub rows: Vec<GroupRow>,
    /// The page to be shown, counted from 0; behind the last one the last is shown.
    pub page: usize,
}

/// One event of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The product's title.
    pub title: Option<String>,
    /// «Артикул продавца».
    pub article: Option<String>,
    /// «Артикул WB».
    pub nm_id: NmId,
    /// The size.
    pub size: Option<String>,
    /// The seller's price with their discount.
    pub sum: Option<Rubles>,
    /// What else is to be said: the stars, the remainder.
    pub detail: Option<String>,
    /// The id by which the reader finds it: of the order, of the review, of the size; empty where there is none.
    pub id_text: String,
}

impl GroupRow {
    /// The row of a new or a cancelled order.
    #[must_use]
    pub fn of_order(order: &Order, at: DateTime<Utc>, facts: &ProductFacts<'_>) -> Self {
        Self {
            title: facts.title.or(order.subject.as_deref()).map(Into::into),
            article: order.supplier_article.as_deref().or(facts.article).map(Into::into),
            size: order.size.clone(),
            sum: order.seller_price,
            ..Self::bare(at, order.nm_id, &order.srid.0)
        }
    }

    /// The row of a buyout or a return.
    #[must_use]
    pub fn of_sale(sale: &Sale, facts: &ProductFacts<'_>) -> Self {
        Self {
            title: facts.title.or(sale.subject.as_deref()).map(Into::into),
            article: sale.supplier_article.as_deref().or(facts.article).map(Into::into),
            size: sale.size.clone(),
            sum: sale.seller_price,
            ..Self::bare(sale.sold_at, sale.nm_id, &sale.srid.0)
        }
    }

    /// The row of a review.
    #[must_use]
    pub fn of_review(review: &Review, facts: &ProductFacts<'_>) -> Self {
        Self {
            title: facts.title.map(Into::into),
            article: facts.article.map(Into::into),
            detail: Some(format!("{}/5", review.stars)),
            ..Self::bare(review.created_at, review.nm_id, &review.id.0)
        }
    }

    /// The row of a size that fell.
    #[must_use]
    pub fn of_stock_fall(language: Language, fall: &StockFall, at: DateTime<Utc>, facts: &ProductFacts<'_>) -> Self {
        // A product as a whole has no size whose id could be told.
        let id_text = if fall.chrt_id == ALL_SIZES { String::new() } else { fall.chrt_id.to_string() };
        Self {
            title: facts.title.map(Into::into),
            article: facts.article.map(Into::into),
            size: facts.size_name(fall.chrt_id).map(Into::into),
            detail: Some(say!(language, "group-row-left", pieces = count(language, fall.remainder))),
            ..Self::bare(at, fall.nm_id, &id_text)
        }
    }

    fn bare(at: DateTime<Utc>, nm_id: NmId, id_text: &str) -> Self {
        let id_text = id_text.to_owned();
        Self { at, title: None, article: None, nm_id, size: None, sum: None, detail: None, id_text }
    }

    /// The row in a page: «12. 22.11 14:05 · 168120815 · KR-01 · размер M · 1 290 ₽ · 75134320.1.0».
    fn line(&self, language: Language, number: usize) -> String {
        let value = |text: Option<&str>, max_chars| text.and_then(|text| line(text, max_chars));
        let size = value(self.size.as_deref(), DETAIL_MAX_CHARS);
        let parts = [
            Some(format!("{number}. {}", stamp(language, self.at))),
            Some(link(self.nm_id)),
            value(self.article.as_deref(), ARTICLE_MAX_CHARS),
            size.map(|size| say!(language, "group-row-size", size = size)),
            self.sum.map(|sum| money(language, sum)),
            value(self.detail.as_deref(), DETAIL_MAX_CHARS),
            value(Some(&self.id_text), ID_MAX_CHARS).map(|id| format!("<code>{id}</code>")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// The message of a group: what it is all together, and the rows of one page.
#[must_use]
pub fn group(language: Language, group: &Group<'_>) -> Message {
    let mut lines = head(language, group);
    lines.push(String::new());
    let pages = pages(language, &group.rows);
    let page = group.page.min(pages.len().saturating_sub(1));
    for at in pages.get(page).cloned().unwrap_or_default() {
        lines.push(group.rows[at].line(language, at + 1));
    }
    let mut rows = Vec::new();
    rows.extend(turning(page, pages.len(), |page| GroupButton::Page { group: group.id, page }));
    rows.push(vec![kind_settings(language, group.id.first())]);
    Message::text(lines.join("\n"), rows)
}

/// How many pages the rows of a group take.
#[must_use]
pub fn group_pages(language: Language, rows: &[GroupRow]) -> usize {
    pages(language, rows).len()
}

/// The rows of each page: as many as fit below the longest head.
fn pages(language: Language, rows: &[GroupRow]) -> Vec<Range<usize>> {
    let mut pages: Vec<Range<usize>> = Vec::new();
    let (mut chars, mut styled) = (0, 0);
    for (at, row) in rows.iter().enumerate() {
        let line = row.line(language, at + 1);
        chars += visible_chars(&line) + 1;
        styled += entities(&line);
        let fits = chars <= TEXT_MAX_CHARS - HEAD_MAX_CHARS && styled <= PAGE_MAX_ENTITIES - HEAD_MAX_ENTITIES;
        match pages.last_mut() {
            Some(page) if fits && page.len() < PAGE_MAX_ROWS => page.end = at + 1,
            _ => {
                pages.push(at..at + 1);
                (chars, styled) = (visible_chars(&line) + 1, entities(&line));
            }
        }
    }
    pages
}

/// Kind, count, cabinet, period, sum, and the products with the most rows.
fn head(language: Language, group: &Group<'_>) -> Vec<String> {
    let rows = &group.rows;
    let (emoji, kind) = (kinds::emoji(group.kind), kinds::name(language, group.kind));
    let mut lines =
        vec![say!(language, "group-head", emoji = emoji, kind = kind, count = rows_count(language, rows.len()))];
    let cabinet = group.cabinet.and_then(|cabinet| line(cabinet, CABINET_MAX_CHARS));
    lines.extend(cabinet.map(|name| say!(language, "cabinet", name = name)));
    let moments = || rows.iter().map(|row| row.at);
    if let (Some(from), Some(until)) = (moments().min(), moments().max()) {
        lines.push(say!(language, "group-period", period = period(language, from, until)));
    }
    if kinds::has_sum(group.kind) {
        lines.extend(sum(language, rows));
    }
    lines.extend(top_products(language, rows));
    lines
}

/// The sum of the rows that have one: «Сумма: 276 060 ₽ · без цены: 3».
fn sum(language: Language, rows: &[GroupRow]) -> Option<String> {
    let sums = || rows.iter().filter_map(|row| row.sum);
    let sum = sums().fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.0));
    let sum = (!sum.is_zero()).then(|| say!(language, "group-sum", sum = money(language, Rubles(sum))));
    let unpriced = rows.len() - sums().count();
    if unpriced == 0 {
        return sum;
    }
    let unpriced = rows_count(language, unpriced);
    Some(match sum {
        Some(sum) => format!("{sum} · {}", say!(language, "group-unpriced", count = unpriced)),
        None => say!(language, "group-unpriced-only", count = unpriced),
    })
}

/// The products with the most rows: «1. Кружка «Утро» · 168120815 — 12».
fn top_products(language: Language, rows: &[GroupRow]) -> Vec<String> {
    let mut products: BTreeMap<NmId, (usize, &GroupRow)> = BTreeMap::new();
    for row in rows {
        products.entry(row.nm_id).or_insert((0, row)).0 += 1;
    }
    let mut products: Vec<(usize, &GroupRow)> = products.into_values().collect();
    products.sort_by_key(|(pieces, _)| Reverse(*pieces));
    let named = products.iter().take(TOP_PRODUCTS).zip(1..).map(|((pieces, row), place)| {
        let title = row.title.as_deref().or(row.article.as_deref()).and_then(|title| line(title, TITLE_MAX_CHARS));
        let title = title.map(|title| format!("{title} · ")).unwrap_or_default();
        format!("{place}. {title}{} — {}", row.nm_id, rows_count(language, *pieces))
    });
    let heading = (!rows.is_empty()).then(|| say!(language, "group-top"));
    heading.into_iter().chain(named).collect()
}

fn rows_count(language: Language, rows: usize) -> String {
    count(language, i64::try_from(rows).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
