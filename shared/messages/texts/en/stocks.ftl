# 📦 Склад: the list of products, and the card of one.

stocks-title = 📦 <b>Stock</b>
stocks-pieces = Products: { $products }, { $pieces }{ "\u00A0" }pcs in all
stocks-none = There is nothing in stock yet.
stocks-none-chosen = There are no such products.
stocks-hint = A number opens the product. To find another one, send a title, an article or a barcode.
stocks-row = <b>{ $number }.</b> { $title } — { $pieces }{ "\u00A0" }pcs
stocks-row-unknown = <b>{ $number }.</b> { $title } — 0{ "\u00A0" }pcs in WB's warehouses
stocks-row-short = ⚠️ { $sizes }
stocks-filter-all = All
stocks-filter-running-out = Running out
stocks-filter-sold-out = Sold out
stocks-show-all = Show all products
stocks-back = ← Stock
stocks-orders = 🛒 Orders for this product

stock-card-title = 📦 <b>Stock of the product</b>
stock-card-at-wb = In WB's warehouses: { $pieces }{ "\u00A0" }pcs
stock-card-at-seller = In the seller's warehouses: { $pieces }{ "\u00A0" }pcs
stock-card-size = Size { $size }: { $pieces }{ "\u00A0" }pcs
stock-card-size-apart = Size { $size }: WB { $wb }, seller { $seller }{ "\u00A0" }pcs
stock-card-gone = This product is no longer here.
