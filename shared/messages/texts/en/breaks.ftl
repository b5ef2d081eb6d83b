# Breaks in the data, and what a person missed.

gap-silent = ℹ️ <b>{ $data }: no data for more than a month</b>
    From { $since } to { $until } Wildberries did not give any. What happened in that time will not be told one by one; whatever is new comes as usual.
orders-late = ⏳ <b>Orders are late</b>
    Wildberries has not given any since { $since } MSK. I keep trying: you get everything from that time as soon as WB answers.
limit-spent = ⏳ <b>{ $data }: somebody else spends WB's limit</b>
    Wildberries answers again and again that the limit of requests is used up, although the bot keeps it. There is one limit for the whole shop: another service or program with a token of yours spends it. WB allows the next request on { $until } MSK.
    See which services are connected: Настройки → Доступ к API. No data is lost, but it comes later.
orders-late-over = ✅ <b>Orders are coming in again</b>
missed = 👋 While the bot was blocked: { $totals }.
missed-part = { $kind } — { $count }
