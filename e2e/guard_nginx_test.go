package e2e

import (
	"testing"

	printed "github.com/signet-sso/signet/cmd/signet/proxy"
	"github.com/signet-sso/signet/e2e/parts"
)

func TestGuardBehindNginx(t *testing.T) {
	t.Run("with the real Signet", func(t *testing.T) { testFront(t, "nginx", parts.Nginx) })
	t.Run("whatever the guard says", func(t *testing.T) { testAnswers(t, printed.Nginx, parts.Nginx) })
	t.Run("for one host and some groups", func(t *testing.T) { testNarrowed(t, printed.Nginx, parts.Nginx) })
}
