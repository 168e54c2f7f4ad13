package parts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the realm of e2e/keycloak/realm.json holds. Everybody's password is
// PersonPassword.
const (
	KeycloakClient = "signet"
	KeycloakSecret = "secret of signet"
)

// KeycloakServer is a running Keycloak with the realm "signet", in which are
// alice and bob.
type KeycloakServer struct {
	Issuer string

	t     testing.TB
	url   string
	child *child
}

// Keycloak starts the server that SIGNET_TEST_KEYCLOAK leads to. It ends with
// the test.
func Keycloak(t testing.TB) *KeycloakServer {
	t.Helper()
	home := os.Getenv("SIGNET_TEST_KEYCLOAK")
	if home == "" {
		missing(t, "Keycloak", "make test-keycloak")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "java", "apt-get install --no-install-recommends openjdk-17-jre-headless")
	}
	address := freeAddress(t)
	k := &KeycloakServer{t: t, url: "http://" + address, Issuer: "http://" + address + "/realms/signet"}
	if k.child, err = startChild(k.command(java, keycloakHome(t, home)), syscall.SIGKILL); err != nil {
		t.Fatalf("keycloak: %v", err)
	}
	t.Cleanup(func() { _ = k.child.end(syscall.SIGKILL, time.Minute) }) // it is to be gone either way
	const tries, pause = 480, 250 * time.Millisecond
	for range tries {
		if _, err := k.call(t.Context(), http.MethodGet, "/realms/signet/.well-known/openid-configuration", "", nil); err == nil {
			return k
		}
		if k.child.ended() {
			break
		}
		time.Sleep(pause) // another process: there is nothing to wait on
	}
	t.Fatalf("keycloak does not answer: %s", end(k.child.out.String()))
	return nil
}

// keycloakHome makes a folder in which one server writes; what it only reads
// stays where it was installed.
func keycloakHome(t testing.TB, installed string) string {
	t.Helper()
	home := t.TempDir()
	imports := filepath.Join(home, "data", "import")
	errs := []error{os.MkdirAll(imports, 0o700)}
	for _, name := range []string{"lib", "conf", "providers"} {
		errs = append(errs, os.Symlink(filepath.Join(installed, name), filepath.Join(home, name)))
	}
	errs = append(errs, os.Symlink(filepath.Join(Root(t), "e2e", "keycloak", "realm.json"), filepath.Join(imports, "realm.json")))
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("make a home for keycloak: %v", err)
	}
	return home
}

// command runs the server without its script kc.sh, which keeps the server as
// a child of its own: that would outlive a script that is killed.
//
// The quick compiler and the simple collector take a third of the processor
// time and of the memory off a start, though no time. The cache is local, or
// the server would look for others on every network.
func (k *KeycloakServer) command(java, home string) *exec.Cmd {
	var args []string
	for _, name := range []string{"java.util", "java.util.concurrent", "java.security", "java.lang"} {
		args = append(args, "--add-opens=java.base/"+name+"=ALL-UNNAMED")
	}
	args = append(args, "-Xms64m", "-Xmx512m", "-XX:MaxMetaspaceSize=256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData",
		"-Duser.language=en", "-Duser.country=US", "-Dfile.encoding=UTF-8", "-Djava.io.tmpdir="+home,
		"-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
		"-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dkc.home.dir="+home,
		"-cp", filepath.Join(home, "lib", "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
		"start", "--optimized", "--cache=local", "--import-realm", "--hostname="+k.url,
		"--http-enabled=true", "--http-host=127.0.0.1", "--http-port="+portOf(k.url))
	cmd := exec.Command(java, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD=" + AdminPassword}
	return cmd
}

// Disable disables a person.
func (k *KeycloakServer) Disable(login string) {
	k.t.Helper()
	k.admin(http.MethodPut, "/users/"+k.user(login), map[string]any{"enabled": false})
}

// SignOut ends a person's sessions and tells every client.
func (k *KeycloakServer) SignOut(login string) {
	k.t.Helper()
	k.admin(http.MethodPost, "/users/"+k.user(login)+"/logout", nil)
}

// SetBackchannel says where the client is told of a logout.
func (k *KeycloakServer) SetBackchannel(address string) {
	k.t.Helper()
	var clients []map[string]any
	k.read(k.admin(http.MethodGet, "/clients?clientId="+KeycloakClient, nil), &clients)
	if len(clients) != 1 {
		k.t.Fatalf("keycloak knows %d clients of that name", len(clients))
	}
	attributes, _ := clients[0]["attributes"].(map[string]any)
	attributes["backchannel.logout.url"] = address
	k.admin(http.MethodPut, "/clients/"+fmt.Sprint(clients[0]["id"]), clients[0])
}

func (k *KeycloakServer) user(login string) (id string) {
	k.t.Helper()
	var people []struct{ ID string }
	k.read(k.admin(http.MethodGet, "/users?exact=true&username="+login, nil), &people)
	if len(people) != 1 {
		k.t.Fatalf("keycloak knows %d people called %s", len(people), login)
	}
	return people[0].ID
}

func (k *KeycloakServer) read(answer []byte, v any) {
	k.t.Helper()
	if err := json.Unmarshal(answer, v); err != nil {
		k.t.Fatalf("keycloak answers %s: %v", answer, err)
	}
}

// admin calls the administration of the realm.
func (k *KeycloakServer) admin(method, path string, body any) []byte {
	k.t.Helper()
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {AdminPassword}}
	answer, err := k.call(k.t.Context(), http.MethodPost, "/realms/master/protocol/openid-connect/token", "", form)
	if err != nil {
		k.t.Fatalf("keycloak: %v", err)
	}
	var token struct {
		Access string `json:"access_token"`
	}
	k.read(answer, &token)
	if answer, err = k.call(k.t.Context(), method, "/admin/realms/signet"+path, token.Access, body); err != nil {
		k.t.Fatalf("keycloak: %s %s: %v", method, path, err)
	}
	return answer
}

// call sends a form, or anything else as JSON.
func (k *KeycloakServer) call(ctx context.Context, method, path, token string, body any) ([]byte, error) {
	kind, content := "application/json", []byte{}
	if form, ok := body.(url.Values); ok {
		kind, content = "application/x-www-form-urlencoded", []byte(form.Encode())
	} else if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, k.url+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s: %s", answer.Status, strings.TrimSpace(string(said)))
	}
	return said, err
}
