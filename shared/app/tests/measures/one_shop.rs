//! The shop that the product is measured on: its first sync, a hundred changes, and nothing changed.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::DataSet;
use futures::future::try_join_all;
use queue::Delayed;
use testkit::{
    database::TestDatabase,
    telegram::{Author, Message, Options},
    wb::{Expected, Method, Shop, TokenSpec, TokenType},
};
use tokio::sync::Mutex;
use world::{CHAT, SETTINGS, World};

use crate::{
    figures::{Figures, is_bench, is_wanted},
    process::{Job, Process, Used},
    reading::{Comparison, compare},
};

/// Any number will do.
const SEED: u64 = 1;
/// Stocks are asked after half an hour; orders that are not read for an hour would be told as late.
/// The changes lie within half an hour, so that after it none of them is older than the first sync.
const PAUSE: TimeDelta = TimeDelta::minutes(40);
/// After so many ticks all that WB keeps is loaded, and what is read again is known to be the same.
const HISTORY_TICKS: usize = 4;
/// The least that the product asks anew of what it has: WB's reports are late.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// After so many pauses both widths of a reading have been asked for since the last change.
const PAUSES: usize = 4;
/// What `Sync` has in `template.yaml`, but for a third.
const MEMORY_OF_TEN_MB: f64 = 213.0;
/// Rounds after which queues that never empty are a bug.
const MAX_ROUNDS: usize = 500;

/// The world of the one shop, past the counter and beside it.
struct Measured {
    world: World,
    /// The process in which `fanout` and `sync` run, if they have one of their own.
    process: Mutex<Option<Process>>,
}

/// The statements of each function.
#[derive(Debug, Default)]
struct Cost {
    fanout: Vec<String>,
    sync: Vec<String>,
    webhook: Vec<String>,
    bot: Vec<String>,
}

impl Cost {
    fn fanout_and_sync(&self) -> usize {
        self.fanout.len() + self.sync.len()
    }

    fn all(&self) -> usize {
        self.fanout_and_sync() + self.webhook.len() + self.bot.len()
    }

    fn describe(&self) -> String {
        [("fanout", &self.fanout), ("sync", &self.sync), ("webhook", &self.webhook), ("bot", &self.bot)]
            .into_iter()
            .flat_map(|(function, statements)| statements.iter().map(move |sql| format!("{function}: {sql}\n")))
            .collect()
    }
}

impl Measured {
    async fn new() -> Self {
        Self::of(|now| Shop::one_shop(SEED, now)).await
    }

    async fn of(shop: impl FnOnce(DateTime<Utc>) -> Shop) -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let world = World::of(database, shop, Options::default(), SETTINGS).await;
        Self { world, process: Mutex::default() }
    }

    /// A person comes with a token, and the first sync goes to its end.
    async fn first_sync(&self) -> Cost {
        // Boxed, or the compiler loses its way in the futures.
        let cost = Box::pin(self.come_with_token()).await;
        assert!(self.is_first_sync_over().await, "the first sync goes on");
        cost
    }

    async fn come_with_token(&self) -> Cost {
        let mut cost = Cost::default();
        self.world.telegram.say(CHAT, "/start").unwrap();
        self.rest(&mut cost).await;
        self.world.telegram.say(CHAT, &self.world.token(TokenType::Personal)).unwrap();
        self.rest(&mut cost).await;
        cost
    }

    async fn is_first_sync_over(&self) -> bool {
        let sql = "SELECT first_sync_ended_at IS NOT NULL FROM cabinets";
        sqlx::query_scalar(sql).fetch_one(&self.world.database.pool).await.unwrap()
    }

    /// A tick of the schedule and all that follows.
    async fn tick(&self) -> Cost {
        let mut cost = Cost::default();
        self.world.clock.advance(SETTINGS.sync_interval);
        self.run(Job::Tick).await;
        cost.fanout.extend(self.world.relay.take_statements());
        self.rest(&mut cost).await;
        cost
    }

    /// A tick after a time in which nothing was read.
    async fn pause_and_tick(&self) -> Cost {
        self.world.clock.advance(PAUSE);
        self.tick().await
    }

    /// Lets everything happen that is queued, one after the other, and notes who asked what.
    async fn rest(&self, cost: &mut Cost) {
        let World { telegram, queues, clock, webhook, .. } = &self.world;
        for _ in 0..MAX_ROUNDS {
            telegram.settle().await;
            cost.bot.extend(self.world.relay.take_statements());
            let (tasks, wake_ups) = (queues.take_sync_tasks(), queues.take_wake_ups());
            if tasks.is_empty() && wake_ups.is_empty() {
                return;
            }
            let delay = tasks.iter().map(Delayed::delay).chain(wake_ups.iter().map(Delayed::delay)).max();
            clock.advance(TimeDelta::from_std(delay.unwrap_or_default()).unwrap());
            for wake_up in wake_ups {
                webhook.run(wake_up.message()).await.unwrap();
            }
            cost.webhook.extend(self.world.relay.take_statements());
            if !tasks.is_empty() {
                self.run(Job::Syncs(tasks.iter().map(|task| task.message().clone()).collect())).await;
            }
            cost.sync.extend(self.world.relay.take_statements());
        }
        panic!("the queues never come to rest");
    }

    /// Runs `fanout` or `sync`, here or in their process.
    async fn run(&self, job: Job) {
        match (&mut *self.process.lock().await, job) {
            (Some(process), job) => process.run(job, self.world.clock.now(), &self.world.queues).await,
            (None, Job::Tick) => self.world.tick_now().await,
            (None, Job::Syncs(tasks)) => {
                try_join_all(tasks.iter().map(|task| self.world.sync.run(task))).await.unwrap();
            }
        }
    }

    /// From now on `fanout` and `sync` run in a process of their own.
    async fn part(&self) {
        *self.process.lock().await = Some(Process::start(&self.world).await);
    }

    /// The most memory that their process had so far.
    async fn rss_mb(&self) -> f64 {
        self.process.lock().await.as_ref().expect("they have a process").used().rss_mb
    }

    /// Ends their process and says what it used.
    async fn join(&self) -> Used {
        self.process.lock().await.take().expect("they have a process").end(&self.world.database.pool).await
    }

    /// The bot's messages after this one.
    fn messages_after(&self, id: i64) -> Vec<Message> {
        let is_new = |message: &Message| message.id > id && message.from == Author::Bot && !message.deleted;
        self.world.telegram.messages(CHAT).into_iter().filter(is_new).collect()
    }

    fn last_message_id(&self) -> i64 {
        self.world.telegram.messages(CHAT).last().map_or(0, |message| message.id)
    }

    /// The text of every page of a message: one, if it is none of a group.
    async fn pages(&self, id: i64) -> Vec<String> {
        let mut pages = Vec::new();
        loop {
            let message = self.messages_after(id - 1).into_iter().find(|message| message.id == id).unwrap();
            pages.push(message.content.text.clone());
            if !message.buttons().any(|button| button.text == "→") {
                return pages;
            }
            assert!(pages.len() < MAX_ROUNDS, "a group without end");
            self.world.telegram.press(CHAT, id, "→").unwrap();
            self.world.telegram.settle().await;
        }
    }

    /// A hundred things change, and WB's reports show it.
    fn change_hundredfold(&self) -> Expected {
        let change = |shop: &mut Shop, now| {
            let expected = shop.hundred_changes(now)?;
            shop.refresh_reports();
            Ok(expected)
        };
        self.world.wb.shop(self.world.seller, change).unwrap()
    }

    /// Where each row of the data tables lies, and which transaction wrote it: a row that is written
    /// gets another place.
    async fn rows(&self) -> HashSet<String> {
        let tables = ["orders", "sales", "products", "stocks", "stock_levels", "reviews"];
        let rows = tables.map(|table| format!("SELECT '{table}' || ctid::text || ' ' || xmin::text FROM wb_{table}"));
        let sql = sqlx::AssertSqlSafe(rows.join(" UNION ALL "));
        sqlx::query_scalar(sql).fetch_all(&self.world.database.pool).await.unwrap().into_iter().collect()
    }

    /// How many rows of each data set all syncs have got from WB until now, but for stocks.
    async fn rows_read(&self) -> BTreeMap<&'static str, i64> {
        let sql = "SELECT source, sum(rows)::bigint FROM wb_usage GROUP BY 1";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&self.world.database.pool).await.unwrap();
        let rows: BTreeMap<String, i64> = rows.into_iter().collect();
        let cursors = DataSet::ALL.into_iter().filter(|data_set| *data_set != DataSet::Stocks);
        cursors.map(|data_set| (data_set.name(), rows.get(data_set.name()).copied().unwrap_or_default())).collect()
    }

    /// How many rows the shop has that are newer than the cursors with their overlap. Cards overlap
    /// by nothing.
    fn rows_since_the_cursors(&self) -> BTreeMap<&'static str, i64> {
        let count = |times: Vec<DateTime<Utc>>| {
            let since = times.iter().max().map(|newest| *newest - OVERLAP);
            i64::try_from(times.iter().filter(|at| Some(**at) >= since).count()).unwrap()
        };
        let count = |shop: &mut Shop, _| {
            Ok(BTreeMap::from([
                (DataSet::Orders.name(), count(shop.orders().map(|order| order.changed_at).collect())),
                (DataSet::Sales.name(), count(shop.sales().map(|sale| sale.changed_at).collect())),
                (DataSet::Reviews.name(), count(shop.reviews().iter().map(|review| review.created_at).collect())),
                (DataSet::Products.name(), 0),
            ]))
        };
        self.world.wb.shop(self.world.seller, count).unwrap()
    }
}

#[tokio::test]
async fn the_one_shop_is_told_once_and_takes_few_statements() {
    if !is_wanted(&["first_sync", "events", "changes", "unchanged"]) {
        return;
    }
    let measured = Measured::new().await;
    let mut figures = Figures::default();
    measured.measure_first_sync(&mut figures).await;
    let (expected, mut texts) = measured.measure_changes(&mut figures).await;
    let last = measured.last_message_id();
    measured.measure_unchanged(&mut figures).await;
    // Nothing comes later, or again.
    texts.extend(measured.messages_after(last).into_iter().map(|message| message.content.text));

    let Comparison { delivered, doubled, other, missing } = compare(&expected, &texts);
    figures.exactly("events.expected", expected.events().count(), "events", 95);
    figures.exactly("events.delivered", delivered, "events", 95);
    figures.exactly("events.doubled", doubled, "events", 0);
    figures.exactly("events.other", other.len(), "events", 0);
    figures.explain(format!("missing: {missing:#?}\nother: {other:#?}"));
    figures.conclude();
    assert_eq!(measured.world.wb.refused().len(), 0, "no request above WB's limits");
    assert_eq!(measured.world.telegram.violations(), []);
}

impl Measured {
    /// The silent reading of all that WB keeps, which follows a first sync and then comes once a day.
    async fn load_history(&self) {
        for _ in 0..HISTORY_TICKS {
            self.pause_and_tick().await;
        }
    }

    async fn measure_first_sync(&self, figures: &mut Figures) {
        let cost = self.first_sync().await;
        let sql = "SELECT ARRAY[(SELECT count(*) FROM wb_orders), (SELECT count(*) FROM wb_sales), \
                   (SELECT count(*) FROM wb_products), (SELECT count(*) FROM wb_stocks), \
                   (SELECT count(*) FROM wb_reviews)]";
        let held: Vec<i64> = sqlx::query_scalar(sql).fetch_one(&self.world.database.pool).await.unwrap();
        assert_eq!(held, [10_000, 10_000, 500, 2_000, 500], "all of the shop is there");
        figures.at_most("first_sync.sql", cost.fanout_and_sync(), "statements", 120);
        figures.explain(format!("first sync:\n{}", cost.describe()));
    }

    /// Returns what happened, and the texts that tell it: every page of a group.
    async fn measure_changes(&self, figures: &mut Figures) -> (Expected, Vec<String>) {
        self.load_history().await;
        self.world.clock.advance(PAUSE);
        let expected = self.change_hundredfold();
        let last = self.last_message_id();
        let cost = self.tick().await;
        let messages = self.messages_after(last);
        let mut texts = Vec::new();
        for message in &messages {
            texts.extend(self.pages(message.id).await);
        }
        figures.at_most("changes.sql", cost.fanout_and_sync(), "statements", 40);
        figures.at_most("changes.webhook_sql", cost.webhook.len(), "statements", 5 * messages.len() + 5);
        figures.explain(format!("100 changes:\n{}", cost.describe()));
        (expected, texts)
    }

    async fn measure_unchanged(&self, figures: &mut Figures) {
        let before = self.rows().await;
        // The first answer that begins at a cursor is not known to be the same, one of each width; later ones are.
        for _ in 0..PAUSES {
            self.pause_and_tick().await;
        }
        let asked = self.world.wb.requests().len();
        let read = self.rows_read().await;
        let mut ticks = vec![self.tick().await];
        let requests = self.world.wb.requests().split_off(asked);
        for method in [Method::Orders, Method::Sales, Method::OrderFeed, Method::Feedbacks] {
            assert!(requests.iter().any(|request| request.method == Some(method)), "{method:?} is asked");
        }
        let but_stocks = requests.iter().filter(|request| request.method != Some(Method::Stocks));
        let bytes = but_stocks.map(|request| request.bytes_sent).sum();
        let read: BTreeMap<&str, i64> =
            self.rows_read().await.into_iter().map(|(name, rows)| (name, rows - read[name])).collect();
        assert_eq!(read, self.rows_since_the_cursors(), "the rows of the near overlap are asked for, and no others");
        for _ in 0..PAUSES {
            ticks.push(self.pause_and_tick().await);
        }
        let after = self.rows().await;
        let written = after.difference(&before).count().max(before.difference(&after).count());

        let most = |count: fn(&Cost) -> usize| ticks.iter().map(count).max().unwrap();
        figures.at_most("unchanged.sql", most(Cost::all), "statements", 12);
        figures.at_most("unchanged.sync_sql", most(|cost| cost.sync.len()), "statements", 6);
        figures.exactly("unchanged.rows_written", written, "rows", 0);
        figures.at_most("unchanged.wb_bytes", bytes, "bytes", 100_000);
        ticks.iter().for_each(|cost| figures.explain(format!("nothing changed:\n{}", cost.describe())));
    }
}

/// Depends on the machine and the build, so it is measured only for who asks for figures.
#[tokio::test]
async fn a_first_sync_and_a_hundred_changes_are_measured_in_a_process_of_their_own() {
    if !is_bench() || !is_wanted(&["first_sync", "changes"]) {
        return;
    }
    let measured = Measured::new().await;
    measured.part().await;
    measured.first_sync().await;
    let first_sync = measured.join().await;
    measured.load_history().await;
    measured.world.clock.advance(PAUSE);
    measured.change_hundredfold();
    let last = measured.last_message_id();
    measured.part().await;
    measured.tick().await;
    let changes = measured.join().await;
    assert!(measured.messages_after(last).len() > 1, "the changes are told");

    let mut figures = Figures::default();
    figures.measured("first_sync.cpu_s", first_sync.cpu_s, "s", 1.2);
    figures.measured("first_sync.rss_mb", first_sync.rss_mb, "MB", 64.0);
    figures.measured("changes.cpu_s", changes.cpu_s, "s", 0.3);
    figures.measured("changes.rss_mb", changes.rss_mb, "MB", 48.0);
    figures.conclude();
}

/// The most that one invocation is ever asked for: ten shops that come at the same moment.
#[tokio::test]
async fn ten_first_syncs_in_one_invocation_are_measured_in_a_process_of_their_own() {
    const SHOPS: u32 = 10;
    const MAX_TICKS: usize = 10;
    if !is_bench() || !is_wanted(&["first_sync"]) {
        return;
    }
    let measured = Measured::new().await;
    let World { wb, telegram, clock, .. } = &measured.world;
    measured.part().await;
    let mut tokens = vec![measured.world.token(TokenType::Personal)];
    for number in 1..SHOPS {
        let seller = wb.add_shop(Shop::one_shop(SEED + u64::from(number), clock.now())).unwrap();
        tokens.push(wb.issue_token(&TokenSpec::of(seller, TokenType::Personal)).unwrap());
    }
    for words in [vec!["/start"; tokens.len()], tokens.iter().map(String::as_str).collect()] {
        for (chat, word) in (CHAT..).zip(words) {
            telegram.say(chat, word).unwrap();
        }
        measured.rest(&mut Cost::default()).await;
    }
    // Whoever waits too long for a turn goes on at the next tick.
    let over = "SELECT count(*) FROM cabinets WHERE first_sync_ended_at IS NOT NULL";
    for _ in 0..MAX_TICKS {
        if measured.world.count(over).await == i64::from(SHOPS) {
            break;
        }
        measured.tick().await;
    }
    assert_eq!(measured.world.count(over).await, i64::from(SHOPS), "they end");
    let used = measured.rss_mb().await;
    let mut figures = Figures::default();
    figures.measured("first_sync.rss_mb_of_ten", used, "MB", MEMORY_OF_TEN_MB);
    figures.conclude();
}

/// The largest answer that WB gives, and more than it holds: 80,000 orders a page.
#[tokio::test]
async fn a_page_of_eighty_thousand_orders_is_measured_in_a_process_of_its_own() {
    const ORDERS: u32 = 81_000;
    const PAGE_ROWS: i64 = 80_000;
    /// The orders need two requests, and a slow machine a sync for each.
    const MAX_TICKS: usize = 10;
    if !is_bench() || !is_wanted(&["page80k"]) {
        return;
    }
    let measured = Measured::of(|now| Shop::sample(SEED, 100, ORDERS, 0, now)).await;
    measured.part().await;
    measured.tick().await;
    let idle = measured.rss_mb().await;
    Box::pin(measured.come_with_token()).await;
    let held = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM wb_orders").fetch_one(&measured.world.database.pool).await.unwrap()
    };
    for _ in 0..MAX_TICKS {
        if held().await > PAGE_ROWS {
            break;
        }
        measured.tick().await;
    }
    let (loaded, held) = (measured.join().await, held().await);
    // The oldest orders may have left the window meanwhile.
    assert!(held > PAGE_ROWS, "{held} orders are no more than a page");
    let mut figures = Figures::default();
    figures.measured("page80k.rss_mb", loaded.rss_mb - idle, "MB", 64.0);
    figures.conclude();
}
