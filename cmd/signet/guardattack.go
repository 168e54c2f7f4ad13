package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/cmd/signet/attack"
)

// attackFlags are those of signet guard attack.
type attackFlags struct {
	protected, public, forbidden string
	token, other, cookieToken    string // files
	cookie, ca                   string
	json                         bool
	timeout                      time.Duration
	rate                         int
}

// The environment variables that hold tokens where no file does.
const (
	tokenVariable = "SIGNET_ATTACK_TOKEN"
	otherVariable = "SIGNET_ATTACK_OTHER_TOKEN"
	jarVariable   = "SIGNET_ATTACK_COOKIE_TOKEN"
)

func (p *program) guardAttack() *cobra.Command {
	var f attackFlags
	c := &cobra.Command{
		Use:   "attack URL",
		Short: "Try the known ways round a proxy that asks Signet, and say what held",
		Long: `Try the known ways round a running proxy that asks Signet, and say of each
whether it held: spoofed identity headers in every spelling, paths with two
readings, requests told to the guard that are not made, forged and doubled
credentials, requests hidden in others. Some five hundred attacks, one by one.

Best is 'signet guard echo' in the place of the application: then it shows what
arrives there. Without it much ends as 'not seen'. Tokens of two persons come
from 'signet token USER', and are never shown:

  signet token ann >ann; signet token bob >bob
  signet guard attack https://app.example.org --public /public/ \
    --forbidden /admin/ --token-file ann --other-token-file bob

Ann must not see what --forbidden names. Without files the tokens are taken from
` + tokenVariable + `, ` + otherVariable + `
and ` + jarVariable + `.

Attack only what is yours. Exit code: 0 all held or could not be seen, 1
something is broken, 2 it could not be tried.`,
		Args: named,
		RunE: func(cmd *cobra.Command, args []string) error { return p.attack(cmd.Context(), args[0], f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.protected, "protected", "/", "path that needs a sign-in, and that both persons may see")
	flags.StringVar(&f.public, "public", "", "path that everybody may see")
	flags.StringVar(&f.forbidden, "forbidden", "", "path that the first person may not see")
	flags.StringVar(&f.token, "token-file", "", "file with the first person's token; - for standard input")
	flags.StringVar(&f.other, "other-token-file", "", "file with another person's token")
	flags.StringVar(&f.cookieToken, "cookie-token-file", "", "file with what the first person's cookie holds (default: the token)")
	flags.StringVar(&f.cookie, "cookie-name", "", "name of the session cookie (default: signet_session, and __Host-signet_session at https)")
	flags.StringVar(&f.ca, "ca-file", "", "PEM file with the authority of the certificate (default: those of this machine)")
	flags.BoolVar(&f.json, "json", false, "one JSON document instead of lines")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Second, "how long one request may take")
	flags.IntVar(&f.rate, "rate", 50, "requests a second, at the most")
	return c
}

// notAttacked is an attack that could not be made.
type notAttacked struct{ error }

func (notAttacked) exitCode() int { return 2 }

func (n notAttacked) Unwrap() error { return n.error }

func (p *program) attack(ctx context.Context, at string, f attackFlags) error {
	c, err := p.attackConfig(at, f)
	if err != nil {
		return notAttacked{err}
	}
	report, err := attack.Run(ctx, c, func(found attack.Finding) {
		if !f.json {
			p.printFinding(found)
		}
	})
	if err != nil {
		return notAttacked{err}
	}
	if f.json {
		e := json.NewEncoder(p.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(report); err != nil {
			return err
		}
	} else {
		p.printReport(report)
	}
	if report.Count(attack.Broken) > 0 {
		return errSaid
	}
	return nil
}

func (p *program) printFinding(f attack.Finding) {
	switch f.Verdict {
	case attack.Broken:
		fmt.Fprintf(p.out, "BROKEN     %s\n           sent  %s\n           got   %s\n           mend  %s\n", f.Name, f.Sent, f.Got, f.Mend)
	case attack.NotTried: // many for one reason; see printReport
	case attack.NotSeen:
		fmt.Fprintf(p.out, "%-9s  %s: %s\n", f.Verdict, f.Name, f.Why)
	default:
		fmt.Fprintf(p.out, "%-9s  %s\n", f.Verdict, f.Name)
	}
}

func (p *program) printReport(r attack.Report) {
	untried := map[string]int{}
	for _, f := range r.Findings {
		if f.Verdict == attack.NotTried {
			untried[f.Why]++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(untried)) {
		fmt.Fprintf(p.out, "%-9s  %d of them: %s\n", attack.NotTried, untried[why], why)
	}
	fmt.Fprintf(p.out, "\n%d attacks in %d requests: %d held, %d broken, %d not seen, %d not tried\n", len(r.Findings), r.Requests,
		r.Count(attack.Held), r.Count(attack.Broken), r.Count(attack.NotSeen), r.Count(attack.NotTried))
	if !r.Echo {
		fmt.Fprintln(p.out, "no answer came from signet guard echo: put it in the place of the application, and give the token of somebody who may go there, to see more")
	}
}

func (p *program) attackConfig(at string, f attackFlags) (attack.Config, error) {
	c := attack.Config{
		Protected: f.protected, Public: f.public, Forbidden: f.forbidden,
		CookieName: f.cookie, Timeout: f.timeout, Rate: f.rate, Random: rand.Reader,
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.User != nil {
		return c, fmt.Errorf("%q is not the URL of a set-up: write http://HOST:PORT or https://HOST, and paths with --protected, --public and --forbidden", at)
	}
	c.URL = u
	if c.CookieName == "" {
		c.CookieName = sessionCookieAt(u)
	}
	for name, path := range map[string]string{"--protected": f.protected, "--public": f.public, "--forbidden": f.forbidden} {
		if path != "" && (path[0] != '/' || strings.ContainsAny(path, "?# \t\r\n")) || name == "--protected" && path == "" {
			return c, fmt.Errorf("%s %q is not a path: it begins with / and has no query", name, path)
		}
	}
	for _, t := range []struct {
		to             *string
		file, variable string
	}{{&c.Token, f.token, tokenVariable}, {&c.Other, f.other, otherVariable}, {&c.CookieToken, f.cookieToken, jarVariable}} {
		if *t.to, err = p.attackToken(t.file, t.variable); err != nil {
			return c, err
		}
	}
	if c.Other != "" && c.Token == "" {
		return c, errors.New("another person's token is given, but not the first one's: see --token-file")
	}
	if f.ca != "" {
		c.TLS, err = trusting(f.ca)
	}
	return c, err
}

// sessionCookieAt is what the session cookie is called unless the configuration
// says otherwise.
func sessionCookieAt(u *url.URL) string {
	if u.Scheme == "https" {
		return "__Host-signet_session"
	}
	return "signet_session"
}

// maxToken is the longest token that is read, in bytes.
const maxToken = 64 << 10

// attackToken is a token from a file, standard input or a variable, without
// the line end.
func (p *program) attackToken(file, variable string) (string, error) {
	from := p.in
	switch file {
	case "-":
	case "":
		held, _ := p.env(variable)
		from = strings.NewReader(held)
	default:
		opened, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer opened.Close()
		from = opened
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxToken))
	if err != nil {
		return "", fmt.Errorf("read a token: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	switch {
	case token == "" && file != "":
		return "", fmt.Errorf("%s holds no token", file)
	case strings.ContainsAny(token, " \t\r\n;,"):
		return "", fmt.Errorf("what %s holds is not one token", orElse(file, variable))
	}
	return token, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func trusting(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}
