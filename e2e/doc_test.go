// Package e2e runs the real program against real servers: what the README and
// the operator pages promise, and what must fail.
package e2e

import (
	"os"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }
