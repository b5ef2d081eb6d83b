//! Fits a message into what Telegram takes. What is folded stands behind «Подробнее».

use domain::Language;

use crate::base::{
    format::{count, escape, length, shorten, visible_chars},
    texts::say,
};

/// A text of a person is not worth showing below this.
const TEXT_MIN_CHARS: usize = 40;

/// A part of a message, and how it may be folded.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// An empty line, if something stands before and behind it.
    Break,
    /// A line that stays.
    Line(String),
    /// A count of 7/14/30 days: goes after the sizes.
    Window(String),
    /// Sizes in one line.
    Sizes(Sizes),
    /// Lines of which the last may be counted instead.
    Rows(Vec<String>),
    /// What a person wrote, in plain text behind a label: shortened when nothing else helps.
    Text {
        /// The label, as HTML.
        label: String,
        /// The text, not escaped.
        text: String,
    },
}

/// Sizes in one line: «По размерам: M — 12, S — 0, ещё 3».
#[derive(Clone, Debug)]
pub(crate) struct Sizes {
    /// The line around the sizes.
    pub around: fn(Language, String) -> String,
    /// The sizes as they are shown, the most important first; `true` for one that is named for
    /// longer: it is critical, or the very size of the message.
    pub named: Vec<(String, bool)>,
}

/// How far a message is folded.
#[derive(Clone, Copy)]
struct Folding {
    /// Whether sizes that are not critical are counted only.
    counts_sizes: bool,
    /// Whether the 7/14/30 lines stay.
    has_windows: bool,
    /// How many sizes of a line, or rows, are named at the most.
    named: usize,
}

impl Folding {
    const WHOLE: Self = Self { counts_sizes: false, has_windows: true, named: usize::MAX };
    const SIZES: Self = Self { counts_sizes: true, ..Self::WHOLE };
    const WINDOWS: Self = Self { has_windows: false, ..Self::SIZES };
}

/// The parts as HTML of at most so many visible characters: whole if they fit; else sizes above the
/// threshold fold into «ещё N», then the 7/14/30 lines go, then the longest texts are shortened,
/// then fewer sizes are named. No line is cut otherwise: `None` if all that does not help.
pub(crate) fn fit(language: Language, parts: &[Part], max_chars: usize) -> Option<String> {
    let longest = parts.iter().map(listed).max().unwrap_or_default();
    let fewer = (1..longest).rev().map(|named| Folding { named, ..Folding::WINDOWS });
    [Folding::WHOLE, Folding::SIZES, Folding::WINDOWS]
        .into_iter()
        .enumerate()
        .find_map(|(step, folding)| {
            let lines = lines(language, parts, folding);
            if step < 2 { within(&lines, max_chars) } else { shortened(&lines, max_chars) }
        })
        .or_else(|| fewer.into_iter().find_map(|folding| shortened(&lines(language, parts, folding), max_chars)))
}

/// The parts as they are, whatever their length.
#[cfg(test)]
pub(crate) fn whole(language: Language, parts: &[Part]) -> String {
    within(&lines(language, parts, Folding::WHOLE), usize::MAX).unwrap_or_default()
}

/// A line, and the text behind it that may still be shortened.
struct Drawn<'a> {
    html: String,
    text: Option<&'a str>,
}

/// How many things a part lists.
fn listed(part: &Part) -> usize {
    match part {
        Part::Sizes(sizes) => sizes.named.len(),
        Part::Rows(rows) => rows.len(),
        Part::Break | Part::Line(_) | Part::Window(_) | Part::Text { .. } => 0,
    }
}

fn lines<'a>(language: Language, parts: &'a [Part], folding: Folding) -> Vec<Drawn<'a>> {
    let mut lines: Vec<Drawn<'a>> = Vec::new();
    let mut is_parted = false;
    for part in parts {
        let (drawn, text) = match part {
            Part::Break => {
                is_parted = !lines.is_empty();
                continue;
            }
            Part::Window(_) if !folding.has_windows => continue,
            Part::Line(line) | Part::Window(line) => (vec![line.clone()], None),
            Part::Sizes(sizes) => (vec![sizes_line(language, sizes, folding)], None),
            Part::Rows(rows) => (rows_lines(language, rows, folding.named), None),
            Part::Text { label, text } => (vec![format!("{label} ")], Some(text.as_str())),
        };
        if std::mem::take(&mut is_parted) {
            lines.push(Drawn { html: String::new(), text: None });
        }
        lines.extend(drawn.into_iter().map(|html| Drawn { html, text }));
    }
    lines
}

fn sizes_line(language: Language, sizes: &Sizes, folding: Folding) -> String {
    // One at least is named: a count alone says nothing.
    let is_named = |(at, (_, is_kept)): &(usize, &(String, bool))| *at == 0 || *is_kept || !folding.counts_sizes;
    let mut parts: Vec<String> = sizes
        .named
        .iter()
        .enumerate()
        .filter(is_named)
        .map(|(_, (size, _))| size.clone())
        .take(folding.named)
        .collect();
    let more = sizes.named.len() - parts.len();
    if more > 0 {
        parts.push(say!(language, "sizes-more", count = more));
    }
    (sizes.around)(language, parts.join(", "))
}

fn rows_lines(language: Language, rows: &[String], named: usize) -> Vec<String> {
    let mut kept: Vec<String> = rows.iter().take(named).cloned().collect();
    let more = rows.len() - kept.len();
    if more > 0 {
        let more = count(language, i64::try_from(more).unwrap_or(i64::MAX));
        kept.push(say!(language, "stock-falls-more", count = more));
    }
    kept
}

/// The lines with their whole texts, if they fit.
fn within(lines: &[Drawn<'_>], max_chars: usize) -> Option<String> {
    let html: Vec<String> =
        lines.iter().map(|line| line.html.clone() + &escape(line.text.unwrap_or_default())).collect();
    let html = html.join("\n");
    (visible_chars(&html) <= max_chars).then_some(html)
}

/// The lines with their texts shortened as far as it takes, if something worth reading remains.
fn shortened(lines: &[Drawn<'_>], max_chars: usize) -> Option<String> {
    let around: usize = lines.iter().map(|line| visible_chars(&line.html) + 1).sum::<usize>().saturating_sub(1);
    let lengths: Vec<usize> = lines.iter().map(|line| line.text.map_or(0, length)).collect();
    let shares = shares(&lengths, max_chars.checked_sub(around)?);
    let is_readable = |(share, length): (&usize, &usize)| *share >= TEXT_MIN_CHARS.min(*length);
    if !shares.iter().zip(&lengths).all(is_readable) {
        return None;
    }
    let html = lines
        .iter()
        .zip(shares)
        .map(|(line, share)| line.html.clone() + &escape(&shorten(line.text.unwrap_or_default(), share)));
    Some(html.collect::<Vec<_>>().join("\n"))
}

/// Shares space among texts: the short ones stay whole, the long ones get the same.
fn shares(lengths: &[usize], space: usize) -> Vec<usize> {
    let mut by_length: Vec<usize> = (0..lengths.len()).collect();
    by_length.sort_by_key(|at| lengths[*at]);
    let mut shares = vec![0; lengths.len()];
    let mut left = space;
    for (done, at) in by_length.into_iter().enumerate() {
        shares[at] = lengths[at].min(left / (lengths.len() - done));
        left -= shares[at];
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    const RU: Language = Language::Ru;

    fn parts() -> Vec<Part> {
        let sizes = Sizes {
            around: |_, sizes| format!("Размеры: {sizes}"),
            named: vec![("M — 1".into(), true), ("L — 30".into(), false), ("S — 40".into(), false)],
        };
        vec![
            Part::Line("Заголовок".into()),
            Part::Break,
            Part::Window("Заказы 7/14/30 дн.: 1 / 2 / 3".into()),
            Part::Sizes(sizes),
            Part::Break,
            Part::Text { label: "<b>Текст:</b>".into(), text: "слово ".repeat(40) },
        ]
    }

    fn fitted(max_chars: usize) -> Option<String> {
        let html = fit(RU, &parts(), max_chars);
        assert!(html.as_ref().is_none_or(|html| visible_chars(html) <= max_chars));
        html
    }

    #[test]
    fn folding_keeps_the_order_of_the_contract() {
        let all = whole(RU, &parts());
        let length = visible_chars(&all);
        assert_eq!(fitted(length).as_ref(), Some(&all));
        let sizes = all.replace("L — 30, S — 40", "ещё 2");
        assert_eq!(fitted(length - 1).as_ref(), Some(&sizes));
        let windows = sizes.replace("Заказы 7/14/30 дн.: 1 / 2 / 3\n", "");
        assert_eq!(fitted(visible_chars(&sizes) - 1).as_ref(), Some(&windows));
        insta::assert_snapshot!(fitted(90).unwrap(), @"
        Заголовок

        Размеры: M — 1, ещё 2

        <b>Текст:</b> слово слово слово слово слово слово слово слово…
        ");
        assert_eq!(fitted(60), None, "and what is left of the text is worth reading");
    }

    #[test]
    fn an_empty_line_stands_only_between_two_parts() {
        let parts =
            [Part::Break, Part::Line("а".into()), Part::Break, Part::Break, Part::Line("б".into()), Part::Break];
        assert_eq!(whole(RU, &parts), "а\n\nб");
    }

    #[test]
    fn short_texts_stay_whole_and_long_ones_share_the_rest() {
        assert_eq!(shares(&[10, 500, 300], 100), [10, 45, 45]);
        assert_eq!(shares(&[10, 20], 100), [10, 20]);
        assert_eq!(shares(&[], 100), Vec::<usize>::new());
    }
}
