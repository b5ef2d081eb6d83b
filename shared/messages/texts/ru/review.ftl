# A review.

review-head = ⭐ <b>Отзыв { $stars }/5</b> · { $time } МСК
review-supplement = Дополнение к прежнему отзыву
review-author = Покупатель: { $name }
review-id = ID отзыва: <code>{ $id }</code>
review-photos = Фото покупателя: { $count }
review-pros = <b>Достоинства:</b>
review-cons = <b>Недостатки:</b>
review-text = <b>Комментарий:</b>
review-answer = <b>Ваш ответ:</b>
