//! 📡 Состояние costs what any tap may cost.

use testkit::{
    database::TestDatabase,
    telegram::Options,
    wb::{Shop, TokenType},
};
use world::{SETTINGS, World};

/// The stored reply, the screen's own statement, the reply.
const STATEMENTS: usize = 3;

#[tokio::test]
async fn the_state_of_the_cabinets_is_read_by_one_statement() {
    let database = TestDatabase::migrated().await.unwrap();
    let world = World::of(database, |now| Shop::sample(7, 20, 100, 30, now), Options::default(), SETTINGS).await;
    world.onboard(TokenType::Personal).await;
    world.relay.take_statements();
    world.say("/status").await;
    let asked = world.relay.take_statements();
    assert!(world.last_text().starts_with("📡 Состояние"));
    assert!(asked.len() <= STATEMENTS, "{asked:#?}");
}
