-- +goose Up

-- The record of who did what. Rows are added and, when they are old enough,
-- removed; none is changed. An account that is removed leaves its rows. Ids are
-- random behind a time, so that pages have an end.
CREATE TABLE audit (
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    outcome    TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    account_id TEXT   NOT NULL,
    session_id TEXT   NOT NULL,
    provider   TEXT   NOT NULL,
    login      TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    user_agent TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    changes    TEXT   NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_account ON audit (account_id, at, id) WHERE account_id <> '';
CREATE INDEX audit_actor ON audit (actor, at, id) WHERE actor <> '';
CREATE INDEX audit_name ON audit (name, at, id);
CREATE INDEX audit_address ON audit (address, at, id);
