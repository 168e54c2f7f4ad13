package pages

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// enrolling is a browser that has to set up a second factor before it gets to
// an application.
func enrolling(t *testing.T) *site {
	t.Helper()
	s := secondSite(t)
	s.broker.enrol = true
	s.post("/login", with(credentials("ada", rightPassword), "redirect", app)).leadsTo(t, "/login/second?redirect="+url.QueryEscape(app)+"&setup=1")
	return s
}

func TestM13_ASecondFactorThatIsRequired(t *testing.T) {
	t.Run("M-13 nobody is in before it is set up", func(t *testing.T) {
		s := enrolling(t)
		s.post("/login/second", secondForm("propose", ""))
		if len(s.broker.live) != 0 || s.cookie("refresh") != "" {
			t.Error("somebody is signed in")
		}
	})
	t.Run("looking makes no secret, the button does", func(t *testing.T) {
		s := enrolling(t)
		for range 3 {
			s.get("/login/second?setup=1").wants(t, http.StatusOK, `name="step" value="propose"`, "authenticator app")
		}
		if s.broker.proposed != 0 {
			t.Error("a GET made a secret")
		}
		s.post("/login/second", secondForm("propose", "")).wants(t, http.StatusOK, `role="img" aria-label="QR code`,
			"<span>IFBE</span> <span>GRCF</span> <span>IZDU</span> ", `href="otpauth://totp/sso.example.org:ada?issuer=sso.example.org&amp;secret=IFBE`, `inputmode="numeric" autocomplete="one-time-code"`)
	})
	t.Run("the first code leads to the recovery codes, which lead on", func(t *testing.T) {
		s := enrolling(t)
		s.post("/login/second", secondForm("propose", ""))
		p := s.post("/login/second", secondForm("confirm", "123 456"))
		p.wants(t, http.StatusOK, "abcd-efgh-ijkl-mno0", "abcd-efgh-ijkl-mno9", `href="`+app+`">I have kept them`)
		if got := p.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("got Cache-Control %q, want no-store", got)
		}
		if got := s.cookie("refresh"); got != "refresh-s1" {
			t.Errorf("got refresh cookie %q, want refresh-s1", got)
		}
		s.get("/login/second").leadsTo(t, "/login?reason=INVALID_TOKEN")
	})
}

func TestM07_SettingItUp(t *testing.T) {
	t.Run("M-07 a wrong first code stays, and the secret is not shown again", func(t *testing.T) {
		s := enrolling(t)
		s.post("/login/second", secondForm("propose", ""))
		p := s.post("/login/second", secondForm("confirm", "000000"))
		p.wants(t, http.StatusUnauthorized, notFirstCode, "Begin with a new picture", `name="step" value="confirm"`, `aria-invalid="true" autofocus`)
		p.lacks(t, "IFBE", "QR code", "000000")
		s.post("/login/second", secondForm("confirm", rightCode)).wants(t, http.StatusOK, "Keep your recovery codes")
	})
	t.Run("M-07 who has a secret that is too old starts again", func(t *testing.T) {
		s := enrolling(t)
		s.post("/login/second", secondForm("confirm", rightCode)).leadsTo(t, "/login?reason=INVALID_TOKEN&redirect="+url.QueryEscape(app))
	})
	t.Run("M-07 another browser gets no secret", func(t *testing.T) {
		s := enrolling(t)
		s.plant("signet_flow", strings.Repeat("x", 43))
		s.post("/login/second", secondForm("propose", "")).leadsTo(t, "/login?reason=INVALID_TOKEN&redirect="+url.QueryEscape(app))
		if s.broker.proposed != 0 {
			t.Error("a secret was made")
		}
	})
	t.Run("a browser that is to get tokens is told to come to the sign-in page first", func(t *testing.T) {
		s := secondSite(t)
		s.broker.enrol = true
		s.plant("signet_flow", strings.Repeat("f", 43))
		s.get("/auth/login/github/callback?state=s&code=c&mode=json").wants(t, http.StatusUnauthorized, "INVALID_OTP")
	})
}

func TestGroups(t *testing.T) {
	for secret, want := range map[string][]string{
		"": nil, "ABC": {"ABC"}, "ABCD": {"ABCD"}, "ABCDE": {"ABCD", "E"}, "ABCDEFGH====": {"ABCD", "EFGH"},
	} {
		if d := cmp.Diff(want, groups(secret)); d != "" {
			t.Errorf("%q (-want +got):\n%s", secret, d)
		}
	}
}

func TestDrawing(t *testing.T) {
	t.Run("the path covers the dark pixels and no other", func(t *testing.T) {
		made, err := proposal()
		if err != nil {
			t.Fatal(err)
		}
		d, err := trace(made.QR)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(made.QR))
		if err != nil {
			t.Fatal(err)
		}
		inked := inkOf(t, d)
		for y := range d.Height {
			for x := range d.Width {
				if got, want := inked[image.Pt(x, y)], dark(img, x, y); got != want {
					t.Fatalf("at %d, %d: got dark %v, want %v", x, y, got, want)
				}
			}
		}
	})
	t.Run("what is no picture is an error", func(t *testing.T) {
		if _, err := trace([]byte("GIF89a")); err == nil {
			t.Error("got no error")
		}
	})
}

// inkOf are the pixels that a drawing's rectangles cover.
func inkOf(t *testing.T, d drawing) map[image.Point]bool {
	t.Helper()
	inked := map[image.Point]bool{}
	for part := range strings.SplitSeq(strings.TrimSuffix(d.Path, "z"), "z") {
		var x, y, width, height, back int
		if _, err := fmt.Sscanf(part, "M%d %dh%dv%dh-%d", &x, &y, &width, &height, &back); err != nil || back != width {
			t.Fatalf("part %q: %v", part, err)
		}
		for dy := range height {
			for dx := range width {
				inked[image.Pt(x+dx, y+dy)] = true
			}
		}
	}
	return inked
}
