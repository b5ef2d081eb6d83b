# 📡 Состояние: how fresh everything is and how the tokens fare.

status-title = 📡 <b>Состояние</b>
status-open-button = 📡 Состояние
status-cabinet-unnamed = Кабинет
status-never = ещё не было
status-working = 🟢 Работает. Последнее обновление: { $at }.
status-loading = ⏳ Идёт первая загрузка. Последнее обновление: { $at }.
status-paused-refused = ⏸ Остановлен с { $since }: WB не принимает токен.
status-paused-expired = ⏸ Остановлен с { $since }: срок действия токена закончился.
status-paused-gone = ⏸ Остановлен с { $since }: у кабинета нет токена.
status-unsure = ❔ Не уверен, что дошло сообщений за сутки: { $count }. Telegram не подтвердил доставку.

status-data-title = <b>Данные WB</b> (МСК)
status-data-fresh = ✅ { $name }: на { $at }
status-data-limited = 🕓 { $name }: { $at }. WB разрешит следующий запрос { $until }
status-data-no-category = 🚫 { $name }: { $at }. У токена нет категории «{ $category }»
status-data-wrong-type = 🚫 { $name }: { $at }. WB не отдаёт их по базовому токену
status-data-refused = 🔒 { $name }: { $at }. WB отказывает в доступе, пробую раз в час
status-data-failing = ⚠️ { $name }: { $at }. WB не отвечает с { $since }, продолжаю пробовать
status-data-waiting = ⏳ { $name }: загружаются
status-at = на { $at }
status-at-none = данных ещё нет

status-tokens-title = <b>Токены</b>
status-tokens-none = Токенов нет.
status-more-tokens = Ещё токенов: { $count }.
status-token = { $sign } { $type } · { $categories } · { $state }
status-token-until = действует до { $at }
status-token-unlimited = срок неизвестен
status-token-expired = закончился { $at }
status-token-refused = WB не принимает с { $since }
status-token-suspected = WB отклонил запрос { $since }, проверяю ещё раз
status-categories-none = без нужных категорий
status-categories-unknown = категории неизвестны
status-type-base = базовый
status-type-test = тестовый
status-type-personal = персональный
status-type-service = сервисный
status-type-unknown = тип неизвестен
status-category-statistics = Статистика
status-category-analytics = Аналитика
status-category-content = Контент
status-category-feedbacks = Вопросы и отзывы
status-pace-base = ℹ️ Базовый токен: WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, отзывы раз в 12 минут, остатки — отчётом примерно раз в час. С персональным или сервисным токеном данные приходят за минуты.
