# What stands above every screen of a cabinet, and what its lists share.

fresh-today = WB data as of { $time } MSK
fresh-at = WB data as of { $at } MSK
data-loading = ⏳ The data are still loading.
data-limited = 🕓 WB allows the request { $at } MSK.
data-refused = 🔒 WB denies access to these data: nothing new comes. See 📡 State.
data-failing = ⚠️ WB does not answer, I keep trying.
data-paused = ⏸ The cabinet is stopped: it needs a new token.
next-cabinet = Next cabinet →

list-total = In all: { $count }
list-found = Found: { $count }
list-chosen = Chosen: { $chosen }
list-search = Search: “{ $words }”
