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

// directusEnv is the environment of a Directus, as its operator has it.
const directusEnv = `
PUBLIC_URL="/"
SECRET="too short for us"
ACCESS_TOKEN_TTL="10s"
SESSION_COOKIE_TTL="1h"
PASSWORD_RESET_URL_ALLOW_LIST="https://app.example.org/reset"
AUTH_PROVIDERS="github"
AUTH_GITHUB_DRIVER="oauth2"
AUTH_GITHUB_CLIENT_ID="signet"
AUTH_GITHUB_CLIENT_SECRET="` + githubSecret + `"
AUTH_GITHUB_AUTHORIZE_URL="https://github.com/login/oauth/authorize"
AUTH_GITHUB_ACCESS_URL="https://github.com/login/oauth/access_token"
AUTH_GITHUB_PROFILE_URL="https://api.github.com/user"
`

const githubSecret = "no secret of anybody's"

// inEnvironment is what the configuration leaves where it was, and what Directus
// has in its project settings.
var inEnvironment = []string{
	"AUTH_GITHUB_CLIENT_SECRET=" + githubSecret,
	"SIGNET_REGISTRATION__OPEN=true", "SIGNET_LIMITS__MAILS=0", "SIGNET_LIMITS__MAILS_PER_ADDRESS=0",
}

// TestThePublishedSDKOfDirectus has Directus' own clients, as npm has them, sign
// in and do all that they can about accounts, where the configuration is what
// became of the environment of a Directus.
func TestThePublishedSDKOfDirectus(t *testing.T) {
	made := parts.Run(t, parts.Launch{Args: []string{"config", "import", "directus"}, Stdin: directusEnv})
	if made.Code != 0 {
		t.Fatalf("config import: %d %s", made.Code, made.Stderr)
	}
	for _, script := range []string{"current", "older"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel() // codes are waited for
			s := serve(t, made.Stdout, inEnvironment...)
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
	env := append([]string{"SIGNET_SECRET=" + masterKey}, inEnvironment...)
	r := parts.Run(t, parts.Launch{Dir: s.Dir, Args: args, Stdin: stdin, Env: env})
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
