# What stands above every screen of a cabinet, and what its lists share.

fresh-today = Данные WB на { $time } МСК
fresh-at = Данные WB на { $at } МСК
data-loading = ⏳ Данные ещё загружаются.
data-limited = 🕓 WB разрешит следующий запрос { $at } МСК.
data-refused = 🔒 WB не даёт доступа к этим данным: новых нет. Подробности — 📡 Состояние.
data-failing = ⚠️ WB не отвечает, продолжаю пробовать.
data-paused = ⏸ Кабинет остановлен: нужен новый токен.
next-cabinet = Следующий кабинет →

list-total = Всего: { $count }
list-found = Найдено: { $count }
list-chosen = Выбрано: { $chosen }
list-search = Поиск: «{ $words }»
list-nameless = Артикул WB { $article }
list-refresh = 🔄 Обновить
