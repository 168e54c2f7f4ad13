package wire

import "net/http"

// SecurityHeaders sets, before next runs, the fields that every answer has,
// errors and redirects too: nothing may guess its type, frame it, learn from
// it where a visitor came from, or keep it. A handler that knows better (a
// page with style sheets, a file that may be cached) sets its own. With https,
// browsers are told never to come back without it (RFC 6797).
func SecurityHeaders(next http.Handler, https bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
