# Breaks in the data, and what a person missed.

gap-silent = ℹ️ <b>{ $data }: no data for more than a month</b>
    From { $since } to { $until } Wildberries did not give any. What happened in that time will not be told one by one; whatever is new comes as usual.
orders-late = ⏳ <b>Orders are late</b>
    Wildberries has not given any since { $since } MSK. I keep trying: you get everything from that time as soon as WB answers.
orders-late-over = ✅ <b>Orders are coming in again</b>
missed = 👋 While the bot was blocked: { $totals }.
missed-part = { $kind } — { $count }
