package authserver

import (
	_ "embed" // the page about the interface
	"html"
	"net/http"
	"strings"
)

//go:embed interface.html
var about string

// papers are the pages that tell of the interface. Below a prefix there is one
// under both of the original's addresses; without, /docs is Signet's own, and the
// other address leads there.
func (s *Authserver) papers() map[string]http.Handler {
	if s.Prefix == "" {
		return map[string]http.Handler{"/redoc": http.RedirectHandler("/docs", http.StatusSeeOther)}
	}
	page := strings.ReplaceAll(about, "{prefix}", html.EscapeString(s.Prefix))
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page)) // the reader went away: nobody is left to tell
	})
	return map[string]http.Handler{s.Prefix + "/docs": h, s.Prefix + "/redoc": h}
}
