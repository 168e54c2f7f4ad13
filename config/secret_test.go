package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// loaded has a canary in every place of a secret.
func loaded(t *testing.T) *Config {
	t.Helper()
	return load(t, `
secret: {env: MASTER}
database: postgres://signet:canary-dsn@db/signet
admin: {password: canary-admin-kZ7mQ2xV9}
tokens: {algorithm: HS256, hmac_secret: {env: MASTER}}
registration: {confirmation_key: canary-confirm-7Yq}
mail: {from: a@example.org, smtp: {host: m, username: u, password: canary-smtp}}
providers:
  - {name: a, driver: ldap, url: ldaps://x, bind_dn: "cn=r,dc=x", bind_password: canary-bind, users: {base: "dc=x"}}
  - {name: b, driver: oauth2, preset: github, client_id: x, client_secret: canary-oauth}
  - {name: c, driver: openid, issuer: "https://x", client_id: x, client_secret: canary-openid, private_key: canary-key}
`, "MASTER=canary-"+goodSecret)
}

func TestK06_NoPrinterShowsASecret(t *testing.T) {
	c := loaded(t)
	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("whole", "config", c, "secret", c.Secret, "provider", c.Providers[0].LDAP)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("whole", "config", c, "secret", c.Secret)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		hidden Secret
		config *Config
		part   Tokens
	}
	outputs := map[string]string{"slog": logged.String(), "JSON": string(asJSON), "YAML": string(asYAML)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%o", "%b", "%c", "%U", "%e", "%10.3v"} {
		outputs[verb] = fmt.Sprintf(verb, c) + fmt.Sprintf(verb, *c) + fmt.Sprintf(verb, c.Secret) + fmt.Sprintf(verb, &c.Secret) +
			fmt.Sprintf(verb, []Secret{c.Secret}) + fmt.Sprintf(verb, map[Secret]Secret{c.Secret: c.Secret}) +
			fmt.Sprintf(verb, c.Providers[0].LDAP) + fmt.Sprintf(verb, c.Mail.SMTP) +
			fmt.Sprintf(verb, holder{c.Secret, c, c.Tokens}) + fmt.Sprint(fmt.Errorf("secret %v", c.Secret))
	}
	for how, text := range outputs {
		for _, shape := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprintf("%X", "canary"), goodSecret, "[99 97 110"} {
			if strings.Contains(text, shape) {
				t.Errorf("%s shows a secret: %s", how, text)
			}
		}
	}
}

func TestASecretSaysThatItIsThere(t *testing.T) {
	if got := fmt.Sprint(NewSecret("x"), Secret{}); got != "[secret] " {
		t.Errorf("got %q, want [secret] and nothing", got)
	}
	if !NewSecret("").IsZero() || NewSecret("x").IsZero() {
		t.Error("only the empty value is no secret")
	}
	if !NewSecret("x").Equal(NewSecret("x")) || NewSecret("x").Equal(NewSecret("y")) || NewSecret("x").Equal(Secret{}) {
		t.Error("Equal compares values")
	}
	if NewSecret("hunter2").Reveal() != "hunter2" || (Secret{}).Reveal() != "" {
		t.Error("Reveal returns the value")
	}
}

func TestASecretFileLosesOneLineBreak(t *testing.T) {
	for text, want := range map[string]string{"a": "a", "a\n": "a", "a\r\n": "a", "a\n\n": "a\n", " a ": " a ", "a\r": "a\r"} {
		path := t.TempDir() + "/s"
		writeFile(t, path, text, 0o600)
		got, mode, err := readSecret(path)
		if err != nil || got != want || mode != 0o600 {
			t.Errorf("%q: got %q, %v, %v, want %q", text, got, mode, err, want)
		}
	}
}

func TestSecretFilesAreBounded(t *testing.T) {
	big := t.TempDir() + "/big"
	writeFile(t, big, strings.Repeat("x", maxSecret+1), 0o600)
	for _, path := range []string{"/dev/zero", big} {
		if got := problemsOf(t, "admin: {password: {file: "+path+"}}"); len(got) != 1 {
			t.Errorf("%s: got %v, want one problem", path, got)
		}
	}
}

func TestT18_WeakSecrets(t *testing.T) {
	for _, secret := range []string{
		"changeme-changeme-changeme-changeme-1", "CHANGE ME kZ7mQ2xV9pLw4TnR8sYb3HcJ6dFgA5uE", "replace-with-secure-random-value-1234",
		"255d861b-5ea1-5996-9aa3-922530ec40b1", "your-256-bit-secret-kZ7mQ2xV9pLw4TnR8", strings.Repeat("a", 64),
		strings.Repeat("ab", 32), strings.Repeat("kZ7mQ2xV9", 5), "0123456789abcdef0123456789abcdef0123",
		"abcdefghijklmnopqrstuvwxyz0123456789", "zyxwvutsrqponmlkjihgfedcba9876543210", "11112222333344445555666677778888999900001111",
	} {
		if weak(secret) == "" {
			t.Errorf("%s: got no complaint, want one", secret)
		}
	}
	for _, secret := range []string{
		goodSecret, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"dGhpcyBpcyBiYXNlNjQgb2YgcmFuZG9tIGJ5dGVz", "c2a1b9f0-8d3e-4c56-9e7a-5b1d2f3e4a6c",
	} {
		if why := weak(secret); why != "" {
			t.Errorf("%s: got %q, want no complaint", secret, why)
		}
	}
}
