# 📦 Склад: the list of products, and the card of one.

stocks-title = 📦 <b>Склад</b>
stocks-pieces = Товаров: { $products }, всего { $pieces }{ "\u00A0" }шт.
stocks-none = На складе пока ничего нет.
stocks-none-chosen = Таких товаров нет.
stocks-hint = Номер открывает товар. Чтобы найти другой, пришлите название, артикул или баркод.
stocks-row = <b>{ $number }.</b> { $title } — { $pieces }{ "\u00A0" }шт.
stocks-row-unknown = <b>{ $number }.</b> { $title } — на складах WB 0{ "\u00A0" }шт.
stocks-row-short = ⚠️ { $sizes }
stocks-filter-all = Все
stocks-filter-running-out = Заканчиваются
stocks-filter-sold-out = Закончились
stocks-show-all = Показать все товары
stocks-back = ← К складу
stocks-orders = 🛒 Заказы товара

stock-card-title = 📦 <b>Остатки товара</b>
stock-card-at-wb = На складах WB: { $pieces }{ "\u00A0" }шт.
stock-card-at-seller = На складах продавца: { $pieces }{ "\u00A0" }шт.
stock-card-size = Размер { $size }: { $pieces }{ "\u00A0" }шт.
stock-card-size-apart = Размер { $size }: WB { $wb }, продавец { $seller }{ "\u00A0" }шт.
stock-card-gone = Этого товара здесь больше нет.
