package wire

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/signet-sso/signet/broker"
)

// MaxBody is the largest JSON body that is read, in bytes.
const MaxBody = 64 << 10

// Decode reads the JSON object in a request's body into v, a pointer to a
// struct. The query is never read: credentials do not belong in a URL.
//
// The type must be application/json, in UTF-8 and not compressed, else
// CodeMediaType; more than [MaxBody] is CodeTooLarge. Everything else that is
// not right is CodePayload with a reason that never repeats what was sent:
// malformed JSON, invalid UTF-8, a name that is there twice (however it is
// escaped), something behind the object, a NUL in any string, a wrong type.
// Names are compared exactly. Members that v does not know are ignored, since
// the clients of the systems that Signet replaces send more than we read; null
// is as good as absent. Whether a member is required is not checked.
func Decode(w http.ResponseWriter, r *http.Request, v any) error {
	if err := mediaType(r.Header); err != nil {
		return err
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	return parse(body, v)
}

// DecodeExact is Decode for what only our own clients send: a member that v does
// not know is CodePayload, so that nobody believes to have changed what cannot be
// changed there.
func DecodeExact(w http.ResponseWriter, r *http.Request, v any) error {
	if err := mediaType(r.Header); err != nil {
		return err
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	return parse(body, v, json.RejectUnknownMembers(true))
}

// DecodeOptional is Decode for requests that may come without a body, of
// whatever type they then say it is.
func DecodeOptional(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r)
	if err != nil || len(body) == 0 {
		return err
	}
	if err := mediaType(r.Header); err != nil {
		return err
	}
	return parse(body, v)
}

func mediaType(h http.Header) error {
	refused := broker.Fail(broker.CodeMediaType, "the body must be application/json")
	if len(h.Values("Content-Type")) != 1 || h.Get("Content-Encoding") != "" {
		return refused
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refused
	}
	if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return refused
	}
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, broker.Fail(broker.CodeTooLarge, "the body is too large")
	case err != nil:
		return nil, &broker.Error{Code: broker.CodePayload, Reason: "the body is incomplete", Err: err}
	}
	return body, nil
}

// parse reports nothing of the decoder's own words: they may repeat what was
// sent.
func parse(body []byte, v any, options ...json.Options) error {
	object := bytes.TrimLeft(body, " \t\r\n")
	if len(object) == 0 || object[0] != '{' {
		return broker.Fail(broker.CodePayload, "the body is not a JSON object")
	}
	err := json.Unmarshal(body, v, options...)
	var wrong *json.SemanticError
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return broker.Fail(broker.CodePayload, "the body has a member that is not known here")
	case errors.As(err, &wrong):
		// Only members of v are read, so the pointer holds names of ours.
		field := strings.TrimPrefix(string(wrong.JSONPointer), "/")
		return broker.Fail(broker.CodePayload, `"`+field+`" is of the wrong type`)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return broker.Fail(broker.CodePayload, "the body has a name twice")
	case err != nil:
		return broker.Fail(broker.CodePayload, "the body is not valid JSON")
	case holdsNUL(body):
		return broker.Fail(broker.CodePayload, "the body has a NUL in a string")
	}
	return nil
}

// holdsNUL reports a NUL in any name or string of valid JSON, where it can
// only be written as an escape.
func holdsNUL(body []byte) bool {
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return false
	}
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return false
		}
		if t.Kind() == '"' && strings.ContainsRune(t.String(), 0) {
			return true
		}
	}
}

// JSON writes v as the whole answer, maps in the order of their keys. It is
// encoded in full before the first byte is sent. Strings are written so that the answer is harmless inside
// HTML too.
func JSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v, jsontext.EscapeForHTML(true), json.FormatNilSliceAsNull(false), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the reader went away: nobody is left to tell
	return nil
}
