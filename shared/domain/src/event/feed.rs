//! What the rows of the order feed make.

use chrono::{DateTime, Utc};

use super::{
    news::NewsSince,
    orders::{cancelled, made},
    record::Event,
    sales::sale_event,
};
use crate::ids::{SaleId, Srid};
use crate::rows::{Order, OrderState, Sale, SaleKind};

/// A row of the order feed that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFeedOrder {
    /// The state that we held; `None` for an order seen for the first time.
    pub before: Option<OrderState>,
    /// How far the sales had brought it that we held without the order itself.
    pub sold: Option<OrderState>,
    /// The order as we hold it now, with what statistics and the cards know of it.
    pub order: Order,
    /// Its state now, which an older answer does not lower.
    pub state: OrderState,
    /// When it came into that state.
    pub updated_at: DateTime<Utc>,
}

/// What the changed rows of the order feed make: the steps that an order has come since we last saw it. `orders` says which
/// orders and cancellations are news, `sales` which buyouts and returns.
#[must_use]
pub fn decide_feed(seen: &[SeenFeedOrder], orders: Option<NewsSince>, sales: Option<NewsSince>) -> Vec<Event> {
    let mut events = Vec::new();
    for SeenFeedOrder { before, sold, order, state, updated_at } in seen {
        if *before == Some(*state) {
            continue;
        }
        let is_new = before.is_none();
        let is_later = |news: Option<NewsSince>, at: DateTime<Utc>| {
            news.is_some_and(|news| if is_new { news.tells_unseen(at) } else { news.tells_change(at) })
        };
        if is_new && *state != OrderState::Cancelled && is_later(orders, order.ordered_at) {
            events.push(made(order));
        }
        match state {
            OrderState::Created => {}
            OrderState::Cancelled => {
                let is_always_told =
                    *before == Some(OrderState::Created) && orders.is_some_and(|news| news.speaks_of(*updated_at));
                if is_always_told || is_later(orders, *updated_at) {
                    events.push(cancelled(order, *updated_at));
                }
            }
            OrderState::BoughtOut | OrderState::Returned => {
                let is_returned = *state == OrderState::Returned;
                // When a returned order was bought is not said: for one never seen it was after it was made.
                let bought_at = if is_returned && is_new { order.ordered_at } else { *updated_at };
                if *before != Some(OrderState::BoughtOut) && sold.is_none() && is_later(sales, bought_at) {
                    events.push(sale_event(feed_sale(order, SaleKind::Buyout, *updated_at), bought_at));
                }
                if is_returned && *sold != Some(OrderState::Returned) && is_later(sales, *updated_at) {
                    events.push(sale_event(feed_sale(order, SaleKind::Return, *updated_at), *updated_at));
                }
            }
        }
    }
    // A buyout before the return of the same order, and the orders of a day as they are numbered.
    events.sort_by(|one, other| {
        (one.occurred_at, &one.key, one.kind()).cmp(&(other.occurred_at, &other.key, other.kind()))
    });
    events
}

/// A sale as the order feed knows it: what WB pays for it is not said there.
fn feed_sale(order: &Order, kind: SaleKind, at: DateTime<Utc>) -> Sale {
    Sale {
        sale_id: feed_sale_id(&order.srid, kind),
        kind,
        srid: order.srid.clone(),
        sold_at: at,
        changed_at: at,
        nm_id: order.nm_id,
        supplier_article: order.supplier_article.clone(),
        barcode: order.barcode.clone(),
        size: order.size.clone(),
        subject: order.subject.clone(),
        supply: order.supply,
        warehouse: order.warehouse.clone(),
        region: order.region.clone(),
        seller_price: order.seller_price,
        buyer_price: order.buyer_price,
        for_pay: None,
        feed: order.feed.clone(),
    }
}

/// How the id of a buyout begins that only the order feed has shown; its `srid` follows. WB's own begin
/// with `S` or `R` and a digit.
pub const FEED_BUYOUT: &str = "feed-S:";

/// The same of a return.
pub const FEED_RETURN: &str = "feed-R:";

fn feed_sale_id(srid: &Srid, kind: SaleKind) -> SaleId {
    match kind {
        SaleKind::Buyout => SaleId(format!("{FEED_BUYOUT}{srid}")),
        SaleKind::Return => SaleId(format!("{FEED_RETURN}{srid}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, Money, SeenOrder, decide_orders, samples::*};
    use crate::facts::Facts;

    #[test]
    fn the_feed_tells_every_step_that_an_order_has_come() {
        use EventKind::{NewOrder, OrderBuyout, OrderCancellation, OrderReturn};
        use OrderState::{BoughtOut, Cancelled, Created, Returned};
        let news = Some(NewsSince::since_baseline(at(9)));
        for (before, state, kinds) in [
            (None, Created, vec![NewOrder]),
            (None, Cancelled, vec![OrderCancellation]),
            (None, BoughtOut, vec![NewOrder, OrderBuyout]),
            (None, Returned, vec![NewOrder, OrderBuyout, OrderReturn]),
            (Some(Created), Created, vec![]),
            (Some(Created), Cancelled, vec![OrderCancellation]),
            (Some(Created), BoughtOut, vec![OrderBuyout]),
            (Some(Created), Returned, vec![OrderBuyout, OrderReturn]),
            (Some(BoughtOut), Returned, vec![OrderReturn]),
            (Some(Returned), Returned, vec![]),
        ] {
            assert_eq!(told(fed(before, state, 10, 12), news, news), kinds, "{before:?} → {state:?}");
        }
    }

    #[test]
    fn a_first_load_of_the_feed_is_silent_for_what_has_no_baseline() {
        use OrderState::{BoughtOut, Cancelled, Created};
        let news = Some(NewsSince::since_baseline(at(9)));
        assert_eq!(told(fed(None, BoughtOut, 10, 12), None, None), []);
        assert_eq!(told(fed(None, BoughtOut, 10, 12), news, None), [EventKind::NewOrder]);
        assert_eq!(told(fed(None, Cancelled, 1, 2), news, news), [], "nobody was told of the order");
        assert_eq!(told(fed(Some(Created), Cancelled, 1, 2), None, news), []);
        assert_eq!(told(fed(Some(Created), Cancelled, 1, 2), news, None), [EventKind::OrderCancellation]);
    }

    #[test]
    fn a_source_laid_over_another_tells_only_what_that_one_could_not_have_shown() {
        use OrderState::{BoughtOut, Created};
        let news = Some(NewsSince::since_baseline(at(5)).laid_over(at(11)));
        assert_eq!(told(fed(None, Created, 10, 10), news, news), []);
        assert_eq!(told(fed(None, Created, 12, 12), news, news), [EventKind::NewOrder]);
        // An order that both know moves on as ever.
        assert_eq!(told(fed(Some(Created), BoughtOut, 3, 10), news, news), [EventKind::OrderBuyout]);
        assert_eq!(decide_orders(&[], news), []);
    }

    #[test]
    fn a_sale_that_statistics_have_shown_is_not_told_again_by_the_feed() {
        use OrderState::{BoughtOut, Returned};
        let news = Some(NewsSince::since_baseline(at(5)));
        let seen = |sold, state| SeenFeedOrder { sold, ..fed(None, state, 10, 12) };
        assert_eq!(told(seen(Some(BoughtOut), BoughtOut), news, news), [EventKind::NewOrder]);
        assert_eq!(told(seen(Some(BoughtOut), Returned), news, news), [EventKind::NewOrder, EventKind::OrderReturn]);
        assert_eq!(told(seen(Some(Returned), Returned), news, news), [EventKind::NewOrder]);
    }

    #[test]
    fn what_happened_an_hour_before_the_baseline_is_old_and_a_second_later_is_news() {
        use OrderState::{BoughtOut, Created};
        let edge = at(9);
        let news = Some(NewsSince::since_baseline(at(10)));
        assert_eq!(kinds(None, order(false, edge), Some(at(10))), []);
        assert_eq!(kinds(None, order(false, edge + second()), Some(at(10))), [EventKind::NewOrder]);
        let bought_out = |updated_at| SeenFeedOrder { updated_at, ..fed(Some(Created), BoughtOut, 1, 1) };
        assert_eq!(told(bought_out(edge), news, news), []);
        assert_eq!(told(bought_out(edge + second()), news, news), [EventKind::OrderBuyout]);
    }

    #[test]
    fn a_source_that_is_laid_over_another_is_news_a_second_after_what_that_one_covers() {
        let news = Some(NewsSince::since_baseline(at(5)).laid_over(at(11)));
        let orders =
            |ordered_at| SeenFeedOrder { order: order(false, ordered_at), ..fed(None, OrderState::Created, 1, 1) };
        assert_eq!(told(orders(at(11)), news, news), []);
        assert_eq!(told(orders(at(11) + second()), news, news), [EventKind::NewOrder]);
        // What the other one covers is older than the baseline: the baseline decides.
        let news = Some(NewsSince::since_baseline(at(13)).laid_over(at(11)));
        assert_eq!(told(orders(at(12)), news, news), []);
        assert_eq!(told(orders(at(12) + second()), news, news), [EventKind::NewOrder]);
    }

    #[test]
    fn silence_ends_with_its_last_second_for_everything_that_happens() {
        use OrderState::{Cancelled, Created};
        let end = at(10);
        let news = Some(NewsSince::since_baseline(at(5)).silent_before(Some(end)));
        let before = end - second();
        let new = |ordered_at| SeenFeedOrder { order: order(false, ordered_at), ..fed(None, Created, 1, 1) };
        assert_eq!(told(new(before), news, news), []);
        assert_eq!(told(new(end), news, news), [EventKind::NewOrder]);
        let cancelled = |updated_at| SeenFeedOrder { updated_at, ..fed(Some(Created), Cancelled, 1, 1) };
        assert_eq!(told(cancelled(before), news, news), []);
        assert_eq!(told(cancelled(end), news, news), [EventKind::OrderCancellation]);
        let by_statistics = |cancelled_at| {
            let order = Order { cancelled_at: Some(cancelled_at), ..order(true, at(1)) };
            let (before, held) = (Some(Created), Money::default());
            decide_orders(&[SeenOrder { before, held, state: Cancelled, order }], news).len()
        };
        assert_eq!((by_statistics(before), by_statistics(end)), (0, 1));
    }

    #[test]
    fn the_feed_tells_a_return_and_its_unseen_buyout_each_at_its_moment_and_with_its_id() {
        use OrderState::{Created, Returned};
        let news = Some(NewsSince::since_baseline(at(9)));
        let sales = |before| {
            let events = decide_feed(&[fed(before, Returned, 10, 12)], None, news);
            let told = events.into_iter().map(|event| {
                let kind = event.kind();
                let (Facts::OrderBuyout(sale) | Facts::OrderReturn(sale)) = event.facts else { panic!("{kind:?}") };
                (kind, event.occurred_at, sale.sale_id.0, sale.sold_at)
            });
            told.collect::<Vec<_>>()
        };
        let buyout = |told_at| (EventKind::OrderBuyout, told_at, "feed-S:1.0.0".to_owned(), at(12));
        let its_return = (EventKind::OrderReturn, at(12), "feed-R:1.0.0".to_owned(), at(12));
        // The feed does not say when a returned order was bought: for an unseen one, after it was made.
        assert_eq!(sales(None), [buyout(at(10)), its_return.clone()]);
        assert_eq!(sales(Some(Created)), [buyout(at(12)), its_return]);
    }

    #[test]
    fn the_feed_tells_the_steps_of_all_orders_in_the_order_of_time() {
        use OrderState::{BoughtOut, Created};
        let named = |srid: &str, seen: SeenFeedOrder| {
            let order = Order { srid: Srid(srid.into()), ..seen.order };
            SeenFeedOrder { order, ..seen }
        };
        let seen = [
            named("b", fed(None, Created, 12, 12)),
            named("a", fed(None, Created, 12, 12)),
            named("c", fed(None, BoughtOut, 10, 13)),
        ];
        let news = Some(NewsSince::since_baseline(at(9)));
        let told: Vec<_> = decide_feed(&seen, news, news).into_iter().map(|event| (event.kind(), event.key)).collect();
        let new = |key: &str| (EventKind::NewOrder, key.to_owned());
        assert_eq!(told, [new("c"), new("a"), new("b"), (EventKind::OrderBuyout, "c".to_owned())]);
    }
}
