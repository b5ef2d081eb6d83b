-- What the six kinds of event need: sales in full, the level of each size, groups of rows, and a
-- pause of the whole bot.

ALTER TABLE wb_sales
    ADD COLUMN subject text,
    ADD COLUMN supply  text CHECK (supply IN ('fbo', 'fbs'));

-- The remainder of a size over all warehouses as it was last decided, and its falls so far:
-- {"<threshold>": {"n", "told", "at"}}. A size without a row has never been seen, and arms silently.
CREATE TABLE wb_stock_levels (
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    chrt_id    bigint      NOT NULL,
    nm_id      bigint      NOT NULL,
    remainder  bigint      NOT NULL,
    falls      jsonb       NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, chrt_id)
);
INSERT INTO wb_stock_levels (cabinet_id, chrt_id, nm_id, remainder, updated_at)
SELECT cabinet_id, chrt_id, max(nm_id), sum(quantity), max(updated_at) FROM wb_stocks GROUP BY cabinet_id, chrt_id;

-- An answer that would empty more than half of the sizes is believed when the next one agrees.
ALTER TABLE data_sets ADD COLUMN is_doubted boolean NOT NULL DEFAULT false;

-- The rows that came as one message carry the id of its first row.
ALTER TABLE notification_history ADD COLUMN group_id bigint;
CREATE INDEX notification_history_group ON notification_history (group_id, id) WHERE group_id IS NOT NULL;

-- One row: Telegram's refusals of two chats within seconds pause the whole bot.
CREATE TABLE telegram_pace (
    id           boolean     PRIMARY KEY DEFAULT true CHECK (id),
    refused_chat bigint,
    refused_at   timestamptz,
    paused_until timestamptz
);
INSERT INTO telegram_pace DEFAULT VALUES;
