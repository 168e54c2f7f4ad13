package directus_test

import (
	"os"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/web/compat/compattest"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

func TestContracts(t *testing.T) {
	compattest.Golden(t, newProviders(t).join)
}
