package bench

import (
	"fmt"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"golang.org/x/crypto/argon2"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/sessions"
)

// BenchmarkLocalLogin is the broker's whole sign-in; the floor is the argon2id
// hash alone, as many at once as there are processors.
func BenchmarkLocalLogin(b *testing.B) {
	for _, callers := range []int{1, 32} {
		b.Run(fmt.Sprintf("%d/signet", callers), func(b *testing.B) {
			h := newHouse(b, engines["sqlite"](b), nil)
			if _, err := h.admin.Add(b.Context(), broker.NewAccount{Username: "alice", Password: password}); err != nil {
				b.Fatal(err)
			}
			signIn(b, h, callers, "", []string{"alice"}, password)
		})
		b.Run(fmt.Sprintf("%d/floor", callers), func(b *testing.B) {
			salt, slots := make([]byte, 16), make(chan struct{}, 2)
			spread(b, callers, func(int) error {
				slots <- struct{}{}
				argon2.IDKey([]byte(password), salt, 2, 19<<10, 1, 32)
				<-slots
				return nil
			})
		})
	}
}

// BenchmarkLDAPLogin is the broker's whole sign-in over StartTLS; the floor is
// its three requests by the library on kept connections: search, bind, groups.
func BenchmarkLDAPLogin(b *testing.B) {
	dir := parts.Slapd(b, parts.SlapdOptions{People: 64})
	people := make([]string, 64)
	for i := range people {
		people[i] = fmt.Sprintf("person%d", i)
	}
	for _, callers := range []int{1, 32} {
		b.Run(fmt.Sprintf("%d/signet", callers), func(b *testing.B) {
			h := newHouse(b, engines["sqlite"](b), dir)
			for _, who := range people { // makes the accounts
				if _, err := h.broker.SignIn(b.Context(), broker.Credentials{Provider: "corp", Login: who, Password: parts.PersonPassword, Mode: sessions.ModeJSON}); err != nil {
					b.Fatal(err)
				}
			}
			signIn(b, h, callers, "corp", people, parts.PersonPassword)
		})
		b.Run(fmt.Sprintf("%d/floor", callers), func(b *testing.B) { rawLogins(b, dir, callers, people) })
	}
}

func signIn(b *testing.B, h *house, callers int, provider string, people []string, secret string) {
	b.Helper()
	next := make([]int, callers)
	spread(b, callers, func(i int) error {
		next[i]++
		who := people[(i+callers*next[i])%len(people)]
		_, err := h.broker.SignIn(b.Context(), broker.Credentials{Provider: provider, Login: who, Password: secret, Mode: sessions.ModeJSON})
		return err
	})
}

func rawLogins(b *testing.B, dir *parts.Directory, callers int, people []string) {
	b.Helper()
	search, bind := kept(b, dir, 8), kept(b, dir, 16)
	next := make([]int, callers)
	spread(b, callers, func(i int) error {
		next[i]++
		who := people[(i+callers*next[i])%len(people)]
		dn, err := find(search, parts.PeopleDN, "(uid="+who+")", "entryUUID", "uid", "cn", "givenName", "sn", "mail")
		if err != nil {
			return err
		}
		c := <-bind
		err = c.Bind(dn, parts.PersonPassword)
		bind <- c
		if err != nil {
			return err
		}
		_, err = find(search, parts.GroupsDN, "(member="+dn+")", "cn")
		return err
	})
}

// kept are connections over StartTLS, bound as the reader.
func kept(b *testing.B, dir *parts.Directory, n int) chan *goldap.Conn {
	b.Helper()
	all := make(chan *goldap.Conn, n)
	for range n {
		c, err := goldap.DialURL(dir.URL)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		if err := c.StartTLS(dir.ClientTLS()); err != nil {
			b.Fatal(err)
		}
		if err := c.Bind(parts.ReaderDN, parts.ReaderPassword); err != nil {
			b.Fatal(err)
		}
		all <- c
	}
	return all
}

// find returns the DN of the first entry, empty for none.
func find(conns chan *goldap.Conn, base, filter string, attributes ...string) (string, error) {
	c := <-conns
	defer func() { conns <- c }()
	found, err := c.Search(goldap.NewSearchRequest(base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil))
	if err != nil || len(found.Entries) == 0 {
		return "", err
	}
	return found.Entries[0].DN, nil
}
