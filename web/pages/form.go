package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// form is a strictly read form: every field is known, there at most once, and
// text without a NUL.
type form map[string]string

// readForm reads a form-encoded body that holds no fields but those named.
// The query is never read: credentials do not belong in a URL. Codes:
// CodeMediaType, CodeTooLarge and CodePayload.
func readForm(w http.ResponseWriter, r *http.Request, fields ...string) (form, error) {
	if r.URL.RawQuery != "" {
		return nil, broker.Fail(broker.CodePayload, "the form must not be sent in the address")
	}
	values, err := wire.Form(w, r)
	if err != nil {
		return nil, err
	}
	f := form{}
	for name, got := range values {
		if !slices.Contains(fields, name) || len(got) != 1 || !clean(got[0]) {
			return nil, broker.Fail(broker.CodePayload, "the form has an unknown, repeated or malformed field")
		}
		f[name] = got[0]
	}
	return f, nil
}

// clean reports text that can be shown and stored.
func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// one returns a query parameter that is there exactly once and clean; ok is
// false when it is there in any other way.
func one(q url.Values, name string) (value string, ok bool) {
	switch got := q[name]; len(got) {
	case 0:
		return "", true
	case 1:
		return got[0], clean(got[0])
	}
	return "", false
}
