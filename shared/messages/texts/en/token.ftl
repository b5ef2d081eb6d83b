# What a token says of itself, and what becomes of it.

token-accepted = ✅ <b>The token is accepted</b>
token-shop = Shop: { $shop }
token-type-personal = Type: personal — the data come without delay.
token-type-service = Type: service — the data come without delay.
token-type-base = Type: base — WB gives orders every 3 hours, sales every 2 hours, and stock by a report about once an hour.
token-type-test = Type: test — for WB's sandbox only.
token-type-unknown = The type is not known, so I ask as seldom as with a base token: orders every 3 hours, sales every 2 hours.
token-lacks-statistics = ⚠️ No category “Статистика” (Statistics): nothing will be told of orders, buyouts, cancellations and returns.
token-lacks-analytics = ⚠️ No category “Аналитика” (Analytics): stock will be neither seen nor told of.
token-lacks-content = ⚠️ No category “Контент” (Content): notifications will have no pictures and no titles.
token-lacks-feedbacks = ⚠️ No category “Вопросы и отзывы” (Feedback and questions): nothing will be told of reviews.
token-until = Valid until { $day }.
category-statistics = Статистика (Statistics)
category-analytics = Аналитика (Analytics)
category-content = Контент (Content)
category-feedbacks = Вопросы и отзывы (Feedback and questions)

token-serves-all = 🔄 The token is renewed: this one serves now.
token-serves-some = 🔄 The token is renewed: it serves for “{ $new }”; the former one stays for “{ $old }”, where WB gives it data more often.
token-serves-none = The token is kept in reserve: the former one serves, WB gives it data more often.
token-first-sync-goes-on = ⏳ The first load of this shop is already going on.

deletion-refused = ⚠️ Telegram did not let me delete the message with the token. Please delete it yourself.
token-in-a-group = ⚠️ There was a Wildberries API token in this group. Every member may have seen it: consider it compromised, delete it in WB's seller portal («Настройки → Доступ к API») and create a new one. Send me the new one in our private chat only.

trouble-not-a-token = This does not look like a Wildberries token. Copy the whole of it in «Настройки → Доступ к API» (Settings → API access) and send it in one message.
trouble-expired = This token expired on { $day }. Create a new one and send it here.
trouble-sandbox = This is a test token: it works in WB's sandbox only and does not see your shop. Create an ordinary token and send it here.
trouble-no-category = This token has none of the categories that are needed. Create a token with the categories { $categories }.
trouble-refused = Wildberries does not accept this token: it was revoked, or not copied as a whole. Create a new one in «Настройки → Доступ к API» (Settings → API access) and send it here.
trouble-personal = This is a personal token. By Wildberries' rules it is for the seller's own programs only and must not be given to third parties or cloud services. This bot serves different sellers, so I have deleted the token. Create a base token, or a service token if the service is in WB's catalogue, and send it here.
trouble-too-many-attempts =
    { $limit ->
        [one] I try no more than { $limit } token an hour, so I have deleted this one without reading it. Send it again in an hour.
       *[other] I try no more than { $limit } tokens an hour, so I have deleted this one without reading it. Send it again in an hour.
    }
trouble-too-many-cabinets-of-yours =
    { $limit ->
        [one] You have { $limit } cabinet already, and there can be no more here. I have deleted the token.
       *[other] You have { $limit } cabinets already, and there can be no more here. I have deleted the token.
    }
trouble-too-many-cabinets = This bot serves as many shops as it can already. I have deleted the token. Write to whoever runs the bot.

token-waits =
    ⏳ Wildberries does not answer, I keep trying…

    The token itself may be all right. Meanwhile it is kept encrypted; if WB does not answer for a day, I delete it and tell you.
button-cancel = ✖️ Cancel
token-wait-over = ✅ Wildberries has answered.
token-wait-cancelled = Cancelled: the token is deleted.
token-given-up = Wildberries did not answer for a whole day, so I have deleted the token. Please send it again.
token-offer =
    This token belongs to another seller. <b>Add a new cabinet?</b>
    In an hour the token will be deleted.
button-add-cabinet = ➕ Add the cabinet
button-do-not-add = Do not add it
token-offer-declined = All right, I do not add it. The token is deleted.
token-offer-over = This question is no longer open: the token is deleted. Please send it again.
token-offer-accepted = ➕ The cabinet is added.
token-asks-owner =
    👥 The owner removed you from this shop, so I have asked them whether you may come back.
    Meanwhile the token is kept encrypted; if there is no answer within 24 hours, I delete it.
token-owner-said-yes = ✅ The owner agreed: you are in the shop again.
token-owner-said-no = The owner did not agree. The token is deleted.
token-owner-silent = The owner did not answer within 24 hours, so I deleted the token.
leaves-group = I report on a shop's business and work in private messages only, so I leave this chat. Write to me directly.
