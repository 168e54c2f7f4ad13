-- +goose Up

-- What an administrator's search looks into: names and addresses from each of
-- their words on, normalised. They are bytes because prefixes are ranges only in
-- the order of bytes, and text has another one in some PostgreSQL databases.
CREATE TABLE search_terms (
    term       BYTEA NOT NULL,
    account_id TEXT  NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (term, account_id)
);
CREATE INDEX search_terms_account ON search_terms (account_id, term);
ALTER TABLE accounts DROP COLUMN search;

-- Groups of accounts.doc, to be found by. sources is a JSON list; created_at is
-- the account's.
CREATE TABLE account_groups (
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    sources    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);
CREATE INDEX account_groups_name ON account_groups (name, created_at, account_id);
CREATE INDEX account_groups_sources ON account_groups (name, sources);

-- Nearly all accounts are active.
CREATE INDEX accounts_not_active ON accounts (status, created_at, id) WHERE status <> 'active';

-- An account that was merged into another one stays, with status 'merged', until
-- that can no longer be undone. doc says what moved.
CREATE TABLE merges (
    id        TEXT   NOT NULL PRIMARY KEY,
    into_id   TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    from_id   TEXT   NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    doc       TEXT   NOT NULL,
    merged_at BIGINT NOT NULL
);
CREATE INDEX merges_into ON merges (into_id);
CREATE INDEX merges_merged ON merges (merged_at);

-- Who takes the last administrator away is decided one after the other.
INSERT INTO counters (name, value) VALUES ('administrators_turn', 0);
