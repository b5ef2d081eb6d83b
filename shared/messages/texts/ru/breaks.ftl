# Breaks in the data, and what a person missed.

gap-silent = ℹ️ <b>{ $data }: данных не было больше месяца</b>
    С { $since } по { $until } Wildberries их не отдавал. О том, что случилось за это время, отдельных сообщений не будет; о новом напишу как обычно.
orders-late = ⏳ <b>Заказы задерживаются</b>
    Wildberries не отдаёт их с { $since } МСК. Я продолжаю пробовать: всё, что придёт за это время, вы получите, как только WB ответит.
orders-late-over = ✅ <b>Заказы снова приходят</b>
missed = 👋 Пока бот был заблокирован: { $totals }.
missed-part = { $kind } — { $count }
