UPDATE users SET admitted_at = '2026-11-01 09:00+00', attempts_since = '2026-11-22 09:00+00', attempts = 1 WHERE id = 1;
INSERT INTO invites (digest, cabinet_id, role, made_by, created_at, expires_at)
VALUES ('\x01', 1, 'reader', 1, '2026-11-22 09:00+00', '2026-11-29 09:00+00'),
       ('\x02', NULL, NULL, NULL, '2026-11-22 09:00+00', '2026-11-29 09:00+00');
INSERT INTO token_attempts (id, user_id, chat_id, update_id, name, key_id, sealed, digest, state, next_try_at, gives_up_at, created_at)
VALUES ('8c3f0c0e-52f4-4c52-8f5d-2f9f6d9b6a03', 1, 1000, 7, 'Анна', '0b0e3c52-1f7c-4a53-9f0a-3d1f1b1f5f01', '\x0304', '\x06', 'waiting',
        '2026-11-22 09:05+00', '2026-11-23 09:00+00', '2026-11-22 09:00+00');
