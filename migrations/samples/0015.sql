INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
SELECT id, 'member_joined', '5:1', '{"member": 5, "name": "A", "cabinet": null, "by_link": true}', now(), now() FROM cabinets LIMIT 1;
