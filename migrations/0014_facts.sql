-- What SQL looks for in the facts of an event is a column that PostgreSQL makes of them, so that the two cannot differ.
-- The statement rewrites `events` under a lock: 10 s for 500,000 rows of 800 bytes, beside other work. What waits meanwhile
-- fails after `lock_timeout`, and comes again with the next tick.

ALTER TABLE events
    -- The article; NULL where the event is about no product.
    ADD COLUMN nm_id        bigint  GENERATED ALWAYS AS ((payload->>'nm_id')::bigint) STORED,
    -- The size that fell, 0 for the whole product, and the threshold that it fell through.
    ADD COLUMN chrt_id      bigint  GENERATED ALWAYS AS ((payload->>'chrt_id')::bigint) STORED,
    ADD COLUMN threshold    bigint  GENERATED ALWAYS AS ((payload->>'threshold')::bigint) STORED,
    -- Who joined, or asks to.
    ADD COLUMN member       bigint  GENERATED ALWAYS AS ((payload->>'member')::bigint) STORED,
    -- Whether a person asked for their digest.
    ADD COLUMN is_asked_for boolean NOT NULL
        GENERATED ALWAYS AS (COALESCE((payload->>'is_asked_for')::boolean, false)) STORED;

DROP INDEX events_of_member;
CREATE INDEX events_of_member ON events (member) WHERE kind IN ('member_joined', 'member_asks');

-- A notification with what its message needs, and the person to whom it belongs.
CREATE VIEW notification_cards AS
SELECT n.id, n.kind, n.cabinet_id, n.user_id, n.chat_id, n.status, n.attempts, n.unseen, n.telegram_message_id, n.is_photo,
       n.group_id, n.deliver_after, e.payload, e.seen_at, e.nm_id, u.telegram_id, u.language, p.image_url,
       m.user_id IS NOT NULL AS is_member,
       -- The name of the cabinet, if the person has several.
       CASE WHEN (SELECT count(*) FROM cabinet_users o WHERE o.user_id = n.user_id) > 1 THEN c.name END AS cabinet_name,
       jsonb_build_object('title', p.title, 'article', p.supplier_article, 'image_url', p.image_url,
                          'sizes', COALESCE(p.sizes, '[]')) AS product
  FROM notification_history n
  JOIN events e ON e.id = n.event_id
  JOIN users u ON u.id = n.user_id
  LEFT JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
  LEFT JOIN cabinets c ON c.id = n.cabinet_id
  LEFT JOIN wb_products p ON p.cabinet_id = n.cabinet_id AND p.nm_id = e.nm_id;
