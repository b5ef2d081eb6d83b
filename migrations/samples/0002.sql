INSERT INTO wb_orders (cabinet_id, srid, state, ordered_at, changed_at, nm_id, seller_price, created_at, updated_at)
VALUES (1, '7513432034713632943.1.0', 0, '2026-11-20 11:05+00', '2026-11-20 11:06+00', 168120815, 1290, now(), now()),
       (1, '7513432034713632943.2.0', 1, '2026-11-20 11:05+00', '2026-11-21 08:00+00', 168120815, NULL, now(), now());
INSERT INTO wb_sales (cabinet_id, sale_id, srid, type, sale_date, changed_at, nm_id, for_pay, created_at, updated_at)
VALUES (1, 'S9993700024', '7513432034713632943.1.0', 'buyout', '2026-11-21 10:00+00', '2026-11-21 10:01+00', 168120815, 870.5, now(), now());
INSERT INTO wb_products (cabinet_id, nm_id, title, image_url, sizes, created_at, updated_at)
VALUES (1, 168120815, 'Кружка', 'https://basket-12.wbbasket.ru/vol1681/part168120/168120815/images/big/1.webp',
        '[{"chrt_id": 1, "name": null, "barcodes": ["2038893425123"]}]', now(), now());
INSERT INTO wb_stocks (cabinet_id, chrt_id, warehouse_id, nm_id, quantity, in_way_to_client, in_way_from_client, created_at, updated_at)
VALUES (1, 1, -999999, 168120815, 12, 1, 0, now(), now());
INSERT INTO wb_reviews (cabinet_id, id, nm_id, created_date, stars, text, is_processed, created_at, updated_at)
VALUES (1, 'YX52RZEBhH9mrcYdEJuD', 168120815, '2026-11-20 07:00+00', 2, 'Пришла со сколом', false, now(), now());
INSERT INTO data_sets (cabinet_id, data_set, cursor, fingerprint, load_began_at, baseline_at)
VALUES (1, 'orders', '{"changed_since": "2026-11-21T08:00:00Z"}', '\x00ff', now(), now());
INSERT INTO wb_limits (seller, method, full_at) VALUES ('6a1fd6ab-8ba1-4a4e-b1a6-0e9a4f3c7d10', 'orders', now());
INSERT INTO wb_sync_logs (cabinet_id, started_at, completed_at, data_sets) VALUES (1, now(), now(), '{"orders": {"rows": 2}}');
