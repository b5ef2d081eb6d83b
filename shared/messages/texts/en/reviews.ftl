# ⭐ Отзывы: the list, and the card of one.

reviews-title = ⭐ <b>Reviews</b>
reviews-unanswered = Awaiting a reply: { $count }
reviews-none = No reviews yet.
reviews-none-chosen = There are no such reviews.
reviews-hint = A number opens the review. To find another one, send a WB article, a name or a word of the review.
reviews-row = <b>{ $number }.</b> { $stars } · { $time }
reviews-is-unanswered = awaiting a reply
reviews-is-answered = replied
reviews-wordless = no text
reviews-filter-all = All
reviews-filter-bad = Bad
reviews-filter-unanswered = Unanswered
reviews-show-all = Show all reviews
reviews-back = ← Reviews
review-card-gone = This review is no longer here.
