package openapi_test

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/openapi"
	"github.com/signet-sso/signet/web/openapi/openapitest"
)

func TestEveryOperationIsDescribed(t *testing.T) {
	doc := openapitest.Load(t)
	tags := map[string]int{}
	for _, tag := range doc.Tags {
		tags[tag.Name] = 0
	}
	seen := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			what := method + " " + path
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 {
				t.Errorf("%s: an operation has an id, a summary and one tag", what)
				continue
			}
			if other := seen[o.OperationID]; other != "" {
				t.Errorf("%s and %s are both %q", what, other, o.OperationID)
			}
			seen[o.OperationID] = what
			if _, ok := tags[o.Tags[0]]; !ok {
				t.Errorf("%s: the tag %q is not described", what, o.Tags[0])
			}
			tags[o.Tags[0]]++
			if o.Responses.Default() == nil {
				t.Errorf("%s: it does not say what faults look like", what)
			}
		}
	}
	for tag, n := range tags {
		if n == 0 {
			t.Errorf("no operation has the tag %q", tag)
		}
	}
}

// told is the code and the message of a failure's example.
type told struct {
	Errors []struct {
		Message    string                        `json:"message"`
		Extensions struct{ Code, Reason string } `json:"extensions"`
	} `json:"errors"`
}

// TestEveryCodeHasAnExample holds the examples against the table that failures
// are answered from.
func TestEveryCodeHasAnExample(t *testing.T) {
	statuses, messages := map[string]int{"GRAPHQL_VALIDATION_EXCEPTION": 400}, map[string]string{"GRAPHQL_VALIDATION_EXCEPTION": "GraphQL"}
	for _, a := range api.Profile().Answers {
		statuses[a.Code], messages[a.Code] = a.Status, strings.TrimSuffix(a.Message, ".")
	}
	doc := openapitest.Load(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(statuses)), slices.Sorted(maps.Keys(doc.Components.Examples))); diff != "" {
		t.Errorf("codes of the table -, examples +:\n%s", diff)
	}
	for code, e := range doc.Components.Examples {
		text, err := json.Marshal(e.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		var v told
		if err := json.Unmarshal(text, &v, json.MatchCaseInsensitiveNames(true)); err != nil || len(v.Errors) != 1 {
			t.Fatalf("%s: %v", text, err)
		}
		// A route's message names it.
		if code != v.Errors[0].Extensions.Code || !strings.HasPrefix(v.Errors[0].Message, strings.TrimSuffix(messages[code], " doesn't exist")) {
			t.Errorf("%s: got the example %s, want the message %q", code, text, messages[code])
		}
	}
	eachAnswer(doc, func(what, status string, answer *openapi3.Response) {
		if status == "default" || answer.Content.Get("application/json") == nil {
			return
		}
		for code := range answer.Content.Get("application/json").Examples {
			if want, ok := statuses[code]; ok && strconv.Itoa(want) != status {
				t.Errorf("%s: %s is an example of %s, and its status is %d", what, code, status, want)
			}
		}
	})
}

func TestEveryAnswerNamesItsRequest(t *testing.T) {
	eachAnswer(openapitest.Load(t), func(what, status string, answer *openapi3.Response) {
		if h := answer.Headers["X-Request-Id"]; h == nil || !h.Value.Required {
			t.Errorf("%s: %s is without its request id", what, status)
		}
	})
}

func eachAnswer(doc *openapi3.T, look func(what, status string, answer *openapi3.Response)) {
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			for status, answer := range o.Responses.Map() {
				look(method+" "+path, status, answer.Value)
			}
		}
	}
}

// TestTheDocumentKeepsItsOrder reads the text: libraries sort.
func TestTheDocumentKeepsItsOrder(t *testing.T) {
	text, err := openapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, part := range []string{
		`"openapi":"3.1.0"`, `"/auth":`, `"/auth/login":`, `"/auth/refresh":`, `"/auth/register":`, `"/auth/mfa/totp":`, `"/admin/api/users":`, `"/admin/api/audit":`, `"/login":`, `"/docs/{file}":`,
	} {
		i := strings.Index(string(text), part)
		if i < at {
			t.Errorf("%s does not stand where it was written", part)
		}
		at = i
	}
	if strings.Contains(string(text), `"x-`) {
		t.Error("what was for writing only is still there")
	}
}

func TestEveryPartIsRead(t *testing.T) {
	text, err := openapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(os.DirFS("document"), "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d parts, %v", len(files), err)
	}
	for _, name := range files {
		part, err := os.ReadFile("document/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(part), "\n") {
			if path, ok := strings.CutPrefix(line, "  /"); ok && !strings.Contains(string(text), `"/`+strings.TrimSuffix(path, ":")+`":`) {
				t.Errorf("%s: %s is not in the document", name, line)
			}
		}
		if n := strings.Count(string(part), "\n"); n > 300 {
			t.Errorf("%s has %d lines, want at most 300", name, n)
		}
	}
}
