package main

import (
	"errors"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/store"
)

// explain turns an error into a line for an operator: what was wrong and,
// where it is known, what to do next.
func explain(err error) string {
	var e *broker.Error
	var down databaseError
	switch {
	case errors.As(err, &down):
		return down.Error()
	case errors.Is(err, store.ErrOlderSchema):
		return "the database is not the one of this version yet; start signet serve once, which brings it up to date"
	case errors.Is(err, store.ErrNewerSchema):
		return "the database was made by a newer version of Signet; use that one"
	case errors.Is(err, broker.ErrNoAccount):
		return "no account has that id, user name or e-mail address; see: signet user list"
	case errors.Is(err, broker.ErrTaken):
		return "another account has that user name or e-mail address already; see: signet user list"
	case errors.Is(err, broker.ErrStoreDown):
		return "the database cannot be reached or is locked: " + err.Error()
	case errors.Is(err, token.ErrUnknownKey):
		return "there is no such key; see: signet keys list"
	case errors.Is(err, token.ErrSealed):
		return err.Error() + "; the master secret is not the one the keys were sealed with: put the old one back, or remove the keys if it is lost for good"
	case errors.As(err, &e) && e.Reason != "":
		return e.Reason
	}
	return err.Error()
}
