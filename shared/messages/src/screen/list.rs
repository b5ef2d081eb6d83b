//! What the lists of a cabinet share: numbered rows, and the ways out.

use domain::{Language, screen::Heading};

use crate::{
    base::{format::count, keyboard::Key, texts::say},
    button::Button,
    notification::block::line,
};

/// A title in a list.
pub(crate) const TITLE_MAX_CHARS: usize = 60;
/// A size in a list.
pub(crate) const SIZE_MAX_CHARS: usize = 20;
/// Words that were looked for, as a screen repeats them.
const WORDS_MAX_CHARS: usize = 60;
/// Numbers in a row of buttons.
const NUMBERS_IN_ROW: usize = 4;

/// What was looked for, what is chosen, and how many that are.
pub(crate) fn found_lines(language: Language, words: Option<&str>, chosen: Option<String>, total: i64) -> Vec<String> {
    let words = words.and_then(|words| line(words, WORDS_MAX_CHARS));
    let search = words.map(|words| say!(language, "list-search", words = words));
    let chosen = chosen.map(|chosen| say!(language, "list-chosen", chosen = chosen));
    let shown = count(language, total);
    let found = if search.is_none() && chosen.is_none() {
        say!(language, "list-total", count = shown)
    } else {
        say!(language, "list-found", count = shown)
    };
    [search, chosen, (total > 0).then_some(found)].into_iter().flatten().collect()
}

/// The buttons that open the rows of a page, each with its number.
pub(crate) fn numbers(buttons: impl IntoIterator<Item = Button>) -> Vec<Vec<Key>> {
    let keys: Vec<Key> =
        buttons.into_iter().enumerate().map(|(at, button)| button.button((at + 1).to_string())).collect();
    keys.chunks(NUMBERS_IN_ROW).map(<[Key]>::to_vec).collect()
}

/// The row that leads to the same screen of the next cabinet.
pub(crate) fn next_cabinet(heading: &Heading, open: impl FnOnce(domain::CabinetId) -> Button) -> Option<Vec<Key>> {
    let label = say!(heading.language, "next-cabinet");
    heading.next_cabinet.map(|cabinet| vec![open(cabinet).button(label)])
}

/// A choice, marked if it is the present one.
pub(crate) fn choice(is_chosen: bool, name: String) -> String {
    if is_chosen { format!("✓ {name}") } else { name }
}

/// A page as its button carries it.
pub(crate) fn short_page(page: usize) -> u16 {
    page.try_into().unwrap_or(u16::MAX)
}
