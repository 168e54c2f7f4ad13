-- +goose Up

-- A migration and its row in goose_db_version are one transaction. With this
-- index two replicas cannot both apply one, whatever lock the engine has.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id);

-- password is a hash, '' for none. search is what an administrator's search
-- looks into. doc holds the profile.
CREATE TABLE accounts (
    id         TEXT   NOT NULL PRIMARY KEY,
    status     TEXT   NOT NULL,
    admin      BIGINT NOT NULL,
    epoch      BIGINT NOT NULL,
    password   TEXT   NOT NULL,
    search     TEXT   NOT NULL,
    doc        TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (id, epoch)
);
CREATE INDEX accounts_created ON accounts (created_at, id);

-- User names and addresses, normalised, in one namespace: nobody can take
-- somebody's address as a user name.
CREATE TABLE names (
    name       TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL
);
CREATE INDEX names_account ON names (account_id);

-- login_key is the normalised login name at the provider, which finds the
-- counter of attempts and nothing else. It is NULL for local identities, which
-- are found by names.
CREATE TABLE identities (
    provider   TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    login_key  TEXT,
    doc        TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_account ON identities (account_id, provider);
CREATE INDEX identities_login ON identities (provider, login_key);

-- bucket is an account id, or a hash of a login name that leads to none.
CREATE TABLE attempts (
    bucket     TEXT   NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    last_at    BIGINT NOT NULL
);
CREATE INDEX attempts_last ON attempts (last_at);

-- The foreign key with epoch closes the gap between "the account was active in
-- this epoch" and "here is its session": when the epoch changes first, the key
-- refuses the session; when the session comes first, whoever changed the epoch
-- sees it and can end it. PostgreSQL would let both pass each other otherwise.
-- No index holds a column that a refresh changes.
CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY,
    account_id   TEXT   NOT NULL,
    epoch        BIGINT NOT NULL,
    provider     TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    generation   BIGINT NOT NULL,
    outcome      BIGINT NOT NULL,
    mode         TEXT   NOT NULL,
    amr          TEXT   NOT NULL,
    counted      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    auth_time    BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    rotated_at   BIGINT NOT NULL,
    rechecked_at BIGINT NOT NULL,
    idle_ends_at BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    end_reason   TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL,
    FOREIGN KEY (account_id, epoch) REFERENCES accounts (id, epoch) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX sessions_account ON sessions (account_id, created_at);
CREATE INDEX sessions_ends ON sessions (ends_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at > 0;

-- The key is a hash of the state that travelled, browser one of a secret that
-- only the browser has: nobody can finish a flow with what is here.
CREATE TABLE flows (
    key        TEXT   NOT NULL PRIMARY KEY,
    doc        TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX flows_expires ON flows (expires_at);

-- token is a hash of the cookie's value.
CREATE TABLE browser_sessions (
    token      TEXT   NOT NULL PRIMARY KEY,
    data       BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX browser_sessions_expires ON browser_sessions (expires_at);

-- sealed is encrypted under the master secret.
CREATE TABLE signing_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    algorithm  TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Numbers with a name. A change of keys_version is also the lock under which
-- signing keys change, and one of names_turn that under which names do.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('keys_version', 0), ('names_turn', 0);
