INSERT INTO users (telegram_id, language, created_at, updated_at)
VALUES (1000, 'ru', '2026-11-01 09:00+00', '2026-11-01 09:00+00'), (1001, 'en', '2026-11-02 09:00+00', '2026-11-02 09:00+00');
INSERT INTO cabinets (seller, name, not_before, created_at, updated_at)
VALUES ('6a1fd6ab-8ba1-4a4e-b1a6-0e9a4f3c7d10', 'ИП Иванова', '2026-11-01 09:00+00', '2026-11-01 09:00+00', '2026-11-01 09:00+00');
INSERT INTO cabinet_users (cabinet_id, user_id, role, joined_at)
VALUES (1, 1, 'owner', '2026-11-01 09:00+00'), (1, 2, 'manager', '2026-11-02 09:00+00');
INSERT INTO vault_keys (id, wrapped, created_at)
VALUES ('0b0e3c52-1f7c-4a53-9f0a-3d1f1b1f5f01', '\x0102', '2026-11-01 09:00+00');
INSERT INTO wb_tokens (id, cabinet_id, user_id, key_id, sealed, digest, token_type, categories, expires_at, created_at)
VALUES ('8c3f0c0e-52f4-4c52-8f5d-2f9f6d9b6a02', 1, 1, '0b0e3c52-1f7c-4a53-9f0a-3d1f1b1f5f01', '\x0304', '\x05', 'personal',
        1073742006, '2027-05-01 09:00+00', '2026-11-01 09:00+00');
