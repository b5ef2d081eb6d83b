# 🔔 Notifications: the switches, one screen a kind, quiet hours, zones, the digest's hour, muted products.

notifications-title = 🔔 <b>Notifications</b>
notifications-cabinet = Cabinet: { $cabinet }
notifications-hint = On the left a kind is switched on or off, on the right you choose how it comes. Takes effect at once.
notifications-all-off = Everything is off now: the kinds below work again once you turn all notifications on.
notifications-all = All notifications
notifications-orders-late = Orders are delayed
notifications-quiet-off = 🌙 Quiet hours: none
notifications-quiet-on = 🌙 Quiet hours: { $from }–{ $until }
notifications-digest-off = 📰 Digest: none
notifications-digest-on = 📰 Digest: { $hour }
notifications-muted = 🔕 Muted products: { $count }
notifications-next = Next cabinet →
notifications-back = ← Notifications

delivery-at-once = at once
delivery-15m = every 15 min
delivery-1h = every hour
delivery-3h = every 3 hours
delivery-digest = in the digest

kind-settings-how = How it comes:
kind-settings-how-at-once = each event at once.
kind-settings-how-collected = collected into one message { $period }.
kind-settings-how-digest = only in the daily digest, at { $hour }.
kind-settings-off = This kind is off now.
kind-settings-on = Notify me
kind-settings-stars = A bad review has at most { $stars } ★.
kind-settings-left-zero = You are told when the stock has run out.
kind-settings-left = You are told when { $left } pcs or fewer are left, and once more when the stock has run out.
kind-settings-by-size = Count each size by itself
kind-settings-by-product = Count the product as a whole
kind-settings-threshold-note = A new threshold holds for what happens from now on.
kind-settings-everywhere = Apply to all cabinets
kind-settings-everywhere-done = ✅ It is like this in all your cabinets now.

quiet-title = 🌙 <b>Quiet hours</b>
quiet-off = Off: messages come with a sound at any time.
quiet-silent = From { $from } to { $until } messages come without a sound.
quiet-held = From { $from } to { $until } messages wait and come when the quiet hours end.
quiet-clock = Clock: { $zone }.
quiet-switch = Quiet hours
quiet-from = Begin: { $hour }
quiet-until = End: { $hour }
quiet-mode-silent = Without a sound
quiet-mode-held = Keep until morning
quiet-zone = 🕒 { $zone }
quiet-back = ← Quiet hours
quiet-choose-from = 🌙 When do the quiet hours begin?
quiet-choose-until = 🌙 When do the quiet hours end?

zones-title = 🕒 <b>Time zone</b>
zones-hint = Quiet hours and the digest follow it. Sums of a day go by Moscow time, as WB counts.
zone-kaliningrad = Kaliningrad (MSK−1)
zone-moscow = Moscow (MSK)
zone-samara = Samara (MSK+1)
zone-yekaterinburg = Yekaterinburg (MSK+2)
zone-omsk = Omsk (MSK+3)
zone-novosibirsk = Novosibirsk, Krasnoyarsk (MSK+4)
zone-irkutsk = Irkutsk (MSK+5)
zone-yakutsk = Yakutsk (MSK+6)
zone-vladivostok = Vladivostok (MSK+7)
zone-magadan = Magadan (MSK+8)
zone-kamchatka = Kamchatka (MSK+9)

digest-settings-title = 📰 <b>Daily digest</b>
digest-settings-what = One message a day about all cabinets: orders, buyouts, cancellations, returns, payout, bad reviews, stock that ran out. Before 12:00 it covers yesterday, later today so far. To get it now: /digest
digest-settings-off = The digest is off now. Choose an hour:
digest-settings-on = Now: every day at { $hour }. { $zone }.
digest-settings-turn-off = Turn off
digest-settings-off-note = If you turn the digest off, kinds that come only in it will come at once.

muted-title = 🔕 <b>Muted products</b>
muted-none = There are none. Mute a product with the 🔕 button below its notification.
muted-hint = Tap a product to hear of it again.
muted-all-kinds = everything
muted-product = { $title } · { $article } · { $kind }
muted-product-bare = { $article } · { $kind }

mute-question = 🔕 What should I no longer tell you?
mute-product = { $title }, WB article { $article }
mute-product-bare = WB article { $article }
mute-this-kind = { $kind } of this product
mute-everything = Everything about this product
mute-cancel = Cancel
mute-done-kind = 🔕 I no longer tell you about this product: { $kind }.
mute-done-all = 🔕 I no longer tell you anything about this product.
mute-done-note = Undo it here, or in 🔔 Notifications → Muted products.
mute-undo = 🔔 Undo
