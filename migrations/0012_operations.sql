-- What operating needs: which events go to the bus, views that count, and what finds old rows.

-- Set when the event is made, so that a deployment without a bus leaves nothing behind that waits for one.
ALTER TABLE events ADD COLUMN for_bus boolean NOT NULL DEFAULT false;
CREATE INDEX events_unpublished ON events (id) WHERE for_bus AND published_at IS NULL;

CREATE INDEX cabinets_paused ON cabinets (id) WHERE paused_at IS NOT NULL;

-- Rows come in the order of these times, so a few pages of summaries find the old ones.
CREATE INDEX events_by_age ON events USING brin (seen_at);
CREATE INDEX wb_orders_by_age ON wb_orders USING brin (created_at);
CREATE INDEX wb_sales_by_age ON wb_sales USING brin (created_at);
CREATE INDEX wb_sync_logs_by_age ON wb_sync_logs USING brin (started_at);
CREATE INDEX wb_stock_spells_by_age ON wb_stock_spells USING brin (began_at);

-- What happened in a cabinet, by Moscow day and kind, and what became of its telling.
CREATE VIEW cabinet_stats AS
SELECT e.cabinet_id, moscow_day(e.seen_at) AS day, e.kind,
       count(DISTINCT e.id) AS events,
       count(n.id) FILTER (WHERE n.status = 'sent') AS sent,
       count(n.id) FILTER (WHERE n.status = 'suppressed') AS suppressed,
       count(n.id) FILTER (WHERE n.status = 'failed') AS failed,
       count(n.id) FILTER (WHERE n.status IN ('pending', 'sending')) AS pending
  FROM events e LEFT JOIN notification_history n ON n.event_id = e.id
 WHERE e.cabinet_id IS NOT NULL
 GROUP BY 1, 2, 3;

-- What a person was told, by Moscow day and kind, and how long it took from the moment at which it was due.
CREATE VIEW user_stats AS
SELECT n.user_id, moscow_day(n.created_at) AS day, n.kind,
       count(*) FILTER (WHERE n.status = 'sent') AS sent,
       count(*) FILTER (WHERE n.status = 'suppressed') AS suppressed,
       count(*) FILTER (WHERE n.status = 'failed') AS failed,
       count(*) FILTER (WHERE n.status IN ('pending', 'sending')) AS pending,
       round(EXTRACT(EPOCH FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY n.sent_at - n.deliver_after)
                                FILTER (WHERE n.status = 'sent' AND n.sent_at >= n.deliver_after)), 1) AS median_seconds,
       round(EXTRACT(EPOCH FROM max(n.sent_at - n.deliver_after)
                                FILTER (WHERE n.status = 'sent' AND n.sent_at >= n.deliver_after)), 1) AS slowest_seconds
  FROM notification_history n
 GROUP BY 1, 2, 3;

-- How often each source of a cabinet was read, by Moscow day, and what came of it.
CREATE VIEW wb_usage AS
SELECT l.cabinet_id, moscow_day(l.started_at) AS day, s.key AS source,
       count(*) FILTER (WHERE s.value ? 'rows') AS readings,
       count(*) FILTER (WHERE s.value ? 'error') AS failures,
       count(*) FILTER (WHERE s.value ? 'put_off') AS put_off,
       COALESCE(sum((s.value->>'rows')::bigint), 0) AS rows,
       COALESCE(sum((s.value->>'changed')::bigint), 0) AS changed,
       COALESCE(sum((s.value->>'events')::bigint), 0) AS events,
       COALESCE(sum((s.value->>'skipped')::bigint), 0) AS skipped
  FROM wb_sync_logs l CROSS JOIN LATERAL jsonb_each(l.data_sets) s
 GROUP BY 1, 2, 3;
