# Breaks in the data, and what a person missed.

silence-gap = ℹ️ <b>No data for more than a month</b>
    Wildberries gave none from { $since } to { $until }, so there will be no separate messages about that time.
silence-deserted = ℹ️ <b>While you were away</b>
    From { $since } to { $until } the bot was blocked and the shop was not read, so there will be no separate messages about that time.
silence-totals = In that time: { $totals }.
silence-from-now-on = I will write about anything new as usual.
orders-late = ⏳ <b>Orders are late</b>
    Wildberries has not given any since { $since } MSK. I keep trying: you get everything from that time as soon as WB answers.
limit-spent = ⏳ <b>{ $data }: somebody else spends WB's limit</b>
    Wildberries answers again and again that the limit of requests is used up, although the bot keeps it. There is one limit for the whole shop: another service or program with a token of yours spends it. WB allows the next request on { $until } MSK.
    See which services are connected: Настройки → Доступ к API. No data is lost, but it comes later.
orders-late-over = ✅ <b>Orders are coming in again</b>
missed = 👋 While the bot was blocked: { $totals }.
missed-part = { $kind } — { $count }
