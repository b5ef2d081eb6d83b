# 📰 The daily digest, and the offer to collect.

digest-yesterday = 📰 <b>Digest of yesterday, { $day }</b>
digest-today = 📰 <b>Digest of today, { $day }</b> — so far, as of { $time } MSK
digest-nothing = Nothing happened.
digest-total = Total
digest-orders = 🛒 Orders: { $count }
digest-orders-sum = 🛒 Orders: { $count } for { $sum }
digest-orders-part = 🛒 Orders: { $count } for { $sum } · without a price: { $without }
digest-buyouts = 💰 Buyouts: { $count }
digest-buyouts-sum = 💰 Buyouts: { $count } for { $sum }
digest-cancellations = ❌ Cancellations and refusals: { $count }
digest-returns = ↩️ Returns: { $count }
digest-to-pay = Payout: { $sum } — preliminary, without logistics and deductions
digest-reviews = ⭐ Bad reviews: { $count }
digest-ran-out = 🚫 Ran out: { $count ->
        [one] { $count } size
       *[other] { $count } sizes
    }
digest-more-cabinets = More cabinets: { $count }. The total counts them.
digest-collected = Collected for the digest — open with a button:
digest-collected-kind = { $kind }: { $count }
digest-collected-of = { $kind }: { $count } · { $cabinet }
digest-configure = 🔔 Configure

collect-offer = 🔕 <b>Too often?</b>
collect-offer-text = { $count } separate “{ $kind }” messages came within an hour. I can collect them into one message an hour: nothing gets lost.
collect-offer-accept = Collect every hour
collect-offer-other = Set it otherwise
