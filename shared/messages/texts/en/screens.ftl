# The main menu, the help and the settings.

menu-orders = 🛒 Orders
menu-stocks = 📦 Stock
menu-reviews = ⭐ Reviews
menu-analytics = 📈 Analytics
menu-notifications = 🔔 Notifications
menu-settings = ⚙️ Settings
menu-help = ❓ Help
menu-back = ← Menu
menu-title = 🏠 <b>Main menu</b>
menu-today = Orders today: { $orders }
menu-today-sum = Orders today: { $orders } for { $sum }
menu-unanswered = Reviews awaiting a reply: { $count }
menu-silent = 🔕 Notifications are off: I write about nothing by myself.
menu-told = I write to you here about everything new: { -told }.
unknown-text = There is no such command. Here is what I can do.

-told = orders, buyouts, cancellations, returns, bad reviews, stock running out

help-title = ❓ <b>Help</b>
help-what = I watch your Wildberries shop and write when something new happens: { -told }.
help-commands =
    /menu — main menu
    /orders — orders
    /stocks — stock
    /reviews — reviews
    /stats — analytics
    /notifications — what I tell you and how
    /digest — the digest right now
    /settings — tokens and their state
    /cancel — cancel what was begun
    /help — this help

settings-title = ⚙️ <b>Settings</b> · tokens
settings-cabinet = Cabinet
settings-refused = The token does not work: send a new one as one message.
settings-fresh = WB data as of { $at } MSK.
settings-more = More tokens: { $count }.
settings-replace = To replace a token, send a new one as one message.
unchanged = It is so already.
page-number = This is the number of the page: turn it with the arrows.
