package translate

import (
	"net/url"
	"slices"
	"strings"
)

// redirects are where browsers may be sent after a login and from letters.
func (d *directus) redirects() []entry {
	e := key("redirects", "", "Whole addresses, whatever their query; one that ends in /* is every page below.")
	e.below = []entry{
		addresses("allow", d.allow, "After a login, from AUTH_…_REDIRECT_ALLOW_LIST. Pages of public_url are allowed anyway; other ports of that host, which Directus allowed, belong here."),
		addresses("password_reset", d.list("PASSWORD_RESET_URL_ALLOW_LIST"), "From the letter that resets a password, from PASSWORD_RESET_URL_ALLOW_LIST."),
	}
	return []entry{e}
}

// addresses is a list of those that are whole; the others are told.
func addresses(name string, all []string, remarks ...string) entry {
	var good, bad []string
	for _, a := range all {
		switch {
		case !whole(a):
			bad = append(bad, shown(a))
		case !slices.Contains(good, a):
			good = append(good, a)
		}
	}
	if len(bad) > 0 {
		remarks = append(remarks, "Not taken over, since it is no whole address of a page without a query: "+strings.Join(bad, ", ")+".")
	}
	return key(name, list(good), remarks...)
}

// whole reports an address that a list of redirects can hold.
func whole(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return false
	}
	path := strings.ToLower(u.EscapedPath()) + "/"
	for _, part := range []string{"%2f", "%5c", "%2e", "%00", "/../", "/./"} {
		if strings.Contains(path, part) {
			return false
		}
	}
	return !strings.ContainsAny(address, "*?#\\ ") && !strings.ContainsFunc(address, func(c rune) bool { return c <= ' ' || c == 0x7f })
}

// cors are the front ends of other origins.
func (d *directus) cors() []entry {
	origins := key("origins", "[]")
	text, on := d.text("CORS_ORIGIN"), d.flag("CORS_ENABLED", false)
	var good, bad []string
	switch {
	case !on:
	case text == "" || strings.EqualFold(text, "true") || text == "*":
		origins.remarks = []string{"Directus let every site call it (CORS_ORIGIN). List the origins of your front ends, such as https://app.example.org."}
	case !strings.EqualFold(text, "false"):
		for _, o := range d.list("CORS_ORIGIN") {
			if origin(o) {
				good = append(good, o)
			} else {
				bad = append(bad, shown(o))
			}
		}
	}
	if len(bad) > 0 {
		origins.remarks = []string{"Of CORS_ORIGIN this is no origin: " + strings.Join(bad, ", ") + ". List each as the browser sends it, such as https://app.example.org."}
	}
	origins.value = list(slices.Compact(slices.Sorted(slices.Values(good))))
	return []entry{key("cors", "").with(origins)}
}

// origin reports scheme and host, as a browser sends them.
func origin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && whole(text) && u.Scheme+"://"+strings.ToLower(u.Host) == text
}

func (d *directus) registration() []entry {
	e := key("registration", "", "Directus has this in its project settings: whether anybody may register, and whether an address has to be confirmed.")
	e.below = []entry{key("open", "false"), key("confirm", "true")}
	return []entry{e}
}

// permissions are the groups that stood for roles.
func (d *directus) permissions() []entry {
	if len(d.roles) == 0 {
		return nil
	}
	e := off(key("permissions", "", "Group to scopes. In Directus these groups stood for roles, whose rights are in its database; write what the tokens of their members shall say in scopes."))
	for _, r := range d.roles {
		e.below = append(e.below, key(scalar(r.name), "[]", "Was the role "+shown(r.value)+"."))
	}
	return []entry{e}
}
