package web

import (
	"net/http"
	"slices"

	"github.com/rs/cors"

	"github.com/signet-sso/signet/web/compat/ethics"
)

// guests are the origins that may call from a browser at the addresses of the
// Ethics Application System: its own front end too. It sends tokens, and anywhere
// else it could use the cookies of whoever visits it.
func (c Config) guests() []string {
	if c.Ethics == nil || c.Ethics.Origin() == "" || slices.Contains(c.CORSOrigins, c.Ethics.Origin()) {
		return c.CORSOrigins
	}
	return append(slices.Clone(c.CORSOrigins), c.Ethics.Origin())
}

// crossOrigins lets front ends of other origins call us: the listed ones anywhere,
// and the guests where they belong.
func (s *site) crossOrigins(c Config, next http.Handler) http.Handler {
	listed, guests := crossOrigin(c.CORSOrigins, next), crossOrigin(c.guests(), next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, a := range s.annexes {
			if _, theirs := a.(*ethics.Ethics); theirs && a.Owns(r.URL.Path) {
				guests.ServeHTTP(w, r)
				return
			}
		}
		listed.ServeHTTP(w, r)
	})
}

// crossOrigin lets front ends of the listed origins call next with the visitor's
// cookies.
func crossOrigin(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins:   origins,
		AllowedMethods:   []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders:   []string{"Content-Type", "Authorization"},
		ExposedHeaders:   []string{"Retry-After", "X-Request-Id"},
		AllowCredentials: true,
		MaxAge:           600,
	}).Handler(next)
}
