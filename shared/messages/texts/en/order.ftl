# What becomes of an order: made, cancelled, bought out, returned.

order-new = 🛒 <b>New order</b> · { $time } MSK
order-cancelled = ❌ <b>Cancelled or refused</b> · { $time } MSK
order-cancelled-on = ❌ <b>Cancelled or refused</b> · { $day }
order-bought-out = 💰 <b>Buyout</b> · { $time } MSK
order-returned = ↩️ <b>Return</b> · { $time } MSK

order-place-today = Order No. { $number } today
order-place-day = Order No. { $number } on { $day }
order-day-sum = { $sum } so far
order-day-unpriced = without a price yet: { $count }
order-made = Ordered: { $time } MSK
