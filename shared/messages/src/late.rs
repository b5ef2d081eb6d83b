//! Orders that WB does not give, and what a person missed.

use chrono::{DateTime, Utc};
use domain::EventKind;
use serde::{Deserialize, Serialize};
use teloxide_core::types::InlineKeyboardMarkup;

use crate::{
    Message,
    format::{count, moment},
    kinds,
};

/// Orders have not been read for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersLate {
    /// Up to when they had been read.
    pub since: DateTime<Utc>,
}

/// Says that orders are late.
#[must_use]
pub fn orders_late(late: &OrdersLate) -> Message {
    plain(format!(
        "⏳ <b>Заказы задерживаются</b>\nWildberries не отдаёт их с {} МСК. Я продолжаю пробовать: всё, что придёт за это \
         время, вы получите, как только WB ответит.",
        moment(domain::Language::Ru, late.since)
    ))
}

/// Says that orders come again.
#[must_use]
pub fn orders_late_over() -> Message {
    plain("✅ <b>Заказы снова приходят</b>".to_owned())
}

/// What a person missed while he had blocked the bot, in one line; `None` for nothing.
#[must_use]
pub fn missed(rows: &[(EventKind, i64)]) -> Option<Message> {
    let parts: Vec<String> = rows
        .iter()
        .filter(|(kind, _)| EventKind::SWITCHED.contains(kind))
        .map(|(kind, rows)| {
            format!(
                "{} — {}",
                kinds::name(domain::Language::Ru, *kind).to_lowercase(),
                count(domain::Language::Ru, *rows)
            )
        })
        .collect();
    (!parts.is_empty()).then(|| plain(format!("👋 Пока бот был заблокирован: {}.", parts.join(", "))))
}

fn plain(html: String) -> Message {
    Message { html, photo: None, keyboard: InlineKeyboardMarkup::default() }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn late_orders_say_since_when_and_that_nothing_is_lost() {
        let late = OrdersLate { since: Utc.with_ymd_and_hms(2026, 11, 22, 8, 5, 0).unwrap() };
        insta::assert_snapshot!(orders_late(&late).html, @"
        ⏳ <b>Заказы задерживаются</b>
        Wildberries не отдаёт их с 22.11 в 11:05 МСК. Я продолжаю пробовать: всё, что придёт за это время, вы получите, как только WB ответит.
        ");
        assert_eq!(orders_late_over().html, "✅ <b>Заказы снова приходят</b>");
    }

    #[test]
    fn what_was_missed_is_one_line() {
        let rows = [(EventKind::NewOrder, 5), (EventKind::OrderBuyout, 2), (EventKind::FirstSyncFinished, 1)];
        assert_eq!(
            missed(&rows).map(|message| message.html).as_deref(),
            Some("👋 Пока бот был заблокирован: новые заказы — 5, выкупы — 2.")
        );
        assert_eq!(missed(&[(EventKind::FirstSyncFinished, 1)]), None);
        assert_eq!(missed(&[]), None);
    }
}
