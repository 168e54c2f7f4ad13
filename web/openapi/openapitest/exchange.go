package openapitest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// anywhere are the statuses that any operation may answer by its default: what is
// refused before an operation is reached, and faults. All others are written out
// where they can come.
var anywhere = []int{
	http.StatusBadRequest, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// exchange is one request with its answer.
type exchange struct {
	r          *http.Request
	sent       []byte
	route      *routers.Route
	parameters map[string]string
	answer     *httptest.ResponseRecorder
}

// complaints are what of it the document does not have.
func (x exchange) complaints() []string {
	written := x.written()
	if written == nil {
		return []string{fmt.Sprintf("the document has no answer %d", x.answer.Code)}
	}
	var all []string
	say := func(what string, err error) {
		if err != nil {
			all = append(all, fmt.Sprintf("%s of %d: %s", what, x.answer.Code, brief(err)))
		}
	}
	say("the header", x.header())
	if x.r.Method != http.MethodHead {
		say("the body", x.body(written))
	}
	if x.answer.Code < http.StatusBadRequest {
		say("the request, which got an answer", x.request())
	}
	return all
}

// written is the answer that the document has for the status, nil for none.
func (x exchange) written() *openapi3.Response {
	answers := x.route.Operation.Responses
	found := answers.Status(x.answer.Code)
	if found == nil && slices.Contains(anywhere, x.answer.Code) {
		found = answers.Default()
	}
	if found == nil {
		return nil
	}
	return found.Value
}

func (x exchange) input() *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: x.r, PathParams: x.parameters, Route: x.route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
}

// header compares the header fields.
func (x exchange) header() error {
	return openapi3filter.ValidateResponse(x.r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: x.input(), Status: x.answer.Code, Header: x.answer.Header(),
		Body: http.NoBody, Options: &openapi3filter.Options{ExcludeResponseBody: true, MultiError: true},
	})
}

// body compares type and body. That of a redirect is for people whose browser
// does not follow it.
func (x exchange) body(written *openapi3.Response) error {
	kind := x.answer.Header().Get("Content-Type")
	got := x.answer.Body.Bytes()
	switch {
	case x.answer.Code >= 300 && x.answer.Code < 400:
		return nil
	case len(written.Content) == 0 && len(got) > 0:
		return fmt.Errorf("there is one, of the type %q", kind)
	case len(written.Content) == 0:
		return nil
	}
	described := written.Content.Get(kind)
	if described == nil {
		return fmt.Errorf("the type is %q", kind)
	}
	if described.Schema == nil {
		return nil
	}
	if base, _, _ := mime.ParseMediaType(kind); base != "application/json" {
		return described.Schema.Value.VisitJSON(string(got), openapi3.EnableJSONSchema2020())
	}
	var v any
	if err := json.Unmarshal(got, &v); err != nil {
		return err
	}
	if err := described.Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		return err
	}
	return x.code(described, got)
}

// code looks for an example of a failure's code, so that the document names all
// that can come.
func (x exchange) code(described *openapi3.MediaType, got []byte) error {
	if x.answer.Code < http.StatusBadRequest {
		return nil
	}
	var v struct {
		Errors []struct {
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(got, &v); err != nil {
		return err
	}
	for _, e := range v.Errors {
		if described.Examples[e.Extensions.Code] == nil {
			return fmt.Errorf("there is no example of %s", e.Extensions.Code)
		}
	}
	return nil
}

// request compares a request that was taken, so that the document forbids nothing
// that works.
func (x exchange) request() error {
	in := x.input()
	in.Request = x.r.Clone(x.r.Context())
	in.Request.Body = io.NopCloser(bytes.NewReader(withoutNull(x.sent)))
	in.Request.URL.RawQuery = withoutEmpty(x.r.URL.Query())
	return openapi3filter.ValidateRequest(x.r.Context(), in)
}

// withoutNull leaves out of an object what is as good as absent.
func withoutNull(body []byte) []byte {
	var members map[string]jsontext.Value
	if json.Unmarshal(body, &members) != nil {
		return body
	}
	for name, v := range members {
		if v.Kind() == 'n' {
			delete(members, name)
		}
	}
	out, err := json.Marshal(members)
	if err != nil {
		return body
	}
	return out
}

// withoutEmpty leaves out of a query what is as good as absent.
func withoutEmpty(q url.Values) string {
	for name, values := range q {
		if len(values) == 1 && values[0] == "" {
			delete(q, name)
		}
	}
	return q.Encode()
}

// brief is an error without the schema that the library adds to it.
func brief(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\nSchema:")
	text, _, _ = strings.Cut(text, "\n  Schema:")
	return strings.Join(strings.Fields(text), " ")
}
