//! What the kinds of event and the data sets are called.

use domain::{Category, DataSet, EventKind, Language, facts::Totals, figures::period::Period};

use crate::base::{
    format::{count, escape},
    texts::say,
};

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
        EventKind::GapSilent | EventKind::OrdersLate | EventKind::OrdersLateOver | EventKind::LimitSpent => "ℹ️",
        EventKind::TokenExpiring
        | EventKind::PartFailed
        | EventKind::PartRecovered
        | EventKind::TokenRefused
        | EventKind::TokenRecovered => "🔑",
        EventKind::Digest => "📰",
        EventKind::CollectOffer => "🔕",
        EventKind::MemberJoined | EventKind::MemberAsks => "👥",
        EventKind::Announcement => "📣",
        EventKind::Missed => "👋",
    }
}

/// A kind in the plural.
pub(crate) fn name(language: Language, kind: EventKind) -> String {
    match kind {
        EventKind::NewOrder => say!(language, "kind-new-order"),
        EventKind::OrderBuyout => say!(language, "kind-order-buyout"),
        EventKind::OrderCancellation => say!(language, "kind-order-cancellation"),
        EventKind::OrderReturn => say!(language, "kind-order-return"),
        EventKind::NegativeReview => say!(language, "kind-negative-review"),
        EventKind::CriticalStock => say!(language, "kind-critical-stock"),
        EventKind::FirstSyncProgress | EventKind::FirstSyncFinished => say!(language, "kind-first-sync"),
        EventKind::GapSilent
        | EventKind::OrdersLate
        | EventKind::OrdersLateOver
        | EventKind::LimitSpent
        | EventKind::TokenExpiring
        | EventKind::PartFailed
        | EventKind::PartRecovered
        | EventKind::TokenRefused
        | EventKind::TokenRecovered => say!(language, "kind-breaks"),
        EventKind::Digest => say!(language, "kind-digest"),
        EventKind::CollectOffer => say!(language, "kind-collect-offer"),
        EventKind::MemberJoined => say!(language, "kind-member-joined"),
        EventKind::MemberAsks => say!(language, "kind-member-asks"),
        EventKind::Announcement => say!(language, "kind-announcement"),
        EventKind::Missed => say!(language, "kind-missed"),
    }
}

/// How much there is of each kind that a person can switch, in a line.
pub(crate) fn totals(language: Language, totals: &Totals) -> String {
    let switched = totals.iter().filter(|(kind, _)| EventKind::SWITCHED.contains(kind));
    let parts = switched.map(|(kind, rows)| {
        let kind = name(language, *kind).to_lowercase();
        say!(language, "missed-part", kind = kind, count = count(language, *rows))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Whether an event of the kind is about money.
pub(crate) fn has_sum(kind: EventKind) -> bool {
    matches!(kind, EventKind::NewOrder | EventKind::OrderBuyout | EventKind::OrderCancellation | EventKind::OrderReturn)
}

/// The name of a period.
pub(crate) fn period_name(language: Language, period: Period) -> String {
    match period {
        Period::Today => say!(language, "period-today"),
        Period::Yesterday => say!(language, "period-yesterday"),
        Period::Week => say!(language, "period-week"),
        Period::Month => say!(language, "period-month"),
    }
}

/// The name of a data set.
pub(crate) fn data_set_name(language: Language, data_set: DataSet) -> String {
    match data_set {
        DataSet::Orders => say!(language, "data-set-orders"),
        DataSet::Sales => say!(language, "data-set-sales"),
        DataSet::Products => say!(language, "data-set-products"),
        DataSet::Stocks => say!(language, "data-set-stocks"),
        DataSet::Reviews => say!(language, "data-set-reviews"),
    }
}

/// The line that names the cabinet.
pub(crate) fn cabinet_line(language: Language, name: Option<&str>) -> Option<String> {
    name.map(|name| say!(language, "notifications-cabinet", cabinet = escape(name).into_owned()))
}

/// The name of a category in the person's language alone; a screen on which they make a token also has WB's own name.
pub(crate) fn short_category_name(language: Language, category: Category) -> String {
    match category {
        Category::Statistics => say!(language, "status-category-statistics"),
        Category::Analytics => say!(language, "status-category-analytics"),
        Category::Content => say!(language, "status-category-content"),
        Category::Feedbacks => say!(language, "status-category-feedbacks"),
    }
}
