package graphql_test

import (
	"net/http"
	"testing"

	"github.com/signet-sso/signet/web/wire/wiretest"
)

func TestContracts(t *testing.T) {
	wiretest.Play(t, func(t *testing.T) http.Handler { return newDesk(t).handler })
}
