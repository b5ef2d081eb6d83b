//! What the notifications share: the cabinet and the product, and the buttons.

use domain::{ChrtId, Language, NmId, NotificationId, Photo, Size, figures::ProductFigures, settings::STOCK_THRESHOLD};
use url::Url;

use crate::{
    base::{
        fold::{Part, fit},
        format::{NO_BREAK, count, escape, shorten},
        keyboard::{Key, Keyboard},
        message::{CAPTION_MAX_CHARS, Message, TEXT_MAX_CHARS},
        texts::say,
    },
    button::{DetailsButton, KindSettingsButton, MutedButton, Screen},
};

/// An id of WB has up to 45 characters; who copies one needs it whole.
const ID_MAX_CHARS: usize = 64;

/// How much space the values of WB get. Its own limits, 60 for a title and 75 for an article, stay
/// below [`Space::USUAL`]; older and odder rows go beyond.
#[derive(Clone, Copy)]
pub(crate) struct Space {
    title_chars: usize,
    value_chars: usize,
}

impl Space {
    /// On the card of everything.
    const WIDE: Self = Self { title_chars: 1_000, value_chars: 250 };
    /// In a caption.
    const USUAL: Self = Self { title_chars: 180, value_chars: 80 };
    /// In a caption that values of such lengths would not leave space for: the longest message of
    /// these fits, whatever its figures.
    const TIGHT: Self = Self { title_chars: 60, value_chars: 30 };

    /// A title in one line, shortened and escaped; `None` for blanks.
    fn title(self, text: &str) -> Option<String> {
        line(text, self.title_chars)
    }

    /// A value in one line, shortened and escaped; `None` for blanks.
    pub(crate) fn value(self, text: &str) -> Option<String> {
        line(text, self.value_chars)
    }

    /// An id, escaped.
    #[expect(clippy::unused_self, reason = "all values go through the space that there is")]
    pub(crate) fn id(self, text: &str) -> String {
        line(text, ID_MAX_CHARS).unwrap_or_default()
    }
}

/// A text in one line, shortened and escaped; `None` for blanks.
pub(crate) fn line(text: &str, max_chars: usize) -> Option<String> {
    let is_gap = |letter: char| letter.is_whitespace() && letter != NO_BREAK;
    let one_line = text.split(is_gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (!one_line.is_empty()).then(|| escape(&shorten(&one_line, max_chars)).into_owned())
}

/// How much of an event is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The notification, with a picture if there is one: folded into a caption.
    #[default]
    Folded,
    /// Everything, as a text: what «Подробнее» opens.
    Full,
}

/// What is known of a product when something that happened to it is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductFacts<'a> {
    /// The title.
    pub title: Option<&'a str>,
    /// «Артикул продавца» of the card, for events that do not name one.
    pub article: Option<&'a str>,
    /// The picture.
    pub photo: Option<&'a Photo>,
    /// The sizes.
    pub sizes: &'a [Size],
    /// What is left, by size (`chrt_id`, pieces); `None` while the stocks cannot be seen.
    pub stocks: Option<&'a [(i64, i64)]>,
    /// Whether the seller may keep more in warehouses of their own, which no token sees.
    pub hides_sellers: bool,
    /// The figures of §3a.
    pub figures: ProductFigures,
    /// The cabinet's name, if the reader has several.
    pub cabinet: Option<&'a str>,
    /// The notification, as its buttons name it.
    pub row: NotificationId,
    /// How much is told.
    pub detail: Detail,
}

impl<'a> ProductFacts<'a> {
    /// The name of a size; `None` for a product without sizes, or a size that its card lacks.
    pub(crate) fn size_name(&self, chrt_id: ChrtId) -> Option<&'a str> {
        self.sizes.iter().find(|size| size.chrt_id == chrt_id)?.name.as_deref()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.detail == Detail::Full
    }

    /// The sizes with a name that are asked for, and what is left of each.
    pub(crate) fn remainders(
        &self,
        stocks: &[(i64, i64)],
        is_asked_for: impl Fn(ChrtId) -> bool,
    ) -> Vec<(&'a str, i64)> {
        let left = |id: i64| stocks.iter().filter(|(chrt_id, _)| *chrt_id == id).map(|(_, quantity)| quantity).sum();
        let asked_for = self.sizes.iter().filter(|size| is_asked_for(size.chrt_id));
        asked_for.filter_map(|size| Some((size.name.as_deref()?, left(size.chrt_id.0)))).collect()
    }
}

/// A size as a line of sizes names it, and whether it stays when the others fold: its remainder is
/// critical to somebody who has chosen nothing.
pub(crate) fn named_size(language: Language, space: Space, (name, left): (&str, i64)) -> Option<(String, bool)> {
    let left_text = count(language, left);
    Some((format!("{} — {left_text}", space.value(name)?), left <= STOCK_THRESHOLD))
}

/// The first lines of a notification: what happened, and in which cabinet.
pub(crate) fn opening(language: Language, headline: String, cabinet: Option<&str>, space: Space) -> Vec<Part> {
    let cabinet = cabinet.and_then(|cabinet| space.value(cabinet));
    let cabinet = cabinet.map(|name| Part::Line(say!(language, "cabinet", name = name)));
    [Some(Part::Line(headline)), cabinet].into_iter().flatten().collect()
}

/// What a product is: title, «Артикул продавца», «Артикул WB».
pub(crate) fn product(
    language: Language,
    nm_id: NmId,
    title: Option<&str>,
    article: Option<&str>,
    space: Space,
) -> Vec<Part> {
    let title = title.and_then(|title| space.title(title)).map(|title| format!("<b>{title}</b>"));
    let article = article.and_then(|article| space.value(article));
    let article = article.map(|article| say!(language, "article", article = article));
    let link = say!(language, "nm-id", link = link(nm_id));
    [title, article, Some(link)].into_iter().flatten().map(Part::Line).collect()
}

/// «Артикул WB», leading to the product's page.
pub(crate) fn link(nm_id: NmId) -> String {
    format!("<a href=\"{}\">{nm_id}</a>", escape(product_page(nm_id).as_str()))
}

/// The product's page for buyers.
fn product_page(nm_id: NmId) -> Url {
    Url::parse(&format!("https://www.wildberries.ru/catalog/{nm_id}/detail.aspx")).expect("a number makes an address")
}

/// The notification that is composed of these parts, folded until Telegram takes it.
pub(crate) fn notification(
    language: Language,
    nm_id: NmId,
    facts: &ProductFacts<'_>,
    compose: impl Fn(Space) -> Vec<Part>,
) -> Message {
    // Without a picture it is folded as well: one may be found, or lost, before the message is
    // edited, and everything stands behind «Подробнее».
    let photo = facts.photo.filter(|_| !facts.is_full());
    let html = if facts.is_full() {
        card_text(language, compose)
    } else {
        folded(language, &[Space::USUAL, Space::TIGHT], CAPTION_MAX_CHARS, compose)
    };
    Message { html, photo: photo.cloned(), keyboard: Keyboard { rows: buttons(language, nm_id, facts) } }
}

/// Everything about one thing, as a text that Telegram takes.
pub(crate) fn card_text(language: Language, compose: impl Fn(Space) -> Vec<Part>) -> String {
    folded(language, &[Space::WIDE, Space::USUAL, Space::TIGHT], TEXT_MAX_CHARS, compose)
}

/// The parts in the widest of these spaces in which they fit.
fn folded(language: Language, spaces: &[Space], max_chars: usize, compose: impl Fn(Space) -> Vec<Part>) -> String {
    let html = spaces.iter().find_map(|space| fit(language, &compose(*space), max_chars));
    // Nothing known is longer; a heading alone is better than a message that Telegram refuses.
    html.unwrap_or_else(|| fit(language, &compose(Space::TIGHT)[..1], max_chars).unwrap_or_default())
}

/// The button that opens the product's page for buyers.
pub(crate) fn open_on_wb(language: Language, nm_id: NmId) -> Key {
    Key::url(say!(language, "button-open-on-wb"), product_page(nm_id))
}

/// The buttons below a notification, and below its card.
fn buttons(language: Language, nm_id: NmId, facts: &ProductFacts<'_>) -> Vec<Vec<Key>> {
    let row = facts.row;
    let mut first = vec![open_on_wb(language, nm_id)];
    let second = vec![MutedButton::Ask(row).button(say!(language, "button-mute")), kind_settings(language, row)];
    if facts.is_full() {
        return vec![first, second, vec![Screen::Menu.button(say!(language, "button-menu"))]];
    }
    first.push(DetailsButton::Of(row).button(say!(language, "button-details")));
    vec![first, second]
}

/// The button that leads from a notification, or a group, to the settings of its kind.
pub(crate) fn kind_settings(language: Language, row: NotificationId) -> Key {
    KindSettingsButton::OpenOf(row).button(say!(language, "button-kind-settings"))
}
