//! How values look: escaped, in Moscow time, with the spaces, commas and points of a language.

use std::borrow::Cow;

use chrono::{DateTime, NaiveTime, Utc};
use domain::{Language, Rubles, moscow};
use rust_decimal::{Decimal, RoundingStrategy};

/// Between thousands, and between a number and its unit: a line never breaks there.
pub(crate) const NO_BREAK: char = '\u{a0}';

/// Escapes a value for Telegram's HTML, in text and in attributes.
#[must_use]
pub fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

/// How long a text is as Telegram may count it: in UTF-16 units, of which an emoji has two.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Shortens a value to so many characters as [`length`] counts them, with an ellipsis in place of the rest: behind a word,
/// if one ends in the second half.
#[must_use]
pub fn shorten(value: &str, max_chars: usize) -> Cow<'_, str> {
    if length(value) <= max_chars {
        return Cow::Borrowed(value);
    }
    let Some(room) = max_chars.checked_sub(1) else { return Cow::Borrowed("") };
    let ends = value.char_indices().scan(0, |units, (at, letter)| {
        *units += letter.len_utf16();
        Some((at + letter.len_utf8(), *units))
    });
    let end = ends.take_while(|(_, units)| *units <= room).last().map_or(0, |(end, _)| end);
    let (kept, rest) = value.split_at(end);
    let is_between_words = rest.starts_with(char::is_whitespace);
    let word_end = kept.rfind(char::is_whitespace).filter(|at| !is_between_words && *at >= end / 2);
    Cow::Owned(format!("{}…", kept[..word_end.unwrap_or(end)].trim_end()))
}

/// A sum: «1 290,50 ₽», "1,290.50 ₽".
#[must_use]
pub fn money(language: Language, sum: Rubles) -> String {
    format!("{}{NO_BREAK}₽", number(language, sum.0))
}

/// A sum among figures: from 100 ₽ on without kopecks, which nobody compares.
#[must_use]
pub fn sum(language: Language, sum: Rubles) -> String {
    if sum.0.abs() < Decimal::ONE_HUNDRED {
        return money(language, sum);
    }
    money(language, Rubles(sum.0.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)))
}

/// A number with at most two decimals: «1 290», «26,50»; "1,290", "26.50".
#[must_use]
pub fn number(language: Language, value: Decimal) -> String {
    let (thousands, point) = match language {
        Language::Ru => (NO_BREAK, ','),
        Language::En => (',', '.'),
    };
    let rounded = value.round_dp(2).normalize();
    let text = if rounded.fract().is_zero() { rounded.trunc().to_string() } else { format!("{rounded:.2}") };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(thousands);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

/// A mean of stars: «4,7», "4.7".
#[must_use]
pub fn stars(language: Language, mean: Decimal) -> String {
    let text = format!("{:.1}", mean.round_dp(1));
    match language {
        Language::Ru => text.replace('.', ","),
        Language::En => text,
    }
}

/// A count: «12 480», "12,480".
#[must_use]
pub fn count(language: Language, value: i64) -> String {
    number(language, Decimal::from(value))
}

/// A share: «87 %», "87%".
#[must_use]
pub fn percent(language: Language, value: Decimal) -> String {
    match language {
        Language::Ru => format!("{}{NO_BREAK}%", number(language, value)),
        Language::En => format!("{}%", number(language, value)),
    }
}

/// A moment on a Moscow clock, which the text names: «22.11 в 14:05», "22 Nov, 14:05".
#[must_use]
pub fn moment(language: Language, at: DateTime<Utc>) -> String {
    wall(
        at,
        match language {
            Language::Ru => "%d.%m в %H:%M",
            Language::En => "%-d %b, %H:%M",
        },
    )
}

/// A moment on a Moscow clock where many stand below each other: «22.11 14:05», "22 Nov 14:05".
/// Midnight to the second is how WB writes a day of which it knows no hour: «22.11».
#[must_use]
pub fn stamp(language: Language, at: DateTime<Utc>) -> String {
    let is_day = moscow::wall(at).time() == NaiveTime::MIN;
    wall(
        at,
        match (language, is_day) {
            (Language::Ru, true) => "%d.%m",
            (Language::Ru, false) => "%d.%m %H:%M",
            (Language::En, true) => "%-d %b",
            (Language::En, false) => "%-d %b %H:%M",
        },
    )
}

/// From one moment to another on a Moscow clock: «22.11, 09:00–14:05», «21.11 в 09:00 – 22.11 в 14:05».
#[must_use]
pub fn period(language: Language, from: DateTime<Utc>, until: DateTime<Utc>) -> String {
    let (first, last) = (moment(language, from), moment(language, until));
    if first == last {
        return first;
    }
    if moscow::day(from) == moscow::day(until) {
        return format!("{}, {}–{}", short_day(language, from), clock(from), clock(until));
    }
    format!("{first} – {last}")
}

/// A moment of a day that is named already, on a Moscow clock: «14:05».
#[must_use]
pub fn clock(at: DateTime<Utc>) -> String {
    wall(at, "%H:%M")
}

/// A Moscow day: «22.11.2026», "22 Nov 2026".
#[must_use]
pub fn day(language: Language, at: DateTime<Utc>) -> String {
    wall(
        at,
        match language {
            Language::Ru => "%d.%m.%Y",
            Language::En => "%-d %b %Y",
        },
    )
}

/// A Moscow day of about now: «22.11», "22 Nov".
#[must_use]
pub fn short_day(language: Language, at: DateTime<Utc>) -> String {
    wall(
        at,
        match language {
            Language::Ru => "%d.%m",
            Language::En => "%-d %b",
        },
    )
}

fn wall(at: DateTime<Utc>, pattern: &str) -> String {
    moscow::wall(at).format(pattern).to_string()
}

/// How many characters of our own HTML Telegram counts, in UTF-16 units: tags are not shown, a reference is one. Every `<` and `&` of such a text is ours, because values are escaped.
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
            (None, _) => visible += letter.len_utf16(),
        }
    }
    visible
}

/// What a reader of our own HTML sees, without its styles and links.
pub(crate) fn visible_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        let end = if rest[at..].starts_with('<') { '>' } else { ';' };
        let (mark, behind) = rest[at..].split_once(end).unwrap_or((&rest[at..], ""));
        text.push_str(match mark {
            "&amp" => "&",
            "&lt" => "<",
            "&gt" => ">",
            "&quot" => "\"",
            _ => "",
        });
        rest = behind;
    }
    text.push_str(rest);
    text
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
        assert_eq!(visible_text(&html), parsed.text);
        assert_eq!(entities(&html), parsed.entities.len());
    }

    #[test]
    fn a_period_names_a_day_once() {
        let at = |day, hour| Utc.with_ymd_and_hms(2026, 11, day, hour, 0, 0).unwrap();
        let (ru, en) = (Language::Ru, Language::En);
        assert_eq!(period(ru, at(22, 6), at(22, 6)), "22.11 в 09:00");
        assert_eq!(period(ru, at(22, 6), at(22, 11)), "22.11, 09:00–14:00");
        assert_eq!(period(ru, at(22, 6), at(22, 21)), "22.11 в 09:00 – 23.11 в 00:00");
        assert_eq!(period(en, at(2, 6), at(2, 6)), "2 Nov, 09:00");
        assert_eq!(period(en, at(22, 6), at(22, 11)), "22 Nov, 09:00–14:00");
        assert_eq!(period(en, at(22, 6), at(22, 21)), "22 Nov, 09:00 – 23 Nov, 00:00");
        assert_eq!([ru, en].map(|language| stamp(language, at(22, 6))), ["22.11 09:00", "22 Nov 09:00"]);
        assert_eq!([ru, en].map(|language| stamp(language, at(22, 21))), ["23.11", "23 Nov"]);
        assert_eq!([ru, en].map(|language| day(language, at(2, 21))), ["03.11.2026", "3 Nov 2026"]);
    }

    #[test]
    fn thousands_are_parted_and_cents_shown_only_where_there_are_some() {
        let show =
            |text: &str| Language::ALL.map(|language| number(language, text.parse().unwrap()).replace(NO_BREAK, " "));
        assert_eq!(show("0.5"), ["0,50", "0.50"]);
        assert_eq!(show("999"), ["999", "999"]);
        assert_eq!(show("1290"), ["1 290", "1,290"]);
        assert_eq!(show("1290.50"), ["1 290,50", "1,290.50"]);
        assert_eq!(show("-1234567.899"), ["−1 234 567,90", "−1,234,567.90"]);
        assert_eq!(Language::ALL.map(|language| stars(language, "4.7".parse().unwrap())), ["4,7", "4.7"]);
        assert_eq!(stars(Language::En, 5.into()), "5.0");
        assert_eq!(Language::ALL.map(|language| percent(language, 87.into())), ["87\u{a0}%", "87%"]);
    }

    #[test]
    fn a_sum_among_figures_has_kopecks_below_100_only() {
        let show = |text: &str| sum(Language::Ru, Rubles(text.parse().unwrap())).replace(NO_BREAK, " ");
        assert_eq!(
            ["99.99", "100.49", "100.5", "-1234.5", "0.5"].map(show),
            ["99,99 ₽", "100 ₽", "101 ₽", "−1 235 ₽", "0,50 ₽"]
        );
    }

    #[test]
    fn what_wb_sends_cannot_become_a_tag() {
        assert_eq!(escape("<b>\"Кофе\" & чай</b>"), "&lt;b&gt;&quot;Кофе&quot; &amp; чай&lt;/b&gt;");
    }

    #[test]
    fn a_shortened_value_keeps_its_limit() {
        assert_eq!(shorten("Кружка", 6), "Кружка");
        assert_eq!(shorten("Кружка большая", 8), "Кружка…");
        assert_eq!(shorten("Кружка большая", 7), "Кружка…");
        assert_eq!(shorten("Кружка очень большая", 17), "Кружка очень…");
        assert_eq!(shorten("Я передумал-и-не-возьму", 12), "Я передумал…");
        assert_eq!(shorten("Кружка", 0), "");
        assert!(shorten(&"я".repeat(500), 200).chars().count() <= 200);
        assert_eq!(shorten(&"😡".repeat(500), 200), format!("{}…", "😡".repeat(99)));
    }
}
