package main

import (
	"testing"

	"github.com/signet-sso/signet/config"
)

func TestTheFirstAdministratorIsCalledByWhatThereIs(t *testing.T) {
	for _, c := range []struct{ username, email, want string }{
		{"root", "root@example.org", "root (root@example.org)"},
		{"root", "", "root"},
		{"", "root@example.org", "root@example.org"},
	} {
		if got := called(config.Admin{Username: c.username, Email: c.email}); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
