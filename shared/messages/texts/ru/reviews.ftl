# ⭐ Отзывы: the list, and the card of one.

reviews-title = ⭐ <b>Отзывы</b>
reviews-unanswered = Ждут ответа: { $count }
reviews-none = Отзывов пока нет.
reviews-none-chosen = Таких отзывов нет.
reviews-hint = Номер открывает отзыв. Чтобы найти другой, пришлите артикул WB, имя или слово из отзыва.
reviews-row = <b>{ $number }.</b> { $stars } · { $time }
reviews-is-unanswered = ждёт ответа
reviews-is-answered = есть ответ
reviews-wordless = без текста
reviews-filter-all = Все
reviews-filter-bad = Плохие
reviews-filter-unanswered = Без ответа
reviews-show-all = Показать все отзывы
reviews-back = ← К отзывам
review-card-gone = Этого отзыва здесь больше нет.
