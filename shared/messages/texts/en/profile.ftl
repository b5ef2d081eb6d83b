# What Telegram itself shows of the bot.

command-menu = Main menu
command-orders = Orders: the latest, filters, search
command-stocks = Stock: what runs out, remainders, search
command-reviews = Reviews: new, bad, unanswered
command-stats = Analytics: today, yesterday, 7 and 30 days
command-status = Status: how fresh the data are
command-digest = The digest right now
command-notifications = What I tell you and how
command-settings = Tokens and their state
command-help = Help
bot-description = I watch your Wildberries shop and write at once about what is new: orders, buyouts, cancellations, returns, bad reviews, stock running out. Each event once. Press Start.
