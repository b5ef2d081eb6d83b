//! What a token says of itself: type, pace, categories, expiry; never the token.

use chrono::{DateTime, Utc};
use domain::{Categories, Category, Language, TokenType, facts::AcceptedToken};

use crate::base::{
    format::{day, escape},
    texts::say,
};

/// What an accepted token says of itself, a line each.
pub(crate) fn accepted_lines(language: Language, token: &AcceptedToken) -> Vec<String> {
    let mut lines = vec![say!(language, "token-accepted")];
    if let Some(shop) = &token.shop {
        lines.push(say!(language, "token-shop", shop = escape(shop).into_owned()));
    }
    lines.extend(token_lines(language, token.token_type, token.categories, token.expires_at));
    lines
}

/// Type, pace, missing categories and expiry of a token, a line each.
pub(crate) fn token_lines(
    language: Language,
    token_type: TokenType,
    categories: Categories,
    expires_at: Option<DateTime<Utc>>,
) -> Vec<String> {
    let mut lines = vec![match token_type {
        TokenType::Personal => say!(language, "token-type-personal"),
        TokenType::Service => say!(language, "token-type-service"),
        TokenType::Base => say!(language, "token-type-base"),
        TokenType::Test => say!(language, "token-type-test"),
        TokenType::Unknown => say!(language, "token-type-unknown"),
    }];
    lines.extend(categories.missing().into_iter().map(|category| match category {
        Category::Statistics => say!(language, "token-lacks-statistics"),
        Category::Analytics => say!(language, "token-lacks-analytics"),
        Category::Content => say!(language, "token-lacks-content"),
        Category::Feedbacks => say!(language, "token-lacks-feedbacks"),
    }));
    if let Some(at) = expires_at {
        lines.push(say!(language, "token-until", day = day(language, at)));
    }
    lines
}

/// The name of a category, as WB's seller portal writes it.
pub(crate) fn category_name(language: Language, category: Category) -> String {
    match category {
        Category::Statistics => say!(language, "category-statistics"),
        Category::Analytics => say!(language, "category-analytics"),
        Category::Content => say!(language, "category-content"),
        Category::Feedbacks => say!(language, "category-feedbacks"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 40, 0).unwrap()
    }

    fn lines(language: Language) -> String {
        let types = [TokenType::Personal, TokenType::Service, TokenType::Base, TokenType::Test, TokenType::Unknown];
        let mut lines: Vec<String> = types
            .into_iter()
            .flat_map(|token_type| token_lines(language, token_type, Categories::UNKNOWN, None))
            .collect();
        lines.extend(token_lines(language, TokenType::Personal, Categories(0), Some(at())).into_iter().skip(1));
        lines.join("\n")
    }

    #[test]
    fn each_type_names_its_pace_and_each_missing_category_its_cost() {
        insta::assert_snapshot!(lines(Language::Ru), @"
        Тип: персональный — данные обновляются без задержек.
        Тип: сервисный — данные обновляются без задержек.
        Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, остатки — отчётом примерно раз в час.
        Тип: тестовый — только для песочницы WB.
        Тип не определён, поэтому запросы идут с частотой базового токена: заказы раз в 3 часа, продажи раз в 2 часа.
        ⚠️ Нет категории «Статистика»: не будет уведомлений о заказах, выкупах, отменах и возвратах.
        ⚠️ Нет категории «Аналитика»: не будет видно остатков и уведомлений о них.
        ⚠️ Нет категории «Контент»: в уведомлениях не будет картинок и названий.
        ⚠️ Нет категории «Вопросы и отзывы»: не будет уведомлений об отзывах.
        Действует до 22.11.2026.
        ");
        insta::assert_snapshot!(lines(Language::En), @"
        Type: personal — the data come without delay.
        Type: service — the data come without delay.
        Type: base — WB gives orders every 3 hours, sales every 2 hours, and stock by a report about once an hour.
        Type: test — for WB's sandbox only.
        The type is not known, so I ask as seldom as with a base token: orders every 3 hours, sales every 2 hours.
        ⚠️ No category “Статистика” (Statistics): nothing will be told of orders, buyouts, cancellations and returns.
        ⚠️ No category “Аналитика” (Analytics): stock will be neither seen nor told of.
        ⚠️ No category “Контент” (Content): notifications will have no pictures and no titles.
        ⚠️ No category “Вопросы и отзывы” (Feedback and questions): nothing will be told of reviews.
        Valid until 22 Nov 2026.
        ");
    }
}
