# What becomes of an order: made, cancelled, bought out, returned.

order-new = 🛒 <b>Новый заказ</b> · { $time } МСК
order-cancelled = ❌ <b>{ $why }</b> · { $time } МСК
order-cancelled-on = ❌ <b>{ $why }</b> · { $day }
cancel-unknown = Отмена / отказ
cancel-app = Отмена до получения
cancel-receipt = Отказ при получении
cancel-expire = Не забрали в срок
cancel-other = Техническая отмена
order-bought-out = 💰 <b>Выкуп</b> · { $time } МСК
order-returned = ↩️ <b>Возврат</b> · { $time } МСК
order-returned-defective = ↩️ <b>Возврат по браку</b> · { $time } МСК

order-place-today = Заказ №{ $number } за сегодня
order-place-day = Заказ №{ $number } за { $day }
order-day-sum = на { $sum }
order-day-unpriced = без цены: { $count }
order-made = Заказан: { $time } МСК
