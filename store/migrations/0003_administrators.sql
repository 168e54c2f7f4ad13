-- +goose Up

-- Administrators are few: whether there is another one is asked before one goes.
CREATE INDEX accounts_administrators ON accounts (id) WHERE admin = 1;
