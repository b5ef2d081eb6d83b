# The main menu, the help and the settings.

menu-notifications = 🔔 Notifications
menu-settings = ⚙️ Settings
menu-help = ❓ Help
menu-back = ← Menu
menu-title = 🏠 <b>Main menu</b>
menu-told = I write to you here about everything new: { told }.
unknown-text = I understand commands and buttons. Here is the main menu.

told = orders, buyouts, cancellations, returns, bad reviews, stock running out

help-title = ❓ <b>Help</b>
help-what = I watch your Wildberries shop and write when something new happens: { told }.
help-commands =
    /menu — main menu
    /notifications — what I tell you and how
    /digest — the digest right now
    /settings — tokens and their state
    /cancel — cancel what was begun
    /help — this help
help-token =
    <b>How to get a token</b>
    1. Open the WB seller portal: Settings → API access. Only the owner of the profile can create a token.
    2. Tick the categories: Statistics, Analytics, Content, Questions and reviews.
    3. Turn “Read only” on.
    4. Copy the token and send it here as one message. It is valid for 180 days.
help-back = ← Back

settings-title = ⚙️ <b>Settings</b> · tokens
settings-cabinet = Cabinet
settings-refused = The token does not work: send a new one as one message.
settings-fresh = WB data as of { $at } MSK.
settings-more = More tokens: { $count }.
settings-replace = To replace a token, send a new one as one message.
