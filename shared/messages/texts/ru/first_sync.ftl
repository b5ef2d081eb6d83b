# The first sync of a cabinet: its progress, its end, its cancellation.

first-sync = 📥 <b>Первая загрузка</b>
first-sync-over = 📥 <b>Первая загрузка закончена</b>
loading-waiting = ⏳ { $name }: загружаю…
loading-loaded = ✅ { $name }: загружено
loading-limited = 🕓 { $name }: WB разрешит запрос { $until } МСК
loading-no-access = 🚫 { $name }: у токена нет доступа
loading-failing = ⚠️ { $name }: WB пока не отвечает, продолжаю пробовать
first-sync-running = ⏳ Первая загрузка ещё идёт: её ход виден в сообщении выше. Меню откроется, как только она закончится.

cancel-first-sync = Отменить первую загрузку? Если в кабинете больше никого нет, он будет удалён вместе с токеном и всем, что уже загружено.
button-cancel-first-sync = ✖️ Да, отменить
button-help = ❓ Помощь
button-begin-anew = Начать заново
button-go-on = Продолжать загрузку
first-sync-cancelled = Первая загрузка отменена: кабинета у вас больше нет, ваш токен удалён.

first-sync-done = 🎉 <b>Готово!</b> Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
done-orders =
    { $days ->
        [one] 🛒 Заказы за { $days } день: { $count }
       *[other] 🛒 Заказы за { $days } дн.: { $count }
    }
done-sales =
    { $days ->
        [one] 💰 Выкупы и возвраты за { $days } день: { $count }
       *[other] 💰 Выкупы и возвраты за { $days } дн.: { $count }
    }
done-products = 🏷 Товары: { $count }
done-stocks = 📦 Остатки: { $count } шт.
done-reviews = ⭐ Отзывы: { $count }
