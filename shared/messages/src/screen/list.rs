//! How the lists of a cabinet are laid out: what was chosen, numbered rows, and the ways out.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Language, NmId,
    screen::{Heading, Page, Place},
};

use crate::{
    base::{format::count, keyboard::Key, texts::say},
    button::Button,
    nav::{back, turning},
    notification::block::line,
    screen::heading,
};

/// A title in a list.
const TITLE_MAX_CHARS: usize = 60;
/// A size in a list.
pub(crate) const SIZE_MAX_CHARS: usize = 20;
/// Words that were looked for, as a screen repeats them.
const WORDS_MAX_CHARS: usize = 60;
/// Numbers in a row of buttons.
const NUMBERS_IN_ROW: usize = 4;

/// A page of a list, and where it is.
pub(crate) struct List<'a, R, F> {
    page: &'a Page<R>,
    place: Place<F>,
    pages: usize,
    /// The button that opens a place.
    open: fn(CabinetId, Place<F>) -> Button,
}

/// The words around the rows.
pub(crate) struct Frame {
    /// The title.
    pub title: String,
    /// What is chosen, and how many rows that are.
    pub above: Vec<String>,
    /// What parts one row from the next.
    pub gap: &'static str,
    /// What stands in place of rows where there is none.
    pub none: String,
    /// What the numbers do, and how more is found.
    pub hint: String,
}

impl<'a, R, F: Copy + Default> List<'a, R, F> {
    /// The page at this place, of so many; behind the last one it is the last.
    pub(crate) fn new(
        page: &'a Page<R>,
        place: Place<F>,
        pages: usize,
        open: fn(CabinetId, Place<F>) -> Button,
    ) -> Self {
        let place = Place { page: place.page.min(short_page(pages.saturating_sub(1))), ..place };
        Self { page, place, pages, open }
    }

    /// The rows, each with its number, between the words around them.
    pub(crate) fn text(&self, frame: Frame, now: DateTime<Utc>, row: impl Fn(usize, &R) -> String) -> String {
        let Page { heading, rows, .. } = self.page;
        let mut lines = heading::lines(frame.title, heading, now);
        lines.extend(frame.above);
        lines.push(String::new());
        if rows.is_empty() {
            // Of what is not loaded yet nobody can say that there is none.
            lines.extend(heading.data.is_loaded.then_some(frame.none));
        } else {
            let rows: Vec<String> = rows.iter().enumerate().map(|(at, one)| row(at + 1, one)).collect();
            lines.extend([rows.join(frame.gap), String::new(), frame.hint]);
        }
        lines.join("\n")
    }

    /// The buttons: the cards, the pages, what can be chosen, everything, the next cabinet, the menu.
    pub(crate) fn buttons(
        &self,
        card: impl Fn(CabinetId, Place<F>, &R) -> Button,
        choices: impl IntoIterator<Item = Vec<Key>>,
        show_all: Option<String>,
    ) -> Vec<Vec<Key>> {
        let Self { page: Page { heading, .. }, place, pages, open } = *self;
        let cabinet = heading.cabinet;
        let cards = self.page.rows.iter().enumerate();
        let cards: Vec<Key> = cards.map(|(at, row)| card(cabinet, place, row).button((at + 1).to_string())).collect();
        let mut rows: Vec<Vec<Key>> = cards.chunks(NUMBERS_IN_ROW).map(<[Key]>::to_vec).collect();
        let turn = |page| open(cabinet, Place { page: short_page(page), ..place });
        rows.extend(turning(place.page.into(), pages, turn));
        rows.extend(choices);
        rows.extend(show_all.map(|label| vec![open(cabinet, Place::default()).button(label)]));
        // What was looked for is looked for there as well.
        let same = Place { search: place.search, ..Place::default() };
        rows.extend(next_cabinet(heading, |cabinet| open(cabinet, same)));
        rows.push(back(heading.language));
        rows
    }

    /// Where the page is.
    pub(crate) fn place(&self) -> Place<F> {
        self.place
    }

    /// The button that shows the latest rows of the same choice.
    pub(crate) fn refresh(&self, label: String) -> Key {
        self.latest(self.place.filter).button(label)
    }

    /// The buttons that choose, the present choice marked.
    pub(crate) fn choices<const N: usize>(&self, all: [F; N], name: impl Fn(F) -> String) -> Vec<Key>
    where
        F: PartialEq,
    {
        let choice = |filter| self.latest(filter).button(choice(filter == self.place.filter, name(filter)));
        all.map(choice).to_vec()
    }

    fn latest(&self, filter: F) -> Button {
        (self.open)(self.page.heading.cabinet, Place { filter, as_of: None, page: 0, ..self.place })
    }
}

/// What was looked for, what is chosen, and how many rows that are.
pub(crate) fn found_lines<R>(page: &Page<R>, chosen: Option<String>) -> Vec<String> {
    let language = page.heading.language;
    let mut lines = chosen_lines(page, chosen);
    let shown = count(language, page.total);
    let found = if lines.is_empty() {
        say!(language, "list-total", count = shown)
    } else {
        say!(language, "list-found", count = shown)
    };
    lines.extend((page.total > 0).then_some(found));
    lines
}

/// What was looked for, and what is chosen.
pub(crate) fn chosen_lines<R>(page: &Page<R>, chosen: Option<String>) -> Vec<String> {
    let language = page.heading.language;
    let words = page.words.as_deref().and_then(|words| line(words, WORDS_MAX_CHARS));
    let search = words.map(|words| say!(language, "list-search", words = words));
    let chosen = chosen.map(|chosen| say!(language, "list-chosen", chosen = chosen));
    [search, chosen].into_iter().flatten().collect()
}

/// A product in a list: its title, or its article.
pub(crate) fn title(language: Language, title: Option<&str>, nm_id: NmId) -> String {
    known_title(title).unwrap_or_else(|| say!(language, "list-nameless", article = nm_id.to_string()))
}

/// The title of a product in a list, if there is one.
pub(crate) fn known_title(title: Option<&str>) -> Option<String> {
    title.and_then(|title| line(title, TITLE_MAX_CHARS))
}

/// The row that leads to the same screen of the next cabinet.
pub(crate) fn next_cabinet(heading: &Heading, open: impl FnOnce(CabinetId) -> Button) -> Option<Vec<Key>> {
    let label = say!(heading.language, "next-cabinet");
    heading.next_cabinet.map(|cabinet| vec![open(cabinet).button(label)])
}

/// A choice, marked if it is the present one.
pub(crate) fn choice(is_chosen: bool, name: String) -> String {
    if is_chosen { format!("✓ {name}") } else { name }
}

/// A page as its button carries it.
fn short_page(page: usize) -> u16 {
    page.try_into().unwrap_or(u16::MAX)
}
