# The first sync of a cabinet: its progress, its end, its cancellation.

first-sync = 📥 <b>First load</b>
first-sync-over = 📥 <b>The first load is over</b>
loading-waiting = ⏳ { $name }: loading…
loading-loaded = ✅ { $name }: loaded
loading-limited = 🕓 { $name }: WB allows the request on { $until } MSK
loading-no-access = 🚫 { $name }: the token has no access
loading-failing = ⚠️ { $name }: WB does not answer yet, I keep trying
first-sync-running = ⏳ The first load is still going on: see the message above. The menu opens as soon as it is over.

cancel-first-sync = Cancel the first load? If nobody else is in the cabinet, it is deleted together with the token and all that has been loaded.
button-cancel-first-sync = ✖️ Yes, cancel it
button-help = ❓ Help
button-begin-anew = Begin anew
button-go-on = Go on loading
first-sync-cancelled = The first load is cancelled: you have left the cabinet, and your token is deleted.

first-sync-done = 🎉 <b>Done!</b> From now on I write about everything new: orders, buyouts, cancellations, returns, bad reviews, stock running out.
done-orders =
    { $days ->
        [one] 🛒 Orders of { $days } day: { $count }
       *[other] 🛒 Orders of { $days } days: { $count }
    }
done-sales =
    { $days ->
        [one] 💰 Buyouts and returns of { $days } day: { $count }
       *[other] 💰 Buyouts and returns of { $days } days: { $count }
    }
done-products = 🏷 Products: { $count }
done-stocks = 📦 Stock: { $count } pcs
done-reviews = ⭐ Reviews: { $count }
