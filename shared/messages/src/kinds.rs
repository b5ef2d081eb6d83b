//! What the kinds of event and the data sets are called.

use domain::{DataSet, EventKind};

/// The sign before a kind's name.
pub(crate) fn emoji(kind: EventKind) -> &'static str {
    match kind {
        EventKind::NewOrder => "🛒",
        EventKind::OrderBuyout => "💰",
        EventKind::OrderCancellation => "❌",
        EventKind::OrderReturn => "↩️",
        EventKind::NegativeReview => "⭐",
        EventKind::CriticalStock => "📉",
        EventKind::FirstSyncProgress | EventKind::FirstSyncFinished => "📥",
        EventKind::GapSilent | EventKind::OrdersLate | EventKind::OrdersLateOver => "ℹ️",
    }
}

/// A kind in the plural.
pub(crate) fn name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::NewOrder => "Новые заказы",
        EventKind::OrderBuyout => "Выкупы",
        EventKind::OrderCancellation => "Отмены и отказы",
        EventKind::OrderReturn => "Возвраты",
        EventKind::NegativeReview => "Плохие отзывы",
        EventKind::CriticalStock => "Заканчивающиеся остатки",
        EventKind::FirstSyncProgress | EventKind::FirstSyncFinished => "Первая загрузка",
        EventKind::GapSilent | EventKind::OrdersLate | EventKind::OrdersLateOver => "Перерывы в данных",
    }
}

/// Whether an event of the kind is about money.
pub(crate) fn has_sum(kind: EventKind) -> bool {
    matches!(kind, EventKind::NewOrder | EventKind::OrderBuyout | EventKind::OrderCancellation | EventKind::OrderReturn)
}

/// The name of a data set.
pub(crate) fn data_set_name(data_set: DataSet) -> &'static str {
    match data_set {
        DataSet::Orders => "Заказы",
        DataSet::Sales => "Продажи",
        DataSet::Products => "Товары",
        DataSet::Stocks => "Остатки",
        DataSet::Reviews => "Отзывы",
    }
}
