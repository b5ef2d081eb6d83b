# 🛒 Заказы: the list, what can be chosen, the card.

orders-title = 🛒 <b>Заказы</b>
orders-none = Заказов пока нет.
orders-none-chosen = Таких заказов нет.
orders-hint = Номер открывает заказ. Чтобы найти другой, пришлите артикул, баркод или ID заказа.
orders-row = <b>{ $number }.</b> { $time } · { $state }
orders-filters = 🔎 Фильтры
orders-show-all = Показать все заказы
orders-back = ← К заказам

orders-filters-title = 🛒 <b>Заказы</b> · фильтры
orders-show = Показать: { $count }
order-state-all = Все
order-state-created = В пути
order-state-cancelled = Отменённые
order-state-bought-out = Выкупленные
order-state-returned = Возвраты
orders-supply-all = FBO и FBS
orders-made-any-day = Все дни

order-is-created = 🚚 в пути
order-is-cancelled = ❌ отменён
order-is-bought-out = 💰 выкуплен
order-is-returned = ↩️ возвращён

order-card-title = 🛒 <b>Заказ</b> · { $state }
order-card-made = Заказан: { $time } МСК
order-card-ended = { $what }: { $time } МСК
order-card-cancelled = Отменён
order-card-bought-out = Выкуплен
order-card-returned = Возвращён
order-card-returned-defective = Возвращён по браку
order-card-gone = Этого заказа здесь больше нет.
