//! A review is answered from the chat: own words, a template, and whatever WB says to it.

use chrono::TimeDelta;
use serde_json::json;
use testkit::{
    telegram::Message,
    wb::{AnswerState, Fault, Method, TokenSpec, TokenType},
};
use world::{BORIS, CHAT, World, conversation::render};

const OWN: &str = "Анна, простите! Заменим & вернём деньги <сегодня>.";

/// A buyer writes a review of two stars, and it is told.
async fn with_bad_review(token_type: TokenType) -> (World, String) {
    let world = World::new().await;
    world.onboard(token_type).await;
    let id = world.told_review("Пришла со сколом").await;
    (world, id)
}

/// The notification about this review.
fn review_message(world: &World, id: &str) -> Option<Message> {
    let tells = |text: &str| text.starts_with("⭐ Отзыв") && text.contains(id);
    world.messages().into_iter().find(|message| tells(&message.content.text))
}

/// The answer that the shop has to this review.
fn shop_answer(world: &World, id: &str) -> Option<String> {
    world.in_shop(|shop, _| Ok(shop.reviews().iter().find(|review| review.id == id).unwrap().answer.clone()))
}

/// What was asked of the feedbacks host after so many requests.
fn asked_about_reviews(world: &World, after: usize) -> Vec<Method> {
    let methods = [Method::Feedback, Method::FeedbackAnswer, Method::Feedbacks, Method::Questions];
    let asked = world.wb.requests_after(after).into_iter().filter_map(|request| request.method);
    asked.filter(|method| methods.contains(method)).collect()
}

fn posts(world: &World) -> usize {
    asked_about_reviews(world, 0).iter().filter(|method| **method == Method::FeedbackAnswer).count()
}

#[tokio::test]
async fn own_words_are_shown_sent_and_verified_and_the_review_says_so() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    insta::assert_snapshot!(render(&review_message(&world, &id).unwrap()), @"
    (picture 1.webp)
    ⭐ Отзыв 2/5 · 22.11 в 12:00 МСК

    Футболка оверсайз <b>хлопок</b> базовая, бежевый
    Артикул продавца: tee-over-1
    Артикул WB: 467400000
    ID отзыва: Zv0yNYswQRgFUfNneixj

    Комментарий: Пришла со сколом
    [✍️ Ответить]
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]
    ");
    insta::assert_snapshot!(world.press("✍️ Ответить").await, @"
    -- sent
    ✍️ Ответ на отзыв 2/5
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Покупатель: Покупатель
    Пришла со сколом

    Напишите ответ одним сообщением или выберите шаблон:

    1. Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    2. Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.

    3. Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1] [Шаблон 2] [Шаблон 3]
    [📝 Изменить шаблоны]
    [✖️ Отмена]
    ");
    insta::assert_snapshot!(world.say(&format!("  {OWN}\n")).await, @"
    -- sent
    👀 Проверьте ответ · отзыв 2/5
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Анна, простите! Заменим & вернём деньги <сегодня>.

    WB покажет ответ от имени магазина после проверки. Изменить его потом можно один раз, в кабинете WB.
    [✅ Отправить]
    [✏️ Изменить] [✖️ Отмена]
    ");
    assert_eq!(shop_answer(&world, &id), None, "nothing is sent unseen");

    // The preview becomes the end, and the review says that it is answered.
    let asked = world.wb.asked();
    insta::assert_snapshot!(world.press("✅ Отправить").await, @"
    -- edited
    (picture 1.webp)
    ⭐ Отзыв 2/5 · 22.11 в 12:00 МСК
    ✅ Отвечено

    Футболка оверсайз <b>хлопок</b> базовая, бежевый
    Артикул продавца: tee-over-1
    Артикул WB: 467400000
    ID отзыва: Zv0yNYswQRgFUfNneixj

    Комментарий: Пришла со сколом
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]

    -- edited
    ✅ WB принял ответ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Он на проверке: покупатели увидят его, когда модераторы WB пропустят.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    assert_eq!(asked_about_reviews(&world, asked), [Method::Feedback, Method::FeedbackAnswer, Method::Feedback]);
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
    let held: String = sqlx::query_scalar("SELECT answer FROM wb_reviews WHERE id = $1")
        .bind(&id)
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(held, OWN);
    let before = world.messages().len();
    world.ticks(3).await;
    assert_eq!((world.messages().len(), posts(&world)), (before, 1));
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE next_at IS NOT NULL").await, 0);
    assert_eq!((world.wb.refused().len(), world.telegram.violations()), (0, vec![]));
}

#[tokio::test]
async fn a_template_is_sent_edited_restored_and_shared_within_the_cabinet() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    insta::assert_snapshot!(world.press_all(&["✍️ Ответить", "Шаблон 2"]).await, @"
    -- edited
    👀 Проверьте ответ · отзыв 2/5
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.

    WB покажет ответ от имени магазина после проверки. Изменить его потом можно один раз, в кабинете WB.
    [✅ Отправить]
    [✏️ Изменить] [✖️ Отмена]
    ");
    insta::assert_snapshot!(world.press_all(&["✏️ Изменить", "📝 Изменить шаблоны", "Шаблон 1"]).await, @"
    -- edited
    📝 Шаблон 1
    Пришлите новый текст одним сообщением, до 1 000 зн. Нажмите на текст, чтобы скопировать его.

    Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.
    [← Назад]
    ");
    insta::assert_snapshot!(world.say(&"ж".repeat(1_001)).await, @"
    -- sent
    ⚠️ Слишком длинно: 1 001 зн., а можно до 1 000. Ваше сообщение осталось выше: сократите его и пришлите снова.
    [← Назад]
    ");
    insta::assert_snapshot!(world.say("Здравствуйте! Уже разбираемся.").await, @"
    -- sent
    📝 Шаблоны ответов
    ✅ Сохранено.
    Они общие для всех, кто отвечает в этом кабинете.

    1. Здравствуйте! Уже разбираемся.

    2. Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.

    3. Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1] [Шаблон 2] [Шаблон 3]
    [← Назад]
    ");
    world.press_all(&["← Назад", "Шаблон 1", "✅ Отправить"]).await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some("Здравствуйте! Уже разбираемся."));

    // Another one of the same cabinet finds it, and the first text comes back.
    world.boris_joins(TokenType::Personal).await;
    world.told_review("Сломалась").await;
    world.press_in(BORIS, "✍️ Ответить").await;
    insta::assert_snapshot!(world.press_in(BORIS, "📝 Изменить шаблоны").await, @"
    -- edited
    📝 Шаблоны ответов
    Они общие для всех, кто отвечает в этом кабинете.

    1. Здравствуйте! Уже разбираемся.

    2. Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.

    3. Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1] [Шаблон 2] [Шаблон 3]
    [← Назад]
    ");
    world.press_in(BORIS, "Шаблон 1").await;
    insta::assert_snapshot!(world.press_in(BORIS, "↩️ Вернуть исходный").await, @"
    -- edited
    📝 Шаблоны ответов
    ✅ Сохранено.
    Они общие для всех, кто отвечает в этом кабинете.

    1. Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    2. Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.

    3. Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1] [Шаблон 2] [Шаблон 3]
    [← Назад]
    ");
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn a_text_out_of_bounds_loses_nothing() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say("Спасибо").await;
    insta::assert_snapshot!(world.say(" ж ").await, @"
    -- sent
    ⚠️ Слишком коротко: 1 зн., а нужно от 2. Пришлите текст подлиннее.
    [← Назад]
    ");
    // No app of Telegram sends as much; a bot has to bear it all the same.
    let update = json!({
        "update_id": 900_000_000,
        "message": {
            "message_id": 900_000, "date": world.clock.now().timestamp(),
            "chat": { "id": CHAT, "type": "private", "first_name": "Анна" },
            "from": { "id": CHAT, "is_bot": false, "first_name": "Анна", "language_code": "ru" },
            "text": "ж".repeat(5_001),
        }
    });
    let reply = world.answer(update.to_string().as_bytes()).await.unwrap();
    assert!(reply["text"].as_str().unwrap().starts_with("⚠️ Слишком длинно: 5\u{a0}001 зн., а можно до 5\u{a0}000."));
    insta::assert_snapshot!(world.press("← Назад").await, @"
    -- edited
    ✍️ Ответ на отзыв 2/5
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Покупатель: Покупатель
    Пришла со сколом

    Сейчас написано (нажмите, чтобы скопировать):
    Спасибо

    Напишите ответ одним сообщением или выберите шаблон:

    1. Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    2. Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.

    3. Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1] [Шаблон 2] [Шаблон 3]
    [📝 Изменить шаблоны]
    [👀 Оставить как есть]
    [✖️ Отмена]
    ");
    world.press_all(&["👀 Оставить как есть", "✅ Отправить"]).await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some("Спасибо"));
}

#[tokio::test]
async fn a_conversation_is_cancelled_by_its_button_and_by_the_command() {
    let (world, _) = with_bad_review(TokenType::Personal).await;
    for cancel in ["✖️ Отмена", "/cancel"] {
        world.press("✍️ Ответить").await;
        world.say(OWN).await;
        if cancel.starts_with('/') {
            world.say(cancel).await;
        } else {
            world.press(cancel).await;
        }
        assert_eq!(world.last_text(), "Хорошо, не отвечаю.");
        assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
        world.say("просто текст").await;
        assert!(world.last_text().contains("Поиск: «просто текст»"), "no reply is begun: {}", world.last_text());
    }
    insta::assert_snapshot!(world.say("/cancel").await, @"
    -- sent
    🏠 Главное меню
    Сегодня заказов: 1 на 3 060 ₽
    Отзывы ждут ответа: 8

    Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(posts(&world), 0);
}

#[tokio::test]
async fn an_answer_that_wb_refuses_is_kept_and_can_be_sent_anew() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    // What WB calls too short may change; here it is what it takes for too short today.
    world.run_sql("UPDATE review_answers SET text = 'ж'").await;
    insta::assert_snapshot!(world.press("✅ Отправить").await, @"
    -- edited
    ⚠️ WB не принял ответ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Wildberries пишет: «text must have from 2 to 5000 characters»
    Текст сохранён: его можно изменить и отправить снова.
    Ваш текст:
    ж
    [🔁 Отправить ещё раз]
    [✏️ Изменить] [✖️ Отмена]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    world.press("✏️ Изменить").await;
    world.say(OWN).await;
    world.press("✅ Отправить").await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
}

#[tokio::test]
async fn a_429_names_the_moment_at_which_the_answer_goes_out() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.wb.break_next(Method::FeedbackAnswer, Fault::RateLimited(600));
    insta::assert_snapshot!(world.reply_to_review(OWN).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB разрешит следующий запрос 22.11 в 12:13 МСК. Отправлю сам и напишу здесь.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [✖️ Не отправлять]
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    let until =
        (world.clock.now() + TimeDelta::minutes(10) + TimeDelta::hours(3)).format("%d.%m в %H:%M МСК").to_string();
    assert!(world.last_text().contains(&until), "{until} in {}", world.last_text());
    assert_eq!(shop_answer(&world, &id), None);
    insta::assert_snapshot!(world.seen_during(world.tick_until_it_changes()).await, @"
    -- edited
    (picture 1.webp)
    ⭐ Отзыв 2/5 · 22.11 в 12:00 МСК
    ✅ Отвечено

    Футболка оверсайз <b>хлопок</b> базовая, бежевый
    Артикул продавца: tee-over-1
    Артикул WB: 467400000
    ID отзыва: Zv0yNYswQRgFUfNneixj

    Комментарий: Пришла со сколом
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]

    -- edited
    ✅ WB принял ответ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Он на проверке: покупатели увидят его, когда модераторы WB пропустят.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]
    ");
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 2));
    assert_eq!(world.wb.refused().len(), 0, "nobody asks before the moment that WB named");
}

#[tokio::test]
async fn an_answer_that_waits_can_be_stopped() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.wb.break_next(Method::FeedbackAnswer, Fault::RateLimited(600));
    world.reply_to_review(OWN).await;
    world.press("✖️ Не отправлять").await;
    assert_eq!(world.last_text(), "Хорошо, не отвечаю.");
    world.ticks(6).await;
    assert_eq!((shop_answer(&world, &id), posts(&world)), (None, 1));
}

#[tokio::test]
async fn a_reader_is_told_who_answers_and_a_manager_may() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.run_sql("UPDATE cabinet_users SET role = 'reader'").await;
    insta::assert_snapshot!(world.press("✍️ Ответить").await, @"
    -- sent
    На отзывы отвечают владелец и менеджеры кабинета. Вам можно смотреть; попросите владельца прислать вам ссылку менеджера.
    [← Меню]
    ");
    assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
    world.run_sql("UPDATE cabinet_users SET role = 'manager'").await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    // Their role is asked for at each tap.
    world.run_sql("UPDATE cabinet_users SET role = 'reader'").await;
    insta::assert_snapshot!(world.press("✅ Отправить").await, @"
    -- edited
    🏠 Главное меню
    Сегодня заказов: 1 на 3 060 ₽
    Отзывы ждут ответа: 8

    Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!((shop_answer(&world, &id), posts(&world)), (None, 0));
}

#[tokio::test]
async fn a_token_that_only_reads_or_lacks_the_category_is_said_to_be_the_wrong_one() {
    let world = World::new().await;
    world.say("/start").await;
    let read_only = TokenSpec { read_only: true, ..TokenSpec::of(world.seller, TokenType::Personal) };
    world.say(&world.wb.issue_token(&read_only).unwrap()).await;
    let id = world.told_review("Пришла со сколом").await;
    insta::assert_snapshot!(world.press("✍️ Ответить").await, @"
    -- sent
    🔑 Этот токен не может отвечать
    Чтобы отвечать отсюда, нужен токен с категорией «Вопросы и отзывы», созданный без отметки «Только чтение». Пришлите его сюда одним сообщением и нажмите «Ответить» снова.
    [🔑 Заменить токен]
    [← Меню]
    ");
    assert_eq!(posts(&world), 0);

    world.clock.advance(TimeDelta::minutes(2));
    let token = world.token(TokenType::Personal);
    world.say(&token).await;
    world.reply_to_review(OWN).await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));

    // It was lost between the preview and the tap: the text stays.
    let id = world.told_review("Сломалась").await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    world.run_sql("UPDATE wb_tokens SET categories = categories & ~(1 << 7)").await;
    insta::assert_snapshot!(world.press("✅ Отправить").await, @"
    -- edited
    🔑 Этот токен не может отвечать
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Нужен токен с категорией «Вопросы и отзывы», созданный без отметки «Только чтение». Пришлите его сюда одним сообщением, потом отправьте ответ ещё раз.
    Текст сохранён: его можно изменить и отправить снова.
    Ваш текст:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [🔑 Заменить токен]
    [🔁 Отправить ещё раз]
    [✏️ Изменить] [✖️ Отмена]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    world.run_sql("UPDATE wb_tokens SET categories = categories | (1 << 7)").await;
    world.press("🔁 Отправить ещё раз").await;
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 2));
}

#[tokio::test]
async fn taps_and_updates_that_come_twice_send_once() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    let preview = world.newest();
    let send = preview.buttons().find(|button| button.text == "✅ Отправить").unwrap().callback_data.clone().unwrap();
    let first = world.telegram.press(CHAT, preview.id, &send).unwrap();
    world.telegram.press(CHAT, preview.id, &send).unwrap();
    world.rest().await;
    world.telegram.redeliver(first).unwrap();
    world.rest().await;
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 1));

    // Two who go on with the same answer at the same moment.
    let id = world.told_review("Сломалась").await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    world.run_sql("UPDATE review_answers SET state = 'sending', sent_at = now(), next_at = to_timestamp(0) WHERE state = 'draft'").await;
    let (one, other) = tokio::join!(world.fanout.carry_review_replies(), world.fanout.carry_review_replies());
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 2));
}

/// What is sent is what the person has read: an old preview does not publish the newer text.
#[tokio::test]
async fn an_old_preview_shows_the_newer_text_instead_of_sending_it() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say("Спасибо за отзыв!").await;
    let preview = world.newest();
    world.press("✏️ Изменить").await;
    world.say(OWN).await;
    let send = preview.buttons().find(|button| button.text == "✅ Отправить").unwrap().callback_data.clone().unwrap();
    let tap_the_old_one = async |button: &str| {
        world.clock.advance(TimeDelta::seconds(2));
        world.telegram.press(CHAT, preview.id, button).unwrap();
        world.rest().await;
        world.telegram.messages(CHAT).into_iter().find(|message| message.id == preview.id).unwrap().content.text
    };
    // «Изменить» has taken its place; whoever had it open taps it all the same.
    world.telegram.tap(CHAT, preview.id, &send).unwrap();
    world.rest().await;
    let shown = world.telegram.messages(CHAT).into_iter().find(|message| message.id == preview.id).unwrap();
    insta::assert_snapshot!(render(&shown), @"
    👀 Проверьте ответ · отзыв 2/5
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    ✏️ Текст с тех пор изменился. Вот новый — проверьте его.
    Анна, простите! Заменим & вернём деньги <сегодня>.

    WB покажет ответ от имени магазина после проверки. Изменить его потом можно один раз, в кабинете WB.
    [✅ Отправить]
    [✏️ Изменить] [✖️ Отмена]
    ");
    assert_eq!((shop_answer(&world, &id), posts(&world)), (None, 0), "nothing goes out");
    tap_the_old_one("✅ Отправить").await;
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 1));
}

#[tokio::test]
async fn a_lost_reply_is_solved_by_reading_before_anything_goes_out_again() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    // WB has taken it, and its reply is lost.
    world.wb.break_next(Method::FeedbackAnswer, Fault::Status(503));
    insta::assert_snapshot!(world.reply_to_review(OWN).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB не отвечает. Попробую снова 22.11 в 12:04 МСК и напишу здесь: дважды ответ не уйдёт.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    insta::assert_snapshot!(world.seen_during(world.tick_until_it_changes()).await, @"
    -- edited
    (picture 1.webp)
    ⭐ Отзыв 2/5 · 22.11 в 12:00 МСК
    ✅ Отвечено

    Футболка оверсайз <b>хлопок</b> базовая, бежевый
    Артикул продавца: tee-over-1
    Артикул WB: 467400000
    ID отзыва: Zv0yNYswQRgFUfNneixj

    Комментарий: Пришла со сколом
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]

    -- edited
    ✅ WB принял ответ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Он на проверке: покупатели увидят его, когда модераторы WB пропустят.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]
    ");
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 1));
}

#[tokio::test]
async fn a_process_that_ends_between_noting_and_sending_loses_nothing_and_doubles_nothing() {
    for has_arrived in [true, false] {
        let (world, id) = with_bad_review(TokenType::Personal).await;
        world.press("✍️ Ответить").await;
        world.say(OWN).await;
        world.run_sql(
            "UPDATE review_answers SET state = 'sending', posts = 1, sent_at = now(), awaits = NULL, awaits_until = NULL,
                    next_at = to_timestamp(0)",
        )
        .await;
        if has_arrived {
            world.in_shop(|shop, _| shop.answer(&id, OWN));
        }
        let asked = world.wb.asked();
        world.tick().await;
        let about: Vec<Method> = asked_about_reviews(&world, asked)
            .into_iter()
            .filter(|one| *one != Method::Feedbacks && *one != Method::Questions)
            .collect();
        if has_arrived {
            assert_eq!(about, [Method::Feedback]);
            assert!(world.last_text().starts_with("✅ Ответ опубликован"), "{}", world.last_text());
        } else {
            assert_eq!(about, [Method::Feedback, Method::FeedbackAnswer, Method::Feedback]);
        }
        assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
    }
}

#[tokio::test]
async fn an_answer_that_was_given_elsewhere_is_told_and_never_overwritten() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    world.in_shop(|shop, _| shop.answer(&id, "Уже ответили <на сайте>"));
    insta::assert_snapshot!(world.press("✅ Отправить").await, @"
    -- edited
    (picture 1.webp)
    ⭐ Отзыв 2/5 · 22.11 в 12:00 МСК
    ✅ Отвечено

    Футболка оверсайз <b>хлопок</b> базовая, бежевый
    Артикул продавца: tee-over-1
    Артикул WB: 467400000
    ID отзыва: Zv0yNYswQRgFUfNneixj

    Комментарий: Пришла со сколом
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]

    -- edited
    ℹ️ На этот отзыв уже ответили
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Ваш текст не отправлен: в отзыве уже стоит ответ:
    Уже ответили <на сайте>
    Ваш текст:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some("Уже ответили <на сайте>"), 0));

    // And one that polling has seen before anybody taps.
    let id = world.told_review("Сломалась").await;
    world.in_shop(|shop, _| shop.answer(&id, "Ответ из кабинета"));
    world.tick().await;
    insta::assert_snapshot!(world.press("✍️ Ответить").await, @"
    -- sent
    ℹ️ На этот отзыв уже ответили
    Ответ из кабинета
    [← Меню]
    ");
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE state = 'draft'").await, 0);
}

#[tokio::test]
async fn a_review_that_wb_has_deleted_is_told_as_gone() {
    let (world, _) = with_bad_review(TokenType::Personal).await;
    world.run_sql("UPDATE wb_reviews SET id = 'deleted' WHERE text = 'Пришла со сколом'").await;
    world.run_sql("UPDATE events SET event_key = 'deleted' WHERE kind = 'negative_review'").await;
    insta::assert_snapshot!(world.reply_to_review(OWN).await, @"
    -- edited
    🗑 Этого отзыва больше нет
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB его удалил, поэтому ответ не отправлен.
    Ваш текст:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    assert_eq!(posts(&world), 0);
}

#[tokio::test]
async fn a_method_that_wb_switches_off_is_told_to_the_person_and_the_operator() {
    let (world, _) = with_bad_review(TokenType::Personal).await;
    world.wb.switch_off(Method::FeedbackAnswer, true);
    insta::assert_snapshot!(world.reply_to_review(OWN).await, @"
    -- edited
    ⚠️ WB сейчас не принимает ответы из программ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Тот, кто управляет ботом, уже знает. Ответить можно в кабинете WB.
    Текст сохранён: его можно изменить и отправить снова.
    Ваш текст:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [🔁 Отправить ещё раз]
    [✏️ Изменить] [✖️ Отмена]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    assert_eq!(world.count("SELECT count(*) FROM operator_notices WHERE key = 'gone:feedbacks_answer'").await, 1);
    world.wb.switch_on(Method::FeedbackAnswer);
    insta::assert_snapshot!(world.press("🔁 Отправить ещё раз").await, @"
    -- edited
    (picture 1.webp)
    ⭐ Отзыв 2/5 · 22.11 в 12:00 МСК
    ✅ Отвечено

    Футболка оверсайз <b>хлопок</b> базовая, бежевый
    Артикул продавца: tee-over-1
    Артикул WB: 467400000
    ID отзыва: Zv0yNYswQRgFUfNneixj

    Комментарий: Пришла со сколом
    [Открыть на WB ↗] [Подробнее]
    [🔕 Заглушить товар] [⚙️ Настроить]

    -- edited
    ✅ WB принял ответ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Он на проверке: покупатели увидят его, когда модераторы WB пропустят.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
}

#[tokio::test]
async fn an_outage_is_waited_out_for_a_day_and_then_told() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.wb.break_times(Method::Feedback, Fault::Status(502), u32::MAX);
    insta::assert_snapshot!(world.reply_to_review(OWN).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB не отвечает. Попробую снова 22.11 в 12:04 МСК и напишу здесь: дважды ответ не уйдёт.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [✖️ Не отправлять]
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    world.clock.advance(TimeDelta::hours(23));
    insta::assert_snapshot!(world.seen_during(world.tick()).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB не отвечает. Попробую снова 23.11 в 11:08 МСК и напишу здесь: дважды ответ не уйдёт.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [✖️ Не отправлять]
    [← Меню]
    ");
    world.clock.advance(TimeDelta::hours(1));
    insta::assert_snapshot!(world.seen_during(world.tick()).await, @"
    -- edited
    ⚠️ Ответ не отправлен
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Wildberries не отвечал целые сутки.
    Текст сохранён: его можно изменить и отправить снова.
    Ваш текст:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [🔁 Отправить ещё раз]
    [✏️ Изменить] [✖️ Отмена]
    ");
    world.wb.mend();
    world.press("🔁 Отправить ещё раз").await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
}

#[tokio::test]
async fn a_base_tokens_answer_comes_before_polling_and_says_when() {
    let (world, id) = with_bad_review(TokenType::Base).await;
    // Polling has just spent the one request of these twelve minutes.
    insta::assert_snapshot!(world.reply_to_review(OWN).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB разрешит следующий запрос 22.11 в 12:49 МСК. Отправлю сам и напишу здесь.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [✖️ Не отправлять]
    [← Меню]

    -- toast
    ⏳ Отправляю ответ в WB…
    ");
    let asked = world.wb.asked();
    insta::assert_snapshot!(world.seen_during(world.tick_until_it_changes()).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB разрешит следующий запрос 22.11 в 13:01 МСК. Отправлю сам и напишу здесь.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [✖️ Не отправлять]
    [← Меню]
    ");
    assert_eq!(asked_about_reviews(&world, asked), [Method::Feedback], "the first request is ours");
    insta::assert_snapshot!(world.seen_during(world.tick_until_it_changes()).await, @"
    -- edited
    ⏳ Ответ отправляется
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    WB принял ответ. 22.11 в 13:13 МСК проверю, появился ли он, и напишу здесь.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]
    ");
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
    // WB's moderators are faster than the next request.
    world.in_shop(|shop, _| shop.moderate(&id, AnswerState::Rejected));
    insta::assert_snapshot!(world.seen_during(world.tick_until_it_changes()).await, @"
    -- edited
    ⚠️ Модераторы WB отклонили ответ
    Футболка оверсайз <b>хлопок</b> базовая, бежевый, артикул WB 467400000
    Исправить его можно один раз, в кабинете WB.
    Ваш ответ:
    Анна, простите! Заменим & вернём деньги <сегодня>.
    [← Меню]
    ");
    assert_eq!(
        asked_about_reviews(&world, asked)[..3],
        [Method::Feedback, Method::FeedbackAnswer, Method::Feedback],
        "no polling in between"
    );
    let polled = asked_about_reviews(&world, 0).len();
    world.ticks(10).await;
    assert!(asked_about_reviews(&world, 0).len() > polled, "polling goes on");
    assert_eq!((world.wb.refused().len(), world.telegram.violations()), (0, vec![]));
}

#[tokio::test]
async fn what_waits_goes_with_the_one_who_is_removed() {
    let (world, id) = with_bad_review(TokenType::Base).await;
    world.reply_to_review(OWN).await;
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE state = 'sending'").await, 1);
    world.run_sql("DELETE FROM cabinet_users").await;
    world.clock.advance(TimeDelta::hours(1));
    world.fanout.carry_review_replies().await.unwrap();
    assert_eq!((shop_answer(&world, &id), posts(&world)), (None, 0));
    assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
}

#[tokio::test]
async fn two_who_answer_the_same_review_send_one_answer() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    world.boris_joins(TokenType::Base).await;
    let id = world.told_review("Пришла со сколом").await;
    world.reply_to_review(OWN).await;
    world.press_in(BORIS, "✍️ Ответить").await;
    world.press_in(BORIS, "Шаблон 1").await;
    insta::assert_snapshot!(world.press_in(BORIS, "✅ Отправить").await, @"
    -- edited
    ⏳ На этот отзыв прямо сейчас отвечает другой сотрудник.
    [← Меню]
    ");
    world.ticks(20).await;
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 1));
}
