INSERT INTO review_answers (cabinet_id, user_id, review_id, state, text, posts, accepted_at, sent_at, next_at, created_at,
                            updated_at)
VALUES (1, 1, 'YX52RZEBhH9mrcYdEJuD', 'sending', 'Простите, вернём деньги', 1, now(), now(), now(), now(), now());
INSERT INTO answer_templates (cabinet_id, number, text, updated_at) VALUES (1, 2, 'Спасибо за отзыв!', now());
