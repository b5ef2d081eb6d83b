//! SYNC_INTERVAL is a parameter: whatever it is changed to, the next tick goes on.

use chrono::TimeDelta;
use world::World;

/// A new version of the functions, with another interval.
fn deploy_with_interval(world: &mut World, interval: TimeDelta) {
    world.fanout.settings.sync_interval = interval;
    world.sync.settings.sync_interval = interval;
}

#[tokio::test]
async fn after_any_change_of_the_interval_the_next_tick_syncs() {
    let mut world = World::ready().await;
    for seconds in [300, 180, 86_400, 60, 3_600, 180] {
        let interval = TimeDelta::seconds(seconds);
        deploy_with_interval(&mut world, interval);
        let before = world.told_orders().len();
        world.order();
        world.clock.advance(interval.max(TimeDelta::seconds(60)));
        world.tick_now().await;
        world.rest().await;
        assert_eq!(world.told_orders().len(), before + 1, "after the first tick with an interval of {seconds} s");
        // A doubled tick still claims nothing twice.
        world.tick_now().await;
        assert!(world.queues.take_sync_tasks().is_empty(), "{seconds}");
    }
}
