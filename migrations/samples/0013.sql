UPDATE cabinets
   SET claimed_interval = 180,
       silence = '{"since": "2026-11-01T00:00:00Z", "until": "2026-11-22T00:00:00Z", "cause": "gap", "totals": {"new_order": 3}}'
 WHERE id = (SELECT min(id) FROM cabinets);
UPDATE data_sets SET wide_fingerprint = '\x00', silent_before = '2026-11-22T00:00:00Z', said_nothing = true;
UPDATE wb_stock_levels SET remainder = NULL;
UPDATE notification_history SET unseen = 3, is_unsure = true WHERE id = (SELECT min(id) FROM notification_history);
INSERT INTO removed_tokens (cabinet_id, digest, removed_at) SELECT min(id), '\x00', '2026-11-22T00:00:00Z' FROM cabinets;
UPDATE token_attempts SET state = 'approving', seller = COALESCE(seller, gen_random_uuid());
INSERT INTO wb_quiet_readings (cabinet_id, day, source, readings, put_off, rows)
SELECT min(id), '2026-11-22', 'orders', 480, 0, 96000 FROM cabinets;
