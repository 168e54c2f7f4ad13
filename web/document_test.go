package web_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/openapi/openapitest"
)

// TestTheDocumentHasEveryRouteAndNoOther walks the router.
func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	var c web.Config
	newHouse(t, func(of *web.Config) {
		of.GraphQL, of.Administration = true, new(broker.Administration)
		c = *of
	})
	served, err := web.Routes(c)
	if err != nil {
		t.Fatal(err)
	}
	var written []string
	for path, item := range openapitest.Load(t).Paths.Map() {
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	slices.Sort(written)
	if diff := cmp.Diff(slices.Compact(served), written); diff != "" {
		t.Errorf("routes -, document +:\n%s", diff)
	}
}
