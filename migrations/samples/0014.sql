INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
SELECT id, 'critical_stock', '7:70:0:1', '{"nm_id": 7, "chrt_id": 70, "threshold": 0, "version": 1}', now(), now() FROM cabinets LIMIT 1;
