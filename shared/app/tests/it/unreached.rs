//! What a tick says when nobody sends notifications, or when Telegram does not reach the bot: both are silent by themselves.

use std::cell::Cell;

use chrono::TimeDelta;
use serde_json::Value;
use testkit::{log::Lines, telegram::Fault};
use tracing::{
    level_filters::LevelFilter,
    subscriber::{DefaultGuard, NoSubscriber},
};
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, registry};
use world::{CHAT, INTERVAL, World};

/// Hears what this thread reports and warns of. The whole world runs on it.
struct Heard {
    lines: Lines,
    read: Cell<usize>,
    _capturing: DefaultGuard,
    // With one subscriber `tracing` asks the thread that comes first whether a line is wanted.
    _second: tracing::Dispatch,
}

impl Heard {
    fn start() -> Self {
        let lines = Lines::default();
        let wanted = Targets::new().with_target("metrics", LevelFilter::INFO).with_target("app", LevelFilter::WARN);
        let _second = tracing::Dispatch::new(NoSubscriber::new());
        let subscriber = registry().with(fmt::layer().json().with_writer(lines.writer())).with(wanted);
        let _capturing = tracing::subscriber::set_default(subscriber);
        Self { lines, read: Cell::new(0), _capturing, _second }
    }

    /// The values of these metrics since the last call; the last one of each, and none where it was not reported.
    fn values<const N: usize>(&self, metrics: [&str; N]) -> [Option<i64>; N] {
        let text = self.lines.text();
        let fresh = &text[self.read.replace(text.len())..];
        let lines: Vec<Value> = fresh.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        metrics.map(|metric| {
            let line = lines.iter().rfind(|line| line["fields"]["metric"] == metric)?;
            line["fields"]["value"].as_i64()
        })
    }
}

/// What Telegram is asked for.
const ASKED: [&str; 3] = ["PendingUpdates", "WebhookErrors", "WebhookMissing"];

/// A tick and its syncs, with a webhook that is dead: nobody takes the wake-ups.
async fn tick_without_webhook(world: &World) {
    world.tick_and_sync().await;
    world.queues.take_wake_ups();
}

fn times_asked(world: &World) -> usize {
    world.telegram.calls().iter().filter(|call| call.method == "getWebhookInfo").count()
}

#[tokio::test]
async fn a_dead_webhook_shows_by_the_age_of_the_oldest_notification() {
    let world = World::ready().await;
    world.tick().await;
    let heard = Heard::start();
    world.order();
    for age in [0, 180, 360, 540] {
        tick_without_webhook(&world).await;
        assert_eq!(heard.values(["OldestDueNotification"]), [Some(age)]);
    }
    assert_eq!(world.told_orders().len(), 0);
    world.tick().await;
    assert_eq!(world.told_orders().len(), 1, "this tick has woken the chat");
    world.tick().await;
    assert_eq!(heard.values(["OldestDueNotification"]), [Some(0)]);
}

#[tokio::test]
async fn what_had_to_wait_is_late_only_when_the_tick_that_finds_it_changes_nothing() {
    let world = World::ready().await;
    let heard = Heard::start();
    let age = async || {
        world.tick_now().await;
        world.queues.take_wake_ups();
        heard.values(["OldestDueNotification"])
    };
    // As one that was collected for an hour, which was over 170 s ago.
    world.clock.advance(TimeDelta::hours(1));
    let held = "UPDATE notification_history SET status = 'pending', deliver_after = $1
                 WHERE id = (SELECT max(id) FROM notification_history)";
    let over = world.clock.now() - TimeDelta::seconds(170);
    assert_eq!(sqlx::query(held).bind(over).execute(&world.database.pool).await.unwrap().rows_affected(), 1);
    assert_eq!(age().await, [Some(0)]);
    world.clock.advance(INTERVAL);
    assert_eq!(age().await, [Some(170)]);
    world.clock.advance(INTERVAL);
    assert_eq!(age().await, [Some(350)]);
    // Telegram has ordered the chat to wait until a moment ago, and nobody has looked since.
    let ordered = "UPDATE chats SET next_send_at = $1";
    let until = world.clock.now() - TimeDelta::seconds(10);
    sqlx::query(ordered).bind(until).execute(&world.database.pool).await.unwrap();
    assert_eq!(age().await, [Some(0)]);
    world.clock.advance(INTERVAL);
    assert_eq!(age().await, [Some(10)]);
    sqlx::query("UPDATE chats SET blocked_at = $1").bind(until).execute(&world.database.pool).await.unwrap();
    assert_eq!(age().await, [Some(0)], "nothing waits for whoever has blocked the bot");
}

#[tokio::test]
async fn an_error_that_telegram_reports_is_counted_until_telegram_was_asked_again() {
    let world = World::ready().await;
    world.tick().await;
    let heard = Heard::start();
    world.bot.pool.close().await;
    world.telegram.say(CHAT, "/status").unwrap();
    world.telegram.settle().await;
    world.clock.advance(INTERVAL);
    world.tick_now().await;
    assert_eq!(heard.values(ASKED), [None; 3], "Telegram was asked three minutes ago");
    world.clock.advance(INTERVAL);
    world.tick_now().await;
    assert_eq!(heard.values(ASKED), [Some(1), Some(1), Some(0)]);
    let text = heard.lines.text();
    let line = text.lines().find(|line| line.contains("Telegram cannot deliver updates")).unwrap();
    assert!(line.contains("Wrong response from the webhook: 500 Internal Server Error"), "{line}");
    // A day later the update is gone, and the error is an old one.
    for wait in [TimeDelta::hours(25), INTERVAL * 2] {
        world.clock.advance(wait);
        world.telegram.settle().await;
        world.tick_now().await;
    }
    assert_eq!(heard.values(ASKED), [Some(0); 3]);
}

#[tokio::test]
async fn another_address_or_none_is_reported_without_its_path() {
    let world = World::new().await;
    let heard = Heard::start();
    let asked = async || {
        world.clock.advance(INTERVAL * 2);
        world.tick_now().await;
        heard.values(ASKED)
    };
    assert_eq!(asked().await, [Some(0); 3]);
    world.telegram.deliver_to("https://example.org/path-with-a-secret", "s");
    assert_eq!(asked().await, [Some(0), Some(0), Some(1)]);
    world.bot.telegram.delete_webhook().await.unwrap();
    assert_eq!(asked().await, [Some(0), Some(0), Some(1)]);
    let text = heard.lines.text();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("webhook address at Telegram is not ours")).collect();
    assert_eq!(lines.iter().map(|line| line.contains(r#""host":"example.org""#)).collect::<Vec<_>>(), [true, false]);
    assert!(!text.contains("path-with-a-secret"));
    let ours = world.fanout.webhook.clone().unwrap();
    world.telegram.deliver_to(ours.as_str(), "s");
    assert_eq!(asked().await, [Some(0); 3]);
}

#[tokio::test]
async fn a_telegram_that_does_not_answer_stops_no_tick() {
    let world = World::ready().await;
    let heard = Heard::start();
    for fault in [Fault::HeldAfterExecution, Fault::BadGateway, Fault::ClosedAfterExecution] {
        let before = world.told_orders().len();
        world.order();
        world.telegram.break_next("getWebhookInfo", fault.clone(), 1).unwrap();
        world.clock.advance(INTERVAL);
        world.tick().await;
        assert_eq!(world.told_orders().len(), before + 1, "{fault:?}");
        assert_eq!(heard.values(ASKED), [None; 3], "{fault:?}");
    }
    let text = heard.lines.text();
    assert_eq!(text.lines().filter(|line| line.contains("getWebhookInfo failed")).count(), 3);
    assert!(!text.contains("AAFakeFake"), "the address of the Bot API has the token");
    world.telegram.release();
    world.clock.advance(INTERVAL);
    world.tick().await;
    assert_eq!(heard.values(ASKED), [Some(0); 3], "it is asked again");
}

#[tokio::test]
async fn telegram_is_asked_every_four_minutes_at_most_and_each_five() {
    let world = World::new().await;
    // Of ticks a minute each fourth; of ticks five minutes apart each, although one is early and the next late.
    for (seconds, times) in
        [(0, 1), (60, 1), (60, 1), (60, 1), (60, 2), (60, 2), (300, 3), (270, 4), (330, 5), (3_600, 6)]
    {
        world.clock.advance(TimeDelta::seconds(seconds));
        world.tick_now().await;
        assert_eq!(times_asked(&world), times);
        world.tick_now().await;
        assert_eq!(times_asked(&world), times, "a doubled tick asks nothing");
    }
}

#[tokio::test]
async fn where_no_address_was_announced_nobody_is_asked() {
    let mut world = World::new().await;
    world.tick().await;
    let is_there = "SELECT count(*) FROM chores WHERE kind = 'watch_webhook'";
    assert_eq!((times_asked(&world), world.count(is_there).await), (1, 1));
    world.fanout.webhook = None;
    world.ticks(3).await;
    assert_eq!((times_asked(&world), world.count(is_there).await), (1, 0));
}
