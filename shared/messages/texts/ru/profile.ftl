# What Telegram itself shows of the bot.

command-menu = Главное меню
command-orders = Заказы: последние, фильтры, поиск
command-stocks = Склад: что заканчивается, остатки, поиск
command-reviews = Отзывы: новые, плохие, без ответа
command-stats = Аналитика: сегодня, вчера, 7 и 30 дней
command-status = Состояние: насколько свежи данные
command-digest = Сводка прямо сейчас
command-notifications = О чём и как писать
command-settings = Токены и их состояние
command-help = Помощь
bot-description = Слежу за вашим магазином на Wildberries и сразу пишу о новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки. Каждое событие — один раз. Нажмите «Запустить».
