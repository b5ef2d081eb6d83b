# «Ответить» below a review: own words or a template, a look at it, and what became of it.

answer-button = ✍️ Answer
answered = ✅ Answered

# Buyers read Russian, whatever language the seller speaks to the bot.
answer-template-1 = Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.
answer-template-2 = Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.
answer-template-3 = Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.

answer-title = ✍️ <b>Answer to the review { $stars }/5</b>
answer-product = { $title }, WB article { $article }
answer-product-bare = WB article { $article }
answer-author = Buyer: { $name }
answer-how = Write the answer as one message, or choose a template (buyers read Russian):
answer-current = It says now (tap to copy):
answer-template = Template { $number }
answer-edit-templates = 📝 Edit templates
answer-keep = 👀 Leave it as it is
answer-cancel = ✖️ Cancel
answer-cancelled = All right, no answer.

answer-preview-title = 👀 <b>Check the answer</b> · review { $stars }/5
answer-preview-newer = ✏️ The text has changed since. Here is the new one: check it.
answer-preview-cut = …and { $count } more characters: the beginning is shown, the whole text is sent.
answer-preview-note = WB shows the answer in the shop's name once its moderators have looked. It can be changed once, in WB's portal.
answer-send = ✅ Send
answer-change = ✏️ Change
answer-too-short = ⚠️ Too short: at least { $least } characters are needed, and your text has { $chars }. Send a longer text.
answer-too-long = ⚠️ Too long: at most { $most } characters are allowed, and your text has { $chars }. Your message is still above: shorten it and send it again.
answer-back = ← Back

templates-title = 📝 <b>Templates of answers</b>
templates-hint = Everybody who answers in this shop shares them.
templates-saved = ✅ Saved.
template-title = 📝 <b>Template { $number }</b>
template-hint = Send the new text as one message, at most { $most } characters. Tap the text to copy it.
template-reset = ↩️ Restore the original

answer-sending-notice = ⏳ Sending the answer to WB…
answer-waits-title = ⏳ <b>The answer is on its way</b>
answer-waits-limit = WB allows the next request on { $until } MSK. I send it then and tell you here.
answer-waits-check = WB took the answer. On { $until } MSK I check whether it stands there, and tell you here.
answer-waits-trouble = WB does not reply. I try again on { $until } MSK and tell you here: the answer never goes out twice.
answer-yours = <b>Your answer:</b>
answer-unsent-text = <b>Your text:</b>
answer-do-not-send = ✖️ Do not send
answer-menu = ← Menu
answer-again = 🔁 Send again

answer-published = ✅ <b>The answer is published</b>
answer-in-review = ✅ <b>WB has accepted the answer</b>
answer-in-review-note = It is being checked: buyers see it once WB's moderators let it through.
answer-moderated = ⚠️ <b>WB's moderators refused the answer</b>
answer-moderated-note = It can be corrected once, in WB's portal.
answer-rejected = ⚠️ <b>WB did not take the answer</b>
answer-rejected-words = Wildberries writes: «{ $words }»
answer-kept = The text is kept: change it and send it again.
answer-no-access = 🔑 <b>This token cannot answer</b>
answer-no-access-note = A token with the category «Вопросы и отзывы» is needed, made without «Только чтение». Send it here as one message, then send the answer again.
answer-no-token-note = To answer from here a token with the category «Вопросы и отзывы» is needed, made without «Только чтение». Send it here as one message and press “Answer” again.
answer-closed = ⚠️ <b>WB takes no answers from programs now</b>
answer-closed-note = Whoever runs the bot knows already. You can answer in WB's portal.
answer-unsent = ⚠️ <b>The answer was not sent</b>
answer-unsent-note = Wildberries did not reply for a whole day.
answer-unknown = ❓ <b>Nobody knows whether the answer has arrived</b>
answer-unknown-note = It went out, but WB has never shown it. Look into WB's portal; if it is not there, send it again: I check first.
answer-elsewhere = ℹ️ <b>This review is answered already</b>
answer-elsewhere-note = Your text was not sent: the review has an answer:
answer-gone = 🗑 <b>This review is gone</b>
answer-gone-note = WB has deleted it, so the answer was not sent.
answer-taken = ⏳ Somebody else is answering this review right now.
answer-reader = Reviews are answered by the owner and the managers of the shop. You may look; ask the owner for a manager's link.
