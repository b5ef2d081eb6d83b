//! What Lambda bills for a cabinet: ten of them in one invocation against one after the other, with a WB that takes
//! its time. Times, so they are measured only for who asks for figures.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use domain::CabinetId;
use futures::future::join_all;
use queue::SyncTask;
use testkit::{
    log::Lines,
    wb::{Shop, TokenType},
};
use tracing::{Event, Subscriber, field::Visit, subscriber::NoSubscriber};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::{Context, SubscriberExt},
    registry,
};
use world::{CHAT, INTERVAL, World};

use crate::{
    cost::{Measured, add_cost},
    figures::{Figures, is_bench, is_wanted},
};

/// The most that SQS hands to one invocation.
const BATCH: usize = 10;
/// How long WB takes for an answer.
const LATENCY: Duration = Duration::from_millis(300);
/// Measurements of each side, in turn; their median counts.
const ROUNDS: usize = 7;
/// After so many ticks of an hour all that WB keeps is loaded.
const HISTORY_TICKS: usize = 5;

/// Hears metrics, of whose series each becomes a line.
#[derive(Clone, Default)]
struct Series(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Series {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Name(String);
        impl Visit for Name {
            fn record_str(&mut self, _: &tracing::field::Field, value: &str) {
                self.0 += value;
            }
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
        }
        let mut name = Name(String::new());
        event.record(&mut name);
        self.0.lock().unwrap().insert(name.0);
    }
}

/// A world of ten cabinets, each with a member, whose first syncs are over.
async fn ten_cabinets() -> World {
    let world = World::ready().await;
    for number in 1..BATCH {
        let seed = u64::try_from(number).unwrap();
        let seller = world.wb.add_shop(Shop::sample(100 + seed, 20, 100, 30, world.clock.now())).unwrap();
        let token = world.token_of(seller, TokenType::Personal);
        let chat = CHAT + i64::try_from(number).unwrap();
        world.telegram.say(chat, "/start").unwrap();
        world.rest().await;
        world.telegram.say(chat, &token).unwrap();
        world.rest().await;
    }
    for _ in 0..HISTORY_TICKS {
        world.clock.advance(INTERVAL * 20);
        world.tick().await;
    }
    assert_eq!(world.count("SELECT count(*) FROM cabinets WHERE first_sync_ended_at IS NOT NULL").await, 10);
    world
}

/// The tasks of one tick.
async fn tasks(world: &World) -> Vec<SyncTask> {
    world.clock.advance(INTERVAL);
    world.tick_now().await;
    let tasks: Vec<SyncTask> = world.queues.take_sync_tasks().iter().map(|task| task.message().clone()).collect();
    assert_eq!(tasks.iter().map(|task| task.cabinet).collect::<BTreeSet<CabinetId>>().len(), BATCH);
    tasks
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::test]
async fn a_batch_of_ten_is_billed_for_a_fraction_of_ten_batches_of_one() {
    if !is_bench() || !is_wanted(&["billed", "cost"]) {
        return;
    }
    let world = ten_cabinets().await;
    world.wb.set_latency(LATENCY);
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let tasks_alone = tasks(&world).await;
        let began = Instant::now();
        for task in &tasks_alone {
            world.sync.run(task).await.unwrap();
        }
        alone.push(began.elapsed().as_secs_f64() / BATCH as f64);
        let tasks_together = tasks(&world).await;
        let began = Instant::now();
        for outcome in join_all(tasks_together.iter().map(|task| world.sync.run(task))).await {
            outcome.unwrap();
        }
        together.push(began.elapsed().as_secs_f64());
    }
    // What a batch says, as Lambda would store it.
    let (said, series) = (Lines::default(), Series::default());
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let lines = lines.with_writer(said.writer());
    // Lambda stores some bytes more of every line; they are not counted.
    let log = Targets::new().with_default(LevelFilter::INFO).with_target("metrics", LevelFilter::OFF);
    let metrics = Targets::new().with_target("metrics", LevelFilter::INFO);
    let subscriber = registry().with(lines.with_filter(log)).with(series.clone().with_filter(metrics));
    let _second = tracing::Dispatch::new(NoSubscriber::new());
    let of_batch = tasks(&world).await;
    {
        let _capturing = tracing::subscriber::set_default(subscriber);
        for task in &of_batch {
            world.sync.run(task).await.unwrap();
        }
    }
    let (alone_s, batch_s) = (median(alone), median(together));
    let measured = Measured {
        alone_s,
        batch_s,
        log_bytes: said.text().len() as f64 / BATCH as f64,
        // And the time of the statements.
        series: series.0.lock().unwrap().len() + 1,
    };
    let mut figures = Figures::default();
    figures.measured("billed.ratio", batch_s / BATCH as f64 / alone_s, "×", 0.2);
    figures.measured("billed.ms_per_cabinet", batch_s / BATCH as f64 * 1_000.0, "ms", 200.0);
    add_cost(&mut figures, &measured);
    figures.conclude();
}
