-- What only a deployment shows: an interval that is changed, messages whose answer is lost, hosts that refuse a token.

ALTER TABLE cabinets
    -- The seconds between two ticks when the cabinet was claimed: slots of another interval are counted otherwise.
    ADD COLUMN claimed_interval integer,
    -- The latest time of which nothing is told but how much happened in it: {"since", "until", "cause", "totals"}.
    ADD COLUMN silence          jsonb,
    ADD COLUMN silence_told_at  timestamptz,
    -- Since when the cabinet has nobody any more; a chore deletes its rows, and then it.
    ADD COLUMN deleted_at       timestamptz,
    -- The hosts of which the members know that they are closed: {category: {"key", "told", "missing"}}.
    ADD COLUMN closed_parts     jsonb NOT NULL DEFAULT '{}';

ALTER TABLE data_sets
    -- The fingerprint of the last answer that reached back a day.
    ADD COLUMN wide_fingerprint bytea,
    -- What happened before this moment is silent, whatever it is.
    ADD COLUMN silent_before    timestamptz,
    -- Whether the last answer was nothing (204, null, no body) instead of a list: said twice, it is an empty list.
    ADD COLUMN said_nothing     boolean NOT NULL DEFAULT false;

-- Whose chat a stored reply is for: it goes with the person.
ALTER TABLE processed_updates ADD COLUMN chat_id bigint GENERATED ALWAYS AS ((reply->>'chat_id')::bigint) STORED;
CREATE INDEX processed_updates_of_chat ON processed_updates (chat_id) WHERE chat_id IS NOT NULL;

-- Who joined, or asks to, goes with the person as well.
CREATE INDEX events_of_member ON events ((payload->>'member')) WHERE kind IN ('member_joined', 'member_asks');

-- A token that waits may wait for an owner's yes.
ALTER TABLE token_attempts
    DROP CONSTRAINT token_attempts_state_check,
    DROP CONSTRAINT token_attempts_check,
    ADD CONSTRAINT token_attempts_check CHECK ((state = 'waiting') = (seller IS NULL)),
    ADD CONSTRAINT token_attempts_state_check CHECK (state IN ('waiting', 'asking', 'approving'));

-- SHA-256 of the tokens of members whom an owner has removed: such a token opens the cabinet only with an owner's yes.
CREATE TABLE removed_tokens (
    cabinet_id bigint      NOT NULL REFERENCES cabinets (id) ON DELETE CASCADE,
    digest     bytea       NOT NULL,
    removed_at timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, digest)
);

-- The readings of syncs in which nothing changed and nothing failed: a row a day and source, not one a sync.
CREATE TABLE wb_quiet_readings (
    cabinet_id bigint  NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    day        date    NOT NULL,
    source     text    NOT NULL,
    readings   bigint  NOT NULL,
    put_off    bigint  NOT NULL,
    rows       bigint  NOT NULL,
    PRIMARY KEY (cabinet_id, day, source)
) WITH (fillfactor = 50);

-- How often each source of a cabinet was read, by Moscow day, and what came of it.
CREATE OR REPLACE VIEW wb_usage AS
SELECT cabinet_id, day, source, sum(readings)::bigint AS readings, sum(failures)::bigint AS failures,
       sum(put_off)::bigint AS put_off, sum(rows) AS rows, sum(changed) AS changed, sum(events) AS events,
       sum(skipped) AS skipped
  FROM (SELECT l.cabinet_id, moscow_day(l.started_at) AS day, s.key AS source,
               (s.value ? 'rows')::int AS readings, (s.value ? 'error')::int AS failures,
               (s.value ? 'put_off')::int AS put_off,
               COALESCE((s.value->>'rows')::bigint, 0) AS rows, COALESCE((s.value->>'changed')::bigint, 0) AS changed,
               COALESCE((s.value->>'events')::bigint, 0) AS events, COALESCE((s.value->>'skipped')::bigint, 0) AS skipped
          FROM wb_sync_logs l CROSS JOIN LATERAL jsonb_each(l.data_sets) s
        UNION ALL
        SELECT cabinet_id, day, source, readings, 0, put_off, rows, 0, 0, 0 FROM wb_quiet_readings) counted
 GROUP BY 1, 2, 3;

ALTER TABLE review_answers
    -- How often its text was written: a preview names the one that it shows.
    ADD COLUMN revision integer NOT NULL DEFAULT 0;

ALTER TABLE notification_history
    -- How often it was sent and nobody saw the end of it: Telegram may have it.
    ADD COLUMN unseen    smallint NOT NULL DEFAULT 0,
    -- Whether it counts as told although Telegram never said so.
    ADD COLUMN is_unsure boolean  NOT NULL DEFAULT false;
CREATE INDEX notification_history_user ON notification_history (user_id, sent_at);
CREATE INDEX notification_history_cabinet ON notification_history (cabinet_id);
CREATE INDEX notification_history_unsure ON notification_history (cabinet_id, sent_at) WHERE is_unsure;

-- What is left of a product, by size: [{"chrt_id", "quantity"}]. NULL where nobody can say: the stocks are not loaded, or
-- they come by the report of remains, which names sizes as the product's card does, and there is no card.
CREATE FUNCTION product_stocks(cabinet bigint, nm bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM data_sets WHERE cabinet_id = cabinet AND data_set = 'stocks' AND baseline_at IS NOT NULL)
                  OR (EXISTS (SELECT 1 FROM data_sets WHERE cabinet_id = cabinet AND data_set = 'remains' AND baseline_at IS NOT NULL)
                      AND EXISTS (SELECT 1 FROM wb_products WHERE cabinet_id = cabinet AND nm_id = nm))
           THEN (SELECT COALESCE(jsonb_agg(jsonb_build_object('chrt_id', t.chrt_id, 'quantity', t.quantity)), '[]')
                   FROM (SELECT chrt_id, sum(quantity)::bigint AS quantity FROM wb_stocks
                          WHERE cabinet_id = cabinet AND nm_id = nm GROUP BY chrt_id) t) END
$$;

-- Whether what the seller keeps in warehouses of their own was ever seen: a base token does not see it.
CREATE FUNCTION sees_seller_stocks(cabinet bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM data_sets
                    WHERE cabinet_id = cabinet AND data_set = 'seller_stocks' AND baseline_at IS NOT NULL)
$$;

-- NULL: the number means nothing any more, and the next one is silent. The falls go on being counted.
ALTER TABLE wb_stock_levels ALTER COLUMN remainder DROP NOT NULL;
