package pages

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
)

// maxForm is the largest form body read, in bytes.
const maxForm = 16 << 10

// form is a strictly read form: every field is known, there at most once, and
// text without a NUL.
type form map[string]string

// readForm reads a form-encoded body that holds no fields but those named.
// The query is never read: credentials do not belong in a URL. Codes:
// CodeMediaType, CodeTooLarge and CodePayload.
func readForm(w http.ResponseWriter, r *http.Request, fields ...string) (form, error) {
	if !formEncoded(r.Header) {
		return nil, broker.Fail(broker.CodeMediaType, "the form must be sent as application/x-www-form-urlencoded")
	}
	if r.URL.RawQuery != "" {
		return nil, broker.Fail(broker.CodePayload, "the form must not be sent in the address")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, broker.Fail(broker.CodeTooLarge, "the form is too large")
	}
	if err != nil {
		return nil, &broker.Error{Code: broker.CodePayload, Reason: "the form is incomplete", Err: err}
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		// The parser's words may repeat what was typed; they go nowhere.
		return nil, broker.Fail(broker.CodePayload, "the form is malformed")
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

// formEncoded reports a body that is what an HTML form sends, in UTF-8 and not
// compressed.
func formEncoded(h http.Header) bool {
	if len(h.Values("Content-Type")) != 1 || h.Get("Content-Encoding") != "" {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
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
