-- One row of a fact table is narrow and holds integers only. What could name a
-- person stands in the dimension tables, sealed (BLOB columns hold AES-SIV
-- ciphertext). Code 0 means "none" in every dimension. There is no index and no
-- constraint on event: duplicates are found at import by a bounded join.

CREATE TABLE setting (
    name  VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE site (
    site SMALLINT NOT NULL,
    name VARCHAR NOT NULL
);

CREATE TABLE source (
    site      SMALLINT NOT NULL,
    source_id INTEGER NOT NULL,
    name      VARCHAR NOT NULL
);

-- One row for each file, archive member or sheet, and dataset rows it gave.
CREATE TABLE import (
    site           SMALLINT NOT NULL,
    import_id      INTEGER NOT NULL,
    file_no        INTEGER NOT NULL,
    source_id      INTEGER NOT NULL,
    sha256         VARCHAR NOT NULL,
    size           BIGINT NOT NULL,
    path           BLOB,
    member         BLOB,
    dataset        VARCHAR NOT NULL,
    parser         VARCHAR NOT NULL,
    parser_version INTEGER NOT NULL,
    zone           VARCHAR NOT NULL,
    zone_basis     VARCHAR NOT NULL,
    imported_us    BIGINT NOT NULL,
    modified_us    BIGINT,          -- when the file was last written, where the system knows
    records        BIGINT NOT NULL,
    accepted       BIGINT NOT NULL,
    duplicates     BIGINT NOT NULL,
    rejected       BIGINT NOT NULL,
    skipped        BIGINT NOT NULL,
    first_us       BIGINT,
    last_us        BIGINT,
    patients       BIGINT NOT NULL,
    users          BIGINT NOT NULL
);

CREATE TABLE event (
    site         SMALLINT NOT NULL,
    event_id     BIGINT NOT NULL,   -- import_id * 2^32 + ordinal in the import
    source_id    INTEGER NOT NULL,
    line         BIGINT NOT NULL,
    at_us        BIGINT NOT NULL,   -- UTC, microseconds since 1970
    local_day    INTEGER NOT NULL,  -- local date in the source's zone, days since 1970-01-01
    local_minute SMALLINT NOT NULL, -- local time of day, minutes since midnight
    user_code    INTEGER NOT NULL,
    patient_code INTEGER NOT NULL,
    place_code   INTEGER NOT NULL,
    kind_code    INTEGER NOT NULL,
    source_num   BIGINT             -- the source's own event id where it is an integer
);

-- What few events have. content_hash covers these columns for deduplication.
CREATE TABLE event_extra (
    site           SMALLINT NOT NULL,
    event_id       BIGINT NOT NULL,
    part           INTEGER NOT NULL,
    content_hash   BIGINT NOT NULL,
    recorded_us    BIGINT,
    ended_us       BIGINT,
    n_records      BIGINT,
    source_key     BLOB,
    record_id      BLOB,
    record_label   BLOB,
    session_id     BLOB,
    request_id     BLOB,
    on_behalf_of   BLOB,
    outcome_reason BLOB,
    reason_text    BLOB
);

CREATE TABLE dim_user (
    site        SMALLINT NOT NULL,
    code        INTEGER NOT NULL,
    id_hash     BIGINT NOT NULL, -- the first bytes of user_id, for a fast look-up; 0 if null
    user_id     BLOB,
    user_name   BLOB,
    user_role   BLOB,
    user_alt_id BLOB,
    user_type   VARCHAR
);

CREATE TABLE dim_patient (
    site           SMALLINT NOT NULL,
    code           INTEGER NOT NULL,
    id_hash        BIGINT NOT NULL, -- the first bytes of patient_id, for a fast look-up; 0 if null
    patient_id     BLOB,
    patient_system BLOB,
    patient_name   BLOB
);

CREATE TABLE dim_place (
    site          SMALLINT NOT NULL,
    code          INTEGER NOT NULL,
    workstation   BLOB,
    ip            BLOB,
    location      BLOB,
    source_system BLOB
);

CREATE TABLE dim_kind (
    site            SMALLINT NOT NULL,
    code            INTEGER NOT NULL,
    action          VARCHAR NOT NULL,
    action_raw      BLOB,
    record_type     VARCHAR,
    record_type_raw BLOB,
    outcome         VARCHAR NOT NULL,
    break_glass     BOOLEAN NOT NULL,
    interactive     VARCHAR,
    granularity     VARCHAR NOT NULL,
    tz_basis        VARCHAR NOT NULL,
    time_flag       VARCHAR,
    integrity       VARCHAR,
    purpose         BLOB
);

-- What each import contributed to each local day, after deduplication.
CREATE TABLE source_day (
    site         SMALLINT NOT NULL,
    source_id    INTEGER NOT NULL,
    import_id    INTEGER NOT NULL,
    local_day    INTEGER NOT NULL,
    events       BIGINT NOT NULL,
    reads        BIGINT NOT NULL, -- views and searches
    logins       BIGINT NOT NULL,
    with_user    BIGINT NOT NULL,
    with_patient BIGINT NOT NULL,
    with_number  BIGINT NOT NULL, -- with a patient number, not only a name
    with_place   BIGINT NOT NULL,
    doubtful     BIGINT NOT NULL, -- local time ambiguous or nonexistent
    check_failed BIGINT NOT NULL,
    num_count    BIGINT NOT NULL, -- events with an integer id of their source
    num_min      BIGINT,
    num_max      BIGINT,
    first_us     BIGINT NOT NULL,
    last_us      BIGINT NOT NULL
);

CREATE TABLE reject (
    site       SMALLINT NOT NULL,
    import_id  INTEGER NOT NULL,
    line       BIGINT NOT NULL,
    col        VARCHAR,
    reason     VARCHAR NOT NULL,
    at_us      BIGINT,
    local_day  INTEGER,
    patient_id BLOB,
    raw        BLOB
);

CREATE TABLE note (
    site       SMALLINT NOT NULL,
    import_id  INTEGER NOT NULL,
    kind       VARCHAR NOT NULL,
    line       BIGINT NOT NULL,
    count      BIGINT NOT NULL,
    source_key BLOB
);

-- kind other_content: event_id carries the id of other_event_id with other
-- content. kind missing: import_id delivers local_day again without count
-- events that an earlier import had.
CREATE TABLE conflict (
    site           SMALLINT NOT NULL,
    import_id      INTEGER NOT NULL,
    source_id      INTEGER NOT NULL,
    kind           VARCHAR NOT NULL,
    event_id       BIGINT,
    other_event_id BIGINT,
    local_day      INTEGER NOT NULL,
    count          BIGINT NOT NULL
);

-- Context rows: the key columns for look-ups, the rest as one sealed JSON object.
CREATE TABLE staff (
    site      SMALLINT NOT NULL,
    import_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    user_id   BLOB NOT NULL,
    content   BLOB NOT NULL
);

CREATE TABLE patient (
    site       SMALLINT NOT NULL,
    import_id  INTEGER NOT NULL,
    line       BIGINT NOT NULL,
    patient_id BLOB NOT NULL,
    content    BLOB NOT NULL
);

CREATE TABLE appointment (
    site         SMALLINT NOT NULL,
    import_id    INTEGER NOT NULL,
    line         BIGINT NOT NULL,
    patient_id   BLOB NOT NULL,
    provider_id  BLOB,
    starts_us    BIGINT NOT NULL,
    local_day    INTEGER NOT NULL,
    local_minute SMALLINT NOT NULL,
    minutes      BIGINT,
    content      BLOB NOT NULL
);
