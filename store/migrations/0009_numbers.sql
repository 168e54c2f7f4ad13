-- +goose Up

-- Clients of other systems know people by a whole number. An account gets its
-- own when somebody first asks for it, or brings it from there. The first index holds
-- nobody for whom nobody asks; the second finds those who have none yet.
ALTER TABLE accounts ADD COLUMN number BIGINT;
CREATE UNIQUE INDEX accounts_number ON accounts (number) WHERE number IS NOT NULL;
CREATE INDEX accounts_unnumbered ON accounts (created_at, id) WHERE number IS NULL AND status <> 'merged';

-- The highest number that an account ever had: none is given twice. A change of
-- it is also the lock under which numbers are given.
INSERT INTO counters (name, value) VALUES ('accounts_number', 0);
