//! What an operator sees and does, on a database that the bot has filled.

use std::{cell::RefCell, sync::Arc};

use app::{
    function::OPS,
    operations::{Command, Operations},
};
use chrono::TimeDelta;
use testkit::{
    telegram::Author,
    wb::{Fault, Method, TokenType},
};
use world::{
    BORIS, CHAT, World,
    deployed::{self, SharedClock},
};

/// An operator at their terminal, with a keyring of their own.
fn operator(world: &World) -> Operations {
    Operations {
        pool: deployed::pool(&world.database.url_of_functions(), &OPS),
        telegram: world.webhook.telegram.clone(),
        queues: world.queues.clone(),
        keyring: deployed::cold_keyring(),
        clock: Arc::new(SharedClock(world.clock.clone())),
    }
}

/// The answer to an operator who says yes.
async fn ask(world: &World, command: &Command) -> String {
    operator(world).run(command, &|_| true).await.unwrap()
}

async fn text(world: &World, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(&world.database.pool).await.unwrap()
}

#[tokio::test]
async fn an_operator_sees_cabinets_and_people_and_no_token() {
    let world = World::new().await;
    let token = world.token(TokenType::Personal);
    world.say("/start").await;
    world.say(&token).await;
    world.wb.break_times(Method::Sales, Fault::RateLimited(7200), 1);
    world.wb.break_times(Method::Feedbacks, Fault::Status(503), 2);
    world.tick().await;
    world.order();

    let cabinets = ask(&world, &Command::Cabinets).await;
    // Two sources failed in the same moment, and either is the last.
    let (either, other) = (
        "reviews: Wildberries cannot be reached: 503 Service Unavail…",
        "sales: Wildberries wants no request for 7200 s",
    );
    insta::assert_snapshot!(cabinets.replace(either, other), @"
    ID  NAME           PEOPLE  LAST SYNC          STATE  TOKENS    EXPIRES            PENDING  UNSURE  LAST ERROR
    1   Кружка & Плед  1       2026-11-22 09:03Z  due    personal  2027-05-21 09:00Z  0        0       sales: Wildberries wants no request for 7200 s
    ");
    let cabinet = ask(&world, &Command::Cabinet { id: 1 }).await;
    let id = text(&world, "SELECT id::text FROM wb_tokens").await;
    insta::assert_snapshot!(cabinet.replace(&id, "00000000-0000-0000-0000-000000000000"), @"
    Cabinet 1, Кружка & Плед
    people 1 · pending 0 · unsure 0 · last sync 2026-11-22 09:03Z · next request 2026-11-22 09:03Z

    TOKEN                                 TYPE      SINCE              EXPIRES            REFUSED
    00000000-0000-0000-0000-000000000000  personal  2026-11-22 09:00Z  2027-05-21 09:00Z  –

    SOURCE         LAST READ          NOT BEFORE         FAILURES  LAST ERROR
    order_feed     2026-11-22 09:03Z  –                  0         –
    orders         2026-11-22 09:03Z  –                  0         –
    products       2026-11-22 09:00Z  2026-11-22 10:00Z  0         –
    questions      2026-11-22 09:00Z  2026-11-22 09:30Z  0         –
    reviews        2026-11-22 09:00Z  –                  1         Wildberries cannot be reached: 503 Service Unavailable, an …
    sales          2026-11-22 09:00Z  2026-11-22 09:03Z  1         Wildberries wants no request for 7200 s
    seller_stocks  2026-11-22 09:03Z  2026-11-22 09:33Z  0         –
    stocks         2026-11-22 09:00Z  2026-11-22 09:30Z  0         –

    COOLDOWN  UNTIL
    sales     2026-11-22 11:03Z
    ");
    let people = ask(&world, &Command::People).await;
    insta::assert_snapshot!(people, @"
    TELEGRAM ID  LANGUAGE  CABINETS  SINCE              LAST TOLD          PENDING  BLOCKED
    1000         ru        1         2026-11-22 09:00Z  2026-11-22 09:00Z  0        –
    ");
    for text in [cabinets, cabinet, people] {
        for part in token.split('.') {
            assert!(!text.contains(part), "a part of a token");
        }
    }
    let missing = operator(&world).run(&Command::Cabinet { id: 2 }, &|_| true).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no cabinet 2: the command `cabinets` lists them");
}

#[tokio::test]
async fn an_announcement_reaches_everybody_once_at_the_pace_of_the_outbox_and_only_after_a_yes() {
    let world = World::new().await;
    for chat in [CHAT, BORIS, 3000] {
        world.telegram.say(chat, "/start").unwrap();
        world.rest().await;
    }
    world.telegram.block(3000);
    sqlx::query("UPDATE chats SET blocked_at = now() WHERE chat_id = 3000")
        .execute(&world.database.pool)
        .await
        .unwrap();
    sqlx::query("INSERT INTO chats (chat_id, blocked_at) VALUES (3000, now()) ON CONFLICT DO NOTHING")
        .execute(&world.database.pool)
        .await
        .unwrap();
    let command = Command::Broadcast { text: "Сегодня ночью <перерыв>".into(), language: None };
    let asked = RefCell::new(String::new());
    let no = |question: &str| {
        question.clone_into(&mut asked.borrow_mut());
        false
    };
    assert_eq!(operator(&world).run(&command, &no).await.unwrap(), "Nobody was told.");
    assert_eq!(*asked.borrow(), "Сегодня ночью <перерыв>\n\nTell this to 2 people?");
    assert_eq!(world.count("SELECT count(*) FROM events WHERE kind = 'announcement'").await, 0);

    let said = ask(&world, &command).await;
    assert!(said.starts_with("In the outbox of 2 people."), "{said}");
    world.ticks(3).await;
    let told = |chat| {
        let messages = world.telegram.messages(chat).into_iter();
        messages.filter(|m| m.from == Author::Bot && m.content.text == "Сегодня ночью <перерыв>").count()
    };
    assert_eq!((told(CHAT), told(BORIS), told(3000)), (1, 1, 0));
    assert_eq!(world.telegram.violations(), []);
    let nobody = Command::Broadcast { text: "x".into(), language: Some("de".into()) };
    let refused = operator(&world).run(&nobody, &|_| true).await.unwrap_err();
    assert_eq!(refused.to_string(), "de is no language of the bot: give ru or en");
    let empty = Command::Broadcast { text: "  ".into(), language: None };
    assert!(operator(&world).run(&empty, &|_| true).await.is_err());
}

#[tokio::test]
async fn a_removed_cabinet_takes_its_data_and_a_removed_person_is_a_stranger() {
    let world = World::ready().await;
    let remove = Command::RemoveCabinet { id: 1 };
    let unattended = operator(&world).run_unattended(&remove, false).await.unwrap();
    assert!(unattended.starts_with("Nothing was deleted. Delete cabinet 1"), "{unattended}");
    assert!(unattended.contains("--yes"), "{unattended}");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);
    assert_eq!(operator(&world).run(&remove, &|_| false).await.unwrap(), "Nothing was deleted.");
    assert_eq!(world.count("SELECT count(*) FROM cabinets").await, 1);
    assert_eq!(ask(&world, &remove).await, "Cabinet 1 is deleted. 1 people belonged to it.");
    // A chore of the next tick deletes what the cabinet had.
    world.tick().await;
    for table in ["cabinets", "wb_tokens", "wb_orders", "wb_reviews", "data_sets", "cabinet_users"] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(&world.database.pool).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    assert_eq!(world.count("SELECT count(*) FROM users").await, 1, "the person stays");
    let again = operator(&world).run(&remove, &|_| true).await.unwrap_err();
    assert_eq!(again.to_string(), "there is no cabinet 1: the command `cabinets` lists them");

    assert_eq!(ask(&world, &Command::RemovePerson { telegram_id: CHAT }).await, "Everything of 1000 is deleted.");
    assert_eq!(world.count("SELECT count(*) FROM users").await, 0);
    let again = operator(&world).run(&Command::RemovePerson { telegram_id: CHAT }, &|_| true).await.unwrap_err();
    assert_eq!(again.to_string(), "nobody has the Telegram id 1000: the command `people` lists them");
}

#[tokio::test]
async fn a_new_data_key_seals_every_token_and_running_functions_find_it() {
    let world = World::ready().await;
    let before = text(&world, "SELECT encode(sealed, 'hex') FROM wb_tokens").await;
    let said = ask(&world, &Command::RotateKey { finish: false }).await;
    assert!(said.starts_with("1 tokens are sealed anew"), "{said}");
    assert_ne!(text(&world, "SELECT encode(sealed, 'hex') FROM wb_tokens").await, before);
    assert_eq!(world.count("SELECT count(*) FROM vault_keys").await, 2);
    let of_newest = "SELECT count(*) FROM wb_tokens t
                      WHERE key_id = (SELECT id FROM vault_keys ORDER BY created_at DESC LIMIT 1)";
    assert_eq!(world.count(of_newest).await, 1);

    // `sync` has the old key in memory, and the only token is sealed under the new one.
    world.order();
    world.tick().await;
    assert_eq!(world.told_orders().len(), 1);
    // The bot still has the old key in memory and seals with it; `sync`, which reads that token and the other one, finds
    // the new key. A second run finishes.
    world.say(&world.token(TokenType::Service)).await;
    assert_eq!(world.count(of_newest).await, 1);
    world.order();
    world.tick().await;
    assert_eq!(world.told_orders().len(), 2);
    let said = ask(&world, &Command::RotateKey { finish: true }).await;
    assert!(said.starts_with("1 tokens are sealed anew"), "{said}");
    assert_eq!((world.count(of_newest).await, world.count("SELECT count(*) FROM vault_keys").await), (2, 2));

    // The old key goes when it has not been needed for a week.
    for (days, keys) in [(1, 2), (7, 1)] {
        world.clock.advance(TimeDelta::days(days));
        world.tick_now().await;
        assert_eq!(world.count("SELECT count(*) FROM vault_keys").await, keys, "after {days} more days");
        world.queues.take_sync_tasks();
        world.rest().await;
    }
}

#[tokio::test]
async fn an_invited_person_may_start() {
    let world = World::with_contact(domain::FirstContact::default()).await;
    let said = ask(&world, &Command::Invite { days: 7 }).await;
    let code = said.lines().next().unwrap().split_once("?start=").unwrap().1.to_owned();
    assert!(said.ends_with("For one person, until 2026-11-29."), "{said}");
    world.say(&format!("/start {code}")).await;
    assert_eq!(world.count("SELECT count(*) FROM users WHERE admitted_at IS NOT NULL").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM invites WHERE used_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn what_is_old_goes_and_what_may_come_again_stays() {
    let world = World::ready().await;
    world.order();
    world.tick().await;
    for sql in [
        "UPDATE wb_orders SET created_at = created_at - interval '200 days', ordered_at = ordered_at - interval '200 days'
          WHERE srid IN (SELECT srid FROM wb_orders ORDER BY srid LIMIT 3)",
        "UPDATE wb_sales SET created_at = created_at - interval '170 days', sale_date = sale_date - interval '170 days'",
        "UPDATE events SET seen_at = seen_at - interval '401 days' WHERE kind = 'new_order'",
        "INSERT INTO telegram_pictures (image_url, file_id, sent_at) VALUES ('https://x', 'f', now() - interval '20 years')",
    ] {
        sqlx::query(sql).execute(&world.database.pool).await.unwrap();
    }
    let (orders, sales) =
        (world.count("SELECT count(*) FROM wb_orders").await, world.count("SELECT count(*) FROM wb_sales").await);
    assert!(sales > 0);
    world.clock.advance(TimeDelta::hours(2));
    world.tick_now().await;
    assert_eq!(world.count("SELECT count(*) FROM wb_orders").await, orders - 3);
    assert_eq!(world.count("SELECT count(*) FROM wb_sales").await, sales, "170 days are not old");
    assert_eq!(world.count("SELECT count(*) FROM events WHERE kind = 'new_order'").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM notification_history WHERE kind = 'new_order'").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM telegram_pictures WHERE image_url = 'https://x'").await, 0);
}

#[tokio::test]
async fn a_clean_up_goes_on_while_there_is_more() {
    let world = World::ready().await;
    let old = "INSERT INTO wb_sync_logs (cabinet_id, started_at, completed_at, data_sets)
               SELECT 1, '2026-01-01', '2026-01-01', '{}' FROM generate_series(1, 25000)";
    sqlx::query(old).execute(&world.database.pool).await.unwrap();
    let is_due = "SELECT count(*) FROM chores WHERE kind = 'clean_up' AND due_at > '2026-11-22T00:00:00Z'";
    world.clock.advance(TimeDelta::hours(2));
    world.tick_now().await;
    assert_eq!(world.count("SELECT count(*) FROM wb_sync_logs WHERE started_at < '2026-02-01'").await, 0);
    assert_eq!(world.count(is_due).await, 1, "and comes again");
}

#[tokio::test]
async fn syncs_in_which_nothing_happened_are_counted_by_the_day() {
    let world = World::ready().await;
    world.tick().await;
    world.tick().await;
    let logs = world.count("SELECT count(*) FROM wb_sync_logs").await;
    let read = world.count("SELECT readings FROM wb_quiet_readings WHERE source = 'orders'").await;
    let all = world.count("SELECT readings FROM wb_usage WHERE source = 'orders'").await;
    world.ticks(3).await;
    assert_eq!(world.count("SELECT count(*) FROM wb_sync_logs").await, logs, "nothing happened");
    assert_eq!(world.count("SELECT readings FROM wb_quiet_readings WHERE source = 'orders'").await, read + 3);
    assert_eq!(world.count("SELECT readings FROM wb_usage WHERE source = 'orders'").await, all + 3);
    world.orders(1);
    world.tick().await;
    assert_eq!(world.count("SELECT count(*) FROM wb_sync_logs").await, logs + 1, "an order is logged in full");
}

#[tokio::test]
async fn the_views_count_by_day_and_kind_what_was_told_and_read() {
    let world = World::ready().await;
    world.orders(2);
    world.wb.break_times(Method::Sales, Fault::Status(503), 1);
    world.tick().await;
    let row = "SELECT day || ' ' || kind || ' ' || events || ' ' || sent || ' ' || pending FROM cabinet_stats
                WHERE cabinet_id = 1 AND kind = 'new_order'";
    assert_eq!(text(&world, row).await, "2026-11-22 new_order 2 2 0");
    let row = "SELECT day || ' ' || sent || ' ' || failed || ' ' || (slowest_seconds < 60) FROM user_stats
                WHERE kind = 'new_order'";
    assert_eq!(text(&world, row).await, "2026-11-22 2 0 true");
    let row = "SELECT day || ' ' || failures || ' ' || (readings > 0) || ' ' || (rows > 0) FROM wb_usage
                WHERE source = 'sales'";
    assert_eq!(text(&world, row).await, "2026-11-22 1 true true");
    let columns = "SELECT count(*) FROM information_schema.columns
                    WHERE table_name IN ('cabinet_stats', 'user_stats', 'wb_usage')
                      AND column_name IN ('sealed', 'digest', 'payload', 'token')";
    assert_eq!(world.count(columns).await, 0);
}
