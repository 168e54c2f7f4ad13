package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// assetsUnder is where the pages' files are served from.
const assetsUnder = "/login/assets/"

//go:embed assets templates
var files embed.FS

// served lists the files that browsers get, with their types. A style sheet
// comes after what it names.
var served = []struct{ name, kind string }{
	{"inter.woff2", "font/woff2"},
	{"icon.svg", "image/svg+xml"},
	{"page.js", "text/javascript; charset=utf-8"},
	{"page.css", "text/css; charset=utf-8"},
	{"controls.css", "text/css; charset=utf-8"},
	{"accounts.css", "text/css; charset=utf-8"},
}

// asset is one file as it is sent.
type asset struct {
	kind string
	body []byte
}

// assets are the pages' files under names that hold a hash of their content,
// so that browsers may keep them for ever and never show an old one.
type assets struct {
	byURL map[string]asset
	urls  map[string]string // file name → URL path
}

func loadAssets() (*assets, error) {
	a := &assets{byURL: map[string]asset{}, urls: map[string]string{}}
	for _, f := range served {
		body, err := files.ReadFile("assets/" + f.name)
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		if strings.HasPrefix(f.kind, "text/css") {
			for name, url := range a.urls {
				body = bytes.ReplaceAll(body, []byte(`url("`+name+`")`), []byte(`url("`+url+`")`))
			}
		}
		url := assetsUnder + hashed(f.name, body)
		a.byURL[url], a.urls[f.name] = asset{kind: f.kind, body: body}, url
	}
	return a, nil
}

// hashed puts 96 bits of the content's hash before a name's extension.
func hashed(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + base64.RawURLEncoding.EncodeToString(sum[:12]) + ext
}

// url is the template function asset. A name that is not there stops the
// page, so a test of any page finds it.
func (a *assets) url(name string) (string, error) {
	url, ok := a.urls[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return url, nil
}

// send writes the asset at a URL path and says whether there is one.
func (a *assets) send(w http.ResponseWriter, r *http.Request) bool {
	f, ok := a.byURL[r.URL.Path]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", fmt.Sprint(len(f.body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.body) // the reader went away: nobody is left to tell
	}
	return true
}
