# 📡 Status: how fresh everything is and how the tokens fare.

status-title = 📡 <b>Status</b>
status-open-button = 📡 Status
status-cabinet-unnamed = Cabinet
status-never = not yet
status-working = 🟢 Working. Last update: { $at }.
status-loading = ⏳ The first load is running. Last update: { $at }.
status-paused-refused = ⏸ Stopped since { $since }: WB does not accept the token.
status-paused-expired = ⏸ Stopped since { $since }: the token has expired.
status-paused-gone = ⏸ Stopped since { $since }: the cabinet has no token.
status-unsure = ❔ Messages of the last 24 hours that may not have arrived: { $count }. Telegram did not confirm them.

status-data-title = <b>WB data</b> (Moscow time)
status-data-fresh = ✅ { $name }: as of { $at }
status-data-limited = 🕓 { $name }: { $at }. WB allows the next request { $until }
status-data-no-category = 🚫 { $name }: { $at }. The token lacks the category “{ $category }”
status-data-wrong-type = 🚫 { $name }: { $at }. WB does not provide it to a base token
status-data-refused = 🔒 { $name }: { $at }. WB denies access, I try once an hour
status-data-failing = ⚠️ { $name }: { $at }. WB has not answered since { $since }, I keep trying
status-data-waiting = ⏳ { $name }: loading
status-at = as of { $at }
status-at-none = no data yet

status-tokens-title = <b>Tokens</b>
status-tokens-none = There is no token.
status-more-tokens = More tokens: { $count }.
status-token = { $sign } { $type } · { $categories } · { $state }
status-token-until = valid until { $at }
status-token-unlimited = expiry unknown
status-token-expired = expired { $at }
status-token-refused = refused by WB since { $since }
status-token-suspected = WB refused it { $since }, checking again
status-categories-none = none of the categories needed
status-categories-unknown = categories unknown
status-type-base = base
status-type-test = test
status-type-personal = personal
status-type-service = service
status-type-unknown = type unknown
status-category-statistics = Statistics
status-category-analytics = Analytics
status-category-content = Content
status-category-feedbacks = Feedbacks and questions
status-pace-base = ℹ️ Base token: WB provides orders every 3 hours, sales every 2 hours, reviews every 12 minutes, and stock by a report about once an hour. With a personal or service token data arrives within minutes.
