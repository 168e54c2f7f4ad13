package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signet-sso/signet/broker"
)

// CrossSite refuses requests that another site makes a browser send, where a
// cookie or a fresh sign-in would let them act.
type CrossSite struct {
	check   http.CrossOriginProtection
	https   bool
	origins []string // ours and the trusted ones
}

// NewCrossSite returns a CrossSite that lets in our own origin, that of the
// public URL, and the trusted ones, each scheme://host or scheme://host:port.
func NewCrossSite(publicURL string, trusted []string) (*CrossSite, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	c := &CrossSite{https: u.Scheme == "https"}
	own := u.Scheme + "://" + strings.ToLower(u.Host)
	c.origins = append([]string{own}, trusted...)
	for _, o := range c.origins {
		if err := c.check.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("trust origin: %w", err)
		}
	}
	return c, nil
}

// Guard returns h for same-origin and trusted requests and for clients that
// are no browsers, which send neither Sec-Fetch-Site nor Origin. Others are
// CodeCrossSite. GET, HEAD and OPTIONS pass: they must not act.
func (c *CrossSite) Guard(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := c.Check(r); err != nil {
			return err
		}
		return h(w, r)
	}
}

// Check returns the error with which [CrossSite.Guard] refuses a request.
func (c *CrossSite) Check(r *http.Request) error {
	if len(r.Header.Values("Origin")) > 1 || len(r.Header.Values("Sec-Fetch-Site")) > 1 {
		return broker.Fail(broker.CodePayload, "a header field is there twice")
	}
	if err := c.check.Check(r); err != nil {
		return &broker.Error{Code: broker.CodeCrossSite, Err: err}
	}
	if c.plainTwin(r) {
		return &broker.Error{Code: broker.CodeCrossSite, Err: fmt.Errorf("origin is our host without https")}
	}
	return nil
}

// FromOurPages reports a navigation that began on a page of ours or of a trusted
// origin, by what the browser says of it. It is for the few GETs that act: a
// browser that says nothing, and an address that was typed, are not enough.
func (c *CrossSite) FromOurPages(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return true
	}
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == "" {
		return false
	}
	return slices.Contains(c.origins, u.Scheme+"://"+strings.ToLower(u.Host))
}

// plainTwin reports a page of our host that came over plain http, where anybody
// on the way could have written it. The standard library compares hosts only
// when a browser does not send Sec-Fetch-Site.
func (c *CrossSite) plainTwin(r *http.Request) bool {
	return c.https && r.Method != http.MethodGet && r.Method != http.MethodHead &&
		r.Header.Get("Sec-Fetch-Site") == "" &&
		r.Header.Get("Origin") == "http://"+r.Host
}
