# A review.

review-head = ⭐ <b>Review { $stars }/5</b> · { $time } MSK
review-supplement = A supplement to an earlier review
review-author = Buyer: { $name }
review-id = Review ID: <code>{ $id }</code>
review-photos = The buyer's photos: { $count }
review-pros = <b>Pros:</b>
review-cons = <b>Cons:</b>
review-text = <b>Comment:</b>
review-answer = <b>Your answer:</b>
