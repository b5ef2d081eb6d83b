# The main menu, the help and the settings.

menu-orders = 🛒 Заказы
menu-stocks = 📦 Склад
menu-reviews = ⭐ Отзывы
menu-analytics = 📈 Аналитика
menu-notifications = 🔔 Уведомления
menu-settings = ⚙️ Настройки
menu-help = ❓ Помощь
menu-back = ← Меню
menu-title = 🏠 <b>Главное меню</b>
menu-today = Сегодня заказов: { $orders }
menu-today-sum = Сегодня заказов: { $orders } на { $sum }
menu-unanswered = Отзывы ждут ответа: { $count }
menu-silent = 🔕 Уведомления выключены: сам я ни о чём не пишу.
menu-told = Обо всём новом я пишу сюда сам: { -told }.
unknown-text = Такой команды нет. Вот что я умею.

-told = заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки

help-title = ❓ <b>Помощь</b>
help-what = Я слежу за вашим магазином на Wildberries и пишу, когда появляется новое: { -told }.
help-commands =
    /menu — главное меню
    /orders — заказы
    /stocks — склад
    /reviews — отзывы
    /stats — аналитика
    /notifications — о чём писать и как
    /digest — сводка прямо сейчас
    /settings — токены и их состояние
    /cancel — отменить начатое
    /help — эта справка

settings-title = ⚙️ <b>Настройки</b> · токены
settings-cabinet = Кабинет
settings-refused = Токен не действует: пришлите новый одним сообщением.
settings-fresh = Данные WB на { $at } МСК.
settings-more = Ещё токенов: { $count }.
settings-replace = Чтобы заменить токен, пришлите новый одним сообщением.
unchanged = Здесь уже всё так.
page-number = Это номер страницы: листайте стрелками.
