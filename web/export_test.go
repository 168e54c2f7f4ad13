package web

import (
	"slices"

	"github.com/gorilla/mux"
)

// Routes are the methods and path templates of every route of the site, HEAD
// left out.
func Routes(c Config) ([]string, error) {
	s, err := newSite(c)
	if err != nil {
		return nil, err
	}
	var out []string
	err = s.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := r.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := r.GetMethods()
		if err != nil {
			return err
		}
		for _, m := range methods {
			if m != "HEAD" {
				out = append(out, m+" "+path)
			}
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}
