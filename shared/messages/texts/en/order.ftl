# What becomes of an order: made, cancelled, bought out, returned.

order-new = 🛒 <b>New order</b> · { $time } MSK
order-cancelled = ❌ <b>{ $why }</b> · { $time } MSK
order-cancelled-on = ❌ <b>{ $why }</b> · { $day }
cancel-unknown = Cancelled or refused
cancel-app = Cancelled before receipt
cancel-receipt = Refused at receipt
cancel-expire = Not picked up in time
cancel-other = Technical cancellation
order-bought-out = 💰 <b>Buyout</b> · { $time } MSK
order-returned = ↩️ <b>Return</b> · { $time } MSK
order-returned-defective = ↩️ <b>Return of a defective item</b> · { $time } MSK

order-place-today = Order No. { $number } today
order-place-day = Order No. { $number } on { $day }
order-day-sum = { $sum } so far
order-day-unpriced = without a price yet: { $count }
order-made = Ordered: { $time } MSK
