# What the notifications share: the product, the piece, its figures, the buttons.

cabinet = Кабинет: { $name }
article = Артикул продавца: <code>{ $article }</code>
nm-id = Артикул WB: { $link }
brand = Бренд: { $brand }
size = Размер: { $size }
barcode = Баркод: <code>{ $barcode }</code>
order-id = ID заказа: <code>{ $id }</code>
basket-id = ID корзины: <code>{ $id }</code>

supply-fbo = FBO · склад WB
supply-fbo-from = FBO · { $warehouse }
supply-fbs = FBS
supply-fbs-from = FBS · { $warehouse }
supply-fbs-collect = FBS — соберите заказ
supply-fbs-collect-from = FBS · { $warehouse } — соберите заказ
route-to = Куда: { $place }
b2b = Покупатель — компания (B2B)

price-full = Цена до скидок: { $price }
price-seller = Ваша цена (со скидкой): <b>{ $price }</b>
price-discount = СПП { $percent } (скидка WB)
price-buyer = Цена для покупателя: { $price }
for-pay = К перечислению: { $sum } (предварительно, без логистики и удержаний)

orders-windows = Заказы 7/14/30 дн.: { $week } / { $fortnight } / { $month }
buyouts-windows = Выкупы 7/14/30 дн.: { $week } / { $fortnight } / { $month }
buyout-rate = % выкупа: { $rate }
buyout-rate-few = % выкупа: мало данных
rating = Рейтинг: { $mean } — среднее по { $reviews ->
    [one] { $shown } загруженному отзыву
   *[other] { $shown } загруженным отзывам
 }

stock-unknown = Остаток: неизвестен — токен его не видит
stock-left-at-wb = Остаток на складах WB: { $pieces }{ "\u00A0" }шт.
stock-of-seller-unknown = Остаток на складах продавца неизвестен
stock-left = Остаток: { $pieces }{ "\u00A0" }шт.
stock-lasts = хватит на ~{ $days }{ $count ->
   *[other] { "\u00A0" }дн.
 }
stock-lasts-less = хватит меньше чем на день
stock-idle = нет заказов 14{ "\u00A0" }дн.
stock-sizes = По размерам: { $sizes }
sizes-more = ещё { $count }
ways = В пути: { $ways }
way-to-client = к клиентам { $pieces }
way-from-client = от клиентов { $pieces }

button-open-on-wb = Открыть на WB
button-details = Подробнее
button-mute = 🔕 Заглушить товар
button-kind-settings = ⚙️ Настроить
button-menu = ← Меню
