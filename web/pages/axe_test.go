package pages

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
)

// state is a page as somebody can come to see it.
type state struct {
	ways  []broker.Way
	path  string
	enter string // typed into the form first
	sees  string // an element by which the state is known
	then  string // a path to go to after that
	given func(*fakeBroker)
	walk  func(*tab) // what is done before it is seen
}

func states() map[string]state {
	const name = "ada" + kb.Tab
	app := loginTo("https://app.example.org/home")
	many := append(manyWays(),
		broker.Way{Name: "old", Driver: "ldap", Label: "Old directory", Password: true, Down: true},
		broker.Way{Name: "partner", Driver: "ldap", Label: "Partners", Password: true},
		broker.Way{Name: "x", Label: "Keycloak"}, broker.Way{Name: "y", Label: "Microsoft", Down: true}, broker.Way{Name: "z", Label: "Slack"},
	)
	all := map[string]state{
		"form":      {ways: manyWays(), path: app, sees: ".segments"},
		"password":  {ways: manyWays()[:1], path: "/login", sees: "#login"},
		"buttons":   {ways: manyWays()[2:], path: app, sees: ".ways"},
		"many ways": {ways: many, path: app, sees: ".many"},
		"wrong":     {ways: manyWays(), path: app, enter: name + "wrong" + kb.Enter, sees: "#password:focus"},
		"reason":    {ways: manyWays(), path: "/login?reason=SERVICE_UNAVAILABLE", sees: "#alert:focus"},
		"notice":    {ways: manyWays(), path: loginTo("//evil.test"), sees: "[role=status]"},
		"signed in": {ways: manyWays(), path: "/login", enter: name + rightPassword + kb.Enter, sees: ".person"},
		"go on":     {ways: manyWays(), path: "/login", enter: name + rightPassword + kb.Enter, sees: ".person", then: app},
		"error":     {ways: manyWays(), path: "/nothing", sees: ".status"},
	}
	maps.Copy(all, accountStates())
	maps.Copy(all, secondStates())
	return all
}

// TestAccessible runs every rule of axe, best practices too, over every state
// of the pages. With SIGNET_TEST_SHOTS it leaves a picture of each in that
// folder.
func TestAccessible(t *testing.T) {
	browser := parts.Chromium(t)
	for name, c := range states() {
		t.Run("axe finds nothing wrong with the page: "+name, func(t *testing.T) {
			s := newSite(t, c.ways, "https://app.example.org/*")
			if c.given != nil {
				c.given(s.broker)
			}
			b := open(t, browser, s.url+c.path)
			if c.enter != "" {
				b.pressIn("login", c.enter)
			}
			if c.walk != nil {
				c.walk(b)
			}
			b.sees(c.sees)
			if c.then != "" {
				b.do(chromedp.Navigate(s.url + c.then))
			}
			b.looks(name)
			b.wraps()
		})
	}
	t.Run("a mistake in a page would be found", func(t *testing.T) {
		b := open(t, browser, newSite(t, manyWays()).url+"/login")
		b.text(`document.querySelector("label[for=login]").remove(); document.querySelector("h1").style.color = "#aaa"; ""`)
		if found := parts.Axe(t, b.ctx); len(found) < 2 {
			t.Errorf("axe found %v, want the missing label and the faint heading", found)
		}
	})
}

// look is a theme and a size to see a page in.
type look struct {
	name          string
	width, height int64
	features      []string
}

func looks() []look {
	light, dark := []string{"prefers-color-scheme", "light"}, []string{"prefers-color-scheme", "dark"}
	return []look{
		{"desktop-light", 1280, 800, light}, {"desktop-dark", 1280, 800, dark},
		{"phone-light", 390, 844, light}, {"phone-dark", 390, 844, dark},
		{"narrow-contrast", 320, 640, append(dark, "prefers-contrast", "more")},
		{"desktop-forced", 1280, 800, []string{"forced-colors", "active"}},
	}
}

// looks scans the page in every theme on a desktop and on phones.
func (b *tab) looks(name string) {
	b.t.Helper()
	for _, l := range looks() {
		b.do(chromedp.EmulateViewport(l.width, l.height), media(append(l.features, "prefers-reduced-motion", "reduce")...))
		for _, v := range parts.Axe(b.t, b.ctx) {
			b.t.Errorf("%s: %v", l.name, v)
		}
		if got := b.width(); got != fmt.Sprint(l.width) {
			b.t.Errorf("%s: the page is %s wide, want %d", l.name, got, l.width)
		}
		parts.Screenshot(b.t, b.ctx, os.Getenv("SIGNET_TEST_SHOTS"), strings.ReplaceAll(name, " ", "-")+"-"+l.name)
	}
}

// wraps complains when type twice as large runs out of a narrow phone, which
// is a reader's zoom as well as their type size.
func (b *tab) wraps() {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(320, 640))
	b.text(`document.documentElement.style.fontSize = "200%"; ""`)
	if got := b.width(); got != "320" {
		b.t.Errorf("with type at 200%% the page is %s wide, want 320", got)
	}
}

func (b *tab) width() string {
	b.t.Helper()
	return b.text(`document.documentElement.scrollWidth + ""`)
}
