//! 📡 Состояние costs what any tap may cost.

use testkit::{
    telegram::Options,
    wb::{Shop, TokenType},
};

use crate::{
    server::counted_database,
    world::{SETTINGS, World},
};

/// The stored reply, the screen's own statement, the reply.
const STATEMENTS: usize = 3;

#[tokio::test]
async fn the_state_of_the_cabinets_is_read_by_one_statement() {
    let (database, statements, _direct) = counted_database().await;
    let world = World::of(database, |now| Shop::sample(7, 20, 100, 30, now), Options::default(), SETTINGS).await;
    world.onboard(TokenType::Personal).await;
    statements.take();
    world.say("/status").await;
    let asked = statements.take();
    assert!(world.messages().pop().unwrap().content.text.starts_with("📡 Состояние"));
    assert!(asked.len() <= STATEMENTS, "{asked:#?}");
}
