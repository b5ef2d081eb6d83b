//! How values look: escaped, in Moscow time, with Russian spaces and commas.

use std::borrow::Cow;

use chrono::{DateTime, NaiveTime, Utc};
use domain::{Rubles, moscow};
use rust_decimal::Decimal;

/// Between thousands, and between a number and its unit: a line never breaks there.
const NO_BREAK: char = '\u{a0}';

/// Escapes a value for Telegram's HTML, in text and in attributes.
#[must_use]
pub fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

/// Shortens a value to so many characters, with an ellipsis in place of the rest.
#[must_use]
pub fn shorten(value: &str, max_chars: usize) -> Cow<'_, str> {
    if value.chars().count() <= max_chars {
        return Cow::Borrowed(value);
    }
    let kept: String = value.chars().take(max_chars.saturating_sub(1)).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// A sum: «1 290 ₽», «1 290,50 ₽».
#[must_use]
pub fn money(sum: Rubles) -> String {
    format!("{}{NO_BREAK}₽", number(sum.0))
}

/// A number with at most two decimals: «1 290», «26,5».
#[must_use]
pub fn number(value: Decimal) -> String {
    let rounded = value.round_dp(2).normalize();
    let text = if rounded.fract().is_zero() { rounded.trunc().to_string() } else { format!("{rounded:.2}") };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(NO_BREAK);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(',');
        out.push_str(fraction);
    }
    out
}

/// A count: «12 480».
#[must_use]
pub fn count(value: i64) -> String {
    number(Decimal::from(value))
}

/// A moment on a Moscow clock: «22.11 в 14:05».
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    moscow::wall(at).format("%d.%m в %H:%M").to_string()
}

/// A moment on a Moscow clock where many stand below each other: «22.11 14:05». Midnight to the
/// second is how WB writes a day of which it knows no hour: «22.11».
#[must_use]
pub fn stamp(at: DateTime<Utc>) -> String {
    let wall = moscow::wall(at);
    wall.format(if wall.time() == NaiveTime::MIN { "%d.%m" } else { "%d.%m %H:%M" }).to_string()
}

/// From one moment to another on a Moscow clock: «22.11, 09:00–14:05», «21.11 в 09:00 – 22.11 в 14:05».
#[must_use]
pub fn period(from: DateTime<Utc>, until: DateTime<Utc>) -> String {
    if moment(from) == moment(until) {
        return moment(from);
    }
    if moscow::day(from) == moscow::day(until) {
        return format!("{}–{}", moscow::wall(from).format("%d.%m, %H:%M"), moscow::wall(until).format("%H:%M"));
    }
    format!("{} – {}", moment(from), moment(until))
}

/// A Moscow day: «22.11.2026».
#[must_use]
pub fn day(at: DateTime<Utc>) -> String {
    moscow::wall(at).format("%d.%m.%Y").to_string()
}

/// How many characters of our own HTML Telegram counts: tags are not shown, a reference is one
/// character. Every `<` and `&` of such a text is ours, because values are escaped.
pub(crate) fn visible_chars(html: &str) -> usize {
    let mut until = None;
    let mut visible = 0;
    for letter in html.chars() {
        match (until, letter) {
            (Some(end), _) if end == letter => until = None,
            (Some(_), _) => {}
            (None, '<') => until = Some('>'),
            (None, '&') => {
                until = Some(';');
                visible += 1;
            }
            (None, _) => visible += 1,
        }
    }
    visible
}

/// How many styled parts our own HTML has.
pub(crate) fn entities(html: &str) -> usize {
    html.matches("</").count()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn telegram_counts_as_we_do() {
        let html = format!(
            "🛒 <b>{}</b>\n<a href=\"{}\">7</a>",
            escape("<\"Кофе\" & чай;>"),
            escape("https://www.wildberries.ru/?a=1&b=2")
        );
        let parsed = testkit::telegram::html::parse(&html).unwrap();
        assert_eq!(visible_chars(&html), parsed.length());
        assert_eq!(entities(&html), parsed.entities.len());
    }

    #[test]
    fn a_period_names_a_day_once() {
        let at = |day, hour| Utc.with_ymd_and_hms(2026, 11, day, hour, 0, 0).unwrap();
        assert_eq!(period(at(22, 6), at(22, 6)), "22.11 в 09:00");
        assert_eq!(period(at(22, 6), at(22, 11)), "22.11, 09:00–14:00");
        assert_eq!(period(at(22, 6), at(22, 21)), "22.11 в 09:00 – 23.11 в 00:00");
        assert_eq!(stamp(at(22, 6)), "22.11 09:00");
        assert_eq!(stamp(at(22, 21)), "23.11");
    }

    #[test]
    fn thousands_are_parted_and_cents_shown_only_where_there_are_some() {
        let show = |text: &str| number(text.parse().unwrap()).replace(NO_BREAK, " ");
        assert_eq!(show("0.5"), "0,50");
        assert_eq!(show("999"), "999");
        assert_eq!(show("1290"), "1 290");
        assert_eq!(show("1290.50"), "1 290,50");
        assert_eq!(show("-1234567.899"), "−1 234 567,90");
    }

    #[test]
    fn what_wb_sends_cannot_become_a_tag() {
        assert_eq!(escape("<b>\"Кофе\" & чай</b>"), "&lt;b&gt;&quot;Кофе&quot; &amp; чай&lt;/b&gt;");
    }

    #[test]
    fn a_shortened_value_keeps_its_limit() {
        assert_eq!(shorten("Кружка", 6), "Кружка");
        assert_eq!(shorten("Кружка большая", 8), "Кружка…");
        assert!(shorten(&"я".repeat(500), 200).chars().count() <= 200);
    }
}
