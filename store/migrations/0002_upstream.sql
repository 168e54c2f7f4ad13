-- +goose Up

-- What a provider gave for one sign-in, sealed, in base64, and its own id of
-- the session.
ALTER TABLE sessions ADD COLUMN upstream TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN upstream_id TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_subject ON sessions (provider, subject);
CREATE INDEX sessions_upstream ON sessions (provider, upstream_id) WHERE upstream_id <> '';

-- What providers published, so that a start during an outage works.
CREATE TABLE documents (
    provider   TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    body       BYTEA  NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (provider, kind)
);

-- Tokens from outside that may be used once: id is a hash of who sent it and
-- its own id.
CREATE TABLE spent_tokens (
    id         TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_tokens_expires ON spent_tokens (expires_at);
