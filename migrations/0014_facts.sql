-- What SQL looks for in the facts of an event are columns. A trigger fills them, so that code of the release before fills
-- them too and the two cannot differ. The table is not rewritten: 0015 fills the columns of rows that are there.

ALTER TABLE events
    -- The article; NULL where the event is about no product.
    ADD COLUMN nm_id        bigint,
    -- The size that fell, 0 for the whole product, and the threshold that it fell through.
    ADD COLUMN chrt_id      bigint,
    ADD COLUMN threshold    bigint,
    -- Who joined, or asks to.
    ADD COLUMN member       bigint,
    -- Whether a person asked for their digest.
    ADD COLUMN is_asked_for boolean NOT NULL DEFAULT false;

CREATE FUNCTION fill_columns_of_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.nm_id := (NEW.payload->>'nm_id')::bigint;
    NEW.chrt_id := (NEW.payload->>'chrt_id')::bigint;
    NEW.threshold := (NEW.payload->>'threshold')::bigint;
    NEW.member := (NEW.payload->>'member')::bigint;
    NEW.is_asked_for := COALESCE((NEW.payload->>'is_asked_for')::boolean, false);
    RETURN NEW;
END $$;

CREATE TRIGGER columns_of_facts BEFORE INSERT OR UPDATE OF payload ON events
    FOR EACH ROW EXECUTE FUNCTION fill_columns_of_facts();

-- The release before looks for `payload->>'member'`, so its index `events_of_member` stays for one release.
CREATE INDEX events_by_member ON events (member) WHERE kind IN ('member_joined', 'member_asks');

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
