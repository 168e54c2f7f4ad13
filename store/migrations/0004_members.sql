-- +goose Up

-- One-time tokens, hashed. An account has one for each purpose: a newer one
-- replaces it.
CREATE TABLE tickets (
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose    TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    epoch      BIGINT NOT NULL,
    email      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, purpose)
);
CREATE INDEX tickets_expires ON tickets (expires_at);

-- Letters that wait, sealed, since they carry one-time tokens. A letter that is
-- sent is gone. Who claims one moves due_at beyond the time that sending takes.
CREATE TABLE outbox (
    id         TEXT   NOT NULL PRIMARY KEY,
    sealed     BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    given_up   BIGINT NOT NULL,
    reason     TEXT   NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE given_up = 0;
CREATE INDEX outbox_created ON outbox (created_at);

-- What strangers asked for, sealed. It is looked at later, so that the answer
-- takes the same time whatever is true of the address.
CREATE TABLE errands (
    id         TEXT   NOT NULL PRIMARY KEY,
    sealed     BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    tries      BIGINT NOT NULL
);
CREATE INDEX errands_due ON errands (due_at, id);

-- How many letters strangers caused to one recipient; bucket is a hash.
CREATE TABLE quotas (
    bucket     TEXT   NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    used       BIGINT NOT NULL
);
CREATE INDEX quotas_started ON quotas (started_at);

-- Second factors. seed is sealed for its account; proposed is one that waits for
-- its first code. step is the latest time step of a code that was used.
CREATE TABLE factors (
    account_id TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    seed       BYTEA,
    proposed   BYTEA,
    step       BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL,
    PRIMARY KEY (account_id, hash)
);

-- Sign-ins that wait for their second factor; key is a hash.
CREATE TABLE pendings (
    key        TEXT   NOT NULL PRIMARY KEY,
    doc        TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pendings_expires ON pendings (expires_at);

-- Registrations that nobody has confirmed are few.
CREATE INDEX accounts_unconfirmed ON accounts (created_at, id) WHERE status = 'unconfirmed';

-- Work on a schedule: who moves ran_at does it, however many replicas there are.
CREATE TABLE jobs (
    name   TEXT   NOT NULL PRIMARY KEY,
    ran_at BIGINT NOT NULL
);
