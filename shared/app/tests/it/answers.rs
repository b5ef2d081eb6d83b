//! A review is answered from the chat: own words, a template, and whatever WB says to it.

use chrono::TimeDelta;
use serde_json::json;
use testkit::{
    telegram::Message,
    wb::{AnswerState, Fault, Method, TokenSpec, TokenType},
};
use world::{BORIS, CHAT, World};

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

fn last_buttons(world: &World) -> Vec<String> {
    world.newest().buttons().map(|button| button.text.clone()).collect()
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
    let told = review_message(&world, &id).unwrap();
    assert_eq!(told.buttons().next().unwrap().text, "✍️ Ответить");
    world.press("✍️ Ответить").await;
    let asked = world.last_text();
    assert!(asked.starts_with("✍️ Ответ на отзыв 2/5") && asked.contains("Пришла со сколом"), "{asked}");
    world.say(&format!("  {OWN}\n")).await;
    assert!(world.last_text().starts_with("👀 Проверьте ответ") && world.last_text().contains(OWN));
    assert_eq!(shop_answer(&world, &id), None, "nothing is sent unseen");

    let (asked, shown) = (world.wb.asked(), world.messages().len());
    world.press("✅ Отправить").await;
    assert_eq!(asked_about_reviews(&world, asked), [Method::Feedback, Method::FeedbackAnswer, Method::Feedback]);
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
    let end = world.last_text();
    assert!(end.starts_with("✅ WB принял ответ") && end.contains("на проверке") && end.contains(OWN), "{end}");
    assert_eq!(world.messages().len(), shown, "the preview became the end");
    assert_eq!(world.telegram.answers().last().unwrap().text.as_deref(), Some("⏳ Отправляю ответ в WB…"));

    let told = review_message(&world, &id).unwrap();
    assert!(told.content.text.contains("✅ Отвечено"), "{}", told.content.text);
    assert!(told.buttons().all(|button| button.text != "✍️ Ответить"));
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
    world.press_all(&["✍️ Ответить", "Шаблон 2"]).await;
    assert!(world.last_text().contains("товар с браком"), "{}", world.last_text());
    world.press_all(&["✏️ Изменить", "📝 Изменить шаблоны", "Шаблон 1"]).await;
    assert!(world.last_text().starts_with("📝 Шаблон 1"), "{}", world.last_text());
    world.say(&"ж".repeat(1_001)).await;
    assert!(world.last_text().starts_with("⚠️ Слишком длинно: 1\u{a0}001 зн."), "{}", world.last_text());
    world.say("Здравствуйте! Уже разбираемся.").await;
    assert!(world.last_text().contains("✅ Сохранено.") && world.last_text().contains("Уже разбираемся"));
    world.press_all(&["← Назад", "Шаблон 1", "✅ Отправить"]).await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some("Здравствуйте! Уже разбираемся."));

    // Another one of the same cabinet finds it, and the first text comes back.
    world.boris_joins(TokenType::Personal).await;
    world.told_review("Сломалась").await;
    for button in ["✍️ Ответить", "📝 Изменить шаблоны"] {
        world.press_in(BORIS, button).await;
        assert!(world.last_text_in(BORIS).contains("Уже разбираемся"), "{}", world.last_text_in(BORIS));
    }
    for button in ["Шаблон 1", "↩️ Вернуть исходный"] {
        world.press_in(BORIS, button).await;
    }
    assert!(
        !world.last_text_in(BORIS).contains("Уже разбираемся") && world.last_text_in(BORIS).contains("отдел качества")
    );
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn a_text_out_of_bounds_loses_nothing() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say("Спасибо").await;
    world.say(" ж ").await;
    assert!(world.last_text().starts_with("⚠️ Слишком коротко: 1 зн., а нужно от 2."), "{}", world.last_text());
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
    world.press("← Назад").await;
    assert!(world.last_text().contains("Сейчас написано") && world.last_text().contains("Спасибо"));
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
    world.say("/cancel").await;
    assert!(world.last_text().starts_with("🏠"));
    assert_eq!(posts(&world), 0);
}

#[tokio::test]
async fn an_answer_that_wb_refuses_is_kept_and_can_be_sent_anew() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    // What WB calls too short may change; here it is what it takes for too short today.
    world.run_sql("UPDATE review_answers SET text = 'ж'").await;
    world.press("✅ Отправить").await;
    let end = world.last_text();
    assert!(end.starts_with("⚠️ WB не принял ответ"), "{end}");
    assert!(end.contains("Wildberries пишет: «text must have from 2 to 5000 characters»"), "{end}");
    assert_eq!(last_buttons(&world), ["🔁 Отправить ещё раз", "✏️ Изменить", "✖️ Отмена"]);
    world.press("✏️ Изменить").await;
    world.say(OWN).await;
    world.press("✅ Отправить").await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
}

#[tokio::test]
async fn a_429_names_the_moment_at_which_the_answer_goes_out() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.wb.break_next(Method::FeedbackAnswer, Fault::RateLimited(600));
    world.reply_to_review(OWN).await;
    let waits = world.last_text();
    let until =
        (world.clock.now() + TimeDelta::minutes(10) + TimeDelta::hours(3)).format("%d.%m в %H:%M МСК").to_string();
    assert!(waits.starts_with("⏳ Ответ отправляется") && waits.contains(&until), "{until} in {waits}");
    assert_eq!(last_buttons(&world), ["✖️ Не отправлять", "← Меню"]);
    assert_eq!(shop_answer(&world, &id), None);
    world.tick_until_it_changes().await;
    assert!(world.last_text().starts_with("✅ WB принял ответ"), "{}", world.last_text());
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
    world.press("✍️ Ответить").await;
    assert!(world.last_text().starts_with("На отзывы отвечают владелец и менеджеры"), "{}", world.last_text());
    assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
    world.run_sql("UPDATE cabinet_users SET role = 'manager'").await;
    world.press("✍️ Ответить").await;
    world.say(OWN).await;
    // Their role is asked for at each tap.
    world.run_sql("UPDATE cabinet_users SET role = 'reader'").await;
    world.press("✅ Отправить").await;
    assert!(world.last_text().starts_with("🏠"), "{}", world.last_text());
    assert_eq!((shop_answer(&world, &id), posts(&world)), (None, 0));
}

#[tokio::test]
async fn a_token_that_only_reads_or_lacks_the_category_is_said_to_be_the_wrong_one() {
    let world = World::new().await;
    world.say("/start").await;
    let read_only = TokenSpec { read_only: true, ..TokenSpec::of(world.seller, TokenType::Personal) };
    world.say(&world.wb.issue_token(&read_only).unwrap()).await;
    let id = world.told_review("Пришла со сколом").await;
    world.press("✍️ Ответить").await;
    let told = world.last_text();
    assert!(
        told.starts_with("🔑 Этот токен не может отвечать") && told.contains("без отметки «Только чтение»"),
        "{told}"
    );
    assert_eq!(last_buttons(&world), ["🔑 Заменить токен", "← Меню"]);
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
    world.press("✅ Отправить").await;
    assert!(world.last_text().starts_with("🔑 Этот токен не может отвечать"), "{}", world.last_text());
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
    let text = &shown.content.text;
    assert!(text.contains("Текст с тех пор изменился") && text.contains("Заменим & вернём"), "{text}");
    assert_eq!((shop_answer(&world, &id), posts(&world)), (None, 0), "nothing goes out");
    tap_the_old_one("✅ Отправить").await;
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 1));
}

#[tokio::test]
async fn a_lost_reply_is_solved_by_reading_before_anything_goes_out_again() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    // WB has taken it, and its reply is lost.
    world.wb.break_next(Method::FeedbackAnswer, Fault::Status(503));
    world.reply_to_review(OWN).await;
    assert!(world.last_text().contains("WB не отвечает"), "{}", world.last_text());
    assert_eq!(last_buttons(&world), ["← Меню"], "too late to stop it");
    world.tick_until_it_changes().await;
    assert!(world.last_text().starts_with("✅ WB принял ответ"));
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
    world.press("✅ Отправить").await;
    let end = world.last_text();
    assert!(end.starts_with("ℹ️ На этот отзыв уже ответили") && end.contains("Уже ответили <на сайте>"), "{end}");
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some("Уже ответили <на сайте>"), 0));
    assert!(review_message(&world, &id).unwrap().content.text.contains("✅ Отвечено"));

    // And one that polling has seen before anybody taps.
    let id = world.told_review("Сломалась").await;
    world.in_shop(|shop, _| shop.answer(&id, "Ответ из кабинета"));
    world.tick().await;
    world.press("✍️ Ответить").await;
    assert!(world.last_text().contains("Ответ из кабинета"), "{}", world.last_text());
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE state = 'draft'").await, 0);
}

#[tokio::test]
async fn a_review_that_wb_has_deleted_is_told_as_gone() {
    let (world, _) = with_bad_review(TokenType::Personal).await;
    world.run_sql("UPDATE wb_reviews SET id = 'deleted' WHERE text = 'Пришла со сколом'").await;
    world.run_sql("UPDATE events SET event_key = 'deleted' WHERE kind = 'negative_review'").await;
    world.reply_to_review(OWN).await;
    assert!(world.last_text().starts_with("🗑 Этого отзыва больше нет"), "{}", world.last_text());
    assert_eq!(posts(&world), 0);
}

#[tokio::test]
async fn a_method_that_wb_switches_off_is_told_to_the_person_and_the_operator() {
    let (world, _) = with_bad_review(TokenType::Personal).await;
    world.wb.switch_off(Method::FeedbackAnswer, true);
    world.reply_to_review(OWN).await;
    assert!(world.last_text().starts_with("⚠️ WB сейчас не принимает ответы из программ"), "{}", world.last_text());
    assert_eq!(world.count("SELECT count(*) FROM operator_notices WHERE key = 'gone:feedbacks_answer'").await, 1);
    world.wb.switch_on(Method::FeedbackAnswer);
    world.press("🔁 Отправить ещё раз").await;
    assert!(world.last_text().starts_with("✅ WB принял ответ"), "{}", world.last_text());
}

#[tokio::test]
async fn an_outage_is_waited_out_for_a_day_and_then_told() {
    let (world, id) = with_bad_review(TokenType::Personal).await;
    world.wb.break_times(Method::Feedback, Fault::Status(502), u32::MAX);
    world.reply_to_review(OWN).await;
    assert!(world.last_text().contains("WB не отвечает"), "{}", world.last_text());
    assert_eq!(last_buttons(&world), ["✖️ Не отправлять", "← Меню"]);
    world.clock.advance(TimeDelta::hours(23));
    world.tick().await;
    assert!(world.last_text().contains("WB не отвечает"), "{}", world.last_text());
    world.clock.advance(TimeDelta::hours(1));
    world.tick().await;
    assert!(world.last_text().starts_with("⚠️ Ответ не отправлен"), "{}", world.last_text());
    world.wb.mend();
    world.press("🔁 Отправить ещё раз").await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
}

#[tokio::test]
async fn a_base_tokens_answer_comes_before_polling_and_says_when() {
    let (world, id) = with_bad_review(TokenType::Base).await;
    // Polling has just spent the one request of these twelve minutes.
    world.reply_to_review(OWN).await;
    let waits = world.last_text();
    assert!(waits.starts_with("⏳ Ответ отправляется") && waits.contains("WB разрешит следующий запрос"), "{waits}");
    let asked = world.wb.asked();
    world.tick_until_it_changes().await;
    assert_eq!(asked_about_reviews(&world, asked), [Method::Feedback], "the first request is ours");
    assert!(world.last_text().contains("WB разрешит следующий запрос"), "{}", world.last_text());
    world.tick_until_it_changes().await;
    assert_eq!(shop_answer(&world, &id).as_deref(), Some(OWN));
    assert!(world.last_text().contains("WB принял ответ."), "{}", world.last_text());
    // WB's moderators are faster than the next request.
    world.in_shop(|shop, _| shop.moderate(&id, AnswerState::Rejected));
    world.tick_until_it_changes().await;
    assert!(world.last_text().starts_with("⚠️ Модераторы WB отклонили ответ"), "{}", world.last_text());
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
    for tap in ["Шаблон 1", "✅ Отправить"] {
        world.press_in(BORIS, tap).await;
    }
    let told = world.last_text_in(BORIS);
    assert!(told.starts_with("⏳ На этот отзыв прямо сейчас отвечает другой сотрудник"), "{told}");
    world.ticks(20).await;
    assert_eq!((shop_answer(&world, &id).as_deref(), posts(&world)), (Some(OWN), 1));
}
