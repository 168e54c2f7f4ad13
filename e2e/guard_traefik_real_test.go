//go:build traefik

package e2e

import (
	"testing"

	printed "github.com/signet-sso/signet/cmd/signet/proxy"
	"github.com/signet-sso/signet/e2e/parts"
)

func TestGuardBehindTraefik(t *testing.T) {
	t.Run("with the real Signet", func(t *testing.T) { testFront(t, "traefik", parts.Traefik) })
	t.Run("whatever the guard says", func(t *testing.T) { testAnswers(t, printed.Traefik, parts.Traefik) })
	t.Run("for one host and some groups", func(t *testing.T) { testNarrowed(t, printed.Traefik, parts.Traefik) })
}
