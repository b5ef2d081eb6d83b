//! What the log, the database and the messages say of tokens, names and texts: nothing that they should not.

use chrono::TimeDelta;
use testkit::{
    log::Lines,
    wb::{Fault, Method, TokenSpec, TokenType},
};
use tracing::{level_filters::LevelFilter, subscriber::NoSubscriber};
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, registry};
use world::World;

/// Our crates, which may be asked for every detail; a library never is (`runtime::logs`).
const OURS: [&str; 8] = ["app", "domain", "messages", "queue", "store", "telegram", "vault", "wb"];

/// A person, and what a buyer writes: neither is said in any log.
const NAME: &str = "Маркеримя";
const REVIEW: &str = "Сломаласьмаркер";

/// Every row of every table, as a dump of the database would have it.
async fn dump(world: &World) -> String {
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&world.database.pool).await.unwrap();
    let mut dump = String::new();
    for table in tables {
        let sql = format!("SELECT COALESCE(string_agg(t::text, E'\\n'), '') FROM {table} t");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.database.pool).await.unwrap();
        dump += &rows;
    }
    dump
}

#[tokio::test]
async fn no_token_is_logged_whatever_becomes_of_it() {
    let lines = Lines::default();
    let all_of_ours = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("sqlx", LevelFilter::DEBUG)
        .with_targets(OURS.map(|name| (name, LevelFilter::TRACE)));
    let subscriber = registry().with(fmt::layer().json().with_writer(lines.writer())).with(all_of_ours);
    // With one subscriber `tracing` asks the thread that comes first to a line whether the line is wanted,
    // and other tests want none; with two it asks both subscribers.
    let _second = tracing::Dispatch::new(NoSubscriber::new());
    // The whole world runs on this thread.
    let _capturing = tracing::subscriber::set_default(subscriber);

    let world = World::new().await;
    world.telegram.person(world::CHAT, NAME, Some("ru"));
    let mut tokens = Vec::new();
    let mut token = |seller, token_type| {
        let token = world.wb.issue_token(&TokenSpec::of(seller, token_type)).unwrap();
        tokens.push(token.clone());
        token
    };
    world.say("/start").await;
    // Refused, and then one that WB does not judge for a while.
    let refused = token(world.seller, TokenType::Personal);
    world.wb.revoke_token(&refused).unwrap();
    world.say(&refused).await;
    world.clock.advance(TimeDelta::minutes(2));
    world.wb.break_times(Method::Ping, Fault::Status(503), 4);
    world.say(&token(world.seller, TokenType::Personal)).await;
    world.tick().await;
    // Accepted by now. WB fails in other ways while it is in use.
    for fault in [Fault::Status(502), Fault::RateLimited(60), Fault::CutOff] {
        world.wb.break_times(Method::Orders, fault, 2);
        world.tick().await;
        world.tick().await;
    }
    // Another seller's, a useless one, and what only looks like a token.
    let other = world.other_shop();
    world.say(&token(other, TokenType::Personal)).await;
    world.say(&token(other, TokenType::Test)).await;
    let damaged = token(other, TokenType::Base).replacen('.', ".x", 1);
    world.say(&damaged).await;
    // A review is answered, and WB does not reply.
    let told = world.told_review(REVIEW).await;
    world.wb.break_next(Method::FeedbackAnswer, Fault::Status(503));
    world.reply_to_review(&format!("Простите, {told}")).await;
    world.tick().await;
    // WB refuses the one in use.
    world.wb.refuse_tokens(world.seller, true);
    world.ticks(10).await;

    let text = lines.text();
    for line in [
        "token accepted",
        "token waits for another try",
        "fetch failed",
        "sync finished",
        "review reply accepted for sending",
    ] {
        assert!(text.contains(line), "the log was captured: {line}");
    }
    assert!(text.contains("INSERT INTO"), "the statements of sqlx were captured");
    let dump = dump(&world).await;
    assert!(dump.contains(REVIEW), "the dump has what is stored");
    let sent = format!("{:?}", world.telegram.calls());
    assert!(sent.contains(REVIEW), "the calls have what is sent");
    for part in tokens.iter().chain([&damaged]).flat_map(|token| token.split('.').skip(1)) {
        assert!(part.len() > 20);
        for (place, text) in [("the log", &text), ("the database", &dump), ("a message", &sent)] {
            let found = text.lines().find(|line| line.contains(&part[..20]));
            assert_eq!(found, None, "a part of a token in {place}");
        }
    }
    for secret in [NAME, REVIEW, "AAFakeFake", "webhook-secret", "Кружка & Плед"] {
        assert_eq!(text.lines().find(|line| line.contains(secret)), None, "{secret} in the log");
    }
    for secret in ["AAFakeFake", "webhook-secret"] {
        assert!(!dump.contains(secret), "{secret} in the database");
    }
}
