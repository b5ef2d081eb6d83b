INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
VALUES (1, 'new_order', '7513432034713632943.1.0', '{"nm_id": 168120815}', '2026-11-20 11:05+00', now());
INSERT INTO notification_settings (user_id, cabinet_id) VALUES (1, 1);
INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, deliver_after, created_at)
VALUES (1, 1, 1, 1000, 'new_order', now(), now());
INSERT INTO chats (chat_id, wake_seq) VALUES (1000, 1);
INSERT INTO send_seconds (second, used) VALUES (date_trunc('second', now()), 3);
INSERT INTO processed_updates (update_id, reply, processed_at) VALUES (1, '{"method": "sendMessage"}', now());
