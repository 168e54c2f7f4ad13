package e2e

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/cmd/signet/attack"
	"github.com/signet-sso/signet/e2e/parts"
)

// guardedRules let everybody see /public, and admins /admin.
const guardedRules = `
guard:
  rules:
    - {path: ["/public/**"], public: true}
    - {path: ["/admin/**"], groups: [admins]}
    - {path: ["/**"]}
`

// besieged is a set-up to attack: Signet, an application that shows what it
// gets, the tokens of ann and of bob, who is an admin, in files. The proxy is
// what a test adds, at address.
type besieged struct {
	signet                   *parts.Server
	application, address     string
	annFile, bobFile, folder string
}

func besiege(t *testing.T, settings string) besieged {
	t.Helper()
	b := besieged{address: parts.FreeAddress(t), folder: t.TempDir()}
	app, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.application = "http://" + app.Addr().String()
	ended := make(chan error, 1)
	ctx := t.Context()
	go func() { ended <- attack.Echo(ctx, app) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Errorf("the echo ended with %v", err)
		}
	})
	b.signet = serve(t, guardedRules+settings, "SIGNET_PUBLIC_URL=http://"+b.address)
	b.annFile = b.person(t, "ann", "--name", "Ann Lee", "--email", "ann@example.org")
	b.bobFile = b.person(t, "bob", "--group", "admins", "--name", "Bob Ray", "--email", "bob@example.org")
	return b
}

// person adds an account and returns the file with its token.
func (b besieged) person(t *testing.T, name string, args ...string) string {
	t.Helper()
	add := append([]string{"user", "add", "--username", name, "--password-stdin"}, args...)
	var token string
	for _, words := range [][]string{add, {"token", name}} {
		token = b.command(t, words...)
	}
	file := filepath.Join(b.folder, name)
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// command runs a command of Signet with its configuration, and returns what it
// prints.
func (b besieged) command(t *testing.T, words ...string) string {
	t.Helper()
	r := parts.Run(t, parts.Launch{Dir: b.signet.Dir, Args: words, Stdin: adminPassword, Env: []string{"SIGNET_SECRET=" + masterKey, "SIGNET_PUBLIC_URL=http://" + b.address}})
	if r.Code != 0 {
		t.Fatalf("signet %v: %s%s", words, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// attack runs the command, and returns its report.
func (b besieged) attack(t *testing.T) (code int, report attack.Report) {
	t.Helper()
	r := parts.Run(t, parts.Launch{Plain: true, Args: []string{
		"guard", "attack", "http://" + b.address, "--json", "--rate", "2000", "--timeout", "20s", "--protected", "/desk/page", "--public", "/public/page", "--forbidden", "/admin/page",
		"--token-file", b.annFile, "--other-token-file", b.bobFile,
	}})
	if err := json.Unmarshal([]byte(r.Stdout), &report); err != nil {
		t.Fatalf("exit code %d, no report: %v\n%s%s", r.Code, err, r.Stdout, r.Stderr)
	}
	for _, file := range []string{b.annFile, b.bobFile} {
		token, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(strings.TrimSpace(string(token)), ".") {
			if strings.Contains(r.Stdout+r.Stderr, part) {
				t.Errorf("the report holds a part of the token in %s", file)
			}
		}
	}
	return r.Code, report
}

func TestGuardAttackOnPrintedConfigurations(t *testing.T) {
	for _, c := range []struct {
		name     string
		proxy    string // the command that prints its configuration
		settings string // of the guard
		start    func(t testing.TB, address, conf string) *parts.Proxy
	}{
		{"nginx", "nginx", "", parts.Nginx},
		{"nginx with a token and other names", "nginx", "  headers: auth-request\n  header_names: {user: X-WEBAUTH-USER}\n  token: true\n", parts.Nginx},
		{"Caddy", "caddy", "", parts.Caddy},
		{"Caddy with a token and other names", "caddy", "  headers: forwarded\n  header_names: {user: X-WEBAUTH-USER}\n  token: true\n", parts.Caddy},
		{"Envoy", "envoy", "", parts.Envoy},
		{"Envoy with a token and other names", "envoy", "  headers: forwarded\n  header_names: {user: X-WEBAUTH-USER}\n  token: true\n", parts.Envoy},
	} {
		t.Run("C-28 "+c.name+" with the printed configuration holds", func(t *testing.T) {
			t.Parallel() // silence is waited for
			b := besiege(t, c.settings)
			words := []string{"guard", c.proxy, "--listen", b.address, "--upstream", b.application, "--signet", b.signet.URL}
			if c.proxy == "nginx" {
				words = append(words, "--folder", b.folder)
			}
			c.start(t, b.address, b.command(t, words...))
			code, report := b.attack(t)
			if code != 0 || !report.Echo {
				t.Errorf("got exit code %d and an echo %t, want 0 and true", code, report.Echo)
			}
			for _, f := range report.Findings {
				if f.Verdict == attack.Broken || f.Verdict == attack.NotTried {
					t.Errorf("%s: %s %s\n\tsent %s\n\tgot  %s", f.Verdict, f.Name, f.Why, f.Sent, f.Got)
				}
				if f.Verdict == attack.NotSeen {
					t.Logf("%s: %s %s", f.Verdict, f.Name, f.Why)
				}
			}
			t.Logf("%d attacks, %d requests", len(report.Findings), report.Requests)
		})
	}
}

// carelessNginx asks the guard as many a hand-written configuration does.
const carelessNginx = `
daemon off;
worker_processes 1;
error_log stderr warn;
pid FOLDER/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path FOLDER/temp;
    proxy_temp_path FOLDER/temp;
    fastcgi_temp_path FOLDER/temp;
    uwsgi_temp_path FOLDER/temp;
    scgi_temp_path FOLDER/temp;
    server {
        listen LISTEN;
        location = /_guard {
            internal;
            proxy_pass SIGNET/guard/nginx;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Original-URL http://$http_host$request_uri;
            proxy_set_header X-Original-Method $request_method;
        }
        location / {
            auth_request /_guard;
            auth_request_set $user $upstream_http_remote_user;
            auth_request_set $name $upstream_http_remote_name;
            proxy_set_header Remote-User $user;
            proxy_set_header Remote-Name $name;
            proxy_pass APPLICATION;
        }
    }
}
`

func TestGuardAttackOnCarelessConfigurations(t *testing.T) {
	b := besiege(t, "")
	for _, c := range []struct {
		name   string
		change []string // in carelessNginx: from, to, from, to …
		finds  string   // name of a broken one
	}{
		{"C-28 that clears two fields and no other", nil, "spoofed Remote-User and its sisters, exact spelling"},
		{"C-28 that takes _ in names", []string{"listen LISTEN;", "listen LISTEN;\nunderscores_in_headers on;"}, "spoofed Remote-User and its sisters, _ for every -"},
		{"C-22 that tells the guard its own address", []string{"$http_host$request_uri", "$http_host$uri"}, "a forbidden path is forbidden to someone who is signed in"},
		{"C-22 that tells the guard the decoded path", []string{"$http_host$request_uri", "$http_host$asked", "location / {", "location / {\nset $asked $uri;"}, "a forbidden path, back to a public path"},
		{"C-22 that serves files to everybody", []string{"location / {", "location ~ \\.css$ { proxy_pass APPLICATION; }\nlocation / {"}, "a forbidden path, a file's name below"},
		{"C-25 that lets requests by their query in", []string{"location / {", "location = /_open { internal; proxy_pass APPLICATION$request_uri; }\nlocation / {\nif ($arg_x) { rewrite ^ /_open last; }"}, "a forbidden path, a public path in the query"},
		{"C-20 that lets preflights in", []string{"location / {", "location = /_open { internal; proxy_pass APPLICATION$request_uri; }\nlocation / {\nif ($request_method = OPTIONS) { rewrite ^ /_open last; }"}, "no credential, a preflight of CORS"},
		{"C-23 that guards one of its servers", []string{"server {", "server {\nlisten LISTEN;\nserver_name other.example;\nlocation / { proxy_pass APPLICATION; }\n}\nserver {\nserver_name _ 127.0.0.1;"}, "another host, a foreign Host"},
		{"C-27 that passes the guard on", []string{"location / {", "location /guard/ { proxy_pass SIGNET; }\nlocation / {"}, "the guard from outside, /guard/nginx"},
		{"C-31 that lets health checks in", []string{"location / {", "location = /_open { internal; proxy_pass APPLICATION$request_uri; }\nlocation / {\nif ($http_user_agent ~ kube-probe) { rewrite ^ /_open last; }"}, "no credential, as kube-probe/1.31"},
		{"C-35 that passes upgrades on", []string{"location / {", "location / {\nproxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection upgrade;"}, "an upgrade to h2c"},
	} {
		t.Run(c.name+" is found", func(t *testing.T) {
			b := b
			b.address, b.folder = parts.FreeAddress(t), t.TempDir()
			conf := strings.NewReplacer(c.change...).Replace(carelessNginx)
			parts.Nginx(t, b.address, strings.NewReplacer("FOLDER", b.folder, "LISTEN", b.address, "SIGNET", b.signet.URL, "APPLICATION", b.application).Replace(conf))
			code, report := b.attack(t)
			if code != 1 {
				t.Errorf("got exit code %d, want 1", code)
			}
			var broken []string
			for _, f := range report.Findings {
				if f.Verdict == attack.Broken {
					broken = append(broken, f.Name)
				}
			}
			if !slices.Contains(broken, c.finds) {
				t.Errorf("%q is not broken, want it to be; broken are %q", c.finds, broken)
			}
		})
	}
}
