//! WB's pace: what is asked with each type of token against what WB allows it.

use app::Settings;
use testkit::{
    database::TestDatabase,
    telegram::Options,
    wb::{NewOrder, Shop, TokenType},
};
use world::{SETTINGS, World};

use crate::figures::{Figures, is_bench, is_wanted};

/// The ticks of a day.
const DAY_TICKS: usize = 480;
/// For a test this is enough to meet every limit but those of hours.
const TEST_TICKS: usize = 70;
/// Something is sold after so many ticks, so that there is something to be read.
const TICKS_PER_ORDER: usize = 10;
/// Each type, and whether the deployment has a service's secret.
const TYPES: [(TokenType, bool); 4] =
    [(TokenType::Personal, false), (TokenType::Service, false), (TokenType::Base, false), (TokenType::Base, true)];

#[tokio::test]
async fn no_type_of_token_is_used_more_often_than_wb_allows() {
    if !is_wanted(&["wb_pace"]) {
        return;
    }
    let ticks = if is_bench() { DAY_TICKS } else { TEST_TICKS };
    let mut violations = 0;
    for (token_type, has_client_secret) in TYPES {
        let database = TestDatabase::migrated().await.unwrap();
        let settings = Settings { has_client_secret, ..SETTINGS };
        let shop = |now| Shop::sample(3, 6, 40, 10, now);
        let world = World::of(database, shop, Options::default(), settings).await;
        Box::pin(world.onboard(token_type)).await;
        for tick in 0..ticks {
            if tick % TICKS_PER_ORDER == 0 {
                world.wb.shop(world.seller, |shop, now| shop.order(&NewOrder::default(), now)).unwrap();
                world.wb.refresh_reports();
            }
            world.tick().await;
        }
        violations += world.wb.refused().len();
        assert!(!world.told_orders().is_empty() || ticks == TEST_TICKS, "{token_type:?} tells something within a day");
    }
    let mut figures = Figures::default();
    figures.exactly("wb_pace.violations", violations, "requests", 0);
    figures.exactly("wb_pace.token_types", TYPES.len(), "types", 4);
    figures.conclude();
}
