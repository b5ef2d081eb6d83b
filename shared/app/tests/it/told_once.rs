//! An order is told once, whatever happens on the way.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use app::fanout::Tick;
use async_trait::async_trait;
use chrono::TimeDelta;
use queue::{Delayed, Enqueue, SyncTask, WakeUp};
use testkit::{
    postgres::{At, Fault as DatabaseFault},
    telegram::{Fault as TelegramFault, Picture},
    wb::{Fault, Method, TokenType},
};
use world::{CHAT, World};

/// How often each of these orders was told.
fn told(world: &World, srids: &[String]) -> Vec<usize> {
    let told = world.told_orders();
    srids
        .iter()
        .map(|srid| told.iter().filter(|message| message.content.text.contains(srid.as_str())).count())
        .collect()
}

#[tokio::test]
async fn a_new_order_is_told_once_with_its_picture_and_nothing_at_the_next_tick() {
    let world = World::ready().await;
    let srids = world.orders(1);
    world.tick().await;
    assert_eq!(told(&world, &srids), [1]);
    let message = &world.told_orders()[0];
    assert!(message.photo.is_some());
    for line in ["Артикул продавца: ", "Артикул WB: ", "Баркод: ", "ID заказа: ", "Ваша цена (со скидкой): ", "Остаток"]
    {
        assert!(message.content.text.contains(line), "{line} is missing in {}", message.content.text);
    }
    let before = world.messages().len();
    world.tick().await;
    world.tick().await;
    assert_eq!(world.messages().len(), before);
}

#[tokio::test]
async fn the_orders_of_one_basket_are_told_one_by_one() {
    let world = World::ready().await;
    let srids = world.orders(3);
    world.tick().await;
    assert_eq!(told(&world, &srids), [1, 1, 1]);
    assert_eq!(world.telegram.refusals(), 0, "one message a second");
}

#[tokio::test]
async fn doubled_ticks_tasks_and_wake_ups_tell_nothing_twice() {
    let world = World::ready().await;
    let srids = world.orders(2);
    world.clock.advance(world::INTERVAL);
    world.tick_now().await;
    world.tick_now().await;
    let tasks = world.queues.take_sync_tasks();
    assert_eq!(tasks.len(), 1, "a slot claims a cabinet once");
    let task = tasks[0].message();
    let (first, second) = tokio::join!(world.sync.run(task), world.sync.run(task));
    first.unwrap();
    second.unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    world.sync.run(&SyncTask { cabinet: task.cabinet, due_at: world.clock.now() }).await.unwrap();
    for wake_up in world.queues.take_wake_ups() {
        let (first, second) = tokio::join!(world.webhook.run(wake_up.message()), world.webhook.run(wake_up.message()));
        first.unwrap();
        second.unwrap();
    }
    world.rest().await;
    assert_eq!(told(&world, &srids), [1, 1]);
}

#[tokio::test]
async fn a_lost_wake_up_and_a_lost_task_are_made_good_by_the_next_tick() {
    let world = World::ready().await;
    let srids = world.orders(2);
    world.clock.advance(world::INTERVAL);
    world.tick_now().await;
    assert_eq!(world.queues.take_sync_tasks().len(), 1, "and now it is lost");

    world.tick_and_sync().await;
    assert_eq!(world.queues.take_wake_ups().len(), 1, "and now it is lost");
    assert_eq!(told(&world, &srids), [0, 0]);

    world.tick().await;
    assert_eq!(told(&world, &srids), [1, 1]);
}

#[tokio::test]
async fn what_wb_fails_to_show_comes_with_its_next_success() {
    let world = World::ready().await;
    let srids = world.orders(1);
    for fault in [Fault::Status(500), Fault::CutOff, Fault::Empty, Fault::RateLimited(120)] {
        for source in [Method::Orders, Method::OrderFeed] {
            world.wb.break_next(source, fault);
        }
        world.tick().await;
        assert_eq!(told(&world, &srids), [0]);
    }
    world.tick().await;
    assert_eq!(told(&world, &srids), [1]);
}

#[tokio::test]
async fn a_long_answer_that_breaks_off_is_read_on_from_there() {
    let mut world = World::new().await;
    let mut config = wb::Config::new(wb::UrlTemplate::parse(&world.wb.url_template()).unwrap());
    config.chunk_rows = 10;
    world.sync.wb = wb::Client::new(config).unwrap();
    world.wb.switch_off(Method::OrderFeed, true);
    world.wb.break_times(Method::Orders, Fault::CutOff, 3);
    world.onboard(TokenType::Personal).await;
    world.ticks(4).await;
    let asked: Vec<_> =
        world.wb.requests().into_iter().filter(|request| request.method == Some(Method::Orders)).collect();
    // Each time the first half of what is left arrives, and is not asked for again: `dateFrom` moves on.
    assert!(asked[..4].is_sorted_by(|one, next| one.query < next.query));
    assert_eq!(asked[3].fault, None);
    let loaded = "SELECT count(*) FROM data_sets WHERE data_set = 'orders' AND baseline_at IS NOT NULL";
    assert_eq!(world.count(loaded).await, 1);
    // Nothing was left out on the way, and what follows is told.
    let reported = world.wb.shop(world.seller, |shop, _| Ok(shop.orders().count())).unwrap();
    assert_eq!(world.count("SELECT count(*) FROM wb_orders").await, i64::try_from(reported).unwrap());
    let srids = world.orders(1);
    world.tick().await;
    assert_eq!(told(&world, &srids), [1]);
}

#[tokio::test]
async fn telegrams_refusals_delay_an_order_and_lose_none() {
    let world = World::ready().await;
    for fault in [TelegramFault::ServerError, TelegramFault::TooManyRequests { seconds: 40 }] {
        let srids = world.orders(1);
        world.telegram.break_next("sendPhoto", fault, 1).unwrap();
        world.tick().await;
        world.tick().await;
        assert_eq!(told(&world, &srids), [1]);
    }
    assert_eq!(world.telegram.early(), 0, "no request before the retry_after has passed");
}

#[tokio::test]
async fn an_order_whose_picture_cannot_be_had_is_told_as_a_text() {
    let world = World::ready().await;
    let srids = world.orders(1);
    let pictures: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT image_url FROM wb_products WHERE image_url IS NOT NULL")
            .fetch_all(&world.database.pool)
            .await
            .unwrap();
    pictures.iter().for_each(|url| world.telegram.set_picture(url, Picture::WrongType));
    world.tick().await;
    assert_eq!(told(&world, &srids), [1]);
    assert!(world.told_orders()[0].photo.is_none());
}

/// Case `answer-lost`: Telegram carries out each of 25 calls and closes the connection without an answer.
#[tokio::test]
async fn a_message_whose_answer_is_lost_is_repeated_twice_at_most_and_each_time_later() {
    let world = World::ready().await;
    for method in ["sendPhoto", "sendMessage"] {
        world.telegram.break_next(method, TelegramFault::ClosedAfterExecution, 25).unwrap();
    }
    let srids = world.orders(1);
    world.ticks(10).await;
    assert_eq!(told(&world, &srids), [2], "within half an hour");
    world.clock.advance(TimeDelta::hours(1));
    world.ticks(40).await;
    assert_eq!(told(&world, &srids), [3]);
    let unsure = "SELECT count(*) FROM notification_history WHERE is_unsure AND status = 'sent'";
    assert_eq!(world.count(unsure).await, 1);
    world.telegram.mend();
    world.say("/status").await;
    let status = world.last_text();
    assert!(status.contains("Не уверен, что дошло сообщений за сутки: 1"), "{status}");
}

#[tokio::test]
async fn what_telegram_said_is_kept_although_the_database_fails() {
    let world = World::ready().await;
    let faults = [DatabaseFault::Fail("40P01"), DatabaseFault::Fail("57014"), DatabaseFault::LoseAnswer];
    // Taking the chat has five statements, with those of its transaction; these settle the rows, settle the chat, commit.
    for (fault, place) in faults.into_iter().flat_map(|fault| [6, 7, 8].map(|place| (fault, place))) {
        let srids = world.orders(1);
        world.tick_and_sync().await;
        world.relay.break_at(Some("webhook"), At::Statement(place), fault);
        let happened = world.relay.happened();
        world.rest().await;
        assert_eq!(world.relay.happened(), happened + 1);
        world.clock.advance(TimeDelta::minutes(5));
        world.tick().await;
        assert_eq!(told(&world, &srids), [1], "{fault:?} at {place}");
    }
}

#[tokio::test]
async fn who_blocks_the_bot_gets_no_replay() {
    let world = World::ready().await;
    world.telegram.block(CHAT);
    world.rest().await;
    let srids = world.orders(1);
    world.tick().await;
    world.telegram.unblock(CHAT);
    world.rest().await;
    let later = world.orders(1);
    world.tick().await;
    assert_eq!(told(&world, &later), [1]);
    assert_eq!(told(&world, &srids), [0]);
}

/// Whichever comes first, /start or Telegram's word that the bot is unblocked: one line says what was missed, once.
#[tokio::test]
async fn what_was_missed_is_told_in_one_line_whichever_way_a_person_returns() {
    for comes_by_start in [true, false] {
        let world = World::ready().await;
        world.telegram.block(CHAT);
        world.rest().await;
        world.orders(2);
        world.tick().await;
        let due = "SELECT count(*) FROM notification_history n WHERE n.status IN ('pending', 'sending')";
        assert_eq!(world.count(due).await, 0, "nothing waits for who has blocked the bot");
        if comes_by_start {
            // The app sends the command before Telegram tells of the unblocking.
            let start = br#"{"update_id": 7700, "message": {"message_id": 990, "date": 1, "text": "/start",
                "chat": {"id": 1000, "type": "private", "first_name": "A"},
                "from": {"id": 1000, "is_bot": false, "first_name": "A"}}}"#;
            world.telegram.unblock(CHAT);
            world.bot.answer(start).await.unwrap();
        } else {
            world.telegram.unblock(CHAT);
        }
        world.rest().await;
        world.tick().await;
        let missed: Vec<String> = world.messages().into_iter().map(|message| message.content.text).collect();
        let missed: Vec<&String> = missed.iter().filter(|text| text.starts_with("👋 Пока бот")).collect();
        assert_eq!(missed, ["👋 Пока бот был заблокирован: новые заказы — 2."], "{comes_by_start}");
    }
}

#[tokio::test]
async fn a_repeated_update_gets_the_same_reply_and_changes_nothing() {
    let world = World::ready().await;
    let update = br#"{"update_id": 77, "message": {"message_id": 9, "date": 1, "text": "/menu",
        "chat": {"id": 1000, "type": "private", "first_name": "A"}, "from": {"id": 1000, "is_bot": false, "first_name": "A"}}}"#;
    let first = world.bot.answer(update).await.unwrap();
    assert!(first.is_some());
    assert_eq!(world.bot.answer(update).await.unwrap(), first);
}

#[tokio::test]
async fn a_stale_task_is_dropped() {
    let world = World::ready().await;
    let asked = world.wb.requests().len();
    let due_at = world.clock.now() - TimeDelta::minutes(10);
    world.sync.run(&SyncTask { cabinet: domain::CabinetId(1), due_at }).await.unwrap();
    assert_eq!(world.wb.requests().len(), asked);
}

#[tokio::test]
async fn an_unchanged_shop_costs_two_requests_and_few_statements() {
    let world = World::ready().await;
    world.tick().await;
    let rows = "SELECT (SELECT count(*) FROM wb_orders WHERE updated_at > created_at)
                     + (SELECT count(*) FROM wb_reviews WHERE updated_at > created_at)";
    let before = world.count(rows).await;
    world.tick().await;
    assert_eq!(world.count(rows).await, before, "nothing is written");
}

#[tokio::test]
async fn a_wake_up_for_nobody_sends_nothing() {
    let world = World::new().await;
    world.webhook.run(&WakeUp { chat: domain::ChatId(5) }).await.unwrap();
    world.fanout.run(Tick { time: world.clock.now(), spread: Duration::from_secs(60) }).await.unwrap();
    let calls: Vec<String> = world.telegram.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(calls, ["getWebhookInfo"], "the tick asks Telegram about itself");
}

/// SQS without any delay: whoever is woken looks at once, and finds what they are woken for.
struct Prompt {
    pool: sqlx::PgPool,
    woken: Mutex<Vec<(i64, i64)>>,
}

#[async_trait]
impl Enqueue for Prompt {
    async fn enqueue_sync_tasks(&self, _tasks: &[Delayed<SyncTask>]) -> Result<(), queue::Error> {
        Ok(())
    }

    async fn enqueue_wake_ups(&self, wake_ups: &[Delayed<WakeUp>]) -> Result<(), queue::Error> {
        for wake_up in wake_ups {
            let chat = wake_up.message().chat.0;
            let found = sqlx::query_scalar(
                "SELECT count(*) FROM notification_history WHERE chat_id = $1 AND status = 'pending'",
            )
            .bind(chat)
            .fetch_one(&self.pool);
            let found = found.await.unwrap();
            self.woken.lock().unwrap().push((chat, found));
        }
        Ok(())
    }
}

#[tokio::test]
async fn whoever_is_woken_finds_what_they_are_woken_for() {
    let mut world = World::ready().await;
    world.clock.advance(TimeDelta::minutes(2));
    world.orders(1);
    world.clock.advance(world::INTERVAL);
    world.tick_now().await;
    let tasks = world.queues.take_sync_tasks();
    let prompt = Arc::new(Prompt { pool: world.database.pool.clone(), woken: Mutex::default() });
    world.sync.queues = prompt.clone();
    for task in tasks {
        world.sync.run(task.message()).await.unwrap();
    }
    assert_eq!(*prompt.woken.lock().unwrap(), [(CHAT, 1)]);
}
