package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// templates are the pages, each with its layout.
type templates struct{ login, present, error, word, letter, forgot, register, second, setup *template.Template }

func loadTemplates(a *assets) (t templates, err error) {
	layout, err := template.New("layout").Funcs(template.FuncMap{"asset": a.url}).ParseFS(files, "templates/layout.html", "templates/fields.html")
	if err != nil {
		return t, fmt.Errorf("parse layout: %w", err)
	}
	for name, into := range map[string]**template.Template{
		"login": &t.login, "present": &t.present, "error": &t.error, "word": &t.word, "letter": &t.letter,
		"forgot": &t.forgot, "register": &t.register, "second": &t.second, "setup": &t.setup,
	} {
		page, err := layout.Clone()
		if err != nil {
			return t, fmt.Errorf("clone layout: %w", err)
		}
		if *into, err = page.ParseFS(files, "templates/"+name+".html"); err != nil {
			return t, fmt.Errorf("parse %s: %w", name, err)
		}
	}
	return t, nil
}

// render writes a page. It is made in full before the first byte is sent, so a
// template that fails leaves no half page.
func render(w http.ResponseWriter, t *template.Template, v view) error {
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, "layout", v); err != nil {
		return fmt.Errorf("render %q: %w", v.Title, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy(v.Redirect))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", referrer(v.Private))
	w.WriteHeader(v.Status)
	_, _ = w.Write(page.Bytes()) // the reader went away: nobody is left to tell
	return nil
}

// referrer says what a page's address may be told to. With no-referrer a browser
// would send our own forms with the origin null, and over plain http nothing
// else says where they come from; so a page whose address holds a secret tells
// its host and nothing more, to ourselves too, whose logs may be read by others.
func referrer(private bool) string {
	if private {
		return "strict-origin"
	}
	return "same-origin"
}

// show is render for where no error can be returned any more.
func (p *Pages) show(w http.ResponseWriter, t *template.Template, v view) {
	if err := render(w, t, v); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// policy is the content security policy of a page whose forms lead to
// redirect. Browsers hold form-action against the redirect that answers a form
// too, so the origin of a checked return-to is named beside our own.
func policy(redirect string) string {
	actions := "'self'"
	if u, err := url.Parse(redirect); err == nil && u.Host != "" && !strings.ContainsFunc(u.Host, notHost) {
		actions += " " + u.Scheme + "://" + u.Host
	}
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; " +
		"form-action " + actions + "; base-uri 'none'; frame-ancestors 'none'"
}

// notHost reports what is in no host and port, and would end a source in a
// policy.
func notHost(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(".-:[]", c)
}
