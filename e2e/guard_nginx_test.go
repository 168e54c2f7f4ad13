package e2e

import (
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestGuardBehindNginx(t *testing.T) { testFront(t, "nginx", parts.Nginx) }
