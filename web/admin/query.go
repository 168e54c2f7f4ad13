package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/signet-sso/signet/broker"
)

const (
	defaultLimit = 50
	maxLimit     = 200
)

// readQuery returns the values of a query, each of which may be there once. A
// name that is not known is CodePayload: who asks for a filter must not get an
// answer that does without.
func readQuery(r *http.Request, known ...string) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, broker.Fail(broker.CodePayload, "the query is malformed")
	}
	out := make(map[string]string, len(values))
	for name, all := range values {
		switch {
		case !slices.Contains(known, name):
			return nil, broker.Fail(broker.CodePayload, "the query has a name that is not known here")
		case len(all) != 1:
			return nil, broker.Fail(broker.CodePayload, `"`+name+`" is there twice`)
		}
		out[name] = all[0]
	}
	return out, nil
}

// limit is how many entries a page has at most.
func limit(v string) (int, error) {
	if v == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxLimit {
		return 0, broker.Fail(broker.CodePayload, `"limit" is a number from 1 to `+strconv.Itoa(maxLimit))
	}
	return n, nil
}

// boolean is true, false, or nil for a value that is not there.
func boolean(name, v string) (*bool, error) {
	switch v {
	case "":
		return nil, nil //nolint:nilnil // not asked for
	case "true", "false":
		b := v == "true"
		return &b, nil
	}
	return nil, broker.Fail(broker.CodePayload, `"`+name+`" is true or false`)
}
