package mail

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/signet-sso/signet/broker"
)

// View is what a template can show. Whatever a stranger may have typed is
// either a word of ours by now or left out: a letter is no place for a
// stranger's message to somebody.
type View struct {
	Site     string // the host people know, such as sso.example.org
	Name     string // what to call the person; "" for none
	Link     string // http or https; "" for none
	Expires  string // when Link stops to work; "" without a link that does
	Lasts    string // how long it works, such as "2 hours"
	Provider string // the label of the provider that the letter is about
	Address  string // of the client that caused it; "" unknown
	Device   string // such as "Firefox on Linux"; "" unknown
	At       string // when that was
}

// newView takes what can be shown from a letter.
func newView(site string, l broker.Letter) (View, error) {
	v := View{Site: site, Name: callable(l.Name), Link: l.Link, Provider: oneLine(l.Provider), Device: device(l.Device), At: moment(l.At)}
	if l.Link != "" && !webLink(l.Link) {
		return v, fmt.Errorf("the link of the letter %q is not for a browser", l.Kind)
	}
	if a, err := netip.ParseAddr(l.Address); err == nil {
		v.Address = a.Unmap().WithZone("").String()
	}
	if l.Link != "" && !l.Expires.IsZero() {
		v.Expires, v.Lasts = moment(l.Expires), span(l.Expires.Sub(l.At))
	}
	return v, nil
}

// webLink reports an address of a page and nothing else.
func webLink(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.Opaque == "" &&
		!strings.ContainsFunc(link, func(c rune) bool { return c <= ' ' || c == 0x7f || unicode.IsSpace(c) || unicode.IsControl(c) })
}

const maxCalled = 40 // characters

// callable is a name if one could call a person by it, else "": anybody can
// write a stranger's address and, for a name, a message or a place to go to.
func callable(name string) string {
	name = oneLine(name)
	if len([]rune(name)) > maxCalled || strings.ContainsAny(name, `/\:@<>"=&?#%$€£!*|[]{}()^~`+"`") {
		return ""
	}
	letters := 0
	rest := []rune(name)
	for i, c := range rest {
		switch {
		case unicode.IsLetter(c):
			letters++
		case c == '.' && i+1 < len(rest) && rest[i+1] != ' ': // a name of a host
			return ""
		case !unicode.IsGraphic(c):
			return ""
		}
	}
	if letters == 0 || strings.Count(name, " ") > 4 {
		return ""
	}
	return name
}

// moment is a time in words.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("Monday, 2 January 2006, 15:04") + " UTC"
}

// span is a length of time in words, rounded to what people say.
func span(d time.Duration) string {
	for _, u := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		n := int(d.Round(time.Minute) / u.length)
		switch {
		case n == 1 && d.Round(time.Minute)%u.length < u.length/2:
			return "1 " + u.name
		case n >= 2 || n == 1 && u.length == time.Minute:
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "a moment"
}
