-- What happened, whom it is told, and how far the telling has come.

CREATE TABLE events (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cabinet_id   bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    kind         text        NOT NULL,
    event_key    text        NOT NULL,
    payload      jsonb       NOT NULL,
    -- WB's time.
    occurred_at  timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    published_at timestamptz,
    -- What happened is told once because it stands here once.
    UNIQUE (cabinet_id, kind, event_key)
);

CREATE TABLE notification_settings (
    user_id                     bigint   NOT NULL REFERENCES users ON DELETE CASCADE,
    cabinet_id                  bigint   NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    new_orders_enabled          boolean  NOT NULL DEFAULT true,
    order_buyouts_enabled       boolean  NOT NULL DEFAULT true,
    order_cancellations_enabled boolean  NOT NULL DEFAULT true,
    order_returns_enabled       boolean  NOT NULL DEFAULT true,
    negative_reviews_enabled    boolean  NOT NULL DEFAULT true,
    critical_stocks_enabled     boolean  NOT NULL DEFAULT true,
    review_threshold            smallint NOT NULL DEFAULT 3 CHECK (review_threshold BETWEEN 1 AND 5),
    stock_threshold             integer  NOT NULL DEFAULT 2 CHECK (stock_threshold >= 0),
    PRIMARY KEY (user_id, cabinet_id)
);

-- Outbox and history in one: a row is written with its event and never leaves.
CREATE TABLE notification_history (
    id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id            bigint      NOT NULL REFERENCES events ON DELETE CASCADE,
    user_id             bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    cabinet_id          bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    chat_id             bigint      NOT NULL,
    kind                text        NOT NULL,
    status              text        NOT NULL DEFAULT 'pending'
                        CHECK (status IN ('pending', 'sending', 'sent', 'suppressed', 'failed')),
    deliver_after       timestamptz NOT NULL,
    attempts            integer     NOT NULL DEFAULT 0,
    error               text,
    telegram_message_id bigint,
    created_at          timestamptz NOT NULL,
    sent_at             timestamptz,
    UNIQUE (event_id, user_id)
);
CREATE INDEX notification_history_due ON notification_history (chat_id, deliver_after, id)
    WHERE status IN ('pending', 'sending');

CREATE TABLE chats (
    chat_id      bigint      PRIMARY KEY,
    -- Grows with every new reason to look at the chat.
    wake_seq     bigint      NOT NULL DEFAULT 0,
    -- When the one delayed wake-up on its way will arrive.
    wake_at      timestamptz,
    lease_until  timestamptz,
    -- Grows with each lease; who holds an older one releases nothing.
    lease_seq    bigint      NOT NULL DEFAULT 0,
    next_send_at timestamptz NOT NULL DEFAULT to_timestamp(0),
    blocked_at   timestamptz
);

-- What the bot has sent in one second, over all chats: Telegram allows about 30.
CREATE TABLE send_seconds (
    second timestamptz PRIMARY KEY,
    used   integer     NOT NULL
);

-- A repeated update gets the reply that the first one got.
CREATE TABLE processed_updates (
    update_id    bigint      PRIMARY KEY,
    reply        jsonb,
    processed_at timestamptz NOT NULL
);
CREATE INDEX processed_updates_by_time ON processed_updates (processed_at);

CREATE TABLE chores (
    kind    text        NOT NULL,
    subject text        NOT NULL,
    due_at  timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);
INSERT INTO chores (kind, subject, due_at) VALUES ('clean_up', '', to_timestamp(0));
