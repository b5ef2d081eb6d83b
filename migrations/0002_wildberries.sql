-- What Wildberries told us, and what we may ask next. Money is NULL while WB has not filled it in.

CREATE TABLE wb_orders (
    cabinet_id          bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    srid                text        NOT NULL,
    -- 0 created, 1 cancelled, 2 bought out, 3 returned; only ever grows.
    state               smallint    NOT NULL CHECK (state BETWEEN 0 AND 3),
    basket              text,
    ordered_at          timestamptz NOT NULL,
    changed_at          timestamptz NOT NULL,
    cancelled_at        timestamptz,
    nm_id               bigint      NOT NULL,
    supplier_article    text,
    barcode             text,
    size                text,
    brand               text,
    subject             text,
    supply              text        CHECK (supply IN ('fbo', 'fbs')),
    warehouse           text,
    region              text,
    full_price          numeric,
    seller_price        numeric,
    buyer_price         numeric,
    wb_discount_percent numeric,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, srid)
);
CREATE INDEX wb_orders_by_day ON wb_orders (cabinet_id, ordered_at);

CREATE TABLE wb_sales (
    cabinet_id       bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    -- WB's `saleID`: one `srid` can be bought out and later returned.
    sale_id          text        NOT NULL,
    srid             text        NOT NULL,
    type             text        NOT NULL CHECK (type IN ('buyout', 'return')),
    sale_date        timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    nm_id            bigint      NOT NULL,
    supplier_article text,
    barcode          text,
    size             text,
    warehouse        text,
    region           text,
    seller_price     numeric,
    buyer_price      numeric,
    for_pay          numeric,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, sale_id)
);
CREATE INDEX wb_sales_by_order ON wb_sales (cabinet_id, srid);
CREATE INDEX wb_sales_by_day ON wb_sales (cabinet_id, sale_date);

CREATE TABLE wb_products (
    cabinet_id       bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    nm_id            bigint      NOT NULL,
    supplier_article text,
    title            text,
    brand            text,
    subject          text,
    image_url        text,
    -- [{"chrt_id", "name", "barcodes"}]
    sizes            jsonb       NOT NULL DEFAULT '[]',
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, nm_id)
);

CREATE TABLE wb_stocks (
    cabinet_id         bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    chrt_id            bigint      NOT NULL,
    warehouse_id       bigint      NOT NULL,
    nm_id              bigint      NOT NULL,
    warehouse          text,
    quantity           bigint      NOT NULL,
    in_way_to_client   bigint      NOT NULL,
    in_way_from_client bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, chrt_id, warehouse_id)
);
CREATE INDEX wb_stocks_of_product ON wb_stocks (cabinet_id, nm_id);

CREATE TABLE wb_reviews (
    cabinet_id   bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    id           text        NOT NULL,
    nm_id        bigint      NOT NULL,
    created_date timestamptz NOT NULL,
    stars        smallint    NOT NULL,
    pros         text,
    cons         text,
    text         text,
    author       text,
    answer       text,
    is_processed boolean     NOT NULL,
    parent_id    text,
    photos       jsonb       NOT NULL DEFAULT '[]',
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, id)
);
CREATE INDEX wb_reviews_of_product ON wb_reviews (cabinet_id, nm_id);

CREATE TABLE data_sets (
    cabinet_id      bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    data_set        text        NOT NULL,
    -- Where the next request begins; its shape is the data set's own.
    cursor          jsonb,
    -- SHA-256 over the rows of the last answer, sorted: an equal answer changes nothing.
    fingerprint     bytea,
    -- When the first load began, complete or not.
    load_began_at   timestamptz,
    -- When the first load that became complete began. NULL: everything is still silent.
    baseline_at     timestamptz,
    -- Up to when WB's answers are known to be taken in.
    covered_until   timestamptz,
    -- Our own pace and back-off; WB's limits stand in wb_limits.
    not_before      timestamptz,
    last_success_at timestamptz,
    last_error      text,
    last_error_at   timestamptz,
    -- Why the first sync did not wait for this data set, and until when.
    put_off_reason  text        CHECK (put_off_reason IN ('limit', 'no_access', 'failing')),
    put_off_until   timestamptz,
    PRIMARY KEY (cabinet_id, data_set)
);

-- One bucket per seller and WB method. It belongs to the seller, not to the cabinet: a cabinet that
-- was deleted and comes back finds WB's limits as they were.
CREATE TABLE wb_limits (
    seller     uuid        NOT NULL,
    method     text        NOT NULL,
    -- When the bucket will be full again (domain::pace).
    full_at    timestamptz NOT NULL,
    -- WB's own word (X-Ratelimit-Retry, Retry-After), never shortened.
    not_before timestamptz,
    PRIMARY KEY (seller, method)
);

CREATE TABLE wb_sync_logs (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cabinet_id   bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    started_at   timestamptz NOT NULL,
    completed_at timestamptz NOT NULL,
    -- {"orders": {"rows", "new", "changed", "events"} | {"error"}}
    data_sets    jsonb       NOT NULL
);
CREATE INDEX wb_sync_logs_of_cabinet ON wb_sync_logs (cabinet_id, started_at);
