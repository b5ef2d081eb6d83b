-- People, cabinets, who belongs to which, and the sealed tokens.

CREATE TABLE users (
    id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    telegram_id           bigint      NOT NULL UNIQUE,
    language              text        NOT NULL DEFAULT 'ru',
    -- The one switch for everything, of §4 of the product.
    notifications_enabled boolean     NOT NULL DEFAULT true,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL
);

CREATE TABLE cabinets (
    id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- WB's `sid`: the cabinet is the seller, not the key.
    seller              uuid        NOT NULL UNIQUE,
    name                text,
    -- The number of the last tick that claimed the cabinet.
    claimed_slot        bigint      NOT NULL DEFAULT 0,
    -- Before this moment nothing of the cabinet may be asked.
    not_before          timestamptz NOT NULL,
    lease_until         timestamptz,
    -- Grows with each lease; a write that carries an older one is refused.
    fence               bigint      NOT NULL DEFAULT 0,
    first_sync_ended_at timestamptz,
    last_sync_at        timestamptz,
    previous_sync_at    timestamptz,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);
CREATE INDEX cabinets_due ON cabinets (claimed_slot, not_before);

CREATE TABLE cabinet_users (
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    role       text        NOT NULL CHECK (role IN ('owner', 'manager', 'reader')),
    joined_at  timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, user_id)
);
CREATE INDEX cabinet_users_of_user ON cabinet_users (user_id);

-- The data keys under which tokens are sealed, themselves wrapped by KMS or a key file.
CREATE TABLE vault_keys (
    id         uuid        PRIMARY KEY,
    wrapped    bytea       NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE wb_tokens (
    -- Also the associated data of the seal.
    id         uuid        PRIMARY KEY,
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    key_id     uuid        NOT NULL REFERENCES vault_keys,
    sealed     bytea       NOT NULL,
    -- SHA-256 of the token: the same token pasted twice is one row. A token carries 256 bits of
    -- signature, so its digest gives nothing away.
    digest     bytea       NOT NULL,
    token_type text        NOT NULL,
    -- The bit mask of the claim `s`.
    categories bigint      NOT NULL,
    expires_at timestamptz,
    refused_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (cabinet_id, digest)
);
