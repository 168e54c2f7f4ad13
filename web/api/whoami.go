package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// readyWithin is how long the database may take to say that it is there.
const readyWithin = 2 * time.Second

// me returns the claims of the presented access token: a Bearer, else the
// session cookie. A cookie that was refused is taken away.
func (a *API) me(w http.ResponseWriter, r *http.Request) error {
	access, err := wire.Bearer(r)
	if err != nil {
		return err
	}
	fromCookie := access == ""
	if fromCookie {
		access = a.Cookies.Session(r)
	}
	c, err := a.Broker.Whoami(r.Context(), access)
	if err != nil {
		if fromCookie && access != "" && wire.Final(err) {
			a.Cookies.Drop(w, sessions.ModeSession)
		}
		return err
	}
	wire.ExchangeOf(r.Context()).Provider = c.Provider
	claims, err := payloadOf(access)
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusOK, data{claims})
}

// payloadOf returns the claims of a verified token as they are written in it,
// so that the claim set is spelt out in one package only.
func payloadOf(access string) (jsontext.Value, error) {
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("verified token has %d parts", len(parts))
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("payload of verified token: %w", err)
	}
	return b, nil
}

// jwks returns the public keys (RFC 7517 §5). Verifiers may keep them for five
// minutes; rotation announces a key for longer before it signs.
func (a *API) jwks(w http.ResponseWriter, r *http.Request) error {
	keys := a.Upkeep.JWKS()
	sum := sha256.Sum256(keys)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	// Not application/jwk-set+json: some verifiers insist on the common type.
	h.Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(keys) // the reader went away: nobody is left to tell
	return nil
}

type status struct {
	Status string `json:"status"`
}

// health says that the process answers, no more.
func (a *API) health(w http.ResponseWriter, _ *http.Request) error {
	return wire.JSON(w, http.StatusOK, status{"ok"})
}

// ready says whether sign-ins can work now. What is missing is for the log.
func (a *API) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := a.Upkeep.Ready(ctx); err != nil {
		return &broker.Error{Code: broker.CodeUnavailable, Err: err}
	}
	return wire.JSON(w, http.StatusOK, status{"ready"})
}
