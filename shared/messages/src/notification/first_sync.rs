//! The first sync of a cabinet: its progress in one message, its end, its cancellation.

use domain::{
    CabinetId, DataSet, Language,
    facts::{DataSetProgress, FirstSyncFinished, FirstSyncProgress, Loading},
};

use crate::{
    base::{
        format::{count, escape, moment},
        kinds::data_set_name,
        message::Message,
        texts::say,
        token_facts::accepted_lines,
    },
    button::FirstSyncButton,
    nav::menu_rows,
};

/// A line of the first sync.
fn progress_line(language: Language, line: &DataSetProgress) -> String {
    let name = data_set_name(language, line.data_set);
    match line.loading {
        Loading::Waiting => say!(language, "loading-waiting", name = name),
        Loading::Loaded => say!(language, "loading-loaded", name = name),
        Loading::Limited(until) => say!(language, "loading-limited", name = name, until = moment(language, until)),
        Loading::NoAccess => say!(language, "loading-no-access", name = name),
        Loading::Failing => say!(language, "loading-failing", name = name),
    }
}

/// The one message of a first sync, edited in place; it can be cancelled until it is over.
#[must_use]
pub fn first_sync_progress(language: Language, cabinet: CabinetId, progress: &FirstSyncProgress) -> Message {
    let is_done = progress.data_sets.iter().all(|line| line.loading != Loading::Waiting);
    let mut lines = accepted_lines(language, &progress.token);
    lines.push(String::new());
    lines.push(if is_done { say!(language, "first-sync-over") } else { say!(language, "first-sync") });
    lines.extend(progress.data_sets.iter().map(|line| progress_line(language, line)));
    let cancel = FirstSyncButton::Cancel(cabinet);
    let rows = (!is_done).then(|| vec![cancel.button(say!(language, "button-cancel"))]);
    Message::text(lines.join("\n"), rows)
}

/// The first sync has ended: the figures of the shop, what is put off, the main menu.
#[must_use]
pub fn first_sync_finished(language: Language, facts: &FirstSyncFinished) -> Message {
    let mut lines = vec![say!(language, "first-sync-done")];
    if let Some(shop) = &facts.shop {
        lines.push(say!(language, "token-shop", shop = escape(shop).into_owned()));
    }
    lines.push(String::new());
    let days = facts.days;
    for line in &facts.data_sets {
        lines.push(match (line.loading, line.data_set) {
            (Loading::Loaded, DataSet::Orders) => {
                say!(language, "done-orders", days = days, count = count(language, facts.orders))
            }
            (Loading::Loaded, DataSet::Sales) => {
                say!(language, "done-sales", days = days, count = count(language, facts.sales))
            }
            (Loading::Loaded, DataSet::Products) => {
                say!(language, "done-products", count = count(language, facts.products))
            }
            (Loading::Loaded, DataSet::Stocks) => say!(language, "done-stocks", count = count(language, facts.pieces)),
            (Loading::Loaded, DataSet::Reviews) => {
                say!(language, "done-reviews", count = count(language, facts.reviews))
            }
            _ => progress_line(language, line),
        });
    }
    Message::text(lines.join("\n"), menu_rows(language))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeZone, Utc};
    use domain::{Categories, TokenType, facts::AcceptedToken};

    use super::*;
    use crate::tests::shown;

    const CABINET: CabinetId = CabinetId(7);

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 40, 0).unwrap()
    }

    fn token() -> AcceptedToken {
        AcceptedToken {
            shop: Some("Кружка & Плед".into()),
            token_type: TokenType::Service,
            categories: Categories::UNKNOWN,
            expires_at: Some(at()),
        }
    }

    fn lines(loadings: [Loading; 5]) -> Vec<DataSetProgress> {
        let lines = DataSet::ALL.into_iter().zip(loadings);
        lines.map(|(data_set, loading)| DataSetProgress { data_set, loading }).collect()
    }

    #[test]
    fn the_progress_has_a_line_for_each_data_set() {
        let loadings = [Loading::Loaded, Loading::Waiting, Loading::Failing, Loading::NoAccess, Loading::Limited(at())];
        let running = FirstSyncProgress { token: token(), data_sets: lines(loadings) };
        insta::assert_snapshot!(shown(&first_sync_progress(Language::Ru, CABINET, &running)), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.

        📥 <b>Первая загрузка</b>
        ✅ Заказы: загружено
        ⏳ Продажи: загружаю…
        ⚠️ Товары: WB пока не отвечает, продолжаю пробовать
        🚫 Остатки: у токена нет доступа
        🕓 Отзывы: WB разрешит запрос 22.11 в 17:40 МСК
        [✖️ Отменить | 1:stop:7]
        ");
        insta::assert_snapshot!(shown(&first_sync_progress(Language::En, CABINET, &running)), @"
        ✅ <b>The token is accepted</b>
        Shop: Кружка &amp; Плед
        Type: service — the data come without delay.
        Valid until 22 Nov 2026.

        📥 <b>First load</b>
        ✅ Orders: loaded
        ⏳ Sales: loading…
        ⚠️ Products: WB does not answer yet, I keep trying
        🚫 Stock: the token has no access
        🕓 Reviews: WB allows the request on 22 Nov, 17:40 MSK
        [✖️ Cancel | 1:stop:7]
        ");
        let over = FirstSyncProgress { data_sets: lines([Loading::Loaded; 5]), ..running };
        insta::assert_snapshot!(shown(&first_sync_progress(Language::Ru, CABINET, &over)), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.

        📥 <b>Первая загрузка закончена</b>
        ✅ Заказы: загружено
        ✅ Продажи: загружено
        ✅ Товары: загружено
        ✅ Остатки: загружено
        ✅ Отзывы: загружено
        ");
        insta::assert_snapshot!(shown(&crate::first_sync_running(Language::Ru)), @"
        ⏳ Первая загрузка ещё идёт: её ход виден в сообщении выше. Меню откроется, как только она закончится.
        [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&crate::first_sync_running(Language::En)), @"
        ⏳ The first load is still going on: see the message above. The menu opens as soon as it is over.
        [❓ Help | 1:help]
        ");
    }

    #[test]
    fn the_end_of_the_first_sync_gives_the_figures_of_the_shop() {
        let finished = FirstSyncFinished {
            shop: Some("Кружка & Плед".into()),
            data_sets: lines([Loading::Loaded; 5]),
            days: 30,
            orders: 12_480,
            sales: 9_313,
            products: 20,
            pieces: 1_326,
            reviews: 30,
        };
        insta::assert_snapshot!(shown(&first_sync_finished(Language::Ru, &finished)), @"
        🎉 <b>Готово!</b> Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
        Магазин: Кружка &amp; Плед

        🛒 Заказы за 30 дн.: 12 480
        💰 Выкупы и возвраты за 30 дн.: 9 313
        🏷 Товары: 20
        📦 Остатки: 1 326 шт.
        ⭐ Отзывы: 30
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&first_sync_finished(Language::En, &finished)), @"
        🎉 <b>Done!</b> From now on I write about everything new: orders, buyouts, cancellations, returns, bad reviews, stock running out.
        Shop: Кружка &amp; Плед

        🛒 Orders of 30 days: 12,480
        💰 Buyouts and returns of 30 days: 9,313
        🏷 Products: 20
        📦 Stock: 1,326 pcs
        ⭐ Reviews: 30
        [🛒 Orders | 1:orders] [📦 Stock | 1:stocks]
        [⭐ Reviews | 1:reviews] [📈 Analytics | 1:analytics]
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]
        ");
        let put_off = FirstSyncFinished { data_sets: lines([Loading::Limited(at()); 5]), ..finished };
        assert!(
            shown(&first_sync_finished(Language::Ru, &put_off))
                .contains("🕓 Продажи: WB разрешит запрос 22.11 в 17:40 МСК")
        );
    }
}
