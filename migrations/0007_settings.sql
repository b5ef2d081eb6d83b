-- Settings in full: quiet hours, how a kind comes, thresholds by product, muted products, the digest.

ALTER TABLE users
    -- The IANA name of the zone by which quiet hours and the digest go.
    ADD COLUMN zone          text     NOT NULL DEFAULT 'Europe/Moscow',
    ADD COLUMN quiet_enabled boolean  NOT NULL DEFAULT false,
    -- Whole hours of the zone; a time from 23 until 8 goes over midnight.
    ADD COLUMN quiet_from    smallint NOT NULL DEFAULT 23 CHECK (quiet_from BETWEEN 0 AND 23),
    ADD COLUMN quiet_until   smallint NOT NULL DEFAULT 8 CHECK (quiet_until BETWEEN 0 AND 23),
    ADD COLUMN quiet_mode    text     NOT NULL DEFAULT 'silent' CHECK (quiet_mode IN ('silent', 'held')),
    -- NULL: no digest.
    ADD COLUMN digest_hour   smallint CHECK (digest_hour BETWEEN 0 AND 23);

ALTER TABLE notification_settings
    ADD COLUMN orders_late_enabled boolean NOT NULL DEFAULT true,
    ADD COLUMN stock_by            text    NOT NULL DEFAULT 'size' CHECK (stock_by IN ('size', 'product'));

-- How a kind comes to a person; without a row at once.
CREATE TABLE notification_deliveries (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    cabinet_id bigint NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    kind       text   NOT NULL,
    delivery   text   NOT NULL CHECK (delivery IN ('at_once', '15m', '1h', '3h', 'digest')),
    PRIMARY KEY (user_id, cabinet_id, kind)
);

CREATE TABLE muted_products (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    nm_id      bigint      NOT NULL,
    -- A kind, or 'all'.
    kind       text        NOT NULL,
    muted_at   timestamptz NOT NULL,
    UNIQUE (user_id, cabinet_id, nm_id, kind)
);

-- A digest is a person's and no cabinet's.
ALTER TABLE events ALTER COLUMN cabinet_id DROP NOT NULL;
CREATE UNIQUE INDEX events_of_no_cabinet ON events (kind, event_key) WHERE cabinet_id IS NULL;

ALTER TABLE notification_history
    ALTER COLUMN cabinet_id DROP NOT NULL,
    -- The settings moved `deliver_after`: when they change, the row is looked at again.
    ADD COLUMN is_held boolean NOT NULL DEFAULT false,
    -- The row of the digest that tells this one, and with which it is settled.
    ADD COLUMN told_with bigint;
CREATE INDEX notification_history_told_with ON notification_history (told_with) WHERE told_with IS NOT NULL;
-- Single messages of the last hour, for the offer to collect them.
CREATE INDEX notification_history_sent ON notification_history (user_id, kind, sent_at)
    WHERE status = 'sent' AND group_id IS NULL;

-- The falls of a product as a whole, for whoever watches products and not sizes.
CREATE TABLE wb_product_falls (
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    nm_id      bigint      NOT NULL,
    falls      jsonb       NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, nm_id)
);
