package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// browserWithin is how long the operator has to sign in.
const browserWithin = 5 * time.Minute

// tryInBrowser has the operator sign in at a provider and shows what comes of
// it: what the provider says, what we make of it, the decision and the token.
// It takes the place of the server for that long, since the provider sends the
// browser to the address that is registered there.
func (p *program) tryInBrowser(ctx context.Context, name, listen string) error {
	return p.with(ctx, func(ctx context.Context, a *app) error {
		c, err := p.load()
		if err != nil {
			return err
		}
		d, err := a.redirectDriver(c, name)
		if err != nil {
			return err
		}
		callback := strings.TrimSuffix(c.PublicURL.String(), "/") + "/auth/login/" + url.PathEscape(name) + "/callback"
		if listen == "" {
			listen = c.Listen
		} else {
			callback = "http://" + listen + "/auth/login/" + url.PathEscape(name) + "/callback"
		}
		id, err := p.visit(ctx, d, visit{listen: listen, callback: callback})
		if err != nil {
			return err
		}
		r, err := a.broker.Rehearse(ctx, name, id)
		if err != nil {
			return err
		}
		return p.printRehearsal(id, r)
	})
}

// redirectDriver is the open driver of a provider that browsers are sent to.
func (a *app) redirectDriver(c *config.Config, name string) (drivers.Driver, error) {
	for i, v := range c.Providers {
		if v.Name != name {
			continue
		}
		if a.opened[i].Redirect == nil {
			return drivers.Driver{}, fmt.Errorf("%s takes a password: try it with --login instead of --browser", name)
		}
		return a.opened[i], nil
	}
	return drivers.Driver{}, errors.New("no provider is called " + name)
}

// visit is where a browser is waited for.
type visit struct {
	listen   string
	callback string // as registered at the provider
}

// arrived is what a browser brought back.
type arrived struct {
	identity drivers.Identity
	err      error
}

// visit prints where to sign in and waits until the browser is back.
func (p *program) visit(ctx context.Context, d drivers.Driver, v visit) (drivers.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, browserWithin)
	defer cancel()
	var secrets [3]string
	for i := range secrets {
		var err error
		if secrets[i], err = sessions.NewBrowserSecret(rand.Reader); err != nil {
			return drivers.Identity{}, err
		}
	}
	attempt := drivers.Attempt{RedirectURI: v.callback, Nonce: secrets[1], Verifier: secrets[2]}
	to, err := d.Redirect.AuthURL(ctx, secrets[0], attempt)
	if err != nil {
		return drivers.Identity{}, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", v.listen)
	if err != nil {
		return drivers.Identity{}, fmt.Errorf("%w\nStop the server for the moment, or name another address with --listen and register http://ADDRESS%s at the provider", err, callbackPath(v.callback))
	}
	back := make(chan arrived, 1)
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: callbackHandler(v, secrets[0], func(reply url.Values) error {
		id, err := d.Redirect.Exchange(ctx, attempt, reply)
		select {
		case back <- arrived{id, err}:
		default: // a second answer does not count
		}
		return err
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(p.out, "Open this address in a browser and sign in; the answer is waited for at %s:\n\n%s\n\n", v.callback, to)
	var got arrived
	select {
	case got = <-back:
	case <-ctx.Done():
		got.err = errors.New("nobody came back within five minutes")
	}
	stopping, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	_ = server.Shutdown(stopping) // the page is out or nobody waits for it
	<-served
	return got.identity, got.err
}

func callbackPath(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return callback
	}
	return u.Path
}

// callbackHandler takes the one answer that belongs to state.
func callbackHandler(v visit, state string, take func(url.Values) error) http.Handler {
	path := callbackPath(v.callback)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if !strings.HasSuffix(path, r.URL.Path) || r.URL.Path == "/" || r.ParseForm() != nil ||
			subtle.ConstantTimeCompare([]byte(r.Form.Get("state")), []byte(state)) != 1 {
			http.Error(w, "This is not the sign-in that is waited for.", http.StatusNotFound)
			return
		}
		reply := r.Form
		reply.Del("state")
		if err := take(reply); err != nil {
			fmt.Fprintln(w, "That did not work; the terminal says why. You can close this page.")
			return
		}
		fmt.Fprintln(w, "Done. The terminal shows what came of it; you can close this page.")
	})
}

// printRehearsal shows the way from the provider's words to our token.
func (p *program) printRehearsal(id drivers.Identity, r broker.Rehearsal) error {
	fmt.Fprintln(p.out, "What the provider says:")
	if err := p.printJSON(id.Claims); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "\nWhat we make of it:")
	err := p.printJSON(map[string]any{
		"subject": id.Subject, "login": id.Login, "name": id.Name, "given_name": id.GivenName, "family_name": id.FamilyName,
		"email": id.Email, "email_verified": id.EmailVerified, "picture": id.Picture, "amr": id.AMR,
		"groups": r.Identity.Groups, "groups_at_the_provider": id.Groups,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "\nDecision: %s\n", inWords(r))
	if r.Token == "" {
		return errSaid
	}
	fmt.Fprintln(p.out, "\nThe token that would be issued, expired on purpose:")
	if err := p.printPayload(r.Token); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "\n%s\n", r.Token)
	return nil
}

func inWords(r broker.Rehearsal) string {
	switch r.Decision.Act {
	case broker.Enter:
		return "enters the account " + r.Account.ID + ", which has this identity already"
	case broker.Join:
		return "joins the account " + r.Account.ID + ", which has the same confirmed address"
	case broker.Signup:
		return "gets a new account"
	}
	return "refused (" + r.Decision.Reason + "); see docs/providers.md for what each reason means"
}

func (p *program) printPayload(signed string) error {
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		return errors.New("the token has no payload")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	return p.printJSON(json.RawMessage(payload))
}
