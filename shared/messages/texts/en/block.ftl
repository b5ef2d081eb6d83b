# What the notifications share: the product, the piece, its figures, the buttons.

cabinet = Shop: { $name }
article = Seller's article: <code>{ $article }</code>
nm-id = WB article: { $link }
brand = Brand: { $brand }
size = Size: { $size }
barcode = Barcode: <code>{ $barcode }</code>
order-id = Order ID: <code>{ $id }</code>
basket-id = Basket ID: <code>{ $id }</code>

supply-fbo = FBO · WB warehouse
supply-fbo-from = FBO · { $warehouse }
supply-fbs = FBS
supply-fbs-from = FBS · { $warehouse }
supply-fbs-collect = FBS — time to pack the order
supply-fbs-collect-from = FBS · { $warehouse } — time to pack the order
route-to = To: { $place }
b2b = The buyer is a company (B2B)

price-full = Price before discounts: { $price }
price-seller = Your price (after discount): <b>{ $price }</b>
price-discount = WB's own discount (SPP): { $percent }
price-buyer = The buyer pays: { $price }
for-pay = Payout: { $sum } (preliminary, before logistics and deductions)

orders-windows = Orders in 7/14/30 days: { $week } / { $fortnight } / { $month }
buyouts-windows = Buyouts in 7/14/30 days: { $week } / { $fortnight } / { $month }
buyout-rate = Buyout rate: { $rate }
buyout-rate-few = Buyout rate: not enough data yet
rating = Rating: { $mean } — the mean of { $reviews ->
    [one] { $shown } loaded review
   *[other] { $shown } loaded reviews
 }

stock-unknown = In stock: unknown — the token cannot see it
stock-left-at-wb = In WB stock: { $pieces }{ "\u00A0" }pcs
stock-of-seller-unknown = Stock in the seller's own warehouses is unknown
stock-left = In stock: { $pieces }{ "\u00A0" }pcs
stock-lasts = enough for about { $days }{ $count ->
    [one] { "\u00A0" }day
   *[other] { "\u00A0" }days
 }
stock-lasts-less = enough for less than a day
stock-idle = no orders for 14{ "\u00A0" }days
stock-sizes = By size: { $sizes }
sizes-more = { $count } more
ways = On the way: { $ways }
way-to-client = { $pieces } to buyers
way-from-client = { $pieces } back from buyers

button-open-on-wb = Open on WB
button-details = Details
button-mute = 🔕 Mute product
button-kind-settings = ⚙️ Settings
button-menu = ← Menu
