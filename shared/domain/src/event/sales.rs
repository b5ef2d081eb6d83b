//! What the sale rows of the statistics make.

use chrono::{DateTime, Utc};

use super::{
    news::NewsSince,
    record::{Audience, Event},
};
use crate::facts::Facts;
use crate::money::Rubles;
use crate::rows::{Sale, SaleKind};

/// A sale row that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenSale {
    /// The money that we held; `None` for a sale seen for the first time.
    pub held: Option<SaleMoney>,
    /// Whether the order feed has shown the order, so that its sale is no difference between the two.
    pub is_order_fed: bool,
    /// The row.
    pub sale: Sale,
}

/// What WB fills in up to a day after a sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaleMoney {
    /// The seller's price with their discount.
    pub seller_price: Option<Rubles>,
    /// What the buyer paid.
    pub buyer_price: Option<Rubles>,
    /// What WB will pay the seller.
    pub for_pay: Option<Rubles>,
}

/// What the new sale rows of one answer make.
#[must_use]
pub fn decide_sales(seen: &[SeenSale], news: Option<NewsSince>) -> Vec<Event> {
    let Some(news) = news else { return Vec::new() };
    let is_news = |row: &&SeenSale| {
        let at = row.sale.sold_at;
        row.held.is_none() && if row.is_order_fed { news.tells_change(at) } else { news.tells_unseen(at) }
    };
    // A buyout before the return of the same order, whichever WB names first.
    let mut new: Vec<&Sale> = seen.iter().filter(is_news).map(|row| &row.sale).collect();
    new.sort_by_key(|sale| sale.kind);
    new.into_iter().map(|sale| sale_event(sale.clone(), sale.sold_at)).collect()
}

/// The buyout, or the return, that a row shows.
pub(super) fn sale_event(sale: Sale, occurred_at: DateTime<Utc>) -> Event {
    let key = sale.srid.0.clone();
    let sale = Box::new(sale);
    let facts = match sale.kind {
        SaleKind::Buyout => Facts::OrderBuyout(sale),
        SaleKind::Return => Facts::OrderReturn(sale),
    };
    Event { key, occurred_at, facts, audience: Audience::Members }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, samples::*};

    #[test]
    fn a_return_that_comes_with_its_buyout_is_told_after_it() {
        let new = [sale(SaleKind::Return), sale(SaleKind::Buyout)].map(new_sale);
        let kinds: Vec<_> =
            decide_sales(&new, Some(NewsSince::since_baseline(at(9)))).into_iter().map(|event| event.kind()).collect();
        assert_eq!(kinds, [EventKind::OrderBuyout, EventKind::OrderReturn]);
        assert_eq!(decide_sales(&new, None), []);
        assert_eq!(decide_sales(&new, Some(NewsSince::since_baseline(at(12)))), []);
    }

    #[test]
    fn the_sale_of_an_order_that_the_feed_has_shown_is_no_difference_between_the_sources() {
        let news = Some(NewsSince::since_baseline(at(5)).laid_over(at(11)));
        let seen = |is_order_fed| SeenSale { is_order_fed, ..new_sale(sale(SaleKind::Buyout)) };
        assert_eq!(decide_sales(&[seen(false)], news), [], "sold at 10:30, covered until 11:30");
        let told = decide_sales(&[seen(true)], news);
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].kind(), told[0].key.as_str(), told[0].occurred_at),
            (EventKind::OrderBuyout, "1.0.0", at(10))
        );
        assert_eq!(told[0].facts, Facts::OrderBuyout(Box::new(sale(SaleKind::Buyout))));
        let known = SeenSale { held: Some(SaleMoney::default()), ..seen(true) };
        assert_eq!(decide_sales(&[known], news), []);
    }
}
