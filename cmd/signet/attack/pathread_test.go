package attack

import (
	"strings"
	"testing"
)

// Every climb and every disguise that hides the path somewhere else than in a
// query is one that some application resolves; else it would not be an attack.
func TestReaches(t *testing.T) {
	for _, c := range []struct {
		target string
		want   bool
	}{
		{"/admin", true},
		{"/admin/users", true},
		{"/admin?x=1", true},
		{"/administration", false},
		{"/public/page", false},
		{"/public/page?next=/admin", false},
		{"/public/page?/../../admin", false},
		{"/", false},
		{"*", false},
		{"/public/../admin", true},
		{"/public/%2e%2e/admin", true},
		{"/public/..%2fadmin", true},
		{`/public/..\admin`, true},
		{"/public/..%5cadmin", true},
		{"/public/%252e%252e%252fadmin", true},
		{"/public/..;/admin", true},
		{"/public/;/../admin", true},
		{"/public/%c0%ae%c0%ae/admin", true},
		{"/public/..%c0%afadmin", true},
		{"/public/%u002e%u002e/admin", true},
		{"/public/%ef%bc%8e%ef%bc%8e/admin", true},
		{"/public/..%00/admin", true},
		{"/public/%3f/../../admin", true},
		{"/public/x/y/../admin", false},
		{"//admin", true},
		{"/.//admin", true},
		{`\admin`, true},
		{"admin", true},
		{"%2fadmin", true},
		{"/ADMIN", true},
		{"/%61dmin", true},
		{"/%2561dmin", true},
		{"/admin;x=y", true},
		{"/admin.", true},
		{"/admin%20", true},
		{"/admin%00.css", true},
		{"/admin%23", true},
		{"/admin%3f", true},
		{"/admin#/public", true},
		{"http://other.example/admin", true},
		{"HTTP://other.example//admin", true},
		{"http://other.example", false},
		{"/admin/../public", true},
		{"/%", false},
		{"/public/" + strings.Repeat("%252e%252e/", 40) + "x", false},
	} {
		t.Run(c.target, func(t *testing.T) {
			if got := reaches(c.target, "/admin"); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

func TestC22_PathGames(t *testing.T) {
	c := against(t, "")
	s, err := newScene(c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.end()
	rows := pathRows(s)
	if len(rows) < 60 {
		t.Errorf("got %d variants, want 60 and more", len(rows))
	}
	sent := make(map[string]string)
	for _, r := range rows {
		target := r.tries[0].target
		if before := sent[target]; before != "" {
			t.Errorf("%q sends the same as %q: %s", r.name, before, target)
		}
		sent[target] = r.name
		if strings.ContainsAny(target, "{}") {
			t.Errorf("%q is not filled in: %s", r.name, target)
		}
		if !strings.Contains(target, "?") && strings.HasPrefix(r.name, "a forbidden path, from") && !reaches(target, "/admin") {
			t.Errorf("nobody takes %s for /admin", target)
		}
	}
	t.Run("a deeper public path is left all the way", func(t *testing.T) {
		if got, want := climb("/public/a/b", "../"), "/public/a/b/../../../"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
