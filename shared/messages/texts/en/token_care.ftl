# What members are told of the tokens of their cabinet.

token-care-cabinet = Cabinet: { $name }
token-care-replace-button = 🔑 Replace the token
token-care-menu-button = ← Menu

token-expiring-title = ⏳ <b>The WB token expires in { $days ->
    [one] { $days } day
   *[other] { $days } days
 }</b>
token-expiring-text = It is valid until { $until } Moscow time. After that these will stop updating: { $parts }.
token-expiring-hint = Create a new token and send it here: your history and settings stay as they are.

part-failed-title = ⚠️ <b>Wildberries denies access: { $parts }</b>
part-failed-text = Everything else keeps updating. Check that the token has the category “{ $category }”, or send a new token.
part-failed-hint = I try once an hour: whatever happens meanwhile will reach you as soon as access is back.
part-recovered-title = ✅ <b>Wildberries provides again: { $parts }</b>

token-refused-title = 🔑 <b>Wildberries no longer accepts the token</b>
token-expired-title = 🔑 <b>The token has expired</b>
token-gone-title = 🔑 <b>The cabinet has no token any more</b>
token-paused-text = Updates have stopped; everything loaded so far is kept. Send a new token and I will carry on at once.
token-paused-trial = I try the old token once an hour: if it works again, I will carry on by myself.

token-recovered-title = ✅ <b>WB data is updating again</b>
token-recovered-text = Updates had stopped at { $since } Moscow time. What happened meanwhile follows now.
token-recovered-text-long = Updates had stopped at { $since } Moscow time, more than a month ago.

replace-token-title = 🔑 <b>How to replace the token</b>
replace-token-steps = 1. Open your WB seller account: Settings → API access. Only the owner of the profile can create a token.
    2. Tick the categories Statistics, Analytics, Content, Feedbacks and questions.
    3. Tick “Read only” unless you want to answer reviews from here.
    4. Copy the token and send it here as one message: I delete it from the chat at once. A token is valid for 180 days.
replace-token-kept = The cabinet, its history and your settings stay as they are.
