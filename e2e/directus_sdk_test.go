package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// directusHouse is the configuration of somebody who came from Directus.
const directusHouse = `
compat: {directus: true}
cookies: {refresh_name: directus_refresh_token, session_name: directus_session_token}
tokens: {access_ttl: 10s, session_ttl: 1h}
registration: {open: true}
limits: {mails: 0, mails_per_address: 0}
redirects: {password_reset: ["https://app.example.org/reset"]}
providers:
  - {name: local, driver: local}
  - {name: github, driver: oauth2, preset: github, client_id: signet, client_secret: "no secret of anybody's"}
`

// TestThePublishedSDKOfDirectus has Directus' own clients, as npm has them, sign
// in and do all that they can about accounts.
func TestThePublishedSDKOfDirectus(t *testing.T) {
	for _, script := range []string{"current", "older"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel() // codes are waited for
			s := serve(t, directusHouse)
			ann := map[string]string{"email": "ann@example.org", "password": "the first long password of ann"}
			asOperator(t, s, ann["password"], "user", "add", "--email", ann["email"], "--password-stdin")
			asOperator(t, s, "", "user", "confirm", ann["email"])
			asOperator(t, s, "", "user", "invite", "--email", "guest@example.org")
			runSDK(t, script, map[string]any{
				"url": s.URL, "mail": filepath.Join(s.Dir, "signet-data", "mail"),
				"people": map[string]any{"ann": ann, "guest": "guest@example.org"},
				"life":   10_000, "sessionLife": time.Hour.Milliseconds(), "resetPage": "https://app.example.org/reset",
			})
		})
	}
}

// asOperator runs a command beside a server.
func asOperator(t *testing.T, s *parts.Server, stdin string, args ...string) {
	t.Helper()
	r := parts.Run(t, parts.Launch{Dir: s.Dir, Args: args, Stdin: stdin, Env: []string{"SIGNET_SECRET=" + masterKey}})
	if r.Code != 0 {
		t.Fatalf("signet %s: %d %s", strings.Join(args, " "), r.Code, r.Stderr)
	}
}

// runSDK runs a script with a published SDK. It says of each of its steps how it
// went.
func runSDK(t *testing.T, script string, setup map[string]any) {
	t.Helper()
	node, folder := parts.Need(t, "node")[0], filepath.Join(parts.Root(t), "e2e")
	parts.NeedPackage(t, "directus-sdk-18", "directus-sdk-10")
	given, err := json.Marshal(setup)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Join(folder, "sdk", script+".mjs"))
	cmd.Stdin, cmd.Env = strings.NewReader(string(given)), []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	out, err := cmd.CombinedOutput()
	steps := 0
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, "ok "); ok {
			steps++
			t.Run(strings.TrimSpace(name), func(*testing.T) {})
		}
	}
	if err != nil || steps == 0 {
		t.Error(fmt.Errorf("%w after %d steps that went well:\n%s", err, steps, out))
	}
}
