# Many events of one kind as one message.

group-head = { $emoji } <b>{ $kind }: { $count }</b>
group-period = { $period } МСК
group-sum = Сумма: <b>{ $sum }</b>
group-unpriced = без цены: { $count }
group-unpriced-only = Без цены: { $count }
group-top = Больше всего:
group-row-size = размер { $size }
group-row-left = осталось { $pieces }{ "\u00A0" }шт.
