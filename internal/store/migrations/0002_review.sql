-- What people enter, decide and sign is an append-only journal, chained by hashes;
-- what rules find follows from the data and can be made again.

CREATE TABLE journal (
    site    SMALLINT NOT NULL,
    seq     BIGINT NOT NULL,    -- 1, 2, 3 … in a site
    at_us   BIGINT NOT NULL,    -- UTC
    kind    VARCHAR NOT NULL,   -- what was done, from a closed list
    object  VARCHAR NOT NULL,   -- a fingerprint, a rule id, a week; never a name
    content BLOB NOT NULL,      -- sealed JSON: who, what, why
    hash    VARCHAR NOT NULL    -- SHA-256 over the previous hash and the entry in clear
);

-- One row for each rule and period that was evaluated, again for each evaluation.
CREATE TABLE rule_run (
    site         SMALLINT NOT NULL,
    rule_id      VARCHAR NOT NULL,
    rule_version INTEGER NOT NULL,
    from_day     INTEGER NOT NULL,
    to_day       INTEGER NOT NULL,
    params_hash  VARCHAR NOT NULL,  -- of the rule's text, effective values and lists
    watermark    VARCHAR NOT NULL,  -- of the imports and the context that it saw
    outcome      VARCHAR NOT NULL,  -- ran, not_applicable, failed, timed_out, truncated, off
    reason       VARCHAR,           -- null if there is nothing to say
    matches      BIGINT NOT NULL,   -- evidence rows
    findings     BIGINT NOT NULL,
    millis       BIGINT NOT NULL,
    run_us       BIGINT NOT NULL
);

CREATE TABLE finding (
    site         SMALLINT NOT NULL,
    fingerprint  VARCHAR NOT NULL,
    rule_id      VARCHAR NOT NULL,
    rule_version INTEGER NOT NULL,
    params_hash  VARCHAR NOT NULL,
    category     VARCHAR NOT NULL,
    level        VARCHAR NOT NULL,
    risk         INTEGER NOT NULL,
    period_kind  VARCHAR NOT NULL,
    from_day     INTEGER NOT NULL,
    to_day       INTEGER NOT NULL,
    first_us     BIGINT NOT NULL,
    last_us      BIGINT NOT NULL,
    events       BIGINT NOT NULL,
    patients     BIGINT NOT NULL,
    mode         VARCHAR NOT NULL,  -- live, watch, learning or historical
    provisional  BOOLEAN NOT NULL,
    present      BOOLEAN NOT NULL,  -- false once a later evaluation no longer met it
    created_us   BIGINT NOT NULL,
    updated_us   BIGINT NOT NULL,
    content      BLOB NOT NULL      -- sealed JSON: subject, text, measures, score, explanations looked for
);

CREATE TABLE finding_evidence (
    site        SMALLINT NOT NULL,
    fingerprint VARCHAR NOT NULL,
    ord         INTEGER NOT NULL,
    event_id    BIGINT NOT NULL
);
