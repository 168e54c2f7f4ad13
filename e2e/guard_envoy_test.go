package e2e

import (
	"testing"

	printed "github.com/signet-sso/signet/cmd/signet/proxy"
	"github.com/signet-sso/signet/e2e/parts"
)

func TestGuardBehindEnvoy(t *testing.T) {
	t.Run("with the real Signet", func(t *testing.T) { testFront(t, "envoy", parts.Envoy) })
	t.Run("whatever the guard says", func(t *testing.T) { testAnswers(t, printed.Envoy, parts.Envoy) })
	t.Run("for one host and some groups", func(t *testing.T) { testNarrowed(t, printed.Envoy, parts.Envoy) })
}
