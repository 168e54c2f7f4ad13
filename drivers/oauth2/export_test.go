package oauth2

import (
	"net/http"

	"github.com/signet-sso/signet/drivers"
)

// LeftOut are goth's services that are no preset.
func LeftOut() map[string]string { return leftOut }

// Answer puts a transport in place of a driver's network.
func Answer(d drivers.Driver, by http.RoundTripper) {
	p, _ := d.Redirect.(*provider)
	p.client.Transport = by
}
