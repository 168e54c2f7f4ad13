package ethics_test

import (
	"os"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/web/compat/compattest"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

// byUsername says in a token what the original does.
func byUsername(s *compattest.Setup) { s.Broker.Subject = broker.SubjectUsername }

// keyed sets a confirmation key.
func keyed(s *compattest.Setup) { s.Broker.Membership.ConfirmationKey = "a-key-that-nobody-guesses" }

func TestContracts(t *testing.T) { compattest.Golden(t, byUsername, keyed) }
