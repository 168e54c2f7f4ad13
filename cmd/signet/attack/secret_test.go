package attack

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// What is told of a set-up that is broken in every way holds no token, and
// nothing that a terminal would obey.
func TestFindingsHoldNoSecret(t *testing.T) {
	for _, careless := range []fault{clearsNothing, takesQuery, checksNoSignature, firstCookie, judgesRaw, tellsBrowser} {
		t.Run("one that "+string(careless), func(t *testing.T) {
			report := assault(t, careless, "honest", "identity", "credential", "path", "guard")
			if report.Count(Broken) == 0 {
				t.Error("nothing is broken, so nothing was told")
			}
			text, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range []string{ann, bob} {
				for _, part := range strings.Split(token, ".") {
					if strings.Contains(string(text), part) {
						t.Errorf("the report holds %q of a token", part)
					}
				}
			}
			for _, f := range report.Findings {
				if i := strings.IndexFunc(f.Name+f.Sent+f.Got+f.Why, func(c rune) bool { return (c < ' ' || c > '~') && c != '…' }); i >= 0 {
					t.Errorf("%q: a sign that is not printable", f.Name+f.Sent+f.Got+f.Why)
				}
			}
		})
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		not    string // the name of a row that is not tried then
		says   string
	}{
		{"no token", func(c *Config) { c.Token, c.Other = "", "" }, "someone who is signed in stays who it is", "--token-file"},
		{"one person", func(c *Config) { c.Other = "" }, "the cookie of one person and the token of another", "--other-token-file"},
		{"no public path", func(c *Config) { c.Public = "" }, "nobody is nobody where no sign-in is needed", "--public"},
		{"a public path that is none", func(c *Config) { c.Public = "/desk/x" }, "nobody is nobody where no sign-in is needed", "--public"},
		{"no forbidden path", func(c *Config) { c.Forbidden = "" }, "a forbidden path is forbidden to someone who is signed in", "--forbidden"},
		{"another cookie", func(c *Config) { c.CookieName = "other" }, "two cookies of two persons", "--cookie-name"},
		{"nothing to get to", func(c *Config) { c.Forbidden, c.Protected = "", "/" }, "a forbidden path, two slashes", "--forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := against(t, "")
			c.change(&config)
			report := assaultWith(t, config, "honest", "credential", "path", "identity")
			i := slices.IndexFunc(report.Findings, func(f Finding) bool { return f.Name == c.not })
			if i < 0 {
				t.Fatalf("no row %q", c.not)
			}
			if f := report.Findings[i]; f.Verdict != NotTried || !strings.Contains(f.Why, c.says) {
				t.Errorf("got %s %q, want not tried with %q", f.Verdict, f.Why, c.says)
			}
			if report.Count(Broken) > 0 {
				t.Errorf("got %q broken, want none", broken(report))
			}
		})
	}
	t.Run("a forbidden path that is none is broken", func(t *testing.T) {
		config := against(t, "")
		config.Forbidden = "/desk/other"
		report := assaultWith(t, config, "honest")
		if want := "a forbidden path is forbidden to someone who is signed in"; !slices.Contains(broken(report), want) {
			t.Errorf("got %q broken, want %q among them", broken(report), want)
		}
	})
}

func TestRun(t *testing.T) {
	config := against(t, letsQueryIn)
	told := 0
	report, err := Run(t.Context(), config, func(Finding) { told++ })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := broken(report), []string{"no credential, with the query ?healthz"}; !slices.Equal(got, want) {
		t.Errorf("got %q broken, want %q", got, want)
	}
	if told != len(report.Findings) || report.Requests < told || !report.Echo {
		t.Errorf("told %d of %d findings, %d requests, echo %t; want all told, a request each at least, and the echo seen", told, len(report.Findings), report.Requests, report.Echo)
	}
}
