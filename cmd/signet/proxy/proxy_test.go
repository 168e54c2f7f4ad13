package proxy

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

var remote = Headers{User: "Remote-User", Name: "Remote-Name", Email: "Remote-Email", Groups: "Remote-Groups", Roles: "Remote-Roles"}

// plain is a set-up on one machine.
func plain() Options {
	return Options{
		Listen: "127.0.0.1:8080", Upstream: "http://127.0.0.1:3000", Signet: "http://127.0.0.1:8055", Public: "http://127.0.0.1:8080",
		Headers: remote, SessionCookie: "signet_session", Answer: 32, Folder: "/var/lib/signet-proxy",
	}
}

// full uses everything.
func full() Options {
	return Options{
		Listen: ":8080", Upstream: "https://localhost:8443", Signet: "http://[::1]:8055", Public: "https://app.example.org",
		Host: "App.example.org", Groups: [][]string{{"staff", "the board"}, {"ü{}$;\"'`\\\n#"}},
		Headers: Headers{User: "X-WebAuth-User", Groups: "X-WebAuth-Groups"}, Token: true,
		SessionCookie: "signet_session", Pages: []string{"reset", "forgot"}, Answer: 32, Folder: "/var/lib/signet-proxy", Warnings: []string{"first\nsecond: ü"},
	}
}

var kinds = []Kind{Nginx, Caddy, Traefik, Envoy}

func TestGoldenFiles(t *testing.T) {
	for _, k := range kinds {
		for name, o := range map[string]Options{"plain": plain(), "full": full()} {
			if k == Envoy {
				o.Groups = nil
			}
			t.Run(string(k)+" "+name, func(t *testing.T) {
				file := filepath.Join("testdata", string(k)+"-"+name+".golden")
				var got bytes.Buffer
				if err := Write(&got, k, o); err != nil {
					t.Fatal(err)
				}
				if *update {
					if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), got.String()); d != "" {
					t.Errorf("not as in %s; go test ./cmd/signet/proxy -update writes it anew (-want +got):\n%s", file, d)
				}
			})
		}
	}
}

// hostile are texts that mean something in one of the files.
var hostile = []string{
	"\n", "\r", "\x00", " ", ";", "{", "}", "\"", "'", "`", "$", "\\", "#", ",", "|", "%0a", "ü", "${env}", "{$HOME}", "{http.request.uri}", "%REQ(x)%", "{{.Host}}", "*",
}

func TestNothingIsPastedIn(t *testing.T) {
	for field, set := range map[string]func(o *Options, s string){
		"listen host":   func(o *Options, s string) { o.Listen = "a" + s + "b:80" },
		"listen port":   func(o *Options, s string) { o.Listen = "127.0.0.1:80" + s },
		"upstream host": func(o *Options, s string) { o.Upstream = "http://a" + s + "b:80" },
		"upstream port": func(o *Options, s string) { o.Upstream = "http://a:80" + s },
		"upstream path": func(o *Options, s string) { o.Upstream = "http://a:80/" + s },
		"signet host":   func(o *Options, s string) { o.Signet = "http://a" + s + "b" },
		"host":          func(o *Options, s string) { o.Host = "a" + s + "b" },
		"host's end":    func(o *Options, s string) { o.Host = "a.example" + s },
		"header":        func(o *Options, s string) { o.Headers.User = "Remote" + s + "User" },
		"header's end":  func(o *Options, s string) { o.Headers.Roles = "Remote-Roles" + s },
		"pages":         func(o *Options, s string) { o.Pages = []string{"reset" + s} },
		"cookie":        func(o *Options, s string) { o.SessionCookie = "a" + s },
		"folder":        func(o *Options, s string) { o.Folder = "/var/" + s + "x" },
	} {
		t.Run(field, func(t *testing.T) {
			for _, k := range kinds {
				if field == "cookie" && k != Traefik || field == "folder" && k != Nginx {
					continue // not in its file
				}
				for _, s := range hostile {
					o := plain()
					set(&o, s)
					var got bytes.Buffer
					if err := Write(&got, k, o); err == nil || got.Len() != 0 {
						t.Errorf("%s takes %q and writes %d bytes", k, s, got.Len())
					}
				}
			}
		})
	}
}

func TestGroupsAndWarningsStayInTheirPlace(t *testing.T) {
	lines := func(k Kind, o Options) int {
		var got bytes.Buffer
		if err := Write(&got, k, o); err != nil {
			t.Fatal(err)
		}
		return strings.Count(got.String(), "\n")
	}
	for _, k := range kinds {
		for _, s := range hostile {
			if s == "," || s == "\n" || s == "\r" || s == "\x00" {
				s = "x" + strings.Trim(s, ",") + "y"
			}
			o, p := plain(), plain()
			o.Warnings, p.Warnings = []string{"plain"}, []string{"a" + s + "\nb"}
			if k != Envoy {
				o.Groups, p.Groups = [][]string{{"plain"}}, [][]string{{"a" + s + "b"}}
			}
			if got, want := lines(k, p), lines(k, o); got != want {
				t.Errorf("%s: with %q there are %d lines, want %d", k, s, got, want)
			}
		}
	}
}

func TestWhatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name string
		kind Kind
		set  func(*Options)
		want string
	}{
		{"a proxy that nobody knows", "apache", func(*Options) {}, "no proxy that is known"},
		{"no port", Nginx, func(o *Options) { o.Listen = "127.0.0.1" }, "no host:port"},
		{"port 0", Nginx, func(o *Options) { o.Listen = "127.0.0.1:0" }, "no port"},
		{"a port too many", Nginx, func(o *Options) { o.Listen = ":65536" }, "no port"},
		{"a port with a sign", Nginx, func(o *Options) { o.Listen = ":+80" }, "no port"},
		{"no scheme", Caddy, func(o *Options) { o.Upstream = "127.0.0.1:3000" }, "no address"},
		{"another scheme", Caddy, func(o *Options) { o.Upstream = "unix:///run/app" }, "no address"},
		{"a path of the application", Nginx, func(o *Options) { o.Upstream = "http://a/app" }, "more than scheme, host and port"},
		{"a query of the application", Nginx, func(o *Options) { o.Upstream = "http://a/?x" }, "more than scheme, host and port"},
		{"credentials of the application", Nginx, func(o *Options) { o.Upstream = "http://a:b@c" }, "more than scheme, host and port"},
		{"an address that looks like a number", Envoy, func(o *Options) { o.Upstream = "http://127.1" }, "no host"},
		{"a zone", Nginx, func(o *Options) { o.Upstream = "http://[fe80::1%25eth0]:80" }, "no host"},
		{"TLS to Signet", Nginx, func(o *Options) { o.Signet = "https://127.0.0.1" }, "plain http"},
		{"an address as a host name", Nginx, func(o *Options) { o.Host = "127.0.0.1" }, "no host name"},
		{"a host with a port", Nginx, func(o *Options) { o.Host = "a.example:80" }, "no host name"},
		{"two things in one header", Nginx, func(o *Options) { o.Headers.Name = "remote-user" }, "two things"},
		{"groups and their reference in one header", Nginx, func(o *Options) { o.Headers.Roles = "Remote-Groups-Ref" }, "two things"},
		{"a group with a comma", Nginx, func(o *Options) { o.Groups = [][]string{{"a,b"}} }, "cannot be asked for"},
		{"an empty group", Caddy, func(o *Options) { o.Groups = [][]string{{""}} }, "cannot be asked for"},
		{"an empty list of groups", Caddy, func(o *Options) { o.Groups = [][]string{{}} }, "is empty"},
		{"groups for Envoy", Envoy, func(o *Options) { o.Groups = [][]string{{"a"}} }, "guard.rules"},
		{"no answer", Nginx, func(o *Options) { o.Answer = 0 }, "0 KiB"},
		{"no folder", Nginx, func(o *Options) { o.Folder = "" }, "whole path"},
		{"a folder above", Nginx, func(o *Options) { o.Folder = "/var/../etc" }, "whole path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := plain()
			c.set(&o)
			var got bytes.Buffer
			err := Write(&got, c.kind, o)
			if err == nil || !strings.Contains(err.Error(), c.want) || got.Len() != 0 {
				t.Errorf("got %v and %d bytes, want %q and none", err, got.Len(), c.want)
			}
		})
	}
}

// Every field by which an application may be told who it is stands in every file,
// whichever the guard uses.
func TestC28_EveryIdentityIsCleared(t *testing.T) {
	for _, k := range kinds {
		for _, h := range []Headers{remote, {User: "X-Forwarded-User", Groups: "X-Forwarded-Groups"}, {User: "X-Mine"}} {
			o := plain()
			o.Headers = h
			var got bytes.Buffer
			if err := Write(&got, k, o); err != nil {
				t.Fatal(err)
			}
			text := strings.ToLower(got.String())
			for _, name := range append(append([]string{}, identities...), h.told()...) {
				clears := map[Kind]string{Nginx: "proxy_set_header " + name + " ", Caddy: "request_header -" + name + "\n", Traefik: " " + name + `: ""`, Envoy: "- remove: " + name + "\n"}[k]
				if !strings.Contains(text, strings.ToLower(clears)) {
					t.Errorf("%s with %s does not clear %s", k, h.User, name)
				}
			}
		}
	}
}
