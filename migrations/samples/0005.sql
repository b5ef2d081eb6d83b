INSERT INTO wb_stock_spells (cabinet_id, nm_id, began_at, ended_at)
VALUES (1, 168120815, '2026-11-01 09:00+00', '2026-11-10 09:00+00'), (1, 168120816, '2026-11-12 09:00+00', NULL);
INSERT INTO telegram_pictures (image_url, file_id, sent_at)
VALUES ('https://basket-12.wbbasket.ru/vol1681/part168120/168120815/images/big/1.webp', 'AgACAgIAAxkBAAEBc2VjcmV0', now());
UPDATE notification_history SET status = 'sent', telegram_message_id = 7, is_photo = true, sent_at = now();
