package e2e

import (
	"testing"

	printed "github.com/signet-sso/signet/cmd/signet/proxy"
	"github.com/signet-sso/signet/e2e/parts"
)

func TestGuardBehindCaddy(t *testing.T) {
	t.Run("with the real Signet", func(t *testing.T) { testFront(t, "caddy", parts.Caddy) })
	t.Run("whatever the guard says", func(t *testing.T) { testAnswers(t, printed.Caddy, parts.Caddy) })
	t.Run("for one host and some groups", func(t *testing.T) { testNarrowed(t, printed.Caddy, parts.Caddy) })
}
