# What the kinds of event and the data sets are called.

kind-new-order = Новые заказы
kind-order-buyout = Выкупы
kind-order-cancellation = Отмены и отказы
kind-order-return = Возвраты
kind-negative-review = Плохие отзывы
kind-critical-stock = Заканчивающиеся остатки
kind-first-sync = Первая загрузка
kind-breaks = Перерывы в данных
kind-digest = Сводка
kind-collect-offer = Советы
kind-member-joined = Участники
kind-member-asks = Просьбы вернуться
kind-announcement = Объявления
kind-missed = Что пропущено

data-set-orders = Заказы
data-set-sales = Продажи
data-set-products = Товары
data-set-stocks = Остатки
data-set-reviews = Отзывы

period-today = Сегодня
period-yesterday = Вчера
period-week = 7 дней
period-month = 30 дней
