//! Telegram's limits: many chats, each with several notifications, at the same time.

use std::{cmp::Reverse, collections::BinaryHeap};

use app::webhook::Webhook;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ChatId;
use queue::{WakeUp, memory::MemoryQueues};
use testkit::{
    telegram::{Author, Options},
    wb::{NewOrder, Shop, TokenType},
};
use world::{CHAT, INTERVAL, SETTINGS, World};

use crate::figures::{Figures, is_wanted};

/// More than Telegram takes in two seconds.
const CHATS: i64 = 60;
/// Few enough to come one by one.
const ORDERS: u32 = 5;
/// From one start of the function to the next, while several are at work.
const STEP: TimeDelta = TimeDelta::milliseconds(7);
/// Wake-ups after which there is no end: a hundred for each message.
const MAX_WAKE_UPS: usize = CHATS as usize * ORDERS as usize * 100;

/// Wake-ups by the time at which they arrive. SQS counts whole seconds.
#[derive(Default)]
struct Arrivals(BinaryHeap<Reverse<(DateTime<Utc>, i64)>>);

impl Arrivals {
    fn take_from(&mut self, queues: &MemoryQueues, now: DateTime<Utc>) {
        for wake_up in queues.take_wake_ups() {
            let delay = TimeDelta::milliseconds(i64::try_from(wake_up.delay().as_millis()).unwrap());
            let seconds = TimeDelta::seconds((delay + TimeDelta::milliseconds(999)).num_seconds());
            self.0.push(Reverse((now + seconds, wake_up.message().chat.0)));
        }
    }
}

/// Members beside the one who tests.
async fn admit(world: &World, chats: impl Iterator<Item = i64>) {
    for chat in chats {
        world.telegram.person(chat, "Борис", Some("ru"));
        let sql =
            "WITH one AS (INSERT INTO users (telegram_id, created_at, updated_at) VALUES ($1, $2, $2) RETURNING id)
                   INSERT INTO cabinet_users (cabinet_id, user_id, role, joined_at)
                   SELECT c.id, one.id, 'reader', $2 FROM one, cabinets c";
        sqlx::query(sql).bind(chat).bind(world.clock.now()).execute(&world.database.pool).await.unwrap();
    }
}

fn told_in(world: &World, chat: i64) -> usize {
    let messages = world.telegram.messages(chat);
    let is_order = |text: &str| text.starts_with("🛒 Новый заказ");
    messages.iter().filter(|message| message.from == Author::Bot && is_order(&message.content.text)).count()
}

#[tokio::test]
async fn sixty_chats_are_told_five_things_each_within_telegrams_limits() {
    if !is_wanted(&["pace"]) {
        return;
    }
    let database = testkit::database::TestDatabase::migrated().await.unwrap();
    let shop = |now| Shop::sample(7, 20, 100, 30, now);
    let strict = Options { strict: true, ..Options::default() };
    let world = World::of(database, shop, strict, SETTINGS).await;
    world.onboard(TokenType::Personal).await;
    let chats = CHAT..CHAT + CHATS;
    admit(&world, chats.clone().skip(1)).await;
    world.clock.advance(INTERVAL);
    let order = |shop: &mut Shop, now| {
        let new = NewOrder { count: ORDERS, ..NewOrder::default() };
        let orders = shop.order(&new, now)?;
        shop.refresh_reports();
        Ok(orders)
    };
    world.wb.shop(world.seller, order).unwrap();
    let refused = world.telegram.refusals();
    world.clock.advance(INTERVAL);
    world.tick_now().await;
    for task in world.queues.take_sync_tasks() {
        world.sync.run(task.message()).await.unwrap();
    }
    let began_at = world.clock.now();

    let mut arrivals = Arrivals::default();
    arrivals.take_from(&world.queues, began_at);
    assert_eq!(arrivals.0.len(), usize::try_from(CHATS).unwrap(), "every chat is woken");
    let Webhook { clock, .. } = &world.webhook;
    let mut wake_ups = 0;
    while let Some(Reverse((at, chat))) = arrivals.0.pop() {
        wake_ups += 1;
        assert!(wake_ups < MAX_WAKE_UPS, "the chats never come to rest");
        world.clock.set((clock.now() + STEP).max(at));
        world.webhook.run(&WakeUp { chat: ChatId(chat) }).await.unwrap();
        arrivals.take_from(&world.queues, clock.now());
    }

    for chat in chats {
        assert_eq!(told_in(&world, chat), ORDERS as usize, "in chat {chat}");
    }
    let seconds = (world.clock.now() - began_at).num_seconds();
    let mut figures = Figures::default();
    figures.exactly("pace.refused", (world.telegram.refusals() - refused) as usize, "requests", 0);
    figures.exactly("pace.early", world.telegram.early() as usize, "requests", 0);
    figures.explain(format!("{wake_ups} wake-ups in {seconds} s"));
    figures.conclude();
}
