-- What the messages need beside the event itself: the figures of a product, its days in stock, the
-- pictures that Telegram has, and how a message was sent.

-- The Moscow day of a moment; Moscow has been at UTC+3 all year round since 2014 (domain::moscow).
CREATE FUNCTION moscow_day(moment timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (moment AT TIME ZONE 'UTC' + interval '3 hours')::date;

-- When a Moscow day begins.
CREATE FUNCTION moscow_midnight(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (day::timestamp - interval '3 hours') AT TIME ZONE 'UTC';

-- The times in which a product was in stock, as the stock answers showed it: a row opens when the
-- first size has some and is closed when the last one has none. A row without length says that the
-- product was out of stock when it was first seen. Written only when being in stock changes.
CREATE TABLE wb_stock_spells (
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    nm_id      bigint      NOT NULL,
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (cabinet_id, nm_id, began_at)
);
CREATE UNIQUE INDEX wb_stock_spells_open ON wb_stock_spells (cabinet_id, nm_id) WHERE ended_at IS NULL;
INSERT INTO wb_stock_spells (cabinet_id, nm_id, began_at, ended_at)
SELECT cabinet_id, nm_id,
       COALESCE(min(updated_at) FILTER (WHERE remainder > 0), max(updated_at)),
       CASE WHEN sum(remainder) > 0 THEN NULL ELSE max(updated_at) END
  FROM wb_stock_levels GROUP BY cabinet_id, nm_id;

CREATE INDEX wb_orders_of_product ON wb_orders (cabinet_id, nm_id, ordered_at) INCLUDE (state);
CREATE INDEX wb_sales_of_product ON wb_sales (cabinet_id, nm_id, sale_date) INCLUDE (type);
DROP INDEX wb_reviews_of_product;
CREATE INDEX wb_reviews_of_product ON wb_reviews (cabinet_id, nm_id) INCLUDE (stars);

-- The counts of one product from which domain::figures makes its figures; a part whose data set was
-- never loaded is null. Days are told by how long ago they were.
CREATE FUNCTION product_figures(cabinet bigint, nm bigint, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH loaded AS (
        SELECT COALESCE(bool_or(data_set = 'orders'), false) AS orders,
               COALESCE(bool_or(data_set = 'sales'), false) AS sales,
               COALESCE(bool_or(data_set = 'reviews'), false) AS reviews,
               COALESCE(bool_or(data_set = 'stocks'), false) AS stocks
          FROM data_sets WHERE cabinet_id = cabinet AND baseline_at IS NOT NULL
    )
    SELECT jsonb_build_object(
        'orders', CASE WHEN loaded.orders THEN (
            SELECT COALESCE(jsonb_agg(to_jsonb(d)), '[]')
              FROM (SELECT moscow_day(at) - moscow_day(ordered_at) AS ago, count(*) AS made,
                           count(*) FILTER (WHERE state = 1) AS cancelled,
                           count(*) FILTER (WHERE state = 2) AS bought_out,
                           count(*) FILTER (WHERE state = 3) AS returned
                      FROM wb_orders
                     WHERE cabinet_id = cabinet AND nm_id = nm AND ordered_at >= moscow_midnight(moscow_day(at) - 29)
                     GROUP BY 1) d) END,
        'buyouts', CASE WHEN loaded.sales THEN (
            SELECT COALESCE(jsonb_agg(to_jsonb(d)), '[]')
              FROM (SELECT moscow_day(at) - moscow_day(sale_date) AS ago, count(*) AS count
                      FROM wb_sales
                     WHERE cabinet_id = cabinet AND nm_id = nm AND type = 'buyout'
                       AND sale_date >= moscow_midnight(moscow_day(at) - 29)
                     GROUP BY 1) d) END,
        'reviews', CASE WHEN loaded.reviews THEN (
            SELECT jsonb_build_object('count', count(*), 'stars', COALESCE(sum(stars), 0))
              FROM wb_reviews WHERE cabinet_id = cabinet AND nm_id = nm) END,
        'stocks', CASE WHEN loaded.stocks THEN (
            SELECT jsonb_build_object(
                       'remainder', COALESCE(sum(quantity), 0),
                       'to_client', COALESCE(sum(in_way_to_client), 0),
                       'from_client', COALESCE(sum(in_way_from_client), 0),
                       'days_seen_in_stock', (
                           SELECT COALESCE(jsonb_agg(ago), '[]') FROM generate_series(0, 13) AS ago
                            WHERE EXISTS (SELECT 1 FROM wb_stock_spells
                                           WHERE cabinet_id = cabinet AND nm_id = nm AND began_at <= at
                                             AND began_at < moscow_midnight(moscow_day(at) - ago + 1)
                                             AND (ended_at IS NULL
                                                  OR ended_at > GREATEST(began_at,
                                                                         moscow_midnight(moscow_day(at) - ago))))),
                       'first_seen_ago', (SELECT moscow_day(at) - moscow_day(min(began_at)) FROM wb_stock_spells
                                           WHERE cabinet_id = cabinet AND nm_id = nm),
                       'first_order_ago', (SELECT moscow_day(at) - moscow_day(min(ordered_at)) FROM wb_orders
                                            WHERE cabinet_id = cabinet AND nm_id = nm))
              FROM wb_stocks WHERE cabinet_id = cabinet AND nm_id = nm) END)
      FROM loaded
$$;

-- Pictures that Telegram has: sending one again by its id costs nobody a download.
CREATE TABLE telegram_pictures (
    image_url text        PRIMARY KEY,
    file_id   text        NOT NULL,
    -- Sellers put other pictures at the same address, so an id is good for some days only.
    sent_at   timestamptz NOT NULL
);

-- Whether the message is a picture, whose words are edited as its caption.
ALTER TABLE notification_history ADD COLUMN is_photo boolean NOT NULL DEFAULT false;
