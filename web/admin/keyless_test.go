package admin_test

import (
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/openapi/openapitest"
)

// There are no API keys: an access token of a live session is the one
// credential, and dies with its session and its owner.
func TestA08_ThereIsNoKeyThatOutlivesItsOwner(t *testing.T) {
	o := newOffice(t)
	boss, access := o.boss(t)
	for _, path := range []string{"/admin/api/keys", "/admin/api/tokens", "/admin/api/users/boss/keys", "/admin/api/users/boss/tokens", "/admin/api/api-keys"} {
		for _, method := range []string{"POST", "PUT", "PATCH"} {
			if w := o.ask(access, method, path, `{"name":"ci","scopes":["all"]}`); w.Code != 404 && w.Code != 405 {
				t.Errorf("%s %s: got %d %s", method, path, w.Code, w.Body)
			}
		}
	}
	for _, key := range []string{boss.ID, o.signIn(t, "boss").Refresh, "static-token", "signet_" + boss.ID} {
		want(t, o.ask(key, "GET", "/admin/api/users", ""), 401)
	}
	want(t, o.ask(access, "GET", "/admin/api/users", ""), 200)
	o.person(t, "other", true)
	if _, err := o.admin.SetStatus(t.Context(), "boss", broker.Suspended); err != nil {
		t.Fatal(err)
	}
	want(t, o.ask(access, "GET", "/admin/api/users", ""), 401)
}

// No route takes an address to call or a file to read or write: what could is
// in the configuration file only.
func TestA13_NoRouteTakesAnAddressOrAFile(t *testing.T) {
	for path, item := range openapitest.Load(t).Paths.Map() {
		if !strings.HasPrefix(path, "/admin/") {
			continue
		}
		for method, operation := range item.Operations() {
			if operation.RequestBody == nil {
				continue
			}
			for kind, media := range operation.RequestBody.Value.Content {
				if kind != "application/json" || media.Schema.Value.AdditionalProperties.Has == nil || *media.Schema.Value.AdditionalProperties.Has {
					t.Errorf("%s %s takes %s with fields that are not written down", method, path, kind)
				}
				for name := range media.Schema.Value.Properties {
					for _, bad := range []string{"url", "uri", "path", "file", "host", "webhook", "logo", "picture", "template", "directory"} {
						if strings.Contains(name, bad) {
							t.Errorf("%s %s takes %q", method, path, name)
						}
					}
				}
			}
		}
	}
}
