package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/signet-sso/signet/web/api/apitest"
)

func TestL09_OnlyJSONInUTF8IsRead(t *testing.T) {
	for _, kind := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/json; charset=utf-7", "application/json; charset=utf-16", "application/json; charset=",
		"application/jsonp", "application/json, text/plain", "text/json", "application/ld+json",
	} {
		t.Run("L-09 "+kind, func(t *testing.T) {
			d := newDesk(t)
			w := d.post("/auth/login", rightBody, func(r *http.Request) {
				r.Header.Del("Content-Type")
				if kind != "" {
					r.Header.Set("Content-Type", kind)
				}
			})
			want(t, w, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
			unmoved(t, d, w)
		})
	}
	t.Run("L-09 two types are none", func(t *testing.T) {
		d := newDesk(t)
		want(t, d.post("/auth/login", rightBody, field("Content-Type", "text/plain")), http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	})
	t.Run("L-09 a compressed body is not read", func(t *testing.T) {
		d := newDesk(t)
		want(t, d.post("/auth/login", rightBody, field("Content-Encoding", "gzip")), http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	})
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		t.Run("L-09 accepted: "+kind, func(t *testing.T) {
			d := newDesk(t)
			want(t, d.post("/auth/login", rightBody, func(r *http.Request) { r.Header.Set("Content-Type", kind) }), http.StatusOK, "")
		})
	}
	t.Run("L-09 a refresh with a body is no exception", func(t *testing.T) {
		d := newDesk(t)
		w := d.post("/auth/refresh", `{"refresh_token":"x"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
		want(t, w, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	})
}

func TestL11_BodiesThatTwoReadersWouldReadDifferently(t *testing.T) {
	pass := `"password":"` + apitest.Password + `"`
	for name, body := range map[string]string{
		"a name twice":                      `{"email":"admin@example.com","email":"b@example.com",` + pass + `}`,
		"a password twice":                  `{"email":"admin@example.com",` + pass + `,` + pass + `}`,
		"a name twice, once escaped":        `{"email":"admin@example.com","em\u0061il":"b",` + pass + `}`,
		"a name twice inside what we skip":  `{"email":"admin@example.com",` + pass + `,"x":{"a":1,"a":2}}`,
		"a name in another case is another": `{"Email":"admin@example.com",` + pass + `}`,
		"a password in another case too":    `{"email":"admin@example.com","PASSWORD":"` + apitest.Password + `"}`,
		"something behind the object":       rightBody + ` {}`,
		"a second object":                   rightBody + rightBody,
		"invalid UTF-8":                     "{\"email\":\"admin@example.com\xff\"," + pass + `}`,
		"half a surrogate pair":             `{"email":"admin@example.com\ud800",` + pass + `}`,
		"a NUL":                             `{"email":"admin@example.com\u0000",` + pass + `}`,
		"a NUL in a name":                   `{"email":"admin@example.com","a\u0000":1,` + pass + `}`,
		"a raw NUL":                         "{\"email\":\"admin@example.com\x00\"," + pass + `}`,
		"a byte order mark":                 "\ufeff" + rightBody,
		"an array":                          `[` + rightBody + `]`,
		"null":                              `null`,
		"a text":                            `"admin@example.com"`,
		"nothing":                           ` `,
		"half an object":                    rightBody[:20],
		"a comment":                         `{"email":"admin@example.com",/**/` + pass + `}`,
		"null for the password":             `{"email":"admin@example.com","password":null}`,
		"an object for the e-mail address":  `{"email":{"$ne":""},` + pass + `}`,
		"an array for the e-mail address":   `{"email":["admin@example.com"],` + pass + `}`,
		"a number for the one-time code":    `{"email":"admin@example.com","otp":123456,` + pass + `}`,
		"deep nesting":                      `{"x":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + `}`,
	} {
		t.Run("L-11 "+name, func(t *testing.T) {
			d := newDesk(t)
			w := d.post("/auth/login", body)
			want(t, w, http.StatusBadRequest, "INVALID_PAYLOAD")
			unmoved(t, d, w)
			if len(d.SignIns()) != 0 {
				t.Error("the broker was asked")
			}
			if strings.Contains(w.Body.String(), "admin") || strings.Contains(w.Body.String(), apitest.Password) {
				t.Errorf("body %s repeats what was sent", w.Body)
			}
		})
	}
}

func TestX03_HugeBodiesNeverReachTheBroker(t *testing.T) {
	cases := []struct {
		name, body string
		status     int
		code       string
	}{
		{"a password of 10 MB", `{"email":"admin@example.com","password":"` + strings.Repeat("a", 10<<20) + `"}`, 413, "CONTENT_TOO_LARGE"},
		{"an address of 1 MB", `{"email":"` + strings.Repeat("a", 1<<20) + `","password":"x"}`, 413, "CONTENT_TOO_LARGE"},
		{"a one-time code of 1 MB", `{"email":"a","password":"x","otp":"` + strings.Repeat("1", 1<<20) + `"}`, 413, "CONTENT_TOO_LARGE"},
		{"a byte too many", rightBody + strings.Repeat(" ", 64<<10-len(rightBody)+1), 413, "CONTENT_TOO_LARGE"},
	}
	for _, c := range cases {
		t.Run("X-03 "+c.name, func(t *testing.T) {
			d := newDesk(t)
			w := d.post("/auth/login", c.body)
			want(t, w, c.status, c.code)
			if len(d.SignIns()) != 0 {
				t.Error("the broker was asked")
			}
			if w = d.post("/auth/refresh", c.body); w.Code != c.status {
				t.Errorf("refresh: got %d, want %d", w.Code, c.status)
			}
		})
	}
	t.Run("X-03 64 KiB are read", func(t *testing.T) {
		d := newDesk(t)
		want(t, d.post("/auth/login", rightBody+strings.Repeat(" ", 64<<10-len(rightBody))), http.StatusOK, "")
	})
}
