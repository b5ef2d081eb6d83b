-- What the screens of a cabinet read.

-- The cabinets of a person that are loaded, oldest membership first. If there are several, each has its name and the one
-- after it; after the last comes the first.
CREATE VIEW member_cabinets AS
SELECT u.telegram_id, u.id AS user_id, u.language, m.role, c.id AS cabinet_id, c.paused_at, c.closed_parts,
       row_number() OVER joined AS place,
       CASE WHEN count(*) OVER everyone > 1 THEN c.name END AS cabinet_name,
       CASE WHEN count(*) OVER everyone > 1
            THEN COALESCE(lead(c.id) OVER joined, first_value(c.id) OVER joined) END AS next_cabinet_id
  FROM users u
  JOIN cabinet_users m ON m.user_id = u.id
  JOIN cabinets c ON c.id = m.cabinet_id AND c.first_sync_ended_at IS NOT NULL
WINDOW everyone AS (PARTITION BY u.telegram_id),
       joined AS (PARTITION BY u.telegram_id ORDER BY m.joined_at, c.id);

-- How the sources of a data set stand, of which one is enough: {"is_loaded", "fresh_at", "put_off_reason", "put_off_until"}.
-- What was put off is told only while none of them is loaded.
CREATE FUNCTION data_now(cabinet bigint, sources text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'is_loaded', COALESCE(bool_or(baseline_at IS NOT NULL), false),
               'fresh_at', max(covered_until),
               'put_off_reason', min(put_off_reason) FILTER (WHERE put_off_reason IS NOT NULL),
               'put_off_until', min(put_off_until))
      FROM data_sets WHERE cabinet_id = cabinet AND data_set = ANY(sources)
$$;

-- Whether a text holds these words, whatever their case. A database without a locale knows no case of Cyrillic letters, so
-- the rules are those of Unicode.
CREATE FUNCTION holds_words(text text, words text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT strpos(lower(text COLLATE "und-x-icu"), lower(words COLLATE "und-x-icu")) > 0
$$;

-- A product as a card shows it: store::product_now. What is not known of it is NULL.
CREATE FUNCTION product_now(cabinet bigint, nm bigint, at timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    p wb_products;
BEGIN
    SELECT * INTO p FROM wb_products WHERE cabinet_id = cabinet AND nm_id = nm;
    RETURN jsonb_build_object(
        'title', p.title, 'article', p.supplier_article, 'image_url', p.image_url, 'sizes', COALESCE(p.sizes, '[]'),
        'stocks', product_stocks(cabinet, nm), 'hides_sellers', NOT sees_seller_stocks(cabinet),
        'counts', product_figures(cabinet, nm, at));
END
$$;

-- The list at which a person looked last: a text that they send is looked for there.
ALTER TABLE users
    ADD COLUMN looks_at text CHECK (looks_at IN ('orders', 'stocks', 'reviews')),
    -- And in which cabinet; it may be theirs no more.
    ADD COLUMN looks_at_cabinet bigint;

-- What people have looked for. The buttons below what was found carry the number.
CREATE TABLE searches (
    id         integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    words      text        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX searches_of_user ON searches (user_id);
CREATE INDEX searches_by_age ON searches (created_at);

-- What cabinets did together from one moment on and before another: domain::figures::period. Sums are texts, because JSON
-- has no decimals.
CREATE FUNCTION period_figures(cabinets bigint[], since timestamptz, until timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('orders', count(*), 'order_sum', COALESCE(sum(seller_price), 0)::text,
                                      'without_price', count(*) FILTER (WHERE seller_price IS NULL))
              FROM wb_orders WHERE cabinet_id = ANY(cabinets) AND ordered_at >= since AND ordered_at < until)
        || (SELECT jsonb_build_object('cancellations', count(*))
              FROM wb_orders
             WHERE cabinet_id = ANY(cabinets) AND state = 1 AND cancelled_at >= since AND cancelled_at < until)
        || (SELECT jsonb_build_object('buyouts', count(*) FILTER (WHERE type = 'buyout'),
                                      'buyout_sum', COALESCE(sum(seller_price) FILTER (WHERE type = 'buyout'), 0)::text,
                                      'returns', count(*) FILTER (WHERE type = 'return'),
                                      'paid', COALESCE(sum(for_pay) FILTER (WHERE type = 'buyout'), 0)::text,
                                      'taken_back', COALESCE(sum(abs(for_pay)) FILTER (WHERE type = 'return'), 0)::text)
              FROM wb_sales WHERE cabinet_id = ANY(cabinets) AND sale_date >= since AND sale_date < until);
END
$$;

-- The latest reviews, and the one that a button names. Writes of reviews wait while the indexes are made: about a second for
-- 100,000 reviews.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX wb_reviews_by_date ON wb_reviews (cabinet_id, created_date, id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX wb_reviews_by_key ON wb_reviews (cabinet_id, left(md5(id), 12));
