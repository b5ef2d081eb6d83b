# What stands above every screen of a cabinet, and what its lists share.

fresh-today = WB data as of { $time } MSK
fresh-at = WB data as of { $at } MSK
data-loading = ⏳ The data are still loading.
data-limited = 🕓 WB will allow the next request { $at } MSK.
data-refused = 🔒 WB denies access to these data, so nothing new arrives. See 📡 Status.
data-failing = ⚠️ WB does not answer, I keep trying.
data-paused = ⏸ The cabinet is stopped: it needs a new token.
next-cabinet = Next cabinet →

list-total = Total: { $count }
list-found = Found: { $count }
list-chosen = Chosen: { $chosen }
list-search = Search: “{ $words }”
list-nameless = WB article { $article }
list-refresh = 🔄 Refresh
