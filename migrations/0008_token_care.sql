-- Token care: which token is doubted or refused, a cabinet that pauses, warnings before an expiry.

ALTER TABLE cabinets
    -- Since when nothing is read, because no token serves; the data stays.
    ADD COLUMN paused_at    timestamptz,
    ADD COLUMN pause_reason text CHECK (pause_reason IN ('refused', 'expired', 'gone')),
    ADD CONSTRAINT a_pause_has_its_reason CHECK ((paused_at IS NULL) = (pause_reason IS NULL));

ALTER TABLE wb_tokens
    -- When ping on two hosts refused the token; `refused_at` follows if they do so again.
    ADD COLUMN suspected_at       timestamptz,
    -- The bit mask of the categories whose hosts refuse the token although it claims them.
    ADD COLUMN refused_categories bigint NOT NULL DEFAULT 0;

-- Since when WB refuses a data set that had been loaded, as the members were told.
ALTER TABLE data_sets ADD COLUMN refused_at timestamptz;

CREATE INDEX chores_due ON chores (due_at);
INSERT INTO chores (kind, subject, due_at)
SELECT 'token_expiring', id::text, expires_at - interval '30 days' FROM wb_tokens WHERE expires_at IS NOT NULL;
