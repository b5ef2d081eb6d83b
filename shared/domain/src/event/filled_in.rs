//! What WB fills in later: money, and why an order was cancelled.

use chrono::TimeDelta;

use super::{feed::SeenFeedOrder, kind::EventKind, orders::SeenOrder, sales::SeenSale};
use crate::facts::Facts;
use crate::ids::Srid;
use crate::money::Rubles;
use crate::rows::{CancelReason, OrderState, SaleKind};

/// Money that WB fills in later than this after a message was sent is not added to it.
pub const FILLED_IN_WITHIN: TimeDelta = TimeDelta::hours(24);

/// What WB has filled in since an event was made of the row: money, or why an order was cancelled. What
/// differs from what is held is a correction, which nobody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledIn {
    /// What had happened.
    pub kind: EventKind,
    /// To which order.
    pub srid: Srid,
    /// The seller's price with their discount.
    pub seller_price: Option<Rubles>,
    /// What the buyer pays.
    pub buyer_price: Option<Rubles>,
    /// WB's own discount in per cent.
    pub wb_discount_percent: Option<Rubles>,
    /// What WB will pay the seller.
    pub for_pay: Option<Rubles>,
    /// Why the order was cancelled.
    pub cancel_reason: Option<CancelReason>,
}

/// The cancellations whose reason the feed brings: statistics, which know none, may have told them.
#[must_use]
pub fn decide_reasons(seen: &[SeenFeedOrder]) -> Vec<FilledIn> {
    let was_cancelled =
        |row: &&SeenFeedOrder| row.before == Some(OrderState::Cancelled) && row.state == OrderState::Cancelled;
    let explained = seen.iter().filter(was_cancelled).filter_map(|row| {
        Some(FilledIn {
            kind: EventKind::OrderCancellation,
            srid: row.order.srid.clone(),
            seller_price: None,
            buyer_price: None,
            wb_discount_percent: None,
            for_pay: None,
            cancel_reason: Some(row.order.feed.cancel_reason?),
        })
    });
    explained.collect()
}

/// The orders of one answer whose money WB has filled in since we held them.
#[must_use]
pub fn decide_filled_in(seen: &[SeenOrder]) -> Vec<FilledIn> {
    let filled_in = |row: &SeenOrder| {
        let SeenOrder { held, order, .. } = row;
        let is_filled_in = is_filled_in(&[
            (held.seller_price, order.seller_price),
            (held.buyer_price, order.buyer_price),
            (held.wb_discount_percent, order.wb_discount_percent),
        ]);
        (row.before.is_some() && is_filled_in).then(|| FilledIn {
            kind: EventKind::NewOrder,
            srid: order.srid.clone(),
            seller_price: order.seller_price,
            buyer_price: order.buyer_price,
            wb_discount_percent: order.wb_discount_percent,
            for_pay: None,
            cancel_reason: None,
        })
    };
    seen.iter().filter_map(filled_in).collect()
}

/// The sales of one answer whose money WB has filled in since we held them.
#[must_use]
pub fn decide_filled_in_sales(seen: &[SeenSale]) -> Vec<FilledIn> {
    let filled_in = |row: &SeenSale| {
        let (held, sale) = (row.held?, &row.sale);
        let is_filled_in = is_filled_in(&[
            (held.seller_price, sale.seller_price),
            (held.buyer_price, sale.buyer_price),
            (held.for_pay, sale.for_pay),
        ]);
        is_filled_in.then(|| FilledIn {
            kind: sale_event_kind(sale.kind),
            srid: sale.srid.clone(),
            seller_price: sale.seller_price,
            buyer_price: sale.buyer_price,
            wb_discount_percent: None,
            for_pay: sale.for_pay,
            cancel_reason: None,
        })
    };
    seen.iter().filter_map(filled_in).collect()
}

fn is_filled_in(sums: &[(Option<Rubles>, Option<Rubles>)]) -> bool {
    sums.iter().any(|(held, seen)| held.is_none() && seen.is_some())
}

impl FilledIn {
    /// Adds what these facts lack, and says whether they lacked something. What they have stays: a sum that changed later
    /// is a correction. The place of a new order in its day stays too; the sum of that moment now has its price.
    pub fn add_to(&self, facts: &mut Facts) -> bool {
        match facts {
            Facts::NewOrder(new) => {
                let order = &mut new.order;
                let is_priced = fill(&mut order.seller_price, self.seller_price);
                if is_priced && let (Some(price), Some(day)) = (order.seller_price, &mut new.day) {
                    day.sum.0 += price.0;
                    day.without_price -= 1;
                }
                let others = [
                    fill(&mut order.buyer_price, self.buyer_price),
                    fill(&mut order.wb_discount_percent, self.wb_discount_percent),
                ];
                is_priced || others.contains(&true)
            }
            Facts::OrderBuyout(sale) | Facts::OrderReturn(sale) => [
                fill(&mut sale.seller_price, self.seller_price),
                fill(&mut sale.buyer_price, self.buyer_price),
                fill(&mut sale.for_pay, self.for_pay),
            ]
            .contains(&true),
            Facts::OrderCancellation(order) => fill(&mut order.feed.cancel_reason, self.cancel_reason),
            _ => false,
        }
    }
}

/// Takes what was seen where nothing is held, and says whether it did.
fn fill<T: Copy>(held: &mut Option<T>, seen: Option<T>) -> bool {
    let is_filled = held.is_none() && seen.is_some();
    if is_filled {
        *held = seen;
    }
    is_filled
}

fn sale_event_kind(kind: SaleKind) -> EventKind {
    match kind {
        SaleKind::Buyout => EventKind::OrderBuyout,
        SaleKind::Return => EventKind::OrderReturn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Money, SaleMoney, samples::*};
    use crate::facts::NewOrder;
    use crate::figures::DayPlace;
    use crate::rows::{Order, Sale};

    fn filled_in(kind: EventKind) -> FilledIn {
        FilledIn {
            kind,
            srid: Srid("1.0.0".into()),
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: rubles(22),
            for_pay: rubles(870),
            cancel_reason: Some(CancelReason::Receipt),
        }
    }

    #[test]
    fn what_an_order_lacks_is_added_once_with_its_price_in_the_sum_of_its_day() {
        let day = DayPlace { number: 3, sum: Rubles(1_000.into()), without_price: 2 };
        let mut facts = Facts::NewOrder(Box::new(NewOrder { order: order(false, at(10)), day: Some(day) }));
        let seen = filled_in(EventKind::NewOrder);
        assert!(seen.add_to(&mut facts));
        let Facts::NewOrder(new) = &facts else { unreachable!() };
        assert_eq!(
            (new.order.seller_price, new.order.buyer_price, new.order.wb_discount_percent),
            (rubles(1_290), rubles(999), rubles(22))
        );
        assert_eq!(new.day, Some(DayPlace { number: 3, sum: Rubles(2_290.into()), without_price: 1 }));
        let before = facts.clone();
        assert!(!FilledIn { seller_price: rubles(990), ..seen }.add_to(&mut facts), "a correction");
        assert_eq!(facts, before);
    }

    #[test]
    fn a_price_that_an_order_has_is_not_added_to_its_day_again() {
        let day = DayPlace { number: 1, sum: Rubles(1_290.into()), without_price: 0 };
        let order = Order { seller_price: rubles(1_290), ..order(false, at(10)) };
        let mut facts = Facts::NewOrder(Box::new(NewOrder { order, day: Some(day) }));
        assert!(filled_in(EventKind::NewOrder).add_to(&mut facts), "the buyer's price");
        let Facts::NewOrder(new) = facts else { unreachable!() };
        assert_eq!(new.day, Some(day));
    }

    #[test]
    fn a_sale_gets_its_sums_and_a_cancellation_its_reason() {
        let mut sold = Facts::OrderReturn(Box::new(sale(SaleKind::Return)));
        assert!(filled_in(EventKind::OrderReturn).add_to(&mut sold));
        let Facts::OrderReturn(sale) = sold else { unreachable!() };
        assert_eq!((sale.seller_price, sale.buyer_price, sale.for_pay), (rubles(1_290), rubles(999), rubles(870)));
        let mut cancelled = Facts::OrderCancellation(Box::new(order(true, at(10))));
        let seen = filled_in(EventKind::OrderCancellation);
        assert!(seen.add_to(&mut cancelled));
        assert!(!seen.add_to(&mut cancelled));
        let Facts::OrderCancellation(order) = cancelled else { unreachable!() };
        assert_eq!((order.feed.cancel_reason, order.seller_price), (Some(CancelReason::Receipt), None));
    }

    #[test]
    fn money_is_filled_in_where_there_was_none() {
        let order = Order { seller_price: Rubles::filled_in(1_290.into()), ..order(false, at(10)) };
        let seen = |before, held: Option<i64>| {
            let held = Money { seller_price: held.map(|sum| Rubles(sum.into())), ..Money::default() };
            vec![SeenOrder { before, held, state: OrderState::Created, order: order.clone() }]
        };
        let held = Some(OrderState::Created);
        assert_eq!(decide_filled_in(&seen(held, None)).len(), 1);
        assert_eq!(decide_filled_in(&seen(held, Some(990))).len(), 0, "a correction");
        assert_eq!(decide_filled_in(&seen(held, Some(1_290))).len(), 0);
        assert_eq!(decide_filled_in(&seen(None, None)).len(), 0, "a new order");
    }

    #[test]
    fn the_feed_explains_a_cancellation_that_another_source_has_shown() {
        use OrderState::{Cancelled, Created};
        let mut known = fed(Some(Cancelled), Cancelled, 10, 12);
        assert_eq!(decide_reasons(std::slice::from_ref(&known)), []);
        known.order.feed.cancel_reason = Some(CancelReason::Receipt);
        let explained = decide_reasons(std::slice::from_ref(&known));
        assert_eq!(explained[0].cancel_reason, Some(CancelReason::Receipt));
        assert_eq!((explained.len(), explained[0].kind), (1, EventKind::OrderCancellation));
        // What it tells itself has its reason from the beginning.
        let told = SeenFeedOrder { before: Some(Created), ..known };
        assert_eq!(decide_reasons(&[told]), []);
    }

    #[test]
    fn each_sum_of_an_order_is_filled_in_by_itself() {
        let order = Order {
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: rubles(22),
            ..order(false, at(10))
        };
        let all = Money { seller_price: rubles(1_290), buyer_price: rubles(999), wb_discount_percent: rubles(22) };
        let filled_in = |held| {
            let before = Some(OrderState::Created);
            decide_filled_in(&[SeenOrder { before, held, state: OrderState::Created, order: order.clone() }])
        };
        let told = vec![FilledIn {
            kind: EventKind::NewOrder,
            srid: Srid("1.0.0".into()),
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: rubles(22),
            for_pay: None,
            cancel_reason: None,
        }];
        assert_eq!(filled_in(Money { seller_price: None, ..all }), told);
        assert_eq!(filled_in(Money { buyer_price: None, ..all }), told);
        assert_eq!(filled_in(Money { wb_discount_percent: None, ..all }), told);
        assert_eq!(filled_in(all), []);
    }

    #[test]
    fn each_sum_of_a_sale_is_filled_in_by_itself_and_a_new_sale_fills_in_nothing() {
        let all = SaleMoney { seller_price: rubles(1_290), buyer_price: rubles(999), for_pay: rubles(870) };
        let filled_in = |held, kind| {
            let SaleMoney { seller_price, buyer_price, for_pay } = all;
            let sale = Sale { seller_price, buyer_price, for_pay, ..sale(kind) };
            decide_filled_in_sales(&[SeenSale { held, is_order_fed: false, sale }])
        };
        let told = |kind| FilledIn {
            kind,
            srid: Srid("1.0.0".into()),
            seller_price: rubles(1_290),
            buyer_price: rubles(999),
            wb_discount_percent: None,
            for_pay: rubles(870),
            cancel_reason: None,
        };
        for held in [
            SaleMoney { seller_price: None, ..all },
            SaleMoney { buyer_price: None, ..all },
            SaleMoney { for_pay: None, ..all },
            SaleMoney::default(),
        ] {
            assert_eq!(filled_in(Some(held), SaleKind::Buyout), [told(EventKind::OrderBuyout)]);
            assert_eq!(filled_in(Some(held), SaleKind::Return), [told(EventKind::OrderReturn)]);
        }
        assert_eq!(filled_in(Some(all), SaleKind::Buyout), []);
        assert_eq!(filled_in(Some(SaleMoney { for_pay: rubles(860), ..all }), SaleKind::Buyout), [], "a correction");
        assert_eq!(filled_in(None, SaleKind::Buyout), [], "a new sale");
        // WB has filled in nothing yet.
        let empty = SeenSale { held: Some(SaleMoney::default()), ..new_sale(sale(SaleKind::Buyout)) };
        assert_eq!(decide_filled_in_sales(&[empty]), []);
    }
}
