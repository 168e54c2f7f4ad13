package pages

import "net/http"

// final is a ResponseWriter that can be told that the answer is complete: the
// library behind browser sessions answers a failed save and then lets the
// handler's own answer through behind it.
type final struct {
	http.ResponseWriter
	complete bool
}

func (f *final) WriteHeader(status int) {
	if !f.complete {
		f.ResponseWriter.WriteHeader(status)
	}
}

func (f *final) Write(b []byte) (int, error) {
	if f.complete {
		return len(b), nil
	}
	return f.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (f *final) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// inSession returns h with the browser session around it. When that cannot be
// read or kept, the answer is an error page, and what the handler was about to
// hand out is taken back.
func (p *Pages) inSession(h http.Handler) http.Handler {
	lost := func(w http.ResponseWriter, r *http.Request, err error) {
		w.Header().Del("Set-Cookie")
		w.Header().Del("Location")
		p.adapter.Fail(w, r, err)
		if f, ok := w.(*final); ok {
			f.complete = true
		}
	}
	h = p.browser.Wrap(h, lost)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&final{ResponseWriter: w}, r)
	})
}
