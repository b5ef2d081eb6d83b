# 🛒 Заказы: the list, what can be chosen, the card.

orders-title = 🛒 <b>Orders</b>
orders-none = No orders yet.
orders-none-chosen = There are no such orders.
orders-hint = A number opens the order. To find another one, send an article, a barcode or an order ID.
orders-row = <b>{ $number }.</b> { $time } · { $state }
orders-filters = 🔎 Filters
orders-show-all = Show all orders
orders-back = ← Orders

orders-filters-title = 🛒 <b>Orders</b> · filters
orders-show = Show: { $count }
order-state-all = All
order-state-created = On the way
order-state-cancelled = Cancelled
order-state-bought-out = Bought out
order-state-returned = Returned
orders-supply-all = FBO and FBS
orders-made-any-day = All days

order-is-created = 🚚 on the way
order-is-cancelled = ❌ cancelled
order-is-bought-out = 💰 bought out
order-is-returned = ↩️ returned

order-card-title = 🛒 <b>Order</b> · { $state }
order-card-made = Ordered: { $time } MSK
order-card-ended = { $what }: { $time } MSK
order-card-cancelled = Cancelled
order-card-bought-out = Bought out
order-card-returned = Returned
order-card-returned-defective = Returned as defective
order-card-gone = This order is no longer here.
