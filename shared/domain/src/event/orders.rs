//! What the order rows of the statistics make.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    news::NewsSince,
    record::{Audience, Event},
};
use crate::facts::{Facts, NewOrder};
use crate::money::Rubles;
use crate::moscow;
use crate::rows::{Order, OrderState};

/// An order row that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenOrder {
    /// The state that we held; `None` for an order seen for the first time.
    pub before: Option<OrderState>,
    /// The money that we held.
    pub held: Money,
    /// The state that we hold now, which an older answer does not lower.
    pub state: OrderState,
    /// The row.
    pub order: Order,
}

/// What WB fills in up to a day after an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// The seller's price with their discount.
    pub seller_price: Option<Rubles>,
    /// What the buyer pays.
    pub buyer_price: Option<Rubles>,
    /// WB's own discount in per cent.
    pub wb_discount_percent: Option<Rubles>,
}

/// What the changed order rows of one answer make, and whether it is news.
#[must_use]
pub fn decide_orders(seen: &[SeenOrder], news: Option<NewsSince>) -> Vec<Event> {
    let Some(news) = news else { return Vec::new() };
    let mut events: Vec<Event> = seen
        .iter()
        .filter_map(|row| {
            let order = &row.order;
            match (row.before, order.is_cancelled) {
                (None, false) => {
                    let event = made(order);
                    news.tells_unseen(event.occurred_at).then_some(event)
                }
                (None, true) => {
                    let event = cancelled(order, cancelled_at(order));
                    news.tells_unseen(event.occurred_at).then_some(event)
                }
                // The cancellation of an order that we hold as open is news whenever it was.
                (Some(OrderState::Created), true) if row.state == OrderState::Cancelled => {
                    let event = cancelled(order, cancelled_at(order));
                    news.speaks_of(event.occurred_at).then_some(event)
                }
                _ => None,
            }
        })
        .collect();
    // In the order in which they are numbered within their day, so that the messages count up.
    events.sort_by(|one, other| (one.occurred_at, &one.key).cmp(&(other.occurred_at, &other.key)));
    events
}

/// When an order was cancelled. WB often knows the day only; that counts as the day's end.
fn cancelled_at(order: &Order) -> DateTime<Utc> {
    let at = order.cancelled_at.unwrap_or(order.changed_at);
    if moscow::wall(at).time() == chrono::NaiveTime::MIN { at + TimeDelta::days(1) - TimeDelta::seconds(1) } else { at }
}

/// A new order. Its place in its day is added where it is stored.
pub(super) fn made(order: &Order) -> Event {
    let facts = Facts::NewOrder(Box::new(NewOrder { order: order.clone(), day: None }));
    Event { key: order.srid.0.clone(), occurred_at: order.ordered_at, facts, audience: Audience::Members }
}

/// The cancellation of an order.
pub(super) fn cancelled(order: &Order, occurred_at: DateTime<Utc>) -> Event {
    let facts = Facts::OrderCancellation(Box::new(order.clone()));
    Event { key: order.srid.0.clone(), occurred_at, facts, audience: Audience::Members }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::event::{EventKind, samples::*};
    use crate::ids::Srid;

    #[test]
    fn the_table_of_transitions_holds() {
        let baseline = Some(at(9));
        let open = || order(false, at(10));
        let cancelled = || order(true, at(10));
        assert_eq!(kinds(None, open(), baseline), [EventKind::NewOrder]);
        assert_eq!(kinds(None, cancelled(), baseline), [EventKind::OrderCancellation]);
        assert_eq!(kinds(Some(OrderState::Created), cancelled(), baseline), [EventKind::OrderCancellation]);
        assert_eq!(kinds(Some(OrderState::Created), open(), baseline), []);
        assert_eq!(kinds(Some(OrderState::Cancelled), open(), baseline), []);
        assert_eq!(kinds(Some(OrderState::Cancelled), cancelled(), baseline), []);
        assert_eq!(kinds(Some(OrderState::BoughtOut), cancelled(), baseline), []);
        assert_eq!(kinds(Some(OrderState::Returned), cancelled(), baseline), []);
    }

    #[test]
    fn orders_of_one_basket_are_events_of_their_own() {
        let seen = |srid: &str| SeenOrder {
            before: None,
            held: Money::default(),
            state: OrderState::Created,
            order: Order { srid: Srid(srid.into()), basket: Some("basket".into()), ..order(false, at(10)) },
        };
        let events = decide_orders(&[seen("1"), seen("2")], Some(NewsSince::since_baseline(at(9))));
        assert_eq!(events.iter().map(|event| event.key.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_first_load_is_silent_and_history_stays_so() {
        assert_eq!(kinds(None, order(false, at(10)), None), []);
        assert_eq!(kinds(None, order(false, at(8)), Some(at(10))), []);
        assert_eq!(kinds(None, order(false, at(9) + TimeDelta::minutes(1)), Some(at(10))), [EventKind::NewOrder]);
        assert_eq!(kinds(Some(OrderState::Created), order(true, at(1)), Some(at(10))), [EventKind::OrderCancellation]);
        assert_eq!(kinds(None, order(true, at(1)), Some(at(10))), []);
    }

    #[test]
    fn a_cancellation_of_which_only_the_day_is_known_counts_at_the_end_of_that_day() {
        let midnight = moscow::midnight(moscow::day(at(9)));
        let cancelled = Order { cancelled_at: Some(midnight), ..order(true, at(1)) };
        assert_eq!(kinds(None, cancelled, Some(at(15))), [EventKind::OrderCancellation]);
    }

    #[test]
    fn orders_are_told_by_their_time_and_those_of_one_moment_by_their_id() {
        let seen = |srid: &str, hour| SeenOrder {
            before: None,
            held: Money::default(),
            state: OrderState::Created,
            order: Order { srid: Srid(srid.into()), ..order(false, at(hour)) },
        };
        let answer = [seen("b", 12), seen("a", 12), seen("c", 11)];
        let news = Some(NewsSince::since_baseline(at(9)));
        let told: Vec<_> =
            decide_orders(&answer, news).into_iter().map(|event| (event.key, event.occurred_at)).collect();
        assert_eq!(told, [("c".into(), at(11)), ("a".into(), at(12)), ("b".into(), at(12))]);
    }

    #[test]
    fn a_cancelled_row_of_an_order_that_is_bought_out_by_now_is_an_old_answer() {
        let seen = SeenOrder {
            before: Some(OrderState::Created),
            held: Money::default(),
            state: OrderState::BoughtOut,
            order: order(true, at(10)),
        };
        assert_eq!(decide_orders(&[seen], Some(NewsSince::since_baseline(at(9)))), []);
    }

    #[test]
    fn a_cancellation_is_told_with_its_moment_or_the_last_second_of_its_moscow_day() {
        let told_at = |cancelled_at| {
            let order = Order { cancelled_at, changed_at: at(13), ..order(true, at(10)) };
            let seen = SeenOrder { before: None, held: Money::default(), state: OrderState::Cancelled, order };
            decide_orders(&[seen], Some(NewsSince::since_baseline(at(9))))[0].occurred_at
        };
        assert_eq!(told_at(Some(at(12))), at(12));
        assert_eq!(told_at(None), at(13), "the change of the row stands for a moment that WB does not say");
        // Moscow's 23 November begins at 21:00 UTC and ends a second before 21:00 UTC of the next day.
        let moscow_midnight = Utc.with_ymd_and_hms(2026, 11, 22, 21, 0, 0).unwrap();
        let end_of_day = Utc.with_ymd_and_hms(2026, 11, 23, 20, 59, 59).unwrap();
        assert_eq!(told_at(Some(moscow_midnight)), end_of_day);
        assert_eq!(told_at(Some(moscow_midnight + second())), moscow_midnight + second());
    }
}
