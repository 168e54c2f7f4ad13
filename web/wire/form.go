package wire

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/signet-sso/signet/broker"
)

// maxForm is the largest form body read, in bytes.
const maxForm = 16 << 10

// Form reads a form-encoded body. The query is never read. Codes:
// CodeMediaType, CodeTooLarge and CodePayload. Which fields there are, how
// often and with what in them is not checked.
func Form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if !formEncoded(r.Header) {
		return nil, broker.Fail(broker.CodeMediaType, "the form must be sent as application/x-www-form-urlencoded")
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
	return values, nil
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
