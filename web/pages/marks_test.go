package pages

import (
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

func TestMarks(t *testing.T) {
	m, err := loadMarks()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("every one is a drawing and nothing else", func(t *testing.T) {
		if len(m) < 40 {
			t.Errorf("got %d, want at least 40", len(m))
		}
		for name, path := range m {
			if strings.Trim(path, "MmLlHhVvCcSsQqTtAaZz0123456789-., ") != "" || !strings.HasPrefix(strings.ToUpper(path), "M") {
				t.Errorf("%s is no path: %.60q", name, path)
			}
		}
	})
	t.Run("a button shows its provider's, or the first letter of its label", func(t *testing.T) {
		s := newSite(t, []broker.Way{
			{Name: "github", Driver: "oauth2", Label: "GitHub", Icon: "github"},
			{Name: "acme", Driver: "openid", Label: "Acme", Icon: "no such icon"},
		})
		body := s.get("/login").body
		if !strings.Contains(body, m["github"][:40]) || strings.Contains(body, ">G<") || !strings.Contains(body, ">A<") {
			t.Errorf("got %s", body)
		}
	})
}
