# Sizes that run out.

stock-runs-out = 📉 <b>Заканчивается</b>
stock-gone = 🚫 <b>Закончился</b>
stock-fall = Остаток: <b>{ $pieces }{ "\u00A0" }шт.</b>
stock-fall-size = Размер { $size }: <b>{ $pieces }{ "\u00A0" }шт.</b>
stock-fall-ways = в пути { $ways }
stock-falls-more = Ещё размеров: { $count }
stock-others = Остальные размеры: { $sizes }
stock-product-left = Остаток товара: { $pieces }{ "\u00A0" }шт.
