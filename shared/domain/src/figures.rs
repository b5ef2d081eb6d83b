//! The figures beside an event, as §3a of the product defines them. Pure: the database counts, these
//! definitions decide.
//!
//! A day is a Moscow day, and "the last 7 days" are today and the six days before it.

pub mod period;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{Rubles, Sale, SaleKind};

/// The windows of [`Windows`], in days.
const WEEK_DAYS: i64 = 7;
const FORTNIGHT_DAYS: i64 = 14;
const MONTH_DAYS: i64 = 30;
/// «% выкупа» of fewer orders than this would jump by more than ten points with each of them.
const BUYOUT_RATE_FROM_ORDERS: i64 = 10;
/// Fewer orders in a fortnight say too little about the next one.
const STOCK_DAYS_FROM_ORDERS: i64 = 5;

/// A count over the last 7, 14 and 30 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// 7 days.
    pub week: i64,
    /// 14 days.
    pub fortnight: i64,
    /// 30 days.
    pub month: i64,
}

/// «% выкупа»: bought out and not returned, of all orders that came to their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyoutRate {
    /// Fewer than ten orders came to their end: «мало данных».
    TooFew,
    /// Per cent, 0 to 100.
    Percent(u8),
}

/// For how long the remainder lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockDays {
    /// Nothing was ordered in the last 14 days: «нет заказов 14 дн.».
    NoOrders,
    /// About so many days.
    Days(i64),
}

/// The mean of the reviews that we hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// 1 to 5, one decimal.
    pub mean: Decimal,
    /// Of so many reviews.
    pub reviews: i64,
}

/// What is known of a product when something that happened to it is told. A figure that cannot be
/// had is `None`, and its line is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductFigures {
    /// Orders made.
    pub orders: Option<Windows>,
    /// Buyouts by sale date.
    pub buyouts: Option<Windows>,
    /// «% выкупа».
    pub buyout_rate: Option<BuyoutRate>,
    /// The rating.
    pub rating: Option<Rating>,
    /// Days of stock; `None` with fewer than five orders as well.
    pub stock_days: Option<StockDays>,
    /// On the way to buyers, over all sizes; shown, never added to the remainder.
    pub to_client: Option<i64>,
    /// On the way back from buyers.
    pub from_client: Option<i64>,
}

/// What the database counts of one product, days being told by how long ago they were: 0 is today.
/// A part whose data set has never been loaded is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductCounts {
    /// Orders by the day on which they were made, over the last 30 days; days without any are left out.
    pub orders: Option<Vec<OrdersOfDay>>,
    /// Buyouts by the day of the sale, over the last 30 days.
    pub buyouts: Option<Vec<BuyoutsOfDay>>,
    /// The reviews that we hold.
    pub reviews: Option<ReviewCounts>,
    /// The stocks, all warehouses and sizes together.
    pub stocks: Option<StockCounts>,
}

/// What became of the orders that were made on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersOfDay {
    /// How many days ago.
    pub ago: i64,
    /// All of them.
    pub made: i64,
    /// Those cancelled or refused.
    pub cancelled: i64,
    /// Those bought out and kept.
    pub bought_out: i64,
    /// Those brought back after a buyout.
    pub returned: i64,
}

/// The buyouts of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyoutsOfDay {
    /// How many days ago.
    pub ago: i64,
    /// How many.
    pub count: i64,
}

/// The reviews of a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewCounts {
    /// How many there are.
    pub count: i64,
    /// All their stars together.
    pub stars: i64,
}

/// The stocks of a product, and since when and on which days it had any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCounts {
    /// Pieces that can be sold.
    pub remainder: i64,
    /// On the way to buyers.
    pub to_client: i64,
    /// On the way back.
    pub from_client: i64,
    /// The days of the last 14 on which stock answers showed some.
    pub days_seen_in_stock: Vec<i64>,
    /// How many days ago a stock answer named the product for the first time, as far as we know.
    pub first_seen_ago: Option<i64>,
    /// How many days ago the oldest order was made that we hold.
    pub first_order_ago: Option<i64>,
}

impl ProductCounts {
    /// The figures, each by its definition.
    #[must_use]
    pub fn figures(&self) -> ProductFigures {
        let (orders, stocks) = (self.orders.as_deref(), self.stocks.as_ref());
        ProductFigures {
            orders: orders.map(|days| windows(days.iter().map(|day| (day.ago, day.made)))),
            buyouts: self.buyouts.as_ref().map(|days| windows(days.iter().map(|day| (day.ago, day.count)))),
            // Without sales nothing is known to be bought out.
            buyout_rate: orders.filter(|_| self.buyouts.is_some()).map(buyout_rate),
            rating: self.reviews.and_then(|reviews| rating(reviews.stars, reviews.count)),
            stock_days: orders.zip(stocks).and_then(|(orders, stocks)| stock_days(orders, stocks)),
            to_client: stocks.map(|stocks| stocks.to_client),
            from_client: stocks.map(|stocks| stocks.from_client),
        }
    }
}

/// Sums counts by day into the three windows.
#[must_use]
pub fn windows(days: impl IntoIterator<Item = (i64, i64)>) -> Windows {
    let mut sums = Windows::default();
    for (ago, count) in days {
        for (length, sum) in
            [(WEEK_DAYS, &mut sums.week), (FORTNIGHT_DAYS, &mut sums.fortnight), (MONTH_DAYS, &mut sums.month)]
        {
            *sum += if (0..length).contains(&ago) { count } else { 0 };
        }
    }
    sums
}

/// «% выкупа»: of the orders *made* in the last 30 days that came to their end, those bought out and
/// not returned. What is still on the way is left out, so it is never above 100.
#[must_use]
pub fn buyout_rate(orders: &[OrdersOfDay]) -> BuyoutRate {
    let month = || orders.iter().filter(|day| (0..MONTH_DAYS).contains(&day.ago));
    let bought_out: i64 = month().map(|day| day.bought_out).sum();
    let finished: i64 = month().map(|day| day.bought_out + day.cancelled + day.returned).sum();
    if finished < BUYOUT_RATE_FROM_ORDERS {
        return BuyoutRate::TooFew;
    }
    BuyoutRate::Percent(u8::try_from((bought_out * 100 + finished / 2) / finished).unwrap_or(100))
}

/// The mean of the reviews that we hold, to one decimal; `None` where there is none.
#[must_use]
pub fn rating(stars: i64, reviews: i64) -> Option<Rating> {
    if reviews == 0 {
        return None;
    }
    let mean = Decimal::from(stars) / Decimal::from(reviews);
    Some(Rating { mean: mean.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero), reviews })
}

/// For how many days the remainder lasts at the pace of the last 14 days, of which only those count
/// on which the product was in stock.
#[must_use]
pub fn stock_days(orders: &[OrdersOfDay], stocks: &StockCounts) -> Option<StockDays> {
    let fortnight = || orders.iter().filter(|day| (0..FORTNIGHT_DAYS).contains(&day.ago));
    let made: i64 = fortnight().map(|day| day.made).sum();
    if made == 0 {
        return Some(StockDays::NoOrders);
    }
    let kept = made - fortnight().map(|day| day.cancelled).sum::<i64>();
    if made < STOCK_DAYS_FROM_ORDERS || kept <= 0 {
        return None;
    }
    let days_in_stock = (0..FORTNIGHT_DAYS).filter(|ago| was_in_stock(*ago, orders, stocks)).count();
    Some(StockDays::Days(stocks.remainder * i64::try_from(days_in_stock).unwrap_or(FORTNIGHT_DAYS) / kept))
}

/// Whether a product was in stock on a day: a stock answer showed some, or somebody ordered it. Of the
/// days before the first stock answer nothing is known; they count from the first order on, because
/// leaving them out would make a slow product look fast.
fn was_in_stock(ago: i64, orders: &[OrdersOfDay], stocks: &StockCounts) -> bool {
    let is_before_first_answer = stocks.first_seen_ago.is_none_or(|first| ago > first);
    let is_after_first_order = stocks.first_order_ago.is_some_and(|first| ago <= first);
    stocks.days_seen_in_stock.contains(&ago)
        || orders.iter().any(|day| day.ago == ago && day.made > 0)
        || (is_before_first_answer && is_after_first_order)
}

/// The sum of orders, and how many of them it lacks because WB has not filled in their price. Cancelled
/// orders are part of it.
#[must_use]
pub fn order_sum(prices: impl IntoIterator<Item = Option<Rubles>>) -> (Rubles, i64) {
    let (mut sum, mut without_price) = (Decimal::ZERO, 0);
    for price in prices {
        match price {
            Some(Rubles(price)) => sum += price,
            None => without_price += 1,
        }
    }
    (Rubles(sum), without_price)
}

/// «Средняя цена заказа»: the sum ÷ the orders in it, to the kopeck; `None` where it holds none.
#[must_use]
pub fn average_order_price(sum: Rubles, priced_orders: i64) -> Option<Rubles> {
    let mean = sum.0.checked_div(Decimal::from(priced_orders))?;
    Some(Rubles(mean.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)))
}

/// «Сумма выкупов»: the seller's prices of the buyouts; what is returned later takes nothing away.
#[must_use]
pub fn buyout_sum<'a>(sales: impl IntoIterator<Item = &'a Sale>) -> Rubles {
    let buyouts = sales.into_iter().filter(|sale| sale.kind == SaleKind::Buyout);
    order_sum(buyouts.map(|sale| sale.seller_price)).0
}

/// «К перечислению»: what WB will pay for the buyouts less what it takes back for the returns, whose
/// sign in WB's answers is not reliable.
#[must_use]
pub fn to_be_paid<'a>(sales: impl IntoIterator<Item = &'a Sale>) -> Rubles {
    let paid = sales.into_iter().filter_map(|sale| {
        let sum = sale.for_pay?.0.abs();
        Some(if sale.kind == SaleKind::Return { -sum } else { sum })
    });
    Rubles(paid.sum())
}

/// An order's place in its Moscow day, fixed when we learned of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPlace {
    /// The how-manieth order of its day it is, in the order in which we learned of them.
    pub number: i64,
    /// The day's sum so far, this order included.
    pub sum: Rubles,
    /// Orders of the day so far whose price WB has not filled in; the sum lacks them.
    pub without_price: i64,
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn made(ago: i64, made: i64, cancelled: i64) -> OrdersOfDay {
        OrdersOfDay { ago, made, cancelled, ..OrdersOfDay::default() }
    }

    fn in_stock(remainder: i64, days: impl IntoIterator<Item = i64>) -> StockCounts {
        StockCounts {
            remainder,
            days_seen_in_stock: days.into_iter().collect(),
            first_seen_ago: Some(40),
            first_order_ago: Some(29),
            ..StockCounts::default()
        }
    }

    fn sale(kind: SaleKind, seller_price: i64, for_pay: i64) -> Sale {
        let [seller_price, for_pay] = [seller_price, for_pay].map(|roubles| Rubles::filled_in(roubles.into()));
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        Sale { seller_price, for_pay, ..Sale::sample(kind, at) }
    }

    #[test]
    fn a_window_holds_today_and_the_days_before_it() {
        // 7 days are those 0 to 6 days ago: 1 + 2. 14 days: 3 + 4 + 8. 30 days: 15 + 16 + 32; 64 is too old.
        let days = [(0, 1), (6, 2), (7, 4), (13, 8), (14, 16), (29, 32), (30, 64)];
        assert_eq!(windows(days), Windows { week: 3, fortnight: 15, month: 63 });
        assert_eq!(windows([]), Windows::default());
    }

    #[test]
    fn the_buyout_rate_leaves_out_what_is_on_the_way() {
        let day =
            |ago, made, bought_out, cancelled, returned| OrdersOfDay { ago, made, cancelled, bought_out, returned };
        // Of 60 orders 6 + 1 = 7 bought out, 2 cancelled, 1 returned: 7 ÷ 10 = 70 %; 50 are on the way.
        assert_eq!(buyout_rate(&[day(3, 50, 6, 1, 1), day(20, 10, 1, 1, 0)]), BuyoutRate::Percent(70));
        // 2 ÷ 3 of 12 finished is 66.7: 67 %.
        assert_eq!(buyout_rate(&[day(3, 12, 8, 4, 0)]), BuyoutRate::Percent(67));
        assert_eq!(buyout_rate(&[day(3, 10, 10, 0, 0)]), BuyoutRate::Percent(100));
        assert_eq!(buyout_rate(&[day(3, 10, 0, 10, 0)]), BuyoutRate::Percent(0));
        // Nine finished ones say too little, and an order of 30 days ago belongs to no window.
        assert_eq!(buyout_rate(&[day(3, 90, 9, 0, 0), day(30, 9, 9, 0, 0)]), BuyoutRate::TooFew);
        assert_eq!(buyout_rate(&[]), BuyoutRate::TooFew);
    }

    #[test]
    fn the_rating_is_the_mean_to_one_decimal() {
        // 5 + 5 + 4 + 3 + 1 = 18; 18 ÷ 5 = 3.6. 17 ÷ 4 = 4.25, which is 4.3.
        assert_eq!(rating(18, 5), Some(Rating { mean: Decimal::new(36, 1), reviews: 5 }));
        assert_eq!(rating(17, 4), Some(Rating { mean: Decimal::new(43, 1), reviews: 4 }));
        assert_eq!(rating(0, 0), None);
    }

    #[test]
    fn stock_lasts_as_long_as_at_the_pace_of_the_days_in_stock() {
        // 28 ordered, 8 cancelled: 20 kept on 14 days; 30 left: 30 × 14 ÷ 20 = 21 days.
        assert_eq!(stock_days(&[made(1, 14, 4), made(9, 14, 4)], &in_stock(30, 0..14)), Some(StockDays::Days(21)));
        // In stock on 5 days only: 30 × 5 ÷ 20 = 7.5, so 7 days.
        assert_eq!(stock_days(&[made(1, 28, 8)], &in_stock(30, 0..5)), Some(StockDays::Days(7)));
        // Nothing left lasts for no day.
        assert_eq!(stock_days(&[made(1, 28, 8)], &in_stock(0, 0..5)), Some(StockDays::Days(0)));
    }

    #[test]
    fn too_few_orders_say_nothing_of_the_days_of_stock() {
        assert_eq!(stock_days(&[], &in_stock(30, 0..14)), Some(StockDays::NoOrders));
        assert_eq!(stock_days(&[made(14, 20, 0)], &in_stock(30, 0..14)), Some(StockDays::NoOrders));
        assert_eq!(stock_days(&[made(1, 4, 0)], &in_stock(30, 0..14)), None);
        assert_eq!(stock_days(&[made(1, 5, 5)], &in_stock(30, 0..14)), None, "all cancelled");
        assert_eq!(stock_days(&[made(1, 5, 0)], &in_stock(30, 0..14)), Some(StockDays::Days(84)), "30 × 14 ÷ 5");
    }

    #[test]
    fn days_of_which_nothing_is_known_count_from_the_first_order_on() {
        // Stocks are known since yesterday, orders since 9 days ago: days 0 to 9 are ten. 20 × 10 ÷ 10 = 20.
        let young = StockCounts { first_seen_ago: Some(1), first_order_ago: Some(9), ..in_stock(20, [0, 1]) };
        assert_eq!(stock_days(&[made(9, 5, 0), made(2, 5, 0)], &young), Some(StockDays::Days(20)));
        // Known to be out since long ago, and ordered on two days: only those two count. 20 × 2 ÷ 10 = 4.
        assert_eq!(stock_days(&[made(9, 5, 0), made(2, 5, 0)], &in_stock(20, [])), Some(StockDays::Days(4)));
    }

    #[test]
    fn an_order_without_a_price_is_counted_and_not_summed() {
        // 1,290 + 990.50 = 2,280.50 over two orders with a price: 1,140.25 each.
        let prices = [Rubles::filled_in(1_290.into()), None, Rubles::filled_in(Decimal::new(99_050, 2))];
        let (sum, without_price) = order_sum(prices);
        assert_eq!((sum.0, without_price), (Decimal::new(228_050, 2), 1));
        assert_eq!(average_order_price(sum, 2), Some(Rubles(Decimal::new(114_025, 2))));
        // 100 ÷ 3 = 33.33…
        assert_eq!(average_order_price(Rubles(100.into()), 3), Some(Rubles(Decimal::new(3_333, 2))));
        assert_eq!(average_order_price(Rubles(Decimal::ZERO), 0), None);
    }

    #[test]
    fn a_return_takes_back_what_was_to_be_paid_whatever_its_sign() {
        let sales = [
            sale(SaleKind::Buyout, 1_290, 870),
            sale(SaleKind::Buyout, 990, 0),
            sale(SaleKind::Return, 1_290, 870),
            sale(SaleKind::Return, 500, -300),
        ];
        // Bought out: 1,290 + 990 = 2,280. To be paid: 870 − 870 − 300 = −300; 0 is not filled in yet.
        assert_eq!(buyout_sum(&sales).0, Decimal::from(2_280));
        assert_eq!(to_be_paid(&sales).0, Decimal::from(-300));
    }

    #[test]
    fn what_is_not_loaded_makes_no_figure() {
        assert_eq!(ProductCounts::default().figures(), ProductFigures::default());
        let orders = ProductCounts { orders: Some(vec![made(0, 30, 30)]), ..ProductCounts::default() };
        let figures = orders.figures();
        assert_eq!(figures.orders, Some(Windows { week: 30, fortnight: 30, month: 30 }));
        assert_eq!((figures.buyout_rate, figures.stock_days, figures.to_client), (None, None, None));
    }

    #[test]
    fn every_figure_comes_from_its_own_counts() {
        // Of 20 orders 8 bought out, 4 cancelled, 4 returned: 8 ÷ 16 = 50 %. 16 are kept: 32 × 14 ÷ 16 = 28 days.
        let day = OrdersOfDay { ago: 3, made: 20, cancelled: 4, bought_out: 8, returned: 4 };
        let counts = ProductCounts {
            orders: Some(vec![day]),
            buyouts: Some(vec![BuyoutsOfDay { ago: 8, count: 5 }]),
            reviews: Some(ReviewCounts { count: 5, stars: 18 }),
            stocks: Some(StockCounts { to_client: 6, from_client: 7, ..in_stock(32, 0..14) }),
        };
        let figures = ProductFigures {
            orders: Some(Windows { week: 20, fortnight: 20, month: 20 }),
            buyouts: Some(Windows { week: 0, fortnight: 5, month: 5 }),
            buyout_rate: Some(BuyoutRate::Percent(50)),
            rating: Some(Rating { mean: Decimal::new(36, 1), reviews: 5 }),
            stock_days: Some(StockDays::Days(28)),
            to_client: Some(6),
            from_client: Some(7),
        };
        assert_eq!(counts.figures(), figures);
    }

    #[test]
    fn half_a_per_cent_is_rounded_up_and_less_is_not() {
        let rate = |bought_out, cancelled| buyout_rate(&[OrdersOfDay { bought_out, cancelled, ..made(3, 0, 0) }]);
        // 1 ÷ 200 = 0.5 %, 1 ÷ 201 = 0.498 %, 1 ÷ 3 of 12 is 33.3 %.
        assert_eq!(rate(1, 199), BuyoutRate::Percent(1));
        assert_eq!(rate(1, 200), BuyoutRate::Percent(0));
        assert_eq!(rate(4, 8), BuyoutRate::Percent(33));
    }

    #[test]
    fn the_first_stock_answer_ends_what_is_not_known_of_the_days() {
        let days = |first_seen_ago, first_order_ago, orders: &[OrdersOfDay]| {
            stock_days(orders, &StockCounts { first_seen_ago, first_order_ago, ..in_stock(10, []) })
        };
        // 10 pieces at 10 orders: as many days as the product counts as in stock.
        let orders = [made(9, 5, 0), made(2, 5, 0)];
        // Days 5 to 9 are before the first answer, which was 4 days ago and showed none, and on day 2 somebody ordered.
        assert_eq!(days(Some(4), Some(9), &orders), Some(StockDays::Days(6)));
        // No answer at all yet: days 0 to 9.
        assert_eq!(days(None, Some(9), &orders), Some(StockDays::Days(10)));
        // A day on which all that was counted is 0 orders is no day in stock.
        assert_eq!(days(Some(40), None, &[made(9, 10, 0), made(2, 0, 0)]), Some(StockDays::Days(1)));
    }

    #[test]
    fn a_single_kept_order_of_five_is_enough_for_the_days_of_stock() {
        // One kept of five: 3 pieces × 14 days ÷ 1.
        assert_eq!(stock_days(&[made(1, 5, 4)], &in_stock(3, 0..14)), Some(StockDays::Days(42)));
    }

    #[test]
    fn one_review_has_a_rating() {
        assert_eq!(rating(5, 1), Some(Rating { mean: Decimal::from(5), reviews: 1 }));
    }

    #[test]
    fn prices_that_are_missing_are_counted_one_by_one() {
        assert_eq!(order_sum([None, None, None]), (Rubles(Decimal::ZERO), 3));
    }
}
