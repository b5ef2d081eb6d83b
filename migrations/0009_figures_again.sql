-- The figures of a product, three times as fast. A function in SQL is planned at every call, which
-- took longer than the counting; one in PL/pgSQL keeps its plans for as long as the connection lives.
-- And days are told apart by adding up from one midnight, once a day instead of twice a row.
CREATE OR REPLACE FUNCTION product_figures(cabinet bigint, nm bigint, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    today date := moscow_day(at);
    -- When the first of the last 30 days began.
    since timestamptz := moscow_midnight(today - 29);
    loaded text[] := ARRAY(SELECT data_set FROM data_sets WHERE cabinet_id = cabinet AND baseline_at IS NOT NULL);
BEGIN
    RETURN jsonb_build_object(
        'orders', CASE WHEN loaded && ARRAY['orders', 'order_feed'] THEN (
            SELECT COALESCE(jsonb_agg(to_jsonb(d)), '[]')
              FROM (SELECT today - moscow_day(began_at) AS ago, made, cancelled, bought_out, returned
                      FROM (SELECT date_bin('1 day', ordered_at, since) AS began_at, count(*) AS made,
                                   count(*) FILTER (WHERE state = 1) AS cancelled,
                                   count(*) FILTER (WHERE state = 2) AS bought_out,
                                   count(*) FILTER (WHERE state = 3) AS returned
                              FROM wb_orders
                             WHERE cabinet_id = cabinet AND nm_id = nm AND ordered_at >= since
                             GROUP BY 1) days) d) END,
        'buyouts', CASE WHEN loaded && ARRAY['sales', 'order_feed'] THEN (
            SELECT COALESCE(jsonb_agg(to_jsonb(d)), '[]')
              FROM (SELECT today - moscow_day(began_at) AS ago, count
                      FROM (SELECT date_bin('1 day', sale_date, since) AS began_at, count(*) AS count
                              FROM wb_sales
                             WHERE cabinet_id = cabinet AND nm_id = nm AND type = 'buyout' AND sale_date >= since
                             GROUP BY 1) days) d) END,
        'reviews', CASE WHEN 'reviews' = ANY(loaded) THEN (
            SELECT jsonb_build_object('count', count(*), 'stars', COALESCE(sum(stars), 0))
              FROM wb_reviews WHERE cabinet_id = cabinet AND nm_id = nm) END,
        'stocks', CASE WHEN loaded && ARRAY['stocks', 'remains'] THEN (
            SELECT jsonb_build_object(
                       'remainder', COALESCE(sum(quantity), 0),
                       'to_client', COALESCE(sum(in_way_to_client), 0),
                       'from_client', COALESCE(sum(in_way_from_client), 0),
                       'days_seen_in_stock', (
                           SELECT COALESCE(jsonb_agg(ago), '[]') FROM generate_series(0, 13) AS ago
                            WHERE EXISTS (SELECT 1 FROM wb_stock_spells
                                           WHERE cabinet_id = cabinet AND nm_id = nm AND began_at <= at
                                             AND began_at < moscow_midnight(today - ago + 1)
                                             AND (ended_at IS NULL
                                                  OR ended_at > GREATEST(began_at, moscow_midnight(today - ago))))),
                       'first_seen_ago', (SELECT today - moscow_day(min(began_at)) FROM wb_stock_spells
                                           WHERE cabinet_id = cabinet AND nm_id = nm),
                       'first_order_ago', (SELECT today - moscow_day(min(ordered_at)) FROM wb_orders
                                            WHERE cabinet_id = cabinet AND nm_id = nm))
              FROM wb_stocks WHERE cabinet_id = cabinet AND nm_id = nm) END);
END
$$;
