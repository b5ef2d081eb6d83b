-- The second source of orders, the stocks of every token, questions, and what the operator is told.

ALTER TABLE wb_orders
    -- NULL while only the order feed has shown the order; statistics are richer and overwrite it.
    ALTER COLUMN changed_at DROP NOT NULL,
    ADD COLUMN chrt_id       bigint,
    ADD COLUMN city          text,
    -- When the order came into its state, by the feed's word.
    ADD COLUMN fed_at        timestamptz,
    ADD COLUMN cancel_reason text CHECK (cancel_reason IN ('app', 'receipt', 'expire', 'other')),
    ADD COLUMN is_defective  boolean NOT NULL DEFAULT false,
    ADD COLUMN is_b2b        boolean NOT NULL DEFAULT false,
    -- NULL for the rouble.
    ADD COLUMN currency      text;

-- What a warehouse of WB holds, and what one of the seller holds, come by different methods: each answer
-- says of its own kind only what is not there any more. A report without warehouses has one row a size,
-- with the warehouse 0.
ALTER TABLE wb_stocks ADD COLUMN kind text NOT NULL DEFAULT 'wb' CHECK (kind IN ('wb', 'seller'));
ALTER TABLE wb_stocks DROP CONSTRAINT wb_stocks_pkey;
ALTER TABLE wb_stocks ADD PRIMARY KEY (cabinet_id, chrt_id, kind, warehouse_id);

ALTER TABLE data_sets
    -- Failures in a row.
    ADD COLUMN failures integer NOT NULL DEFAULT 0;

ALTER TABLE wb_limits
    -- 429s since `refused_since`, though we kept the limit: somebody else spends it.
    ADD COLUMN refusals      integer NOT NULL DEFAULT 0,
    ADD COLUMN refused_since timestamptz;

CREATE TABLE wb_questions (
    cabinet_id   bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    id           text        NOT NULL,
    nm_id        bigint      NOT NULL,
    created_date timestamptz NOT NULL,
    text         text,
    answer       text,
    state        text        NOT NULL CHECK (state IN ('new', 'answered', 'rejected')),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, id)
);

-- What the operator is told, each once.
CREATE TABLE operator_notices (
    key        text        PRIMARY KEY,
    text       text        NOT NULL,
    created_at timestamptz NOT NULL
);

-- WB's news about its API are read once a day.
INSERT INTO chores (kind, subject, due_at) VALUES ('news', '', to_timestamp(0));

ALTER TABLE data_sets
    DROP CONSTRAINT data_sets_put_off_reason_check,
    ADD CONSTRAINT data_sets_put_off_reason_check
        CHECK (put_off_reason IN ('limit', 'no_access', 'failing', 'gone'));
