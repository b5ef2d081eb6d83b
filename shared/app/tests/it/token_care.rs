//! A token is refused, ends, is replaced; a part of the data is closed; WB is down.

use chrono::TimeDelta;
use testkit::wb::{Category, Fault, Method, TokenSpec, TokenType};
use world::{BORIS, CHAT, World, conversation::render};

/// Ticks of the schedule in an hour.
const HOUR_TICKS: usize = 20;

fn requests_of(world: &World, method: Method) -> usize {
    world.wb.requests().iter().filter(|request| request.method == Some(method)).count()
}

async fn paused(world: &World) -> i64 {
    world.count("SELECT count(*) FROM cabinets WHERE paused_at IS NOT NULL").await
}

const REFUSED: &str = "🔑 Wildberries больше не принимает токен";
const RECOVERED: &str = "✅ Данные WB снова обновляются";

#[tokio::test]
async fn a_refused_token_pauses_the_cabinet_and_its_recovery_resumes_it() {
    let world = World::ready().await;
    for _ in 0..2 {
        let (refused, recovered) = (world.told(REFUSED).len(), world.told(RECOVERED).len());
        world.wb.refuse_tokens(world.seller, true);
        let meanwhile = world.order();
        world.ticks(2).await;
        assert_eq!((world.told(REFUSED).len(), paused(&world).await), (refused, 0), "once is not enough");
        world.ticks(4).await;
        assert_eq!((world.told(REFUSED).len(), paused(&world).await), (refused + 1, 1));

        let (pings, orders) = (world.wb.requests().len(), requests_of(&world, Method::Orders));
        world.ticks(3 * HOUR_TICKS).await;
        assert_eq!(requests_of(&world, Method::Orders), orders, "nothing is read");
        let pings = world.wb.requests().len() - pings;
        assert!((4..=8).contains(&pings), "two hosts an hour, not {pings}");
        assert_eq!(world.told(REFUSED).len(), refused + 1, "each member is told once");
        assert_eq!(world.times_told("🛒", &meanwhile), 0);

        world.wb.refuse_tokens(world.seller, false);
        world.ticks(HOUR_TICKS + 1).await;
        assert_eq!((world.told(RECOVERED).len(), paused(&world).await), (recovered + 1, 0));
        assert_eq!(world.times_told("🛒", &meanwhile), 1, "what happened in the pause is told once");
        let told = world.messages().len();
        world.ticks(2).await;
        assert_eq!(world.messages().len(), told);
    }
    assert_eq!(world.told("⚠️").len(), 0, "no part failed: the whole token did");
    assert_eq!(world.told("⏳ Заказы").len(), 0, "a pause is not told as late orders");
    assert_eq!(world.wb.refused().len(), 0, "no request above the limits");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn a_pause_says_how_to_replace_the_token_and_a_new_one_ends_it_at_once() {
    let world = World::ready().await;
    world.wb.refuse_tokens(world.seller, true);
    world.ticks(7).await;
    let [refused] = world.told(REFUSED).try_into().unwrap();
    insta::assert_snapshot!(render(&refused), @"
    🔑 Wildberries больше не принимает токен
    Обновление остановлено, все загруженные данные сохранены. Пришлите новый токен, и я сразу продолжу.
    Старый токен я пробую раз в час: если он снова заработает, продолжу сам.
    [🔑 Заменить токен]
    ");
    let meanwhile = world.order();
    insta::assert_snapshot!(world.press("🔑 Заменить токен").await, @"
    -- sent
    🔑 Как заменить токен

    1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.
    2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.
    3. Включите «Только чтение», если не собираетесь отвечать на отзывы отсюда.
    4. Скопируйте токен и пришлите его сюда одним сообщением: я его сразу удалю из чата. Токен действует 180 дней.

    Кабинет, история и настройки останутся как есть.
    [← Меню]
    ");
    world.press("← Меню").await;
    insta::assert_snapshot!(world.say("/status").await, @"
    -- sent
    📡 Состояние

    Кружка & Плед
    ⏸ Остановлен с 22.11 12:15: WB не принимает токен.

    Данные WB (МСК)
    ✅ Заказы: на 22.11 12:00
    ✅ Продажи: на 22.11 12:00
    ✅ Товары: на 22.11 12:00
    ✅ Остатки: на 22.11 12:00
    ✅ Отзывы: на 22.11 12:00

    Токены
    🔴 персональный · Статистика, Аналитика, Контент, Вопросы и отзывы · WB не принимает с 22.11 12:15
    [🔑 Заменить токен]
    [← Меню]
    ");

    let token = world.token(TokenType::Personal);
    world.say(&token).await;
    assert_eq!((world.told(RECOVERED).len(), paused(&world).await), (1, 0));
    assert_eq!(world.times_told("🛒", &meanwhile), 1);
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);
    insta::assert_snapshot!(world.say("/status").await, @"
    -- sent
    📡 Состояние

    Кружка & Плед
    🟢 Работает. Последнее обновление: 22.11 12:21.

    Данные WB (МСК)
    ✅ Заказы: на 22.11 12:21
    ✅ Продажи: на 22.11 12:21
    ✅ Товары: на 22.11 12:00
    ✅ Остатки: на 22.11 12:00
    ✅ Отзывы: на 22.11 12:21

    Токены
    🟢 персональный · Статистика, Аналитика, Контент, Вопросы и отзывы · действует до 21.05.2027
    🔴 персональный · Статистика, Аналитика, Контент, Вопросы и отзывы · WB не принимает с 22.11 12:15
    [🔑 Заменить токен]
    [← Меню]
    ");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn an_outage_pauses_nothing() {
    let world = World::ready().await;
    let srid = world.order();
    let methods = [Method::Orders, Method::Sales, Method::Cards, Method::Stocks, Method::Feedbacks, Method::Ping];
    for fault in [Fault::Status(401), Fault::Status(403), Fault::Status(503), Fault::RateLimited(60), Fault::CutOff] {
        for method in methods {
            world.wb.break_times(method, fault, 8);
        }
        world.ticks(8).await;
        world.wb.mend();
    }
    assert_eq!((world.told("🔑").len(), world.told("⚠️").len(), paused(&world).await), (0, 0, 0));
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens WHERE suspected_at IS NOT NULL").await, 0);
    world.ticks(3).await;
    assert_eq!(world.times_told("🛒", &srid), 1);
}

#[tokio::test]
async fn a_refusal_that_only_pings_in_an_outage_could_confirm_pauses_nothing() {
    let world = World::ready().await;
    world.wb.refuse_tokens(world.seller, true);
    world.tick().await;
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens WHERE suspected_at IS NOT NULL").await, 1);
    // It was a trouble of WB's gateway, and then WB was down.
    world.wb.refuse_tokens(world.seller, false);
    world.wb.break_times(Method::Ping, Fault::Status(500), 4);
    world.ticks(6).await;
    assert_eq!((world.told("🔑").len(), paused(&world).await), (0, 0));
    world.wb.mend();
    world.ticks(2).await;
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens WHERE suspected_at IS NOT NULL").await, 0);
    let srid = world.order();
    world.ticks(2).await;
    assert_eq!(world.times_told("🛒", &srid), 1);
}

#[tokio::test]
async fn the_next_best_token_serves_before_anything_pauses() {
    let world = World::ready().await;
    let first = world.token(TokenType::Personal);
    world.clock.advance(TimeDelta::minutes(2));
    world.say(&first).await;
    world.wb.revoke_token(&first).unwrap();
    world.ticks(7).await;
    assert_eq!((world.told(REFUSED).len(), paused(&world).await), (0, 0));
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens WHERE refused_at IS NOT NULL").await, 1);
    let srid = world.order();
    world.ticks(2).await;
    assert_eq!(world.times_told("🛒", &srid), 1);
}

#[tokio::test]
async fn a_part_that_is_refused_costs_only_its_data_and_is_told_once_with_its_return() {
    let world = World::new().await;
    world.say("/start").await;
    let token = world.token(TokenType::Personal);
    world.say(&token).await;
    // Else orders would go on from the other source.
    world.wb.switch_off(Method::OrderFeed, true);
    for _ in 0..2 {
        let (failed, recovered) =
            (world.told("⚠️ Wildberries не даёт").len(), world.told("✅ Wildberries снова").len());
        let without_statistics = [Category::Analytics, Category::Content, Category::Feedbacks];
        world.wb.narrow_token(&token, &without_statistics).unwrap();
        let srid = world.order();
        world.ticks(HOUR_TICKS / 2).await;
        let reviews = requests_of(&world, Method::Feedbacks);
        world.ticks(HOUR_TICKS / 2 + 1).await;
        assert!(requests_of(&world, Method::Feedbacks) > reviews, "the others go on");
        assert_eq!((world.told("⚠️ Wildberries не даёт").len(), paused(&world).await), (failed + 1, 0));
        insta::allow_duplicates! {
        insta::assert_snapshot!(render(&world.told("⚠️")[failed]), @"
        ⚠️ Wildberries не даёт доступа: заказы, продажи
        Остальное обновляется как обычно. Проверьте, есть ли у токена категория «Статистика», или пришлите новый токен.
        Я пробую раз в час: всё, что придёт за это время, вы получите, как только доступ вернётся.
        [🔑 Заменить токен]
        ");
        }
        world.say("/status").await;
        let status = world.last_text();
        assert!(status.contains("🔒 Заказы") && status.contains("✅ Отзывы"), "{status}");

        world.wb.narrow_token(&token, &Category::ALL).unwrap();
        world.ticks(HOUR_TICKS + 2).await;
        assert_eq!(world.told("✅ Wildberries снова").len(), recovered + 1);
        assert_eq!(world.times_told("🛒", &srid), 1);
        assert_eq!(world.told("⚠️ Wildberries не даёт").len(), failed + 1);
    }
    assert_eq!(world.told("🔑").len(), 0);
}

/// Case `analytics-401`: a source that nobody misses, the order feed, meets the closed host first.
#[tokio::test]
async fn a_host_that_closes_is_told_by_what_is_missed_whichever_source_meets_it_first() {
    let world = World::ready().await;
    for episode in 1..=2 {
        world.wb.close_hosts(world.seller, &[Category::Analytics]);
        world.ticks(2 * HOUR_TICKS).await;
        let told = world.told("⚠️ Wildberries не даёт");
        assert_eq!(told.len(), episode);
        insta::allow_duplicates! {
        insta::assert_snapshot!(render(&told[episode - 1]), @"
        ⚠️ Wildberries не даёт доступа: остатки
        Остальное обновляется как обычно. Проверьте, есть ли у токена категория «Аналитика», или пришлите новый токен.
        Я пробую раз в час: всё, что придёт за это время, вы получите, как только доступ вернётся.
        [🔑 Заменить токен]
        ");
        }
        let srid = world.order();
        world.ticks(2).await;
        assert_eq!(world.times_told("🛒", &srid), 1, "statistics have them");
        world.say("/status").await;
        let status = world.last_text();
        assert!(status.contains("🔒 Остатки") && status.contains("✅ Заказы"), "{status}");

        world.wb.close_hosts(world.seller, &[]);
        world.ticks(2 * HOUR_TICKS).await;
        assert_eq!(world.told("✅ Wildberries снова").len(), episode);
        assert_eq!(world.told("⚠️ Wildberries не даёт").len(), episode);
    }
    assert_eq!((world.told("🔑").len(), paused(&world).await), (0, 0));
}

/// One message however many data sets are missed one after the other: it is edited.
#[tokio::test]
async fn a_host_by_which_more_and_more_is_missed_is_told_in_one_message() {
    let world = World::new().await;
    world.say("/start").await;
    let categories = &[Category::Analytics, Category::Content, Category::Feedbacks];
    let spec = TokenSpec { categories, ..TokenSpec::of(world.seller, TokenType::Personal) };
    world.say(&world.wb.issue_token(&spec).unwrap()).await;
    world.ticks(2).await;
    world.wb.close_hosts(world.seller, &[Category::Analytics]);
    world.ticks(2 * HOUR_TICKS).await;
    let [told] = world.told("⚠️ Wildberries не даёт").try_into().unwrap();
    insta::assert_snapshot!(render(&told), @"
    ⚠️ Wildberries не даёт доступа: заказы, продажи, остатки
    Остальное обновляется как обычно. Проверьте, есть ли у токена категория «Аналитика», или пришлите новый токен.
    Я пробую раз в час: всё, что придёт за это время, вы получите, как только доступ вернётся.
    [🔑 Заменить токен]
    ");
    world.wb.close_hosts(world.seller, &[]);
    world.ticks(2 * HOUR_TICKS).await;
    assert_eq!(world.told("✅ Wildberries снова").len(), 1);
}

#[tokio::test]
async fn a_missing_category_is_no_failure() {
    let world = World::new().await;
    world.say("/start").await;
    let spec = TokenSpec {
        categories: &[Category::Statistics, Category::Content],
        ..TokenSpec::of(world.seller, TokenType::Personal)
    };
    world.say(&world.wb.issue_token(&spec).unwrap()).await;
    world.ticks(HOUR_TICKS + 2).await;
    assert_eq!((world.told("⚠️").len(), world.told("🔑").len()), (0, 0));
    insta::assert_snapshot!(world.say("/status").await, @"
    -- sent
    📡 Состояние

    Кружка & Плед
    🟢 Работает. Последнее обновление: 22.11 13:06.

    Данные WB (МСК)
    ✅ Заказы: на 22.11 13:06
    ✅ Продажи: на 22.11 13:06
    ✅ Товары: на 22.11 13:00
    🚫 Остатки: данных ещё нет. У токена нет категории «Аналитика»
    🚫 Отзывы: данных ещё нет. У токена нет категории «Вопросы и отзывы»

    Токены
    🟢 персональный · Статистика, Контент · действует до 21.05.2027
    [🔑 Заменить токен]
    [← Меню]
    ");
}

#[tokio::test]
async fn a_token_that_ends_is_warned_of_thirty_seven_and_one_day_before() {
    let world = World::ready().await;
    let warned = |days: &str| world.told(&format!("⏳ Токен WB перестанет действовать через {days}")).len();
    for (days, expected) in [(149, (0, 0, 0)), (2, (1, 0, 0)), (23, (1, 1, 0)), (5, (1, 1, 1))] {
        world.clock.advance(TimeDelta::days(days));
        world.ticks(3).await;
        assert_eq!((warned("30 дней") + warned("29 дней"), warned("6 дней"), warned("1 день")), expected);
    }
    assert_eq!(world.told("🔑 Срок действия").len(), 0);
    world.clock.advance(TimeDelta::days(2));
    world.ticks(3).await;
    assert_eq!((world.told("🔑 Срок действия токена закончился").len(), paused(&world).await), (1, 1));
    assert_eq!(world.count("SELECT count(*) FROM chores WHERE kind = 'token_expiring'").await, 0);
    let asked = world.wb.requests().len();
    world.ticks(2 * HOUR_TICKS).await;
    assert_eq!(world.wb.requests().len(), asked, "an expired token is not tried");
    assert_eq!(world.told("🔑 Срок действия токена закончился").len(), 1);

    world.say(&world.token(TokenType::Personal)).await;
    assert_eq!((world.told(RECOVERED).len(), paused(&world).await), (1, 0));
}

#[tokio::test]
async fn a_token_that_has_been_replaced_is_not_missed() {
    let world = World::ready().await;
    world.clock.advance(TimeDelta::days(140));
    world.say(&world.token(TokenType::Personal)).await;
    for _ in 0..5 {
        world.clock.advance(TimeDelta::days(9));
        world.ticks(2).await;
    }
    assert_eq!((world.told("⏳ Токен").len(), world.told("🔑").len(), paused(&world).await), (0, 0, 0));
}

#[tokio::test]
async fn a_pause_of_more_than_a_month_is_told_as_a_gap() {
    let world = World::ready().await;
    world.wb.refuse_tokens(world.seller, true);
    let lost = world.order();
    world.ticks(7).await;
    world.clock.advance(TimeDelta::days(32));
    world.wb.refuse_tokens(world.seller, false);
    world.ticks(2).await;
    let fresh = world.order();
    world.ticks(2).await;
    assert_eq!((world.told(RECOVERED).len(), world.told("ℹ️ Данных").len()), (1, 1));
    assert_eq!((world.times_told("🛒", &lost), world.times_told("🛒", &fresh)), (0, 1));
}

#[tokio::test]
async fn every_member_is_told_of_a_pause_whatever_they_have_switched_off() {
    let world = World::ready().await;
    world.press("🔔 Уведомления").await;
    world.press("✅ Все уведомления").await;
    world.clock.advance(TimeDelta::minutes(2));
    world.boris_joins(TokenType::Base).await;
    world.wb.refuse_tokens(world.seller, true);
    world.ticks(3 * HOUR_TICKS).await;
    for chat in [CHAT, BORIS] {
        let told = world.telegram.messages(chat);
        assert_eq!(told.iter().filter(|message| message.content.text.starts_with(REFUSED)).count(), 1, "{chat}");
    }
}
