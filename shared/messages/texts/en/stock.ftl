# Sizes that run out.

stock-runs-out = 📉 <b>Running out</b>
stock-gone = 🚫 <b>Sold out</b>
stock-fall = In stock: <b>{ $pieces }{ "\u00A0" }pcs</b>
stock-fall-size = Size { $size }: <b>{ $pieces }{ "\u00A0" }pcs</b>
stock-fall-ways = on the way: { $ways }
stock-falls-more = More sizes: { $count }
stock-others = The other sizes: { $sizes }
stock-product-left = The product in stock: { $pieces }{ "\u00A0" }pcs
