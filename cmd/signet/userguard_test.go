package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
)

func TestPasswdOfSomebodyFromADirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "signet.db")
	db, err := sqlite.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Accounts().Create(t.Context(), broker.Newcomer{
		Account:  broker.Account{ID: "a1", Status: broker.Active, Username: "carol", Epoch: 1, Created: time.Now(), Updated: time.Now()},
		Identity: &broker.LinkedIdentity{Provider: "corp", Subject: "s1", AccountID: "a1", Login: "carol", Seen: time.Now()},
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	environ := []string{"SIGNET_DATABASE=sqlite:" + path}
	for _, c := range []struct {
		name      string
		args      []string
		code      int
		out       string
		complaint string
	}{
		{"a password is no accident", []string{"passwd", "carol"}, 1, "", "signet: carol signs in through corp only, where the password is changed; a password here would be a second way in, whatever corp says: say --yes"},
		{"nothing has changed then", []string{"show", "carol"}, 0, "sign-in        corp as carol\ncreated", ""},
		{"an operator who is sure may", []string{"passwd", "carol", "--yes"}, 0, "password changed, sessions ended\npassword: ", "audit: "},
		{"somebody who has a local password needs no --yes", []string{"passwd", "carol"}, 0, "password changed, sessions ended\npassword: ", "audit: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, complaint := command(t, environ, append([]string{"user"}, c.args...)...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.HasPrefix(complaint, c.complaint) {
				t.Errorf("got %d, %q, %q; want %d, %q, %q", code, out, complaint, c.code, c.out, c.complaint)
			}
		})
	}
}
