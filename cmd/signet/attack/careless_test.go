package attack

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
)

func allClasses() []string {
	return []string{"honest", "no credential", "host", "identity", "hop-by-hop", "forwarded URL", "path", "guard", "credential", "health check", "smuggling"}
}

// against is a configuration for the stand-in.
func against(t *testing.T, careless fault) Config {
	t.Helper()
	return Config{
		URL: start(t, careless), Protected: "/desk", Public: "/public/page", Forbidden: "/admin", Token: ann, Other: bob,
		CookieName: "signet_session", Timeout: patience, Rate: 1_000_000, Random: rand.Reader,
	}
}

// assault runs the attacks of some classes on a stand-in.
func assault(t *testing.T, careless fault, classes ...string) Report {
	t.Helper()
	return assaultWith(t, against(t, careless), classes...)
}

func assaultWith(t *testing.T, c Config, classes ...string) Report {
	t.Helper()
	s, err := newScene(c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.end()
	s.line.quiet = patience
	if err := s.survey(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := Report{Echo: s.echo}
	for _, r := range s.rows() {
		if !slices.Contains(classes, r.class) {
			continue
		}
		f, err := s.try(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		report.Findings = append(report.Findings, f)
	}
	if err := s.stillUp(t.Context()); err != nil {
		t.Error(err)
	}
	return report
}

// Each way to be careless is found, by an attack that names it, and breaks
// nothing that it has nothing to do with.
func TestCarelessOnesAreFound(t *testing.T) {
	for _, c := range []struct {
		careless fault
		finds    string   // in the name of one that breaks
		classes  []string // that may have broken ones
	}{
		{openOptions, "no credential, method OPTIONS", []string{"no credential"}},
		{openOldVersion, "no credential, HTTP/1.0 with Host", []string{"no credential"}},
		{openSocket, "no credential, as a websocket", []string{"no credential"}},
		{openForeignHost, "another host, a foreign Host", []string{"host"}},
		{openTwoHosts, "another host, Host twice, ours last", []string{"host"}},
		{openAbsolute, "another host, the absolute target http://other.example", []string{"host", "path"}},
		{believesHost, "another host, X-Forwarded-Host", []string{"host"}},
		{clearsNothing, "spoofed Remote-User and its sisters, exact spelling", []string{"identity"}},
		{clearsExact, "spoofed X-Auth-Request-User and its sisters, _ for the last -", []string{"identity"}},
		{clearsFirst, "spoofed Remote-User and its sisters, twice", []string{"identity"}},
		{clearsProtected, "spoofed X-Forwarded-User and its sisters, exact spelling", []string{"identity"}},
		{readsOddLines, "spoofed Remote-User and its sisters, a space before the colon", []string{"identity", "smuggling"}},
		{dropsNamed, "Connection: close, Remote-User", []string{"hop-by-hop"}},
		{believesURL, "another request told, X-Original-URL as a whole URL", []string{"forwarded URL"}},
		{believesURI, "another request told, X-Forwarded-Uri", []string{"forwarded URL"}},
		{believesMethod, "another request told, X-HTTP-Method-Override", []string{"forwarded URL"}},
		{judgesRaw, "a forbidden path, from a public path by ../", []string{"path", "host"}},
		{judgesDecoded, "a forbidden path, from a public path by ..;/", []string{"path", "host"}},
		{judgesCase, "a forbidden path, in upper case", []string{"path"}},
		{showsGuard, "the guard from outside, /guard/nginx", []string{"guard"}},
		{tellsBrowser, "the guard's words in answers to browsers", []string{"guard"}},
		{tokenWins, "the cookie of one person and the token of another", []string{"credential"}},
		{cookieWins, "the token of one person and the cookie of another", []string{"credential"}},
		{firstCookie, "two cookies of two persons", []string{"credential"}},
		{lastCookie, "two cookies of two persons in two fields", []string{"credential"}},
		{firstToken, "two tokens of two persons", []string{"credential"}},
		{ignoresWrong, "a good cookie and a wrong token", []string{"credential"}},
		{takesQuery, "a token in the query", []string{"credential"}},
		{takesBasic, "a token by Basic, as password", []string{"credential"}},
		{checksNoSignature, `alg "nOnE"`, []string{"credential"}},
		{letsCheckersIn, "no credential, as GoogleHC/1.0", []string{"health check"}},
		{letsQueryIn, "no credential, with the query ?healthz", []string{"health check"}},
		{passesLengths, "a hidden request, both lengths", []string{"smuggling"}},
		{passesUpgrade, "an upgrade to h2c", []string{"smuggling"}},
	} {
		t.Run("one that "+string(c.careless), func(t *testing.T) {
			classes := allClasses()
			if !slices.Contains(c.classes, "smuggling") {
				classes = classes[:len(classes)-1]
			}
			report := assault(t, c.careless, classes...)
			found := false
			for _, f := range report.Findings {
				found = found || f.Verdict == Broken && f.Name == c.finds
				if f.Verdict == Broken && !slices.Contains(c.classes, f.Class) {
					t.Errorf("%s is broken (sent %s, got %s), want nothing but %v broken", f.Name, f.Sent, f.Got, c.classes)
				}
				if f.Verdict == Broken && (f.Sent == "" || f.Got == "" || f.Mend == "") {
					t.Errorf("%s: got sent %q, got %q, mend %q, want all three told", f.Name, f.Sent, f.Got, f.Mend)
				}
			}
			if !found {
				t.Errorf("%q is not broken, want it to be; broken are %q", c.finds, broken(report))
			}
		})
	}
}

func broken(r Report) []string {
	var names []string
	for _, f := range r.Findings {
		if f.Verdict == Broken {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestWhatIsNotGuardedIsNotAttacked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"one that asks nobody", func(c *Config) { c.URL = start(t, guardsNothing) }, "nothing guards it"},
		{"a token that is not let in", func(c *Config) { c.Token = "x" + ann }, "the first person's token"},
		{"another one that is not", func(c *Config) { c.Other = "x" + bob }, "the second person's token"},
		{"a port where nobody is", func(c *Config) { c.URL.Host = "127.0.0.1:1" }, "not reachable"},
		{"a rate of nothing", func(c *Config) { c.Rate = 0 }, "a rate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := against(t, "")
			c.change(&config)
			report, err := Run(t.Context(), config, func(f Finding) { t.Errorf("tried %s", f.Name) })
			if !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want ErrUnfit with %q", err, c.says)
			}
			if err != nil && (strings.Contains(err.Error(), ann) || strings.Contains(err.Error(), bob)) {
				t.Errorf("the error shows a token: %v", err)
			}
			if len(report.Findings) > 0 {
				t.Errorf("got %d findings, want none", len(report.Findings))
			}
		})
	}
}
