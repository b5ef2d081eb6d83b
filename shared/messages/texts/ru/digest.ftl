# 📰 The daily digest, and the offer to collect.

digest-yesterday = 📰 <b>Сводка за вчера, { $day }</b>
digest-today = 📰 <b>Сводка за сегодня, { $day }</b> — пока, на { $time } МСК
digest-nothing = Ничего не произошло.
digest-total = Всего
digest-orders = 🛒 Заказы: { $count }
digest-orders-sum = 🛒 Заказы: { $count } на { $sum }
digest-orders-part = 🛒 Заказы: { $count } на { $sum } · без цены: { $without }
digest-buyouts = 💰 Выкупы: { $count }
digest-buyouts-sum = 💰 Выкупы: { $count } на { $sum }
digest-cancellations = ❌ Отмены и отказы: { $count }
digest-returns = ↩️ Возвраты: { $count }
digest-to-pay = К перечислению: { $sum } — предварительно, без логистики и удержаний
digest-reviews = ⭐ Плохие отзывы: { $count }
digest-ran-out = 🚫 Закончились: { $count ->
        [one] { $count } размер
        [few] { $count } размера
       *[many] { $count } размеров
    }
digest-more-cabinets = Ещё кабинетов: { $count }. Они учтены в итоге.
digest-collected = Собрано к сводке — откройте кнопкой:
digest-collected-kind = { $kind }: { $count }
digest-collected-of = { $kind }: { $count } · { $cabinet }
digest-configure = 🔔 Настроить

collect-offer = 🔕 <b>Слишком часто?</b>
collect-offer-text = За час пришло { $count } отдельных сообщений «{ $kind }». Могу собирать их и присылать одним сообщением раз в час: ничего не потеряется.
collect-offer-accept = Собирать раз в час
collect-offer-other = Настроить иначе
