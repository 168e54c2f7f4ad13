package e2e

import (
	"bytes"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker/factor"
	"github.com/signet-sso/signet/e2e/parts"
)

// accounts is a configuration in which anybody may register.
const accounts = `
registration: {open: true}
limits: {mails: 0, mails_per_address: 0}
redirects: {password_reset: ["https://app.example.org/reset"]}
`

// person is somebody with nothing but curl and a mailbox.
type person struct {
	*parts.Server
	t      testing.TB
	access string
	seed   []byte
	step   int64 // of the last code that was used
	read   map[string]bool
}

func newPerson(t testing.TB, s *parts.Server) *person {
	return &person{Server: s, t: t, read: map[string]bool{}}
}

// ask sends a body as JSON with the person's access token, if they have one.
func (p *person) ask(method, path string, body any) answer {
	p.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequest(method, p.URL+path, bytes.NewReader(b))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.access != "" {
		r.Header.Set("Authorization", "Bearer "+p.access)
	}
	a, err := do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

// want asks, and wants a status.
func (p *person) want(status int, method, path string, body any) answer {
	p.t.Helper()
	a := p.ask(method, path, body)
	if a.status != status {
		p.t.Fatalf("%s %s: got %d %s, want %d", method, path, a.status, a.body, status)
	}
	return a
}

// signIn signs in and keeps the access token.
func (p *person) signIn(fields map[string]string) {
	p.t.Helper()
	p.access = ""
	p.access = p.ask(http.MethodPost, "/auth/login", fields).tokens(p.t).Access
}

// code is one of the person's authenticator that was not used before.
func (p *person) code() string {
	p.t.Helper()
	step := factor.Step(time.Now())
	for ; step <= p.step; step = factor.Step(time.Now()) {
		// A code of the next period is good already.
		if step+1 > p.step {
			step++
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	p.step = step
	c, err := factor.Code(p.seed, step)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// message is a letter as a person reads it.
type message struct {
	to, subject, text, html string
}

var tokenInLink = regexp.MustCompile(`https?://\S+?/(\w+)\?\S*?token=([A-Za-z0-9_-]+)`)

// link is the page that the letter opens, and the token in it.
func (m message) link(t testing.TB) (page, token string) {
	t.Helper()
	found := tokenInLink.FindStringSubmatch(m.text)
	if found == nil {
		t.Fatalf("no link in %q", m.text)
	}
	return found[1], found[2]
}

// letter waits for the next letter to an address whose text has a phrase.
func (p *person) letter(to, phrase string) (found message) {
	p.t.Helper()
	eventually(p.t, "a letter to "+to+" with "+phrase, func() bool {
		files, err := filepath.Glob(filepath.Join(p.Dir, "signet-data", "mail", "*.eml"))
		if err != nil {
			p.t.Fatal(err)
		}
		slices.Sort(files)
		for _, f := range files {
			if p.read[f] {
				continue
			}
			m := readLetter(p.t, f)
			if strings.Contains(m.to, to) && strings.Contains(strings.Join(strings.Fields(m.text), " "), phrase) {
				p.read[f], found = true, m
				return true
			}
		}
		return false
	})
	return found
}

// readLetter reads a letter as a mail program does.
func readLetter(t testing.TB, path string) (out message) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	out.to = m.Header.Get("To")
	if out.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		t.Fatalf("%s: %s, %v, want several parts", path, kind, err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			out.html = string(b)
		} else {
			out.text = string(b)
		}
	}
}

// onBothEngines runs a test on SQLite and on PostgreSQL.
func onBothEngines(t *testing.T, test func(t *testing.T, env ...string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, "SIGNET_DATABASE="+parts.SharedPostgres(t)) })
}

// TestTheLifeOfAnAccount is all that a person does about an account, with the
// interface and the letters alone.
func TestTheLifeOfAnAccount(t *testing.T) {
	onBothEngines(t, func(t *testing.T, env ...string) {
		t.Parallel() // codes are waited for
		p := newPerson(t, serve(t, accounts, env...))
		const first, second, third = "plum jacket river", "a quiet lake at noon", "seven green bottles"
		email := "zoe@example.org"

		// Register, confirm, sign in.
		p.want(204, http.MethodPost, "/auth/register", map[string]string{"email": email, "username": "zoe", "password": first, "first_name": "Zoë"})
		page, token := p.letter(email, "/confirm?token=").link(t)
		if page != "confirm" {
			t.Errorf("the letter opens %q", page)
		}
		if a := p.ask(http.MethodPost, "/auth/login", map[string]string{"email": email, "password": first}); a.status != 401 || a.code() != "INVALID_CREDENTIALS" {
			t.Errorf("before it is confirmed: got %d %s", a.status, a.body)
		}
		p.want(204, http.MethodPost, "/auth/confirm", map[string]string{"token": token})
		p.want(401, http.MethodPost, "/auth/confirm", map[string]string{"token": token})
		p.signIn(map[string]string{"email": email, "password": first})

		// Enrol a second factor.
		var enrolment struct{ Data struct{ Secret, QR string } }
		a := p.want(200, http.MethodPost, "/auth/mfa/totp", map[string]string{"password": first})
		if err := json.Unmarshal([]byte(a.body), &enrolment); err != nil || !strings.HasPrefix(enrolment.Data.QR, "data:image/png;base64,") {
			t.Fatalf("%v: %s", err, a.body)
		}
		var err error
		if p.seed, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(enrolment.Data.Secret); err != nil {
			t.Fatal(err)
		}
		var recovery struct {
			Data struct {
				Codes []string `json:"recovery_codes"`
			}
		}
		a = p.want(200, http.MethodPost, "/auth/mfa/totp/confirm", map[string]string{"otp": p.code()})
		if err := json.Unmarshal([]byte(a.body), &recovery); err != nil || len(recovery.Data.Codes) != 10 {
			t.Fatalf("%v: %s", err, a.body)
		}
		p.letter(email, "second factor")
		if a := p.ask(http.MethodPost, "/auth/login", map[string]string{"email": email, "password": first}); a.code() != "INVALID_OTP" {
			t.Errorf("without a code: got %s", a.body)
		}
		p.signIn(map[string]string{"email": email, "password": first, "otp": p.code()})
		if got := names(claims(t, p.access)["amr"]); got != "pwd otp mfa" {
			t.Errorf("amr: got %q", got)
		}

		// Lose the phone.
		p.signIn(map[string]string{"email": email, "password": first, "otp": recovery.Data.Codes[0]})
		p.letter(email, "recovery code")
		p.want(204, http.MethodDelete, "/auth/mfa/totp", map[string]string{"password": first, "otp": recovery.Data.Codes[1]})

		// Forget the password.
		p.want(204, http.MethodPost, "/auth/password/request", map[string]string{"email": email})
		page, token = p.letter(email, "/reset?token=").link(t)
		if page != "reset" {
			t.Errorf("the letter opens %q", page)
		}
		p.want(204, http.MethodPost, "/auth/password/reset", map[string]string{"token": token, "password": second})
		p.want(401, http.MethodGet, "/auth/me", nil)
		p.signIn(map[string]string{"email": email, "password": second})
		p.want(204, http.MethodPut, "/auth/me/password", map[string]string{"current_password": second, "password": third})
		p.want(200, http.MethodGet, "/auth/me", nil)

		// Move.
		p.want(204, http.MethodPut, "/auth/me/email", map[string]string{"email": "new@example.org", "current_password": third})
		_, token = p.letter("new@example.org", "/email?token=").link(t)
		p.want(204, http.MethodPost, "/auth/email/confirm", map[string]string{"token": token})
		p.letter(email, "address")
		p.signIn(map[string]string{"email": "new@example.org", "password": third})

		// See and end sessions.
		keep := p.access
		p.signIn(map[string]string{"email": "zoe", "password": third})
		var list struct {
			Data []struct {
				ID, Device string
				Current    bool
			}
		}
		a = p.want(200, http.MethodGet, "/auth/sessions", nil)
		if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list.Data) != 3 {
			t.Fatalf("%v: %s, want three sessions", err, a.body)
		}
		p.want(204, http.MethodDelete, "/auth/sessions", nil)
		other := &person{Server: p.Server, t: t, access: keep}
		other.want(401, http.MethodGet, "/auth/me", nil)
		p.want(200, http.MethodGet, "/auth/me", nil)
	})
}

// TestE04_ALinkLeadsToUsWhateverTheRequestSays sends every header that names a
// host.
func TestE04_ALinkLeadsToUsWhateverTheRequestSays(t *testing.T) {
	s := serve(t, accounts+"trusted_proxies: [127.0.0.1/32]\n")
	p := newPerson(t, s)
	for i, header := range []string{"Host", "X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "Forwarded", "X-Original-URL", "X-Forwarded-Proto", "Origin-less"} {
		email := fmt.Sprintf("person%d@example.org", i)
		body := fmt.Sprintf(`{"email":%q,"password":"plum jacket river"}`, email)
		r, err := http.NewRequest(http.MethodPost, s.URL+"/auth/register", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		switch header {
		case "Host":
			r.Host = "evil.test"
		case "Forwarded":
			r.Header.Set(header, "host=evil.test;proto=https")
		case "X-Original-URL":
			r.Header.Set(header, "https://evil.test/auth/register")
		default:
			r.Header.Set(header, "evil.test")
		}
		if a, err := do(r); err != nil || a.status != 204 {
			t.Fatalf("%s: got %d %s, %v", header, a.status, a.body, err)
		}
		m := p.letter(email, "token=")
		if !strings.Contains(m.text, s.URL+"/confirm?token=") || strings.Contains(m.text+m.html+m.subject, "evil") {
			t.Errorf("%s: got\n%s", header, m.text)
		}
	}
}
