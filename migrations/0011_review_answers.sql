-- Answers to reviews: the conversation in which one is written, and its way to WB.

CREATE TABLE review_answers (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cabinet_id   bigint      NOT NULL,
    user_id      bigint      NOT NULL,
    review_id    text        NOT NULL,
    state        text        NOT NULL DEFAULT 'draft'
                 CHECK (state IN ('draft', 'sending', 'published', 'in_review', 'moderated', 'rejected', 'no_access',
                                  'closed', 'unsent', 'unknown', 'elsewhere', 'gone')),
    text         text,
    -- What the next text of the person will be: 0 the answer, 1 to 3 that template.
    awaits       smallint    CHECK (awaits BETWEEN 0 AND 3),
    awaits_until timestamptz,
    -- The message that says how far it is; NULL until a button below it was tapped.
    message_id   bigint,
    -- When the person had it sent.
    sent_at      timestamptz,
    -- When the review was last seen unanswered, so that the answer may go out; gone as soon as it does.
    checked_at   timestamptz,
    -- Requests to answer that were begun: what became of the last one is asked before the next.
    posts        integer     NOT NULL DEFAULT 0,
    accepted_at  timestamptz,
    -- How often WB did not show it since, and how often WB did not answer.
    looks        integer     NOT NULL DEFAULT 0,
    tries        integer     NOT NULL DEFAULT 0,
    -- A request that is taken out of WB's bucket and may be sent at this moment.
    slot_at      timestamptz,
    -- When somebody has to go on with it; NULL: never.
    next_at      timestamptz,
    -- What WB says of it, where a person may read it.
    words        text,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (cabinet_id, review_id, user_id),
    -- Who is removed from a cabinet answers nothing in its name any more.
    FOREIGN KEY (cabinet_id, user_id) REFERENCES cabinet_users ON DELETE CASCADE,
    CHECK ((awaits IS NULL) = (awaits_until IS NULL)),
    CHECK (state = 'draft' OR text IS NOT NULL)
);
-- One conversation of a person at a time, and one answer to a review on its way.
CREATE UNIQUE INDEX review_answers_awaiting ON review_answers (user_id) WHERE awaits IS NOT NULL;
CREATE UNIQUE INDEX review_answers_sending ON review_answers (cabinet_id, review_id) WHERE state = 'sending';
CREATE INDEX review_answers_due ON review_answers (next_at) WHERE next_at IS NOT NULL;

-- The templates that were changed; the others are those of the texts.
CREATE TABLE answer_templates (
    cabinet_id bigint      NOT NULL REFERENCES cabinets ON DELETE CASCADE,
    number     smallint    NOT NULL CHECK (number BETWEEN 1 AND 3),
    text       text        NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (cabinet_id, number)
);
