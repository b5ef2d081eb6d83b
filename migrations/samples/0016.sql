INSERT INTO searches (user_id, words, created_at) SELECT id, 'кружка', now() FROM users;
