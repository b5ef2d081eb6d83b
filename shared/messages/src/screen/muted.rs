//! Muted products: the question below a notification, and the list that gives them back.

use domain::{CabinetId, EventKind, Language, MutingId, NmId, NotificationId};

use crate::{
    base::{
        format::{escape, shorten},
        kinds::{self, cabinet_line},
        message::Message,
        texts::say,
    },
    button::{MutedButton, Screen},
    nav::turning,
    screen::notifications::back_to_switches,
};

/// A title on a button; more is cut by Telegram's apps.
const BUTTON_TITLE_MAX_CHARS: usize = 30;
/// A title in a text; WB allows 60 characters.
const TITLE_MAX_CHARS: usize = 60;

/// The product of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductView {
    /// The notification.
    pub row: NotificationId,
    /// Its kind.
    pub kind: EventKind,
    /// The product.
    pub nm_id: NmId,
    /// The product's title, if it is known.
    pub title: Option<String>,
    /// The cabinet's name, if the reader has several.
    pub cabinet_name: Option<String>,
}

/// Asks what of the product is to be muted.
#[must_use]
pub fn mute_question(language: Language, product: &ProductView) -> Message {
    let row = product.row;
    let this_kind = say!(language, "mute-this-kind", kind = kinds::name(language, product.kind));
    Message::text(
        with_product(language, say!(language, "mute-question"), product).join("\n"),
        [
            vec![MutedButton::Mute { notification: row, all_kinds: false }.button(this_kind)],
            vec![MutedButton::Mute { notification: row, all_kinds: true }.button(say!(language, "mute-everything"))],
            vec![Screen::Notifications.button(say!(language, "mute-cancel"))],
        ],
    )
}

/// Says what was muted, and how to undo it.
#[must_use]
pub fn mute_done(
    language: Language,
    product: &ProductView,
    all_kinds: bool,
    cabinet: CabinetId,
    id: MutingId,
) -> Message {
    let done = if all_kinds {
        say!(language, "mute-done-all")
    } else {
        say!(language, "mute-done-kind", kind = kinds::name(language, product.kind).to_lowercase())
    };
    let mut lines = with_product(language, done, product);
    lines.push(say!(language, "mute-done-note"));
    let undo = MutedButton::Unmute { id, page: 0 }.button(say!(language, "mute-undo"));
    Message::text(lines.join("\n"), [vec![undo], back_to_switches(language, cabinet)])
}

fn with_product(language: Language, headline: String, product: &ProductView) -> Vec<String> {
    let article = product.nm_id.to_string();
    let mut lines = vec![headline];
    lines.push(match &product.title {
        Some(title) => {
            let title = escape(&shorten(title, TITLE_MAX_CHARS)).into_owned();
            say!(language, "mute-product", title = title, article = article)
        }
        None => say!(language, "mute-product-bare", article = article),
    });
    lines.extend(cabinet_line(language, product.cabinet_name.as_deref()));
    lines
}

/// A page of the muted products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutedView {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The cabinet's name, if the reader has several.
    pub cabinet_name: Option<String>,
    /// The page, counted from 0.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// The products of the page.
    pub products: Vec<MutedProduct>,
}

/// A muted product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutedProduct {
    /// What its button calls it.
    pub id: MutingId,
    /// The product.
    pub nm_id: NmId,
    /// Its title, if it is known.
    pub title: Option<String>,
    /// The kind; `None` for all kinds.
    pub kind: Option<EventKind>,
}

/// The muted products of a cabinet: a tap gives one back.
#[must_use]
pub fn muted(language: Language, view: &MutedView) -> Message {
    let mut lines = vec![say!(language, "muted-title")];
    lines.extend(cabinet_line(language, view.cabinet_name.as_deref()));
    lines.push(String::new());
    lines.push(if view.products.is_empty() { say!(language, "muted-none") } else { say!(language, "muted-hint") });
    let page = view.page.min(view.pages.saturating_sub(1));
    let mut rows: Vec<Vec<_>> = Vec::new();
    rows.extend(view.products.iter().map(|product| {
        let kind = match product.kind {
            Some(kind) => kinds::name(language, kind).to_lowercase(),
            None => say!(language, "muted-all-kinds"),
        };
        let article = product.nm_id.to_string();
        let label = match &product.title {
            Some(title) => {
                let title = shorten(title, BUTTON_TITLE_MAX_CHARS).into_owned();
                say!(language, "muted-product", title = title, article = article, kind = kind)
            }
            None => say!(language, "muted-product-bare", article = article, kind = kind),
        };
        vec![MutedButton::Unmute { id: product.id, page }.button(label)]
    }));
    rows.extend(turning(page, view.pages, |page| MutedButton::Page { cabinet: view.cabinet, page }));
    rows.push(back_to_switches(language, view.cabinet));
    Message::text(lines.join("\n"), rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    fn product(title: Option<&str>) -> ProductView {
        ProductView {
            row: NotificationId(41),
            kind: EventKind::NewOrder,
            nm_id: NmId(168_120_815),
            title: title.map(Into::into),
            cabinet_name: None,
        }
    }

    #[test]
    fn the_question_names_the_product_and_the_answer_how_to_undo_it() {
        let known = product(Some("Кружка <b>&"));
        insta::assert_snapshot!(shown(&mute_question(Language::Ru, &known)), @"
        🔕 О чём больше не писать?
        Кружка &lt;b&gt;&amp;, артикул WB 168120815
        [Новые заказы по этому товару | 1:mute:41:kind]
        [Всё по этому товару | 1:mute:41:all]
        [Отмена | 1:notifications]
        ");
        let unknown = ProductView { cabinet_name: Some("ИП & Ко".into()), ..product(None) };
        insta::assert_snapshot!(shown(&mute_question(Language::En, &unknown)), @"
        🔕 What should I no longer tell you?
        WB article 168120815
        Cabinet: ИП &amp; Ко
        [New orders of this product | 1:mute:41:kind]
        [Everything about this product | 1:mute:41:all]
        [Cancel | 1:notifications]
        ");
        insta::assert_snapshot!(shown(&mute_done(Language::Ru, &known, false, CabinetId(7), MutingId(3))), @"
        🔕 Больше не пишу об этом товаре: новые заказы.
        Кружка &lt;b&gt;&amp;, артикул WB 168120815
        Вернуть можно здесь или в 🔔 Уведомления → Отключённые товары.
        [🔔 Вернуть | 1:unmute:3:0]
        [← Уведомления | 1:of:7]
        ");
        insta::assert_snapshot!(shown(&mute_done(Language::En, &unknown, true, CabinetId(7), MutingId(3))), @"
        🔕 I no longer tell you anything about this product.
        WB article 168120815
        Cabinet: ИП &amp; Ко
        Undo it here, or in 🔔 Notifications → Muted products.
        [🔔 Undo | 1:unmute:3:0]
        [← Notifications | 1:of:7]
        ");
    }

    #[test]
    fn the_list_is_turned_by_pages_and_says_when_it_is_empty() {
        let view = MutedView {
            cabinet: CabinetId(7),
            cabinet_name: Some("ИП & Ко".into()),
            page: 1,
            pages: 3,
            products: vec![
                MutedProduct {
                    id: MutingId(3),
                    nm_id: NmId(168_120_815),
                    title: Some("Кружка <b>& керамическая большая".into()),
                    kind: None,
                },
                MutedProduct { id: MutingId(2), nm_id: NmId(7), title: None, kind: Some(EventKind::NegativeReview) },
            ],
        };
        insta::assert_snapshot!(shown(&muted(Language::Ru, &view)), @"
        🔕 <b>Отключённые товары</b>
        Кабинет: ИП &amp; Ко

        Нажмите на товар, чтобы снова получать о нём уведомления.
        [Кружка <b>& керамическая… · 168120815 · всё | 1:unmute:3:1]
        [7 · плохие отзывы | 1:unmute:2:1]
        [← | 1:muted:7:0] [2/3 | 1:none] [→ | 1:muted:7:2]
        [← Уведомления | 1:of:7]
        ");
        let none = MutedView { cabinet_name: None, page: 0, pages: 0, products: vec![], ..view };
        insta::assert_snapshot!(shown(&muted(Language::Ru, &none)), @"
        🔕 <b>Отключённые товары</b>

        Их нет. Отключить товар можно кнопкой 🔕 под его уведомлением.
        [← Уведомления | 1:of:7]
        ");
        insta::assert_snapshot!(shown(&muted(Language::En, &none)), @"
        🔕 <b>Muted products</b>

        There are none. Mute a product with the 🔕 button below its notification.
        [← Notifications | 1:of:7]
        ");
    }
}
