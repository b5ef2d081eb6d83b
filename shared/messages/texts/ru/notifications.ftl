# 🔔 Уведомления: the switches, one screen a kind, quiet hours, zones, the digest's hour, muted products.

notifications-title = 🔔 <b>Уведомления</b>
notifications-cabinet = Кабинет: { $cabinet }
notifications-hint = Слева — включить или выключить вид, справа — как он приходит. Действует сразу.
notifications-all-off = Сейчас всё выключено: виды ниже заработают, когда вы включите все уведомления.
notifications-all = Все уведомления
notifications-orders-late = Заказы задерживаются
notifications-quiet-off = 🌙 Тихие часы: нет
notifications-quiet-on = 🌙 Тихие часы: { $from }–{ $until }
notifications-digest-off = 📰 Сводка: нет
notifications-digest-on = 📰 Сводка: { $hour }
notifications-muted = 🔕 Отключённые товары: { $count }
notifications-next = Следующий кабинет →
notifications-back = ← Уведомления

delivery-at-once = сразу
delivery-15m = раз в 15 мин
delivery-1h = раз в час
delivery-3h = раз в 3 часа
delivery-digest = в сводке

kind-settings-how = Как присылать:
kind-settings-how-at-once = каждое событие сразу.
kind-settings-how-collected = собирать и присылать одним сообщением { $period }.
kind-settings-how-digest = только в ежедневной сводке, в { $hour }.
kind-settings-off = Сейчас этот вид выключен.
kind-settings-on = Присылать
kind-settings-stars = Плохой отзыв — до { $stars } ★ включительно.
kind-settings-left-zero = Писать, когда товар закончился.
kind-settings-left = Писать, когда осталось { $left } шт. или меньше, и ещё раз, когда товар закончился.
kind-settings-by-size = Считать по каждому размеру
kind-settings-by-product = Считать по товару целиком
kind-settings-threshold-note = Новый порог действует для следующих событий.
kind-settings-everywhere = Применить ко всем кабинетам
kind-settings-everywhere-done = ✅ Так теперь во всех ваших кабинетах.

quiet-title = 🌙 <b>Тихие часы</b>
quiet-off = Выключены: сообщения приходят со звуком в любое время.
quiet-silent = С { $from } до { $until } сообщения приходят без звука.
quiet-held = С { $from } до { $until } сообщения ждут и приходят, когда тихие часы закончатся.
quiet-clock = Часы: { $zone }.
quiet-switch = Тихие часы
quiet-from = Начало: { $hour }
quiet-until = Конец: { $hour }
quiet-mode-silent = Без звука
quiet-mode-held = До утра
quiet-zone = 🕒 { $zone }
quiet-back = ← Тихие часы
quiet-choose-from = 🌙 Когда начинаются тихие часы?
quiet-choose-until = 🌙 Когда заканчиваются тихие часы?

zones-title = 🕒 <b>Часовой пояс</b>
zones-hint = По нему идут тихие часы и сводка. Суммы за день считаются по московскому времени, как в WB.
zone-kaliningrad = Калининград (МСК−1)
zone-moscow = Москва (МСК)
zone-samara = Самара (МСК+1)
zone-yekaterinburg = Екатеринбург (МСК+2)
zone-omsk = Омск (МСК+3)
zone-novosibirsk = Новосибирск, Красноярск (МСК+4)
zone-irkutsk = Иркутск (МСК+5)
zone-yakutsk = Якутск (МСК+6)
zone-vladivostok = Владивосток (МСК+7)
zone-magadan = Магадан (МСК+8)
zone-kamchatka = Камчатка (МСК+9)

digest-settings-title = 📰 <b>Ежедневная сводка</b>
digest-settings-what = Одно сообщение в день по всем кабинетам: заказы, выкупы, отмены, возвраты, «К перечислению», плохие отзывы, закончившиеся товары. До 12:00 — за вчера, позже — за сегодня. Прислать сейчас: /digest
digest-settings-off = Сейчас сводка выключена. Выберите час:
digest-settings-on = Сейчас: каждый день в { $hour }. { $zone }.
digest-settings-turn-off = Выключить
digest-settings-off-note = Если выключить сводку, виды «только в сводке» станут приходить сразу.

muted-title = 🔕 <b>Отключённые товары</b>
muted-none = Их нет. Отключить товар можно кнопкой 🔕 под его уведомлением.
muted-hint = Нажмите на товар, чтобы снова получать о нём уведомления.
muted-all-kinds = всё
muted-product = { $title } · { $article } · { $kind }
muted-product-bare = { $article } · { $kind }

mute-question = 🔕 О чём больше не писать?
mute-product = { $title }, артикул WB { $article }
mute-product-bare = Артикул WB { $article }
mute-this-kind = { $kind } по этому товару
mute-everything = Всё по этому товару
mute-cancel = Отмена
mute-done-kind = 🔕 Больше не пишу об этом товаре: { $kind }.
mute-done-all = 🔕 Больше ничего не пишу об этом товаре.
mute-done-note = Вернуть можно здесь или в 🔔 Уведомления → Отключённые товары.
mute-undo = 🔔 Вернуть
