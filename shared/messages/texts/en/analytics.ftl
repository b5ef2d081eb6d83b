# 📈 Аналитика: the figures of a period.

analytics-title = 📈 <b>Analytics</b> · { $period }
analytics-all-cabinets = All cabinets
analytics-figure = { $name }: <b>{ $value }</b>
analytics-figure-changed = { $name }: <b>{ $value }</b> · was { $base }, { $change }
analytics-orders = 🛒 Orders
analytics-order-sum = Order total
analytics-without-price = Orders without a price: { $count }. The total does not include them yet.
analytics-mean = Average order price
analytics-buyouts = 💰 Buyouts
analytics-buyout-sum = Buyout total
analytics-cancellations = ❌ Cancellations and refusals
analytics-returns = ↩️ Returns
analytics-to-pay = Payout: { $sum } — preliminary, before logistics and deductions
analytics-rate = Buyout rate in 30 days: { $rate }
analytics-rate-few = Buyout rate in 30 days: too few orders
analytics-unknown = There are no data for this time yet.
analytics-nothing = Nothing happened in this time.
analytics-compared = Compared with { $period }.
analytics-not-compared = There is nothing to compare with yet: the data were loaded not long ago.
analytics-yesterday = By this time yesterday: { $orders } orders.
analytics-yesterday-sum = By this time yesterday: { $orders } orders for { $sum }.
analytics-top = <b>Most ordered</b>
analytics-top-row = { $number }. { $title } — { $orders }{ "\u00A0" }pcs for { $sum }
analytics-top-row-unpriced = { $number }. { $title } — { $orders }{ "\u00A0" }pcs
analytics-explain = ⓘ How it is counted
analytics-back = ← Analytics
analytics-explained = ⓘ <b>How it is counted</b>

    A day is a day in Moscow. An order belongs to the day on which it was made; a buyout and a return to the day of the sale; a cancellation to the day on which it was cancelled.

    <b>Order total</b>: the prices after the seller's discount, cancelled orders included. Orders whose price WB has not filled in yet are counted apart.
    <b>Average price</b>: this sum divided by the number of orders with a price.
    <b>Buyout total</b>: the same prices by the date of the sale.
    <b>Payout</b>: what WB will pay for the buyouts less the returns; preliminary, before logistics and deductions.
    <b>Buyout rate</b>: of the orders of 30 days that have come to their end, those bought out and not returned. Those on the way do not count. Fewer than 10 finished orders are “too few”.

    A day is compared with the same weekday a week before, up to the same time; 7 days with the 7 before, 30 days with the 30 before. If the period before is not wholly loaded, nothing is compared.
