# 📈 Аналитика: the figures of a period.

analytics-title = 📈 <b>Аналитика</b> · { $period }
analytics-all-cabinets = Все кабинеты
analytics-figure = { $name }: <b>{ $value }</b>
analytics-figure-changed = { $name }: <b>{ $value }</b> · было { $base }, { $change }
analytics-orders = 🛒 Заказы
analytics-order-sum = Сумма заказов
analytics-without-price = Заказов без цены: { $count }. В сумме их ещё нет.
analytics-mean = Средняя цена заказа
analytics-buyouts = 💰 Выкупы
analytics-buyout-sum = Сумма выкупов
analytics-cancellations = ❌ Отмены и отказы
analytics-returns = ↩️ Возвраты
analytics-to-pay = К перечислению: { $sum } — предварительно, без логистики и удержаний
analytics-rate = % выкупа за 30 дн.: { $rate }
analytics-rate-few = % выкупа за 30 дн.: мало данных
analytics-unknown = Данных за это время ещё нет.
analytics-nothing = За это время ничего не произошло.
analytics-compared = «Было» — { $period }.
analytics-not-compared = Сравнить пока не с чем: данные загружены не так давно.
analytics-yesterday = Вчера к этому часу: заказов { $orders }.
analytics-yesterday-sum = Вчера к этому часу: заказов { $orders } на { $sum }.
analytics-top = <b>Больше всего заказали</b>
analytics-top-row = { $number }. { $title } — { $orders }{ "\u00A0" }шт. на { $sum }
analytics-top-row-unpriced = { $number }. { $title } — { $orders }{ "\u00A0" }шт.
analytics-explain = ⓘ Как считается
analytics-back = ← К аналитике
analytics-explained = ⓘ <b>Как считается</b>

    День — московский. Заказ относится ко дню, когда его сделали; выкуп и возврат — к дню продажи; отмена — к дню отмены.

    <b>Сумма заказов</b> — цены со скидкой продавца, вместе с отменёнными. Заказы, которым WB ещё не проставил цену, посчитаны отдельно.
    <b>Средняя цена</b> — эта сумма, делённая на число заказов с ценой.
    <b>Сумма выкупов</b> — те же цены по дате продажи.
    <b>К перечислению</b> — сколько WB заплатит за выкупы, минус возвраты: предварительно, без логистики и удержаний.
    <b>% выкупа</b> — из заказов за 30 дней, которые уже завершились: выкупленные и не возвращённые. Те, что в пути, не считаются. Меньше 10 завершённых — «мало данных».

    День сравнивается с тем же днём недели неделей раньше, до того же времени; 7 дней — с предыдущими 7, 30 дней — с предыдущими 30. Если прошлый период загружен не целиком, сравнения нет.
