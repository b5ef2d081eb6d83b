INSERT INTO wb_stock_levels (cabinet_id, chrt_id, nm_id, remainder, falls, updated_at)
VALUES (1, 2, 168120815, 2, '{"2": {"n": 1, "told": 2, "at": "2026-11-22T09:00:00Z"}}', now());
UPDATE notification_history SET group_id = id;
UPDATE telegram_pace SET refused_chat = 1000, refused_at = now(), paused_until = now();
