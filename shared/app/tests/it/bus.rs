//! What other systems hear of: every kind once, by its schema, also after a crash and from a bus in trouble.

use std::{collections::BTreeMap, path::Path};

use chrono::TimeDelta;
use queue::DomainEvent;
use serde_json::{Value, json};
use testkit::wb::{Category, Fault, Method, NewReview, TokenSpec, TokenType};
use world::{INTERVAL, World};

/// A section of `docs/events.md`: what stands between two headings.
fn sections() -> BTreeMap<String, Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events.md");
    let text = std::fs::read_to_string(path).unwrap();
    let sections = text.split("\n## ").skip(1).map(|section| {
        let (heading, body) = section.split_once('\n').unwrap();
        let blocks = body.split("```json\n").skip(1).map(|block| block.split("\n```").next().unwrap());
        (heading.to_owned(), blocks.map(|block| serde_json::from_str(block).unwrap()).collect())
    });
    sections.collect()
}

/// An event as a consumer reads it, held against its schemas.
fn read(event: &DomainEvent) -> Value {
    let sections = sections();
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    let [envelope] = sections["The envelope"].as_slice() else { panic!("one schema") };
    let [schema, _] = sections[event.detail_type].as_slice() else { panic!("a schema and an example") };
    for (schema, value) in [(envelope, &detail), (schema, &detail["data"])] {
        let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        let problems: Vec<String> = validator.iter_errors(value).map(|problem| problem.to_string()).collect();
        assert!(problems.is_empty(), "{}: {problems:?} in {value}", event.detail_type);
        // A consumer leaves alone what it does not know; the documents know everything.
        for field in value.as_object().unwrap().keys() {
            assert!(schema["properties"].get(field).is_some(), "{}: {field} is not documented", event.detail_type);
        }
    }
    detail
}

/// What is on the bus, by detail-type.
fn taken(world: &World) -> Vec<(&'static str, Value)> {
    world.queues.take_published().iter().map(|event| (event.detail_type, read(event))).collect()
}

/// The ids that were published more than once.
fn doubled(events: &[(&'static str, Value)]) -> usize {
    let mut ids: Vec<&Value> = events.iter().map(|(_, detail)| &detail["id"]).collect();
    ids.sort_by_key(ToString::to_string);
    let all = ids.len();
    ids.dedup();
    all - ids.len()
}

const UNPUBLISHED: &str = "SELECT count(*) FROM events WHERE for_bus AND published_at IS NULL";

async fn ticks(world: &World, count: usize) {
    world.ticks(count).await;
}

#[tokio::test]
async fn each_kind_is_published_once_by_its_schema_as_the_documents_show() {
    let world = World::ready().await;
    let mut events = taken(&world);
    assert_eq!(events.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["sync.finished"], "a first load is silent");

    let [kept, cancelled, returned] = [(); 3].map(|()| world.order());
    world.in_shop(|shop, now| {
        let bad = |stars, text: &str| NewReview { stars, text: text.into(), ..NewReview::default() };
        shop.review(&bad(1, "Пришла со сколом"), now)?;
        shop.review(&bad(5, "Отлично"), now)
    });
    let (nm_id, chrt_id) = world.in_shop(|shop, _| {
        let product = shop.products()[0].clone();
        let size = product.sizes[0].chrt_id;
        shop.set_stock(product.nm_id, Some(size), 9)?;
        Ok((product.nm_id, size))
    });
    ticks(&world, 11).await;
    world.in_shop(|shop, now| shop.cancel(&cancelled, now));
    world.in_shop(|shop, now| shop.buy_out(&kept, now));
    world.in_shop(|shop, now| shop.buy_out(&returned, now));
    world.in_shop(|shop, _| shop.set_stock(nm_id, Some(chrt_id), 0));
    ticks(&world, 11).await;
    world.in_shop(|shop, now| shop.give_back(&returned, now));
    ticks(&world, 3).await;
    events.extend(taken(&world));

    let count = |name: &str| events.iter().filter(|(detail_type, _)| *detail_type == name).count();
    let counts =
        ["order.created", "order.cancelled", "order.bought_out", "order.returned", "review.negative", "stock.critical"]
            .map(count);
    assert_eq!(counts, [3, 1, 2, 1, 1, 1]);
    assert_eq!(doubled(&events), 0);
    assert_eq!(world.count(UNPUBLISHED).await, 0);
    let told = "SELECT count(*) FROM events WHERE published_at IS NOT NULL";
    assert_eq!(usize::try_from(world.count(told).await).unwrap(), events.len());

    // The documents show each kind that is published, in the same envelope. What `data` holds depends on which of two
    // sources is faster; the schemas know all of it, and `taken` has judged each event by them.
    let mut shown = sections();
    ["The envelope", "What is promised"].iter().for_each(|heading| drop(shown.remove(*heading)));
    let names = |detail: &Value| -> Vec<String> { detail.as_object().unwrap().keys().cloned().collect() };
    let published: BTreeMap<&str, _> = events.iter().rev().map(|(name, detail)| (*name, names(detail))).collect();
    let documented: BTreeMap<&str, _> = shown.iter().map(|(name, blocks)| (name.as_str(), names(&blocks[1]))).collect();
    let examples: BTreeMap<&str, &Value> = events.iter().rev().map(|(name, detail)| (*name, detail)).collect();
    assert_eq!(documented, published, "the examples are now\n{}", serde_json::to_string(&examples).unwrap());
    for (detail_type, blocks) in &shown {
        let example = DomainEvent {
            id: 0,
            detail_type: events.iter().find(|(name, _)| name == detail_type).unwrap().0,
            occurred_at: world.clock.now(),
            detail: blocks[1].to_string(),
        };
        read(&example);
    }
}

#[tokio::test]
async fn the_syncs_say_when_they_fail_pause_and_go_on_and_nothing_in_between() {
    let world = World::ready().await;
    ticks(&world, 5).await;
    let states = |world: &World| -> Vec<String> {
        let events = taken(world).into_iter().filter(|(name, _)| *name == "sync.finished");
        events.map(|(_, detail)| detail["data"]["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states(&world), ["first"]);
    // WB is out for two hours, and comes back.
    for method in Method::ALL {
        world.wb.break_times(method, Fault::Status(503), 100);
    }
    ticks(&world, 40).await;
    assert_eq!(states(&world), ["failed"]);
    world.wb.mend();
    ticks(&world, 10).await;
    assert_eq!(states(&world), ["recovered"]);
    // The token is refused, and accepted again.
    world.wb.refuse_tokens(world.seller, true);
    ticks(&world, 10).await;
    assert_eq!(states(&world).last().map(String::as_str), Some("paused"));
    world.wb.refuse_tokens(world.seller, false);
    ticks(&world, 25).await;
    assert_eq!(states(&world), ["recovered"]);
    assert_eq!(world.count(UNPUBLISHED).await, 0);
}

#[tokio::test]
async fn what_the_bus_does_not_take_is_published_by_a_later_tick_and_what_it_took_is_not() {
    let world = World::ready().await;
    world.queues.take_published();
    world.queues.break_bus(true);
    world.orders(5);
    world.tick().await;
    let mut events = taken(&world);
    assert_eq!((events.len(), world.count(UNPUBLISHED).await), (3, 2), "every second one is refused");
    assert_eq!(world.told_orders().len() + world.told("🛒 Новые").len(), 5);
    world.queues.break_bus(false);
    ticks(&world, 2).await;
    events.extend(taken(&world));
    assert_eq!((events.len(), doubled(&events), world.count(UNPUBLISHED).await), (5, 0, 0));
}

#[tokio::test]
async fn an_event_published_before_a_crash_comes_again_with_its_id() {
    let world = World::ready().await;
    world.queues.take_published();
    // One source alone shows the order: which of two is first, and what the other adds to its facts, is chance.
    world.wb.switch_off(Method::Orders, true);
    world.order();
    world.tick().await;
    let first = taken(&world);
    assert_eq!(first.len(), 1);
    // The process ended before its last statement.
    sqlx::query("UPDATE events SET published_at = NULL WHERE kind = 'new_order'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    world.clock.advance(INTERVAL);
    world.tick_now().await;
    let again = taken(&world);
    assert_eq!(again, first);
    world.clock.advance(INTERVAL);
    world.tick_now().await;
    assert_eq!(taken(&world), []);
}

#[tokio::test]
async fn without_a_bus_nothing_is_published_and_nothing_waits_for_one() {
    let world = World::new().await;
    world.queues.remove_bus();
    world.onboard(TokenType::Personal).await;
    world.order();
    ticks(&world, 3).await;
    assert_eq!(world.told_orders().len(), 1);
    assert_eq!((taken(&world).len(), world.count(UNPUBLISHED).await), (0, 0));
    assert_eq!(world.count("SELECT count(*) FROM events WHERE for_bus").await, 0);
}

#[tokio::test]
async fn a_closed_part_is_a_failure_of_that_part() {
    let world = World::new().await;
    world.say("/start").await;
    let spec = TokenSpec { categories: &Category::ALL, ..TokenSpec::of(world.seller, TokenType::Personal) };
    let token = world.wb.issue_token(&spec).unwrap();
    world.say(&token).await;
    world.queues.take_published();
    let open = [Category::Statistics, Category::Analytics, Category::Content];
    world.wb.narrow_token(&token, &open).unwrap();
    world.clock.advance(TimeDelta::minutes(30));
    ticks(&world, 12).await;
    let failed: Vec<Value> = taken(&world)
        .into_iter()
        .filter(|(name, detail)| *name == "sync.finished" && detail["data"]["state"] == "failed")
        .map(|(_, detail)| detail["data"]["data_sets"].clone())
        .collect();
    assert_eq!(failed, [json!(["reviews"])]);
}
