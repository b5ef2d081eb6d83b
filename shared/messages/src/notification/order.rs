//! What becomes of an order: made, cancelled, bought out, returned.

use chrono::{DateTime, NaiveTime, Utc};
use domain::{CancelReason, Language, Order, Rubles, Sale, figures::DayPlace, moscow};
use rust_decimal::Decimal;

use crate::{
    base::{
        fold::Part,
        format::{count, day, moment, money, short_day},
        message::Message,
        texts::say,
    },
    notification::{
        block::{ProductFacts, Space, notification, opening},
        piece::{Piece, figures},
    },
};

/// The message of a new order: its place in its day, if we know it, and everything else. Only what
/// is told on that very day says «за сегодня».
#[must_use]
pub fn new_order(
    language: Language,
    order: &Order,
    place: Option<DayPlace>,
    seen_at: DateTime<Utc>,
    facts: ProductFacts<'_>,
) -> Message {
    let piece = Piece::from(order).to_collect();
    notification(language, piece.nm_id, &facts, |space| {
        let headline = say!(language, "order-new", time = moment(language, order.ordered_at));
        let is_today = !facts.is_full() && moscow::day(seen_at) == moscow::day(order.ordered_at);
        let place = place.map(|place| place_line(language, place, order.ordered_at, is_today));
        let mut parts = opening(language, headline, facts.cabinet, space);
        parts.splice(1..1, place.map(Part::Line));
        parts.extend(body(language, &piece, None, &facts, space));
        parts
    })
}

/// The message of an order that was cancelled, with the reason where the order feed has told it:
/// statistics do not.
#[must_use]
pub fn order_cancellation(language: Language, order: &Order, facts: ProductFacts<'_>) -> Message {
    let piece = Piece::from(order);
    notification(language, piece.nm_id, &facts, |space| {
        let at = order.cancelled_at.unwrap_or(order.changed_at);
        // WB often knows the day only, and writes midnight.
        let why = cancel_reason(language, order.feed.cancel_reason);
        let headline = if moscow::wall(at).time() == NaiveTime::MIN {
            say!(language, "order-cancelled-on", why = why, day = day(language, at))
        } else {
            say!(language, "order-cancelled", why = why, time = moment(language, at))
        };
        let mut parts = opening(language, headline, facts.cabinet, space);
        parts.push(Part::Line(say!(language, "order-made", time = moment(language, order.ordered_at))));
        parts.extend(body(language, &piece, None, &facts, space));
        parts
    })
}

/// Why an order was cancelled, in WB's words.
pub(crate) fn cancel_reason(language: Language, reason: Option<CancelReason>) -> String {
    match reason {
        None => say!(language, "cancel-unknown"),
        Some(CancelReason::App) => say!(language, "cancel-app"),
        Some(CancelReason::Receipt) => say!(language, "cancel-receipt"),
        Some(CancelReason::Expire) => say!(language, "cancel-expire"),
        Some(CancelReason::Other) => say!(language, "cancel-other"),
    }
}

/// The message of a buyout.
#[must_use]
pub fn order_buyout(language: Language, sale: &Sale, facts: ProductFacts<'_>) -> Message {
    let headline = say!(language, "order-bought-out", time = moment(language, sale.sold_at));
    told_sale(language, &headline, sale, sale.for_pay, facts)
}

/// The message of a return after a buyout. What WB takes back stands with one minus, whatever sign
/// WB gave it.
#[must_use]
pub fn order_return(language: Language, sale: &Sale, facts: ProductFacts<'_>) -> Message {
    let time = moment(language, sale.sold_at);
    let headline = if sale.feed.is_defective {
        say!(language, "order-returned-defective", time = time)
    } else {
        say!(language, "order-returned", time = time)
    };
    told_sale(language, &headline, sale, sale.for_pay.map(|sum| Rubles(-sum.0.abs())), facts)
}

fn told_sale(
    language: Language,
    headline: &str,
    sale: &Sale,
    for_pay: Option<Rubles>,
    facts: ProductFacts<'_>,
) -> Message {
    let piece = Piece::from(sale);
    notification(language, piece.nm_id, &facts, |space| {
        let mut parts = opening(language, headline.to_owned(), facts.cabinet, space);
        parts.extend(body(language, &piece, for_pay, &facts, space));
        parts
    })
}

/// The piece, its money, and how its product fares.
fn body(
    language: Language,
    piece: &Piece<'_>,
    for_pay: Option<Rubles>,
    facts: &ProductFacts<'_>,
    space: Space,
) -> Vec<Part> {
    let mut parts = vec![Part::Break];
    parts.extend(piece.lines(language, facts, space));
    parts.push(Part::Break);
    parts.extend(piece.prices(language, facts));
    parts.extend(for_pay.map(|sum| Part::Line(say!(language, "for-pay", sum = piece.money(language, sum)))));
    parts.push(Part::Break);
    parts.extend(figures(language, &facts.figures));
    parts.extend(piece.stock(language, facts, space));
    parts
}

/// «Заказ №12 за сегодня · на 18 450 ₽ · без цены: 2».
fn place_line(language: Language, place: DayPlace, ordered_at: DateTime<Utc>, is_today: bool) -> String {
    let number = count(language, place.number);
    let number = if is_today {
        say!(language, "order-place-today", number = number)
    } else {
        say!(language, "order-place-day", number = number, day = short_day(language, ordered_at))
    };
    let sum = (place.sum.0 != Decimal::ZERO).then(|| say!(language, "order-day-sum", sum = money(language, place.sum)));
    let unpriced = (place.without_price > 0)
        .then(|| say!(language, "order-day-unpriced", count = count(language, place.without_price)));
    [Some(number), sum, unpriced].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
pub(crate) mod tests;
