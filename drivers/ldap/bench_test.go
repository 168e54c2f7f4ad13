package ldap_test

import (
	"sync"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/e2e/parts"
)

// spread runs b.N operations by a number of callers at once.
func spread(b *testing.B, callers int, op func() error) {
	b.Helper()
	work := make(chan struct{}, callers)
	var done sync.WaitGroup
	b.ResetTimer()
	for range callers {
		done.Go(func() {
			for range work {
				if err := op(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	done.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}

// BenchmarkLogin is a whole login: search, bind, groups.
func BenchmarkLogin(b *testing.B) {
	dir := parts.Slapd(b, parts.SlapdOptions{})
	d := open(b, searching(dir))
	op := func() error {
		_, err := d.Password.Authenticate(b.Context(), "alice", parts.PersonPassword)
		return err
	}
	b.Run("1callers", func(b *testing.B) { spread(b, 1, op) })
	b.Run("32callers", func(b *testing.B) { spread(b, 32, op) })
}

// BenchmarkRawKept is the floor: the same three requests by the library, on
// connections that are kept, as many of them as the driver's pools have.
func BenchmarkRawKept(b *testing.B) {
	dir := parts.Slapd(b, parts.SlapdOptions{})
	search, bind := kept(b, dir, 8), kept(b, dir, 16)
	op := func() error {
		person, err := find(search, parts.PeopleDN, "(|(uid=alice)(mail=alice))", "entryUUID", "uid", "cn", "givenName", "sn", "mail")
		if err != nil {
			return err
		}
		c := <-bind
		err = c.Bind(person, parts.PersonPassword)
		bind <- c
		if err != nil {
			return err
		}
		_, err = find(search, parts.GroupsDN, "(member="+person+")", "cn")
		return err
	}
	b.Run("1callers", func(b *testing.B) { spread(b, 1, op) })
	b.Run("32callers", func(b *testing.B) { spread(b, 32, op) })
}

// kept are connections over StartTLS, bound as the reader.
func kept(b *testing.B, dir *parts.Directory, n int) chan *goldap.Conn {
	b.Helper()
	all := make(chan *goldap.Conn, n)
	for range n {
		c, err := goldap.DialURL(dir.URL)
		if err != nil {
			b.Fatalf("dial: %v", err)
		}
		b.Cleanup(func() { _ = c.Close() })
		if err := c.StartTLS(dir.ClientTLS()); err != nil {
			b.Fatalf("start TLS: %v", err)
		}
		if err := c.Bind(parts.ReaderDN, parts.ReaderPassword); err != nil {
			b.Fatalf("bind: %v", err)
		}
		all <- c
	}
	return all
}

func find(conns chan *goldap.Conn, base, filter string, attributes ...string) (string, error) {
	c := <-conns
	defer func() { conns <- c }()
	r, err := c.Search(goldap.NewSearchRequest(base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 2, 3, false, filter, attributes, nil))
	if err != nil {
		return "", err
	}
	return r.Entries[0].DN, nil
}
