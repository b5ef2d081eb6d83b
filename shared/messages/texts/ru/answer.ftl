# «Ответить» below a review: own words or a template, a look at it, and what became of it.

answer-button = ✍️ Ответить
answered = ✅ Отвечено

# Buyers read Russian, whatever language the seller speaks to the bot.
answer-template-1 = Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.
answer-template-2 = Здравствуйте! Приносим извинения: похоже, вам попался товар с браком. Пожалуйста, оформите заявку на возврат в личном кабинете Wildberries.
answer-template-3 = Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.

answer-title = ✍️ <b>Ответ на отзыв { $stars }/5</b>
answer-product = { $title }, артикул WB { $article }
answer-product-bare = Артикул WB { $article }
answer-author = Покупатель: { $name }
answer-how = Напишите ответ одним сообщением или выберите шаблон:
answer-current = Сейчас написано (нажмите, чтобы скопировать):
answer-template = Шаблон { $number }
answer-edit-templates = 📝 Изменить шаблоны
answer-keep = 👀 Оставить как есть
answer-cancel = ✖️ Отмена
answer-cancelled = Хорошо, не отвечаю.

answer-preview-title = 👀 <b>Проверьте ответ</b> · отзыв { $stars }/5
answer-preview-newer = ✏️ Текст с тех пор изменился. Вот новый — проверьте его.
answer-preview-cut = …и ещё { $count } зн.: здесь показано начало, уйдёт весь текст.
answer-preview-note = WB покажет ответ от имени магазина после проверки. Изменить его потом можно один раз, в кабинете WB.
answer-send = ✅ Отправить
answer-change = ✏️ Изменить
answer-too-short = ⚠️ Слишком коротко: { $chars } зн., а нужно от { $least }. Пришлите текст подлиннее.
answer-too-long = ⚠️ Слишком длинно: { $chars } зн., а можно до { $most }. Ваше сообщение осталось выше: сократите его и пришлите снова.
answer-back = ← Назад

templates-title = 📝 <b>Шаблоны ответов</b>
templates-hint = Они общие для всех, кто отвечает в этом кабинете.
templates-saved = ✅ Сохранено.
template-title = 📝 <b>Шаблон { $number }</b>
template-hint = Пришлите новый текст одним сообщением, до { $most } зн. Нажмите на текст, чтобы скопировать его.
template-reset = ↩️ Вернуть исходный

answer-sending-notice = ⏳ Отправляю ответ в WB…
answer-waits-title = ⏳ <b>Ответ отправляется</b>
answer-waits-limit = WB разрешит следующий запрос { $until } МСК. Отправлю сам и напишу здесь.
answer-waits-check = WB принял ответ. { $until } МСК проверю, появился ли он, и напишу здесь.
answer-waits-trouble = WB не отвечает. Попробую снова { $until } МСК и напишу здесь: дважды ответ не уйдёт.
answer-yours = <b>Ваш ответ:</b>
answer-unsent-text = <b>Ваш текст:</b>
answer-do-not-send = ✖️ Не отправлять
answer-menu = ← Меню
answer-again = 🔁 Отправить ещё раз

answer-published = ✅ <b>Ответ опубликован</b>
answer-in-review = ✅ <b>WB принял ответ</b>
answer-in-review-note = Он на проверке: покупатели увидят его, когда модераторы WB пропустят.
answer-moderated = ⚠️ <b>Модераторы WB отклонили ответ</b>
answer-moderated-note = Исправить его можно один раз, в кабинете WB.
answer-rejected = ⚠️ <b>WB не принял ответ</b>
answer-rejected-words = Wildberries пишет: «{ $words }»
answer-kept = Текст сохранён: его можно изменить и отправить снова.
answer-no-access = 🔑 <b>Этот токен не может отвечать</b>
answer-no-access-note = Нужен токен с категорией «Вопросы и отзывы», созданный без отметки «Только чтение». Пришлите его сюда одним сообщением, потом отправьте ответ ещё раз.
answer-no-token-note = Чтобы отвечать отсюда, нужен токен с категорией «Вопросы и отзывы», созданный без отметки «Только чтение». Пришлите его сюда одним сообщением и нажмите «Ответить» снова.
answer-closed = ⚠️ <b>WB сейчас не принимает ответы из программ</b>
answer-closed-note = Тот, кто управляет ботом, уже знает. Ответить можно в кабинете WB.
answer-unsent = ⚠️ <b>Ответ не отправлен</b>
answer-unsent-note = Wildberries не отвечал целые сутки.
answer-unknown = ❓ <b>Неизвестно, дошёл ли ответ</b>
answer-unknown-note = Он ушёл, но WB так его и не показал. Загляните в кабинет WB; если ответа там нет, отправьте ещё раз: сначала я проверю сам.
answer-elsewhere = ℹ️ <b>На этот отзыв уже ответили</b>
answer-elsewhere-note = Ваш текст не отправлен: в отзыве уже стоит ответ:
answer-gone = 🗑 <b>Этого отзыва больше нет</b>
answer-gone-note = WB его удалил, поэтому ответ не отправлен.
answer-taken = ⏳ На этот отзыв прямо сейчас отвечает другой сотрудник.
answer-reader = На отзывы отвечают владелец и менеджеры кабинета. Вам можно смотреть; попросите владельца прислать вам ссылку менеджера.
