UPDATE users SET quiet_enabled = true, quiet_mode = 'held', digest_hour = 9, zone = 'Asia/Kamchatka';
INSERT INTO notification_deliveries (user_id, cabinet_id, kind, delivery) VALUES (1, 1, 'new_order', '1h'), (1, 1, 'order_buyout', 'digest');
INSERT INTO muted_products (user_id, cabinet_id, nm_id, kind, muted_at) VALUES (1, 1, 168120815, 'all', now());
INSERT INTO wb_product_falls (cabinet_id, nm_id, falls, updated_at)
VALUES (1, 168120815, '{"2": {"n": 1, "told": 2, "at": "2026-11-22T09:00:00Z"}}', now());
INSERT INTO chores (kind, subject, due_at) VALUES ('digest', '1', now());
WITH digest AS (
    INSERT INTO events (kind, event_key, payload, occurred_at, seen_at) VALUES ('digest', '1:2026-11-22', '{}', now(), now()) RETURNING id
)
INSERT INTO notification_history (event_id, user_id, chat_id, kind, deliver_after, created_at)
SELECT id, 1, 1000, 'digest', now(), now() FROM digest;
