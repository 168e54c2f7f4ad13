package compattest

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/web/wire/wiretest"
)

// Golden plays the conversations of the folder testdata on every engine, each in
// a house of its own. Besides requests they can
//
//	! add NAME PASSWORD [admin] [unproven] [group=G]…   add NAME with NAME@example.org
//	! invite ADDRESS
//	! status NAME STATUS              to suspended or active, as an administrator does
//	! remove NAME
//	! wait DURATION                   move the clock on
//	! letter ADDRESS                  take what was written to it: {"kind","link","token"}
//	! silence                         nobody was written to since
//	! claims TOKEN CLAIM…             what the token says; times are seconds from now
//	! uuid TOKEN CLAIM                the claim is one
func Golden(t *testing.T, change ...func(*Setup)) {
	t.Helper()
	directory := parts.Slapd(t, parts.SlapdOptions{})
	for name, engine := range Engines() {
		t.Run(name, func(t *testing.T) {
			wiretest.PlayScenes(t, func(t *testing.T) wiretest.Scene {
				h := New(t, engine, directory, change...)
				return wiretest.Scene{Handler: h, Acts: h.Acts()}
			})
		})
	}
}

// Acts are what a conversation can do besides requests; see [Golden].
func (h *House) Acts() map[string]func(*testing.T, []string) string {
	all := map[string]func(*testing.T, []string) string{
		"add": h.add, "invite": h.invite, "status": h.status, "remove": h.remove, "wait": h.wait,
		"letter": h.letter, "silence": h.silence, "claims": h.claims, "uuid": h.uuid,
	}
	if h.acts != nil {
		maps.Copy(all, h.acts(h))
	}
	return all
}

func (h *House) add(t *testing.T, args []string) string {
	a := broker.NewAccount{
		Username: args[0], Email: args[0] + "@example.org", Password: args[1],
		Admin: slices.Contains(args, "admin"), Confirmed: !slices.Contains(args, "unproven"),
	}
	for _, word := range args[2:] {
		if group, ok := strings.CutPrefix(word, "group="); ok {
			a.Groups = append(a.Groups, group)
		}
	}
	if _, err := h.Admin.Add(t.Context(), a); err != nil {
		t.Fatalf("add %s: %v", args[0], err)
	}
	return ""
}

func (h *House) invite(t *testing.T, args []string) string {
	if _, err := h.Admin.Invite(t.Context(), broker.NewAccount{Email: args[0]}); err != nil {
		t.Fatal(err)
	}
	return ""
}

func (h *House) status(t *testing.T, args []string) string {
	if _, err := h.Admin.SetStatus(t.Context(), args[0], broker.Status(args[1])); err != nil {
		t.Fatal(err)
	}
	return ""
}

func (h *House) remove(t *testing.T, args []string) string {
	if err := h.Admin.Remove(t.Context(), args[0]); err != nil {
		t.Fatal(err)
	}
	return ""
}

func (h *House) wait(t *testing.T, args []string) string {
	d, err := time.ParseDuration(args[0])
	if err != nil {
		t.Fatal(err)
	}
	h.Pass(d)
	return ""
}

func (h *House) letter(t *testing.T, args []string) string {
	for _, l := range h.Letters(t) {
		if l.To != args[0] {
			continue
		}
		u, err := url.Parse(l.Link)
		if err != nil {
			t.Fatal(err)
		}
		return text(t, map[string]any{"kind": l.Kind, "link": l.Link, "token": u.Query().Get("token")})
	}
	t.Fatalf("nobody wrote to %s", args[0])
	return ""
}

func (h *House) silence(t *testing.T, _ []string) string {
	if all := h.Letters(t); len(all) > 0 {
		t.Errorf("got letters %+v, want none", all)
	}
	return ""
}

func (h *House) claims(t *testing.T, args []string) string {
	access := strings.TrimPrefix(args[0], "Bearer ")
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", access)
	}
	if strings.ContainsAny(parts[1], "-_") {
		t.Errorf("the payload %q cannot be read by naive decoders", parts[1])
	}
	all := payload(t, parts[1])
	said := map[string]any{}
	for _, name := range args[1:] {
		value, ok := all[name]
		if at, isTime := value.(float64); isTime && slices.Contains([]string{"exp", "iat", "auth_time"}, name) {
			value = at - float64(h.Now().Unix())
		}
		if ok {
			said[name] = value
		}
	}
	return text(t, said)
}

func (h *House) uuid(t *testing.T, args []string) string {
	value := payload(t, strings.Split(args[0], ".")[1])[args[1]]
	if s, ok := value.(string); !ok || uuid.Validate(s) != nil {
		t.Errorf("%s is %v, no UUID", args[1], value)
	}
	return ""
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
