//! Buyouts and returns: rows of their own beside the orders, with money that comes later.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SubsecRound as _, Utc};
use serde::Deserialize;

use super::shop::{Shop, check_price, sale_key};
use super::things::{Order, Sale, SaleKind};

/// What is left for the seller of their price, in per cent, after WB's commission.
const FOR_PAY_PERCENT: i64 = 77;

impl Sale {
    fn fill_in(&mut self, order: &Order, seller_price: i64) {
        self.seller_price = seller_price;
        self.buyer_price = seller_price * (100 - order.spp) / 100;
        self.for_pay = seller_price * FOR_PAY_PERCENT / 100;
    }
}

/// How a sale is made. By default: now, with its money.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewSale {
    /// When it happened, for a row that comes late; now by default.
    pub at: Option<DateTime<Utc>>,
    /// WB fills the money in later ([`Shop::correct_sale`]).
    pub not_filled_in: bool,
    /// A return because the thing is defective.
    pub defective: bool,
}

impl Shop {
    /// The buyer pays for an order and keeps it, now. It moves no stock.
    ///
    /// # Errors
    /// See [`Shop::record_sale`].
    pub fn buy_out(&mut self, srid: &str, now: DateTime<Utc>) -> anyhow::Result<Sale> {
        self.record_sale(SaleKind::Buyout, srid, &NewSale::default(), now)
    }

    /// The buyer brings back what they bought, now: a second row, and the row of the buyout stays.
    /// It moves no stock.
    ///
    /// # Errors
    /// See [`Shop::record_sale`].
    pub fn give_back(&mut self, srid: &str, now: DateTime<Utc>) -> anyhow::Result<Sale> {
        self.record_sale(SaleKind::Return, srid, &NewSale::default(), now)
    }

    /// Makes a row of sales for an order, be it visible or hidden.
    ///
    /// # Errors
    /// There is no such order, it is cancelled, it has a row of this kind already, or it is to be
    /// returned without a buyout.
    pub fn record_sale(
        &mut self,
        kind: SaleKind,
        srid: &str,
        new: &NewSale,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Sale> {
        let order = self.find_order(srid)?;
        ensure!(order.cancelled_at.is_none(), "order {srid} is cancelled");
        ensure!(self.sale(srid, kind).is_none(), "order {srid} has a {kind:?} already");
        let is_bought_out = self.sale(srid, SaleKind::Buyout).is_some();
        ensure!(kind != SaleKind::Return || is_bought_out, "order {srid} is not bought out");
        let sold_at = new.at.unwrap_or(now).trunc_subsecs(0);
        let mut sale = Sale {
            sale_id: self.sale_id(kind),
            kind,
            srid: order.srid.clone(),
            sold_at,
            changed_at: sold_at,
            seller_price: 0,
            buyer_price: 0,
            for_pay: 0,
            defective: new.defective,
        };
        if !new.not_filled_in {
            sale.fill_in(&order, order.seller_price);
        }
        self.sales.put(sale_key(srid, kind), sale.clone());
        Ok(sale)
    }

    /// Fills in the money of a sale or corrects it (the seller's price with their discount, whole
    /// roubles; 0 takes it away): its row changes, which is no event for the seller.
    ///
    /// # Errors
    /// There is no such sale, or the price is out of range.
    pub fn correct_sale(&mut self, sale_id: &str, roubles: i64, now: DateTime<Utc>) -> anyhow::Result<Sale> {
        check_price(roubles)?;
        let sale = self.sales().find(|sale| sale.sale_id == sale_id);
        let mut sale = sale.with_context(|| format!("there is no sale {sale_id}"))?.clone();
        sale.fill_in(&self.find_order(&sale.srid)?, roubles * 100);
        sale.changed_at = now.trunc_subsecs(0);
        self.sales.put(sale_key(&sale.srid, sale.kind), sale.clone());
        Ok(sale)
    }

    /// The sales as the report shows them.
    pub(super) fn reported_sales(&self) -> impl Iterator<Item = &Sale> {
        self.sales.shown()
    }

    fn sale_id(&mut self, kind: SaleKind) -> String {
        /// The ids of two sales lie less than twice as far apart.
        const STEP: i64 = 997;
        let within_step = self.dice().below(STEP);
        let made = i64::try_from(self.made()).unwrap_or(0);
        format!("{}{}", kind.letter(), 10_000_000_000 + made * STEP + within_step)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::super::shop::NewOrder;
    use super::*;

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 10, 0).unwrap()
    }

    fn shop_with_order(price: i64) -> (Shop, Order) {
        let mut shop = Shop::sample(7, 5, 0, 0, start());
        let order = shop.order(&NewOrder { price: Some(price), ..NewOrder::default() }, start()).unwrap().remove(0);
        (shop, order)
    }

    #[test]
    fn a_return_is_a_second_row_of_the_same_order_and_neither_moves_stock() {
        let (mut shop, order) = shop_with_order(1_000);
        let before = shop.stock(order.chrt_id);
        assert!(shop.give_back(&order.srid, start()).is_err());
        let bought = shop.buy_out(&order.srid, start() + TimeDelta::days(2)).unwrap();
        let back = shop.give_back(&order.srid, start() + TimeDelta::days(3)).unwrap();
        assert!(bought.sale_id.starts_with('S') && back.sale_id.starts_with('R'));
        assert!(bought.sale_id.len() <= 15);
        assert_eq!((bought.seller_price, bought.for_pay, back.for_pay), (100_000, 77_000, 77_000));
        assert_eq!(shop.sales().count(), 2);
        assert_eq!(shop.sale(&order.srid, SaleKind::Buyout).unwrap().sale_id, bought.sale_id);
        assert_eq!(shop.stock(order.chrt_id), before);
        for refused in [shop.buy_out(&order.srid, start()), shop.give_back(&order.srid, start())] {
            assert!(refused.unwrap_err().to_string().contains("already"));
        }
        assert!(shop.cancel(&order.srid, start()).unwrap_err().to_string().contains("bought out"));
    }

    #[test]
    fn money_may_come_later_and_changes_the_row() {
        let (mut shop, order) = shop_with_order(1_000);
        let at = start() - TimeDelta::days(1);
        let new = NewSale { at: Some(at), not_filled_in: true, ..NewSale::default() };
        let sale = shop.record_sale(SaleKind::Buyout, &order.srid, &new, start()).unwrap();
        assert_eq!((sale.sold_at, sale.changed_at), (at, at));
        assert_eq!((sale.seller_price, sale.buyer_price, sale.for_pay), (0, 0, 0));
        let filled_in = shop.correct_sale(&sale.sale_id, 900, start()).unwrap();
        assert_eq!((filled_in.seller_price, filled_in.for_pay), (90_000, 69_300));
        assert_eq!((filled_in.sold_at, filled_in.changed_at), (at, start()));
        assert_eq!(shop.sales().count(), 1);
        assert_eq!(shop.correct_sale("S1", 1, start()).unwrap_err().to_string(), "there is no sale S1");
        assert!(shop.correct_sale(&sale.sale_id, -1, start()).is_err());
    }

    #[test]
    fn what_is_cancelled_is_not_sold_and_a_hidden_order_may_be() {
        let (mut shop, order) = shop_with_order(1_000);
        shop.cancel(&order.srid, start()).unwrap();
        assert!(shop.buy_out(&order.srid, start()).is_err());
        let hidden = shop.order(&NewOrder { hidden: true, ..NewOrder::default() }, start()).unwrap().remove(0);
        shop.buy_out(&hidden.srid, start()).unwrap();
        let other = shop.record_sale(SaleKind::Surcharge, &hidden.srid, &NewSale::default(), start()).unwrap();
        assert!(other.sale_id.starts_with('D'));
        shop.refresh_reports();
        assert_eq!((shop.reported_sales().count(), shop.reported_orders().count()), (2, 1));
    }
}
