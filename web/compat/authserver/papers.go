package authserver

import (
	"crypto/sha256"
	_ "embed" // the page about the interface
	"encoding/base64"
	"html"
	"net/http"
	"strings"
)

//go:embed interface.html
var about string

//go:embed interface.css
var aboutStyle string

// papers are the pages that tell of the interface. Below a prefix there is one
// under both of the original's addresses; without, /docs is Signet's own, and the
// other address leads there.
func (s *Authserver) papers() map[string]http.Handler {
	if s.Prefix == "" {
		return map[string]http.Handler{"/redoc": http.RedirectHandler("/docs", http.StatusSeeOther)}
	}
	page := strings.NewReplacer("{prefix}", html.EscapeString(s.Prefix), "{style}", aboutStyle).Replace(about)
	// The one style that is let in is the one in the page, by its hash.
	sum := sha256.Sum256([]byte(aboutStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page)) // the reader went away: nobody is left to tell
	})
	return map[string]http.Handler{s.Prefix + "/docs": h, s.Prefix + "/redoc": h}
}
