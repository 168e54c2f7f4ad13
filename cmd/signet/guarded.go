package main

import (
	"strings"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/web/guard"
)

// guardSettings is what the guard goes by.
func guardSettings(c *config.Config) guard.Settings {
	s := guard.Settings{
		Headers: headersOf(c.Guard), User: guard.UserKind(c.Guard.User), Token: c.Guard.Token,
		Budget: int(c.Guard.HeaderBudget), Login: c.Guard.Login == "redirect",
	}
	for _, r := range c.Guard.Rules {
		s.Rules = append(s.Rules, guard.Rule{Hosts: r.Host, Paths: r.Path, Methods: r.Method, Groups: r.Groups, Public: r.Public})
	}
	return s
}

// headersOf is the chosen spelling with the operator's own names in it.
func headersOf(g config.Guard) guard.Headers {
	h := guard.RemoteHeaders
	switch g.Headers {
	case "forwarded":
		h = guard.ForwardedHeaders
	case "auth-request":
		h = guard.AuthRequestHeaders
	}
	for _, n := range []struct {
		to   *string
		name string
	}{
		{&h.User, g.HeaderNames.User}, {&h.Name, g.HeaderNames.Name}, {&h.Email, g.HeaderNames.Email},
		{&h.Groups, g.HeaderNames.Groups}, {&h.Roles, g.HeaderNames.Roles},
	} {
		switch n.name {
		case "":
		case "-":
			*n.to = ""
		default:
			*n.to = n.name
		}
	}
	return h
}

// guardedHosts are the hosts that rules name: a browser may be sent back to
// where it was stopped, as long as that is no less protected than we are.
func guardedHosts(c *config.Config) []string {
	var all []string
	for _, r := range c.Guard.Rules {
		for _, h := range r.Host {
			if !strings.HasPrefix(h, "*") {
				all = append(all, c.PublicURL.Scheme+"://"+h+"/*")
			}
		}
	}
	return all
}
