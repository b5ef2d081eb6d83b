# Many events of one kind as one message.

group-head = { $emoji } <b>{ $kind }: { $count }</b>
group-period = { $period } MSK
group-sum = Total: <b>{ $sum }</b>
group-unpriced = without a price: { $count }
group-unpriced-only = Without a price: { $count }
group-top = Most often:
group-row-size = size { $size }
group-row-left = { $pieces }{ "\u00A0" }pcs left
