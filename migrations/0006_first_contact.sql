-- First contact: who was let in, links that let people in, and tokens that wait for WB or for an answer.

ALTER TABLE users
    -- When a link or a list let the person in. Whoever was there before stays in.
    ADD COLUMN admitted_at       timestamptz,
    -- The tokens that he has sent since that moment, for the cap of an hour.
    ADD COLUMN attempts_since    timestamptz,
    ADD COLUMN attempts          integer NOT NULL DEFAULT 0;
UPDATE users SET admitted_at = created_at;

CREATE TABLE invites (
    -- SHA-256 of the code in the link; the code itself is nowhere.
    digest     bytea       PRIMARY KEY,
    -- The cabinet that the link lets into, with the role; without one it only lets in.
    cabinet_id bigint      REFERENCES cabinets ON DELETE CASCADE,
    role       text        CHECK (role IN ('manager', 'reader')),
    -- The owner who made it; NULL: the operator.
    made_by    bigint      REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CHECK ((cabinet_id IS NULL) = (role IS NULL) AND (cabinet_id IS NULL) = (made_by IS NULL))
);
CREATE INDEX invites_by_end ON invites (expires_at);

-- A token that nobody has refused and no cabinet has yet: sealed, and for a day at most.
CREATE TABLE token_attempts (
    -- Also the associated data of the seal, and later the token's own id.
    id          uuid        PRIMARY KEY,
    user_id     bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    chat_id     bigint      NOT NULL,
    -- The message that says that we are waiting; NULL until Telegram has it.
    message_id  bigint,
    update_id   bigint      NOT NULL,
    -- As the person is called, for the owner whose cabinet he may join.
    name        text        NOT NULL,
    key_id      uuid        NOT NULL REFERENCES vault_keys,
    sealed      bytea       NOT NULL,
    digest      bytea       NOT NULL,
    -- waiting: WB did not answer. asking: WB accepted it, and the person is asked whether to add its cabinet.
    state       text        NOT NULL CHECK (state IN ('waiting', 'asking')),
    -- Whose it is, once WB has accepted it.
    seller      uuid,
    shop        text,
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    gives_up_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    UNIQUE (user_id, digest),
    CHECK ((state = 'asking') = (seller IS NOT NULL))
);
CREATE INDEX token_attempts_due ON token_attempts (next_try_at);
