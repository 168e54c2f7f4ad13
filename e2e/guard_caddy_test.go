package e2e

import (
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestGuardBehindCaddy(t *testing.T) { testFront(t, "caddy", parts.Caddy) }
