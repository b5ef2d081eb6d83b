UPDATE wb_orders SET changed_at = NULL, chrt_id = 251, city = 'Подольск', fed_at = now(), cancel_reason = 'app';
INSERT INTO wb_stocks (cabinet_id, kind, chrt_id, warehouse_id, nm_id, quantity, in_way_to_client, in_way_from_client,
                       created_at, updated_at)
VALUES (1, 'seller', 251, 7, 168120815, 3, 0, 0, now(), now());
UPDATE data_sets SET failures = 2, put_off_reason = 'gone';
INSERT INTO wb_limits (seller, method, full_at, refusals, refused_since)
VALUES ('00000000-0000-0000-0000-000000000001', 'order_feed', now(), 3, now());
INSERT INTO wb_questions (cabinet_id, id, nm_id, created_date, text, state, created_at, updated_at)
VALUES (1, 'q1', 168120815, now(), 'Подойдёт на рост 164?', 'new', now(), now());
INSERT INTO operator_notices (key, text, created_at) VALUES ('gone:orders', 'WB has switched orders off', now());
