package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// load asks for a page with 30 parts at once and returns the different new session
// cookies that came with it. Each part has to be let in.
func (f fronted) load(t *testing.T) []string {
	t.Helper()
	var page sync.WaitGroup
	answers := make([]answer, 30)
	for i := range answers {
		page.Go(func() { answers[i] = f.asAnn(t, fmt.Sprintf("GET /page/part-%d", i)) })
	}
	page.Wait()
	var fresh []string
	for i, a := range answers {
		if a.status != http.StatusOK {
			t.Errorf("part %d: got %d %s", i, a.status, a.body)
		}
		for _, c := range a.header["Set-Cookie"] {
			if pair, _, _ := strings.Cut(c, ";"); strings.HasPrefix(pair, "signet_session=") {
				fresh = append(fresh, pair) // of one renewal there may be several copies
			}
		}
	}
	slices.Sort(fresh)
	return slices.Compact(fresh)
}

// A browser that loads pages of 30 parts notices nothing of its cookie's end: it
// is renewed once in the second half of its life, and no part is refused.
func TestGuardRenewsOnceForAPageOfManyParts(t *testing.T) {
	f := front(t, "nginx", parts.Nginx, "tokens: {session_ttl: 10s}\n")
	begun := time.Now()
	f = f.signIn(t)
	first, renewals := f.cookie, 0
	for time.Since(begun) < 12*time.Second {
		fresh := f.load(t)
		if len(fresh) > 1 {
			t.Errorf("one page brought %d new cookies", len(fresh))
		}
		for _, c := range fresh {
			f.cookie = c
			renewals++
		}
		time.Sleep(250 * time.Millisecond) // somebody reads the page
	}
	if renewals == 0 || renewals > 2 || f.cookie == first {
		t.Errorf("%d renewals in 12 seconds of cookies that live for 10", renewals)
	}
	f.application.Heard()
	if a := f.send(t, "GET /page", "Cookie: "+first); a.status != http.StatusUnauthorized {
		t.Errorf("the first cookie, which is past its end: got %d", a.status)
	}
	f.nothing(t)
}
