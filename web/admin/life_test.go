package admin_test

import (
	"encoding/csv"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// tokenOf is what a letter's link carries.
func tokenOf(t *testing.T, l broker.Letter) string {
	t.Helper()
	u, err := url.Parse(l.Link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("no token in %q: %v", l.Link, err)
	}
	return u.Query().Get("token")
}

func TestAnInvitedPersonChoosesTheirPassword(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	want(t, o.ask(access, "POST", "/admin/api/users/invite", `{"email":"dave@example.org","groups":["family"]}`), 201)
	first := o.letters(t)
	want(t, o.ask(access, "POST", "/admin/api/users/dave@example.org/invite", ``), 204)
	second := o.letters(t)
	if len(first) != 1 || len(second) != 1 || first[0].Kind != broker.LetterInvite || !strings.HasPrefix(second[0].Link, publicURL+"/invite?token=") {
		t.Fatalf("got %+v and %+v, want an invitation each", first, second)
	}
	choose := func(l broker.Letter) error {
		return o.ResetPassword(t.Context(), broker.NewPassword{Token: tokenOf(t, l), Password: rightPassword})
	}
	if code := broker.CodeOf(choose(first[0])); code != broker.CodeTokenInvalid {
		t.Errorf("the older invitation: got %q, want it to be worthless", code)
	}
	if err := choose(second[0]); err != nil {
		t.Fatal(err)
	}
	if a := o.found(t, "dave@example.org"); a.Status != broker.Active || !a.EmailConfirmed || len(a.Groups) != 1 {
		t.Errorf("got %+v, want an active account with a confirmed address", a)
	}
	o.signIn(t, "dave@example.org")
	t.Run("an address that somebody has is not invited", func(t *testing.T) {
		want(t, o.ask(access, "POST", "/admin/api/users/invite", `{"email":"DAVE@example.org"}`), 400)
		if l := o.letters(t); len(l) != 0 {
			t.Errorf("got %+v, want no letter", l)
		}
	})
	t.Run("nobody is invited without an address, or with one that is taken as confirmed", func(t *testing.T) {
		want(t, o.ask(access, "POST", "/admin/api/users/invite", `{"username":"x"}`), 400)
		want(t, o.ask(access, "POST", "/admin/api/users/invite", `{"email":"x@example.org","confirmed":true}`), 400)
	})
}

// TestP31: an administrator sends a person a link, and that is all.
func TestP31_NoAdministratorSetsAPassword(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	o.person(t, "alice", false)
	want(t, o.ask(access, "POST", "/admin/api/users/alice/reset", ``), 204)
	letters := o.letters(t)
	if len(letters) != 1 || letters[0].Kind != broker.LetterReset || letters[0].To != "alice@example.org" {
		t.Fatalf("got %+v, want one link to choose a password", letters)
	}
	t.Run("the link is not in the answer, nor is the old password gone before it is used", func(t *testing.T) {
		o.signIn(t, "alice")
	})
	t.Run("an address that an administrator changes makes the link worthless, and the old one is told", func(t *testing.T) {
		want(t, o.ask(access, "PATCH", "/admin/api/users/alice", `{"email":"new@example.org"}`), 200)
		told := o.letters(t)
		if len(told) != 1 || told[0].Kind != broker.LetterEmailChanged || told[0].To != "alice@example.org" {
			t.Errorf("got %+v, want the old address to be told", told)
		}
		err := o.ResetPassword(t.Context(), broker.NewPassword{Token: tokenOf(t, letters[0]), Password: rightPassword})
		if code := broker.CodeOf(err); code != broker.CodeTokenInvalid {
			t.Errorf("got %q, want the link to be worthless", code)
		}
	})
	t.Run("and so is a link to an address that the person wanted", func(t *testing.T) {
		theirs := o.signIn(t, "alice").Access
		if err := o.ChangeEmail(t.Context(), broker.EmailChange{Access: theirs, Email: "wanted@example.org", Current: rightPassword}); err != nil {
			t.Fatal(err)
		}
		wanted := o.letters(t)
		want(t, o.ask(access, "PATCH", "/admin/api/users/alice", `{"email":"given@example.org"}`), 200)
		o.letters(t)
		if err := o.ConfirmEmail(t.Context(), broker.Proof{Token: tokenOf(t, wanted[0])}); broker.CodeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("got %v, want the link to be worthless", err)
		}
	})
	t.Run("an address is confirmed when it says so", func(t *testing.T) {
		want(t, o.ask(access, "PATCH", "/admin/api/users/alice", `{"email":"newer@example.org","confirmed":true}`), 200)
		if a := o.found(t, "alice"); !a.EmailConfirmed {
			t.Errorf("got %+v", a)
		}
	})
}

func TestA01_ASecondFactorIsAskedForWhoHasOne(t *testing.T) {
	o := newOffice(t)
	boss, access := o.boss(t)
	want(t, o.ask(access, "POST", "/admin/api/users/boss/unlock", ""), 204)
	o.alter(t, boss.ID, func(a *broker.Account) { a.SecondFactor = true })
	if _, reason := want(t, o.ask(access, "POST", "/admin/api/users/boss/unlock", ""), 403); !strings.Contains(reason, "second factor") {
		t.Errorf("got the reason %q", reason)
	}
	want(t, o.ask(access, "GET", "/admin/api/users", ""), 200)
}

func TestWhatAProviderKeepsIsChangedThere(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	if _, err := o.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "ann", Password: "x", Mode: sessions.ModeJSON}); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"email":"a@example.org"}`, `{"name":"Ann"}`, `{"username":"anna"}`} {
		if _, reason := want(t, o.ask(access, "PATCH", "/admin/api/users/ann", body), 400); !strings.HasSuffix(reason, "is kept by Corporate login") {
			t.Errorf("%s: got the reason %q", body, reason)
		}
	}
	want(t, o.ask(access, "PATCH", "/admin/api/users/ann", `{"groups":["family"]}`), 200)
	if a := o.found(t, "ann"); len(a.Groups) != 2 {
		t.Errorf("got groups %+v, want the provider's and the administrator's", a.Groups)
	}
}

func TestTroubleOfAProviderIsTold(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	o.corp.err = drivers.ErrUnavailable
	_, _ = o.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "x", Password: "y"})
	type state struct {
		Name      string `json:"name"`
		Status    string `json:"status"`
		LastError struct {
			At      string `json:"at"`
			Message string `json:"message"`
		} `json:"last_error"`
	}
	got := read[[]state](t, o.ask(access, "GET", "/admin/api/providers", ""))[1]
	if got.Status != "down" || got.LastError.At != "2026-11-23T12:00:00Z" || got.LastError.Message != drivers.ErrUnavailable.Error() {
		t.Errorf("got %+v, want what went wrong and when", got)
	}
}

func TestTheRecordForOtherPrograms(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	ask := func(query, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/admin/api/audit"+query, nil)
		r.Header.Set("Authorization", "Bearer "+access)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		return o.do(r)
	}
	t.Run("CSV has no cell that a spreadsheet takes for a formula", func(t *testing.T) {
		w := ask("", "text/html, text/csv;q=0.9")
		want(t, w, 200)
		rows, err := csv.NewReader(w.Body).ReadAll()
		if err != nil || len(rows) != 3 || rows[0][0] != "id" || rows[1][2] != broker.EventAccountChange {
			t.Fatalf("got %q, %v, want a header and two rows", rows, err)
		}
		if rows[2][9] != `'=cmd|' /C calc'!A0` {
			t.Errorf("got %q, want it to begin with an apostrophe", rows[2][9])
		}
		if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="audit.csv"` {
			t.Errorf("got Content-Disposition %q", got)
		}
	})
	t.Run("JSON lines have one object a line", func(t *testing.T) {
		w := ask("?format=jsonl", "")
		lines := strings.Split(strings.TrimSuffix(w.Body.String(), "\n"), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[0], `{"id":"2","time":"2026-11-23T11:00:00Z","event":"account.change"`) || w.Header().Get("Content-Type") != "application/jsonl" {
			t.Errorf("got %q", w.Body)
		}
	})
	t.Run("a Link field leads to the next page", func(t *testing.T) {
		w := ask("?format=csv&limit=1&outcome=success", "")
		if got := w.Header().Get("Link"); got != `</admin/api/audit?cursor=next&format=csv&limit=1&outcome=success>; rel="next"` {
			t.Errorf("got %q", got)
		}
	})
	for _, query := range []string{"?cursor=forged", "?format=xml", "?limit=0", "?limit=1001", "?since=yesterday", "?until=1", "?outcome=x", "?sort=x"} {
		t.Run(query+" is refused", func(t *testing.T) { want(t, ask(query, ""), 400) })
	}
}
