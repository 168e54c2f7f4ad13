package graphql_test

import (
	"context"
	"maps"
	"net/http"
	"testing"

	gophers "github.com/graph-gophers/graphql-go"

	"github.com/signet-sso/signet/web/graphql"
)

// counter counts the mutations that the library runs by itself.
type counter struct{ ran int }

func (c *counter) AuthLogin(struct {
	Email, Password string
	Mode, OTP       *string
},
) *struct {
	AccessToken  *string
	Expires      *float64
	RefreshToken *string
} {
	c.ran++
	return nil
}

func (c *counter) AuthRefresh(struct{ RefreshToken, Mode *string }) *struct {
	AccessToken  *string
	Expires      *float64
	RefreshToken *string
} {
	c.ran++
	return nil
}

func (c *counter) AuthLogout(struct{ RefreshToken, Mode *string }) *bool { return c.count() }
func (c *counter) AuthPasswordRequest(struct {
	Email    string
	ResetURL *string
}) *bool {
	return c.count()
}
func (c *counter) AuthPasswordReset(struct{ Token, Password string }) *bool { return c.count() }
func (c *counter) ServerPing() *string                                      { return nil }
func (c *counter) count() *bool                                             { c.ran++; return nil }

// FuzzTheLibrarySeesWhatWeSee runs the documents that pass our judgement in the
// library without any limit: none of them makes more than one mutation. All of
// them are then sent as requests: none is an error of ours.
func FuzzTheLibrarySeesWhatWeSee(f *testing.F) {
	for c := range maps.Values(dear) {
		if len(c.query) < 1000 {
			f.Add(c.query)
		}
	}
	for _, literal := range hostile {
		f.Add("mutation { a: auth_logout(refresh_token: " + literal + ") b: auth_logout }")
		f.Add("mutation { auth_logout(refresh_token: " + literal + ") }")
	}
	for _, query := range []string{
		`mutation { a: auth_logout(refresh_token: """\""") b: auth_logout(refresh_token: """\""") }`,
		"mutation { a: auth_logout #\r b: auth_logout\n }", "mutation { auth_logout @include(if: true) }",
		"mutation ($t: String = \"x\") { ...F } fragment F on Mutation { auth_logout(refresh_token: $t) }",
		`"about" mutation { auth_logout }`, "\ufeffmutation { auth_logout }", "{ server_ping } { server_ping }",
	} {
		f.Add(query)
	}
	d, c := newDesk(f), &counter{}
	bare, err := gophers.ParseSchema(graphql.Schema(), c, gophers.UseFieldResolvers(), gophers.Logger(quiet{}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if w := d.ask(t, query, nil); w.Code != http.StatusOK && w.Code != http.StatusBadRequest || len(d.audit.names) > 0 {
			t.Errorf("got %d %s, recorded %v", w.Code, w.Body, d.audit.names)
		}
		if graphql.Judge(query, "") != nil {
			return
		}
		c.ran = 0
		bare.Exec(t.Context(), query, "", nil)
		if c.ran > 1 {
			t.Errorf("%d mutations were made", c.ran)
		}
	})
}

// quiet logs nothing.
type quiet struct{}

func (quiet) LogPanic(context.Context, any) {}
