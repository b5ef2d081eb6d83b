//! A review is answered from the chat: own words, a template, and whatever WB says to it.

use chrono::TimeDelta;
use serde_json::json;
use testkit::{
    telegram::Message,
    wb::{AnswerState, Fault, Method, NewReview, TokenSpec, TokenType},
};

use crate::world::{CHAT, World};

const OWN: &str = "Анна, простите! Заменим & вернём деньги <сегодня>.";
/// Longer than the way of an answer at the pace of a base token: 15 requests.
const BASE_TICKS: usize = 60;

impl World {
    /// A buyer writes a review of two stars, and it is told.
    async fn with_bad_review(token_type: TokenType) -> (Self, String) {
        let world = Self::new().await;
        world.onboard(token_type).await;
        let id = world.told_review("Пришла со сколом").await;
        (world, id)
    }

    pub async fn told_review(&self, text: &str) -> String {
        let review = NewReview { stars: 2, text: text.into(), ..NewReview::default() };
        let id = self.in_shop(|shop, now| shop.review(&review, now)).id;
        for _ in 0..BASE_TICKS {
            self.tick().await;
            if self.review_message(&id).is_some() {
                return id;
            }
        }
        panic!("the review is never told");
    }

    /// The notification about this review.
    fn review_message(&self, id: &str) -> Option<Message> {
        let tells = |text: &str| text.starts_with("⭐ Отзыв") && text.contains(id);
        self.messages().into_iter().find(|message| tells(&message.content.text))
    }

    /// Taps, as fast as Telegram takes messages.
    async fn tap(&self, button: &str) {
        self.clock.advance(TimeDelta::seconds(2));
        self.press(button).await;
    }

    async fn taps(&self, buttons: &[&str]) {
        for button in buttons {
            self.tap(button).await;
        }
    }

    /// Writes an answer and sends it.
    pub async fn answer_with(&self, text: &str) {
        self.tap("✍️ Ответить").await;
        self.write(text).await;
        self.tap("✅ Отправить").await;
    }

    async fn write(&self, text: &str) {
        self.clock.advance(TimeDelta::seconds(2));
        self.say(text).await;
    }

    fn last_text(&self) -> String {
        self.messages().pop().unwrap().content.text
    }

    fn last_buttons(&self) -> Vec<String> {
        self.messages().pop().unwrap().buttons().map(|button| button.text.clone()).collect()
    }

    /// The answer that the shop has to this review.
    fn shop_answer(&self, id: &str) -> Option<String> {
        self.in_shop(|shop, _| Ok(shop.reviews().iter().find(|review| review.id == id).unwrap().answer.clone()))
    }

    /// What was asked of the feedbacks host after so many requests.
    fn asked_about_reviews(&self, after: usize) -> Vec<Method> {
        let methods = [Method::Feedback, Method::FeedbackAnswer, Method::Feedbacks, Method::Questions];
        let asked = self.wb.requests_after(after).into_iter().filter_map(|request| request.method);
        asked.filter(|method| methods.contains(method)).collect()
    }

    fn posts(&self) -> usize {
        self.asked_about_reviews(0).iter().filter(|method| **method == Method::FeedbackAnswer).count()
    }

    /// Ticks until the newest message begins otherwise.
    async fn tick_until_it_changes(&self) {
        let before = self.last_text();
        for _ in 0..BASE_TICKS {
            self.tick().await;
            if self.last_text() != before {
                return;
            }
        }
        panic!("nothing changes in «{before}»");
    }

    async fn run_sql(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.database.pool).await.unwrap();
    }
}

#[tokio::test]
async fn own_words_are_shown_sent_and_verified_and_the_review_says_so() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    let told = world.review_message(&id).unwrap();
    assert_eq!(told.buttons().next().unwrap().text, "✍️ Ответить");
    world.tap("✍️ Ответить").await;
    let asked = world.last_text();
    assert!(asked.starts_with("✍️ Ответ на отзыв 2/5") && asked.contains("Пришла со сколом"), "{asked}");
    world.write(&format!("  {OWN}\n")).await;
    assert!(world.last_text().starts_with("👀 Проверьте ответ") && world.last_text().contains(OWN));
    assert_eq!(world.shop_answer(&id), None, "nothing is sent unseen");

    let (asked, shown) = (world.wb.asked(), world.messages().len());
    world.tap("✅ Отправить").await;
    assert_eq!(world.asked_about_reviews(asked), [Method::Feedback, Method::FeedbackAnswer, Method::Feedback]);
    assert_eq!(world.shop_answer(&id).as_deref(), Some(OWN));
    let end = world.last_text();
    assert!(end.starts_with("✅ WB принял ответ") && end.contains("на проверке") && end.contains(OWN), "{end}");
    assert_eq!(world.messages().len(), shown, "the preview became the end");
    assert_eq!(world.telegram.answers().last().unwrap().text.as_deref(), Some("⏳ Отправляю ответ в WB…"));

    let told = world.review_message(&id).unwrap();
    assert!(told.content.text.contains("✅ Отвечено"), "{}", told.content.text);
    assert!(told.buttons().all(|button| button.text != "✍️ Ответить"));
    let held: String = sqlx::query_scalar("SELECT answer FROM wb_reviews WHERE id = $1")
        .bind(&id)
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(held, OWN);
    let before = world.messages().len();
    for _ in 0..3 {
        world.tick().await;
    }
    assert_eq!((world.messages().len(), world.posts()), (before, 1));
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE next_at IS NOT NULL").await, 0);
    assert_eq!((world.wb.refused().len(), world.telegram.violations()), (0, vec![]));
}

#[tokio::test]
async fn a_template_is_sent_edited_restored_and_shared_within_the_cabinet() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.taps(&["✍️ Ответить", "Шаблон 2"]).await;
    assert!(world.last_text().contains("товар с браком"), "{}", world.last_text());
    world.taps(&["✏️ Изменить", "📝 Изменить шаблоны", "Шаблон 1"]).await;
    assert!(world.last_text().starts_with("📝 Шаблон 1"), "{}", world.last_text());
    world.write(&"ж".repeat(1_001)).await;
    assert!(world.last_text().starts_with("⚠️ Слишком длинно: 1\u{a0}001 зн."), "{}", world.last_text());
    world.write("Здравствуйте! Уже разбираемся.").await;
    assert!(world.last_text().contains("✅ Сохранено.") && world.last_text().contains("Уже разбираемся"));
    world.taps(&["← Назад", "Шаблон 1", "✅ Отправить"]).await;
    assert_eq!(world.shop_answer(&id).as_deref(), Some("Здравствуйте! Уже разбираемся."));

    // Another one of the same cabinet finds it, and the first text comes back.
    let token = world.token(TokenType::Personal);
    world.telegram.person(2000, "Борис", Some("ru"));
    world.telegram.say(2000, &token).unwrap();
    world.rest().await;
    world.told_review("Сломалась").await;
    let boris = |world: &World| world.telegram.last_message(2000).unwrap().content.text;
    for button in ["✍️ Ответить", "📝 Изменить шаблоны"] {
        world.clock.advance(TimeDelta::seconds(2));
        world.telegram.press(2000, None, button).unwrap();
        world.rest().await;
        assert!(boris(&world).contains("Уже разбираемся"), "{}", boris(&world));
    }
    for button in ["Шаблон 1", "↩️ Вернуть исходный"] {
        world.clock.advance(TimeDelta::seconds(2));
        world.telegram.press(2000, None, button).unwrap();
        world.rest().await;
    }
    assert!(!boris(&world).contains("Уже разбираемся") && boris(&world).contains("отдел качества"));
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn a_text_out_of_bounds_loses_nothing() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.tap("✍️ Ответить").await;
    world.write("Спасибо").await;
    world.write(" ж ").await;
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
    world.tap("← Назад").await;
    assert!(world.last_text().contains("Сейчас написано") && world.last_text().contains("Спасибо"));
    world.taps(&["👀 Оставить как есть", "✅ Отправить"]).await;
    assert_eq!(world.shop_answer(&id).as_deref(), Some("Спасибо"));
}

#[tokio::test]
async fn a_conversation_is_cancelled_by_its_button_and_by_the_command() {
    let (world, _) = World::with_bad_review(TokenType::Personal).await;
    for cancel in ["✖️ Отмена", "/cancel"] {
        world.tap("✍️ Ответить").await;
        world.write(OWN).await;
        if cancel.starts_with('/') {
            world.write(cancel).await;
        } else {
            world.tap(cancel).await;
        }
        assert_eq!(world.last_text(), "Хорошо, не отвечаю.");
        assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
        world.write("просто текст").await;
        assert!(world.last_text().contains("Поиск: «просто текст»"), "no reply is begun: {}", world.last_text());
    }
    world.write("/cancel").await;
    assert!(world.last_text().starts_with("🏠"));
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn an_answer_that_wb_refuses_is_kept_and_can_be_sent_anew() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.tap("✍️ Ответить").await;
    world.write(OWN).await;
    // What WB calls too short may change; here it is what it takes for too short today.
    world.run_sql("UPDATE review_answers SET text = 'ж'").await;
    world.tap("✅ Отправить").await;
    let end = world.last_text();
    assert!(end.starts_with("⚠️ WB не принял ответ"), "{end}");
    assert!(end.contains("Wildberries пишет: «text must have from 2 to 5000 characters»"), "{end}");
    assert_eq!(world.last_buttons(), ["🔁 Отправить ещё раз", "✏️ Изменить", "✖️ Отмена"]);
    world.tap("✏️ Изменить").await;
    world.write(OWN).await;
    world.tap("✅ Отправить").await;
    assert_eq!(world.shop_answer(&id).as_deref(), Some(OWN));
}

#[tokio::test]
async fn a_429_names_the_moment_at_which_the_answer_goes_out() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.wb.break_next(Method::FeedbackAnswer, Fault::RateLimited(600));
    world.answer_with(OWN).await;
    let waits = world.last_text();
    let until =
        (world.clock.now() + TimeDelta::minutes(10) + TimeDelta::hours(3)).format("%d.%m в %H:%M МСК").to_string();
    assert!(waits.starts_with("⏳ Ответ отправляется") && waits.contains(&until), "{until} in {waits}");
    assert_eq!(world.last_buttons(), ["✖️ Не отправлять", "← Меню"]);
    assert_eq!(world.shop_answer(&id), None);
    world.tick_until_it_changes().await;
    assert!(world.last_text().starts_with("✅ WB принял ответ"), "{}", world.last_text());
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 2));
    assert_eq!(world.wb.refused().len(), 0, "nobody asks before the moment that WB named");
}

#[tokio::test]
async fn an_answer_that_waits_can_be_stopped() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.wb.break_next(Method::FeedbackAnswer, Fault::RateLimited(600));
    world.answer_with(OWN).await;
    world.tap("✖️ Не отправлять").await;
    assert_eq!(world.last_text(), "Хорошо, не отвечаю.");
    for _ in 0..6 {
        world.tick().await;
    }
    assert_eq!((world.shop_answer(&id), world.posts()), (None, 1));
}

#[tokio::test]
async fn a_reader_is_told_who_answers_and_a_manager_may() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.run_sql("UPDATE cabinet_users SET role = 'reader'").await;
    world.tap("✍️ Ответить").await;
    assert!(world.last_text().starts_with("На отзывы отвечают владелец и менеджеры"), "{}", world.last_text());
    assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
    world.run_sql("UPDATE cabinet_users SET role = 'manager'").await;
    world.tap("✍️ Ответить").await;
    world.write(OWN).await;
    // Their role is asked for at each tap.
    world.run_sql("UPDATE cabinet_users SET role = 'reader'").await;
    world.tap("✅ Отправить").await;
    assert!(world.last_text().starts_with("🏠"), "{}", world.last_text());
    assert_eq!((world.shop_answer(&id), world.posts()), (None, 0));
}

#[tokio::test]
async fn a_token_that_only_reads_or_lacks_the_category_is_said_to_be_the_wrong_one() {
    let world = World::new().await;
    world.say("/start").await;
    let read_only = TokenSpec { read_only: true, ..TokenSpec::of(world.seller, TokenType::Personal) };
    world.say(&world.wb.issue_token(&read_only).unwrap()).await;
    let id = world.told_review("Пришла со сколом").await;
    world.tap("✍️ Ответить").await;
    let told = world.last_text();
    assert!(
        told.starts_with("🔑 Этот токен не может отвечать") && told.contains("без отметки «Только чтение»"),
        "{told}"
    );
    assert_eq!(world.last_buttons(), ["🔑 Заменить токен", "← Меню"]);
    assert_eq!(world.posts(), 0);

    world.clock.advance(TimeDelta::minutes(2));
    let token = world.token(TokenType::Personal);
    world.say(&token).await;
    world.answer_with(OWN).await;
    assert_eq!(world.shop_answer(&id).as_deref(), Some(OWN));

    // It was lost between the preview and the tap: the text stays.
    let id = world.told_review("Сломалась").await;
    world.tap("✍️ Ответить").await;
    world.write(OWN).await;
    world.run_sql("UPDATE wb_tokens SET categories = categories & ~(1 << 7)").await;
    world.tap("✅ Отправить").await;
    assert!(world.last_text().starts_with("🔑 Этот токен не может отвечать"), "{}", world.last_text());
    world.run_sql("UPDATE wb_tokens SET categories = categories | (1 << 7)").await;
    world.tap("🔁 Отправить ещё раз").await;
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 2));
}

#[tokio::test]
async fn taps_and_updates_that_come_twice_send_once() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.tap("✍️ Ответить").await;
    world.write(OWN).await;
    let preview = world.messages().pop().unwrap();
    let send = preview.buttons().find(|button| button.text == "✅ Отправить").unwrap().callback_data.clone().unwrap();
    let first = world.telegram.press(CHAT, preview.id, &send).unwrap();
    world.telegram.press(CHAT, preview.id, &send).unwrap();
    world.rest().await;
    world.telegram.redeliver(first).unwrap();
    world.rest().await;
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 1));

    // Two who go on with the same answer at the same moment.
    let id = world.told_review("Сломалась").await;
    world.tap("✍️ Ответить").await;
    world.write(OWN).await;
    world.run_sql("UPDATE review_answers SET state = 'sending', sent_at = now(), next_at = to_timestamp(0) WHERE state = 'draft'").await;
    let (one, other) = tokio::join!(world.fanout.carry_review_replies(), world.fanout.carry_review_replies());
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 2));
}

/// What is sent is what the person has read: an old preview does not publish the newer text.
#[tokio::test]
async fn an_old_preview_shows_the_newer_text_instead_of_sending_it() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.tap("✍️ Ответить").await;
    world.write("Спасибо за отзыв!").await;
    let preview = world.messages().pop().unwrap();
    world.tap("✏️ Изменить").await;
    world.write(OWN).await;
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
    assert_eq!((world.shop_answer(&id), world.posts()), (None, 0), "nothing goes out");
    tap_the_old_one("✅ Отправить").await;
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 1));
}

#[tokio::test]
async fn a_lost_reply_is_solved_by_reading_before_anything_goes_out_again() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    // WB has taken it, and its reply is lost.
    world.wb.break_next(Method::FeedbackAnswer, Fault::Status(503));
    world.answer_with(OWN).await;
    assert!(world.last_text().contains("WB не отвечает"), "{}", world.last_text());
    assert_eq!(world.last_buttons(), ["← Меню"], "too late to stop it");
    world.tick_until_it_changes().await;
    assert!(world.last_text().starts_with("✅ WB принял ответ"));
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 1));
}

#[tokio::test]
async fn a_process_that_ends_between_noting_and_sending_loses_nothing_and_doubles_nothing() {
    for has_arrived in [true, false] {
        let (world, id) = World::with_bad_review(TokenType::Personal).await;
        world.tap("✍️ Ответить").await;
        world.write(OWN).await;
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
        let about: Vec<Method> = world
            .asked_about_reviews(asked)
            .into_iter()
            .filter(|one| *one != Method::Feedbacks && *one != Method::Questions)
            .collect();
        if has_arrived {
            assert_eq!(about, [Method::Feedback]);
            assert!(world.last_text().starts_with("✅ Ответ опубликован"), "{}", world.last_text());
        } else {
            assert_eq!(about, [Method::Feedback, Method::FeedbackAnswer, Method::Feedback]);
        }
        assert_eq!(world.shop_answer(&id).as_deref(), Some(OWN));
    }
}

#[tokio::test]
async fn an_answer_that_was_given_elsewhere_is_told_and_never_overwritten() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.tap("✍️ Ответить").await;
    world.write(OWN).await;
    world.in_shop(|shop, _| shop.answer(&id, "Уже ответили <на сайте>"));
    world.tap("✅ Отправить").await;
    let end = world.last_text();
    assert!(end.starts_with("ℹ️ На этот отзыв уже ответили") && end.contains("Уже ответили <на сайте>"), "{end}");
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some("Уже ответили <на сайте>"), 0));
    assert!(world.review_message(&id).unwrap().content.text.contains("✅ Отвечено"));

    // And one that polling has seen before anybody taps.
    let id = world.told_review("Сломалась").await;
    world.in_shop(|shop, _| shop.answer(&id, "Ответ из кабинета"));
    world.tick().await;
    world.tap("✍️ Ответить").await;
    assert!(world.last_text().contains("Ответ из кабинета"), "{}", world.last_text());
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE state = 'draft'").await, 0);
}

#[tokio::test]
async fn a_review_that_wb_has_deleted_is_told_as_gone() {
    let (world, _) = World::with_bad_review(TokenType::Personal).await;
    world.run_sql("UPDATE wb_reviews SET id = 'deleted' WHERE text = 'Пришла со сколом'").await;
    world.run_sql("UPDATE events SET event_key = 'deleted' WHERE kind = 'negative_review'").await;
    world.answer_with(OWN).await;
    assert!(world.last_text().starts_with("🗑 Этого отзыва больше нет"), "{}", world.last_text());
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_method_that_wb_switches_off_is_told_to_the_person_and_the_operator() {
    let (world, _) = World::with_bad_review(TokenType::Personal).await;
    world.wb.switch_off(Method::FeedbackAnswer, true);
    world.answer_with(OWN).await;
    assert!(world.last_text().starts_with("⚠️ WB сейчас не принимает ответы из программ"), "{}", world.last_text());
    assert_eq!(world.count("SELECT count(*) FROM operator_notices WHERE key = 'gone:feedbacks_answer'").await, 1);
    world.wb.switch_on(Method::FeedbackAnswer);
    world.tap("🔁 Отправить ещё раз").await;
    assert!(world.last_text().starts_with("✅ WB принял ответ"), "{}", world.last_text());
}

#[tokio::test]
async fn an_outage_is_waited_out_for_a_day_and_then_told() {
    let (world, id) = World::with_bad_review(TokenType::Personal).await;
    world.wb.break_times(Method::Feedback, Fault::Status(502), u32::MAX);
    world.answer_with(OWN).await;
    assert!(world.last_text().contains("WB не отвечает"), "{}", world.last_text());
    assert_eq!(world.last_buttons(), ["✖️ Не отправлять", "← Меню"]);
    world.clock.advance(TimeDelta::hours(23));
    world.tick().await;
    assert!(world.last_text().contains("WB не отвечает"), "{}", world.last_text());
    world.clock.advance(TimeDelta::hours(1));
    world.tick().await;
    assert!(world.last_text().starts_with("⚠️ Ответ не отправлен"), "{}", world.last_text());
    world.wb.mend();
    world.tap("🔁 Отправить ещё раз").await;
    assert_eq!(world.shop_answer(&id).as_deref(), Some(OWN));
}

#[tokio::test]
async fn a_base_tokens_answer_comes_before_polling_and_says_when() {
    let (world, id) = World::with_bad_review(TokenType::Base).await;
    // Polling has just spent the one request of these twelve minutes.
    world.answer_with(OWN).await;
    let waits = world.last_text();
    assert!(waits.starts_with("⏳ Ответ отправляется") && waits.contains("WB разрешит следующий запрос"), "{waits}");
    let asked = world.wb.asked();
    world.tick_until_it_changes().await;
    assert_eq!(world.asked_about_reviews(asked), [Method::Feedback], "the first request is ours");
    assert!(world.last_text().contains("WB разрешит следующий запрос"), "{}", world.last_text());
    world.tick_until_it_changes().await;
    assert_eq!(world.shop_answer(&id).as_deref(), Some(OWN));
    assert!(world.last_text().contains("WB принял ответ."), "{}", world.last_text());
    // WB's moderators are faster than the next request.
    world.in_shop(|shop, _| shop.moderate(&id, AnswerState::Rejected));
    world.tick_until_it_changes().await;
    assert!(world.last_text().starts_with("⚠️ Модераторы WB отклонили ответ"), "{}", world.last_text());
    assert_eq!(
        world.asked_about_reviews(asked)[..3],
        [Method::Feedback, Method::FeedbackAnswer, Method::Feedback],
        "no polling in between"
    );
    let polled = world.asked_about_reviews(0).len();
    for _ in 0..10 {
        world.tick().await;
    }
    assert!(world.asked_about_reviews(0).len() > polled, "polling goes on");
    assert_eq!((world.wb.refused().len(), world.telegram.violations()), (0, vec![]));
}

#[tokio::test]
async fn what_waits_goes_with_the_one_who_is_removed() {
    let (world, id) = World::with_bad_review(TokenType::Base).await;
    world.answer_with(OWN).await;
    assert_eq!(world.count("SELECT count(*) FROM review_answers WHERE state = 'sending'").await, 1);
    world.run_sql("DELETE FROM cabinet_users").await;
    world.clock.advance(TimeDelta::hours(1));
    world.fanout.carry_review_replies().await.unwrap();
    assert_eq!((world.shop_answer(&id), world.posts()), (None, 0));
    assert_eq!(world.count("SELECT count(*) FROM review_answers").await, 0);
}

#[tokio::test]
async fn two_who_answer_the_same_review_send_one_answer() {
    let world = World::new().await;
    world.onboard(TokenType::Base).await;
    let token = world.token(TokenType::Base);
    world.telegram.person(2000, "Борис", Some("ru"));
    world.telegram.say(2000, &token).unwrap();
    world.rest().await;
    let id = world.told_review("Пришла со сколом").await;
    world.answer_with(OWN).await;
    world.telegram.press(2000, None, "✍️ Ответить").unwrap();
    world.rest().await;
    for tap in ["Шаблон 1", "✅ Отправить"] {
        world.clock.advance(TimeDelta::seconds(2));
        world.telegram.press(2000, None, tap).unwrap();
        world.rest().await;
    }
    let told = world.telegram.last_message(2000).unwrap().content.text;
    assert!(told.starts_with("⏳ На этот отзыв прямо сейчас отвечает другой сотрудник"), "{told}");
    for _ in 0..20 {
        world.tick().await;
    }
    assert_eq!((world.shop_answer(&id).as_deref(), world.posts()), (Some(OWN), 1));
}
