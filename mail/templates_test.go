package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

func TestTemplates(t *testing.T) {
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range broker.LetterKinds() {
		t.Run("the letter "+string(kind), func(t *testing.T) {
			if err := templates.try(kind); err != nil {
				t.Fatal(err)
			}
			l := letterTo("alice@example.com")
			l.Kind, l.Provider = kind, "Git<Hub>"
			v, err := newView("sso.example.org", l)
			if err != nil {
				t.Fatal(err)
			}
			w, err := templates.Render(kind, v)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(w.Subject, "sso.example.org") {
				t.Errorf("the subject %q does not name the site", w.Subject)
			}
			if bad := remote.FindString(w.HTML); bad != "" {
				t.Errorf("the HTML loads something: %q", bad)
			}
			if strings.Contains(w.HTML, "<Hub>") {
				t.Error("the HTML has a tag from a label")
			}
			for _, want := range []string{"Hello Alice,"} {
				if !strings.Contains(w.Text, want) || !strings.Contains(w.HTML, want) {
					t.Errorf("no %q in\n%s", want, w.Text)
				}
			}
			cause := []string{"When: Monday, 23 November 2026, 12:00 UTC", "With: Firefox on Linux", "From: 192.0.2.7"}
			for _, want := range cause {
				if shown := strings.Contains(w.Text, want) && strings.Contains(w.HTML, want); shown != (kind != broker.LetterInvite) {
					t.Errorf("%q is shown: %t", want, shown)
				}
			}
			if linked[kind] && (!strings.Contains(w.Text, "works for 2 hours, until\nMonday, 23 November 2026, 14:00 UTC") || !strings.Contains(w.HTML, "works for 2 hours, until Monday, 23 November 2026, 14:00 UTC")) {
				t.Errorf("it does not say when the link ends:\n%s", w.Text)
			}
			for line := range strings.SplitSeq(w.Text, "\n") {
				if len(line) > 100 && line != link {
					t.Errorf("the line %q is long", line)
				}
			}
		})
	}
}

func TestOwnTemplates(t *testing.T) {
	write := func(t *testing.T, name, content string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for _, c := range []struct{ name, file, content, want string }{
		{"a field that is not there", "confirm.txt", "Subject: x\n{{.Foo}} {{.Link}}", `/confirm.txt:2:2: executing "confirm.txt" at <.Foo>`},
		{"a field that is not there, in HTML", "confirm.html", "{{define \"title\"}}x{{end}}\n\n{{define \"body\"}}{{.Foo}}{{end}}", "/confirm.html:3:"},
		{"an action that does not end", "reset.txt", "Subject: x\n\n{{if .Name}}", "/reset.txt:3: unexpected EOF"},
		{"no subject", "invite.txt", "hello {{.Link}}", `/invite.txt:1: the first line must be "Subject: "`},
		{"an empty subject", "invite.txt", "Subject: \n\n{{.Link}}", `/invite.txt:1: the first line must be "Subject: "`},
		{"no link", "email.txt", "Subject: x\n\ny", "/email.txt:1: the letter does not show {{.Link}}"},
		{"no link in HTML", "email.html", `{{define "title"}}x{{end}}{{define "body"}}y{{end}}`, "/email.html:1: the letter does not show {{.Link}}"},
		{"a shared template that is wrong is told once", "layout.html", `{{define "letter"}}{{template "nope"}}{{end}}`, `/layout.html:1:`},
		{"a name that no letter has", "confrim.txt", "x", "/confrim.txt: no letter has that name; there are: confirm.html, "},
		{"a long one", "known.txt", "Subject: x\n" + strings.Repeat("y", 64<<10), "/known.txt: longer than 64 KiB"},
		{"HTML that could not be escaped", "known.html", `{{define "title"}}x{{end}}{{define "body"}}<a href="{{if .Name}}">{{end}}{{end}}`, "/known.html:1:"},
	} {
		t.Run("it is told where: "+c.name, func(t *testing.T) {
			folder := write(t, c.file, c.content)
			_, err := LoadTemplates(folder)
			if err == nil || !strings.HasPrefix(err.Error(), folder+c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s%s", err, folder, c.want)
			}
		})
	}
	t.Run("one file replaces ours, and files that are no templates do not matter", func(t *testing.T) {
		folder := write(t, "reset.txt", "Subject: Neues Kennwort\n\nHallo {{.Name}}: {{.Link}}")
		if err := os.WriteFile(filepath.Join(folder, "README.md"), []byte("{{"), 0o600); err != nil {
			t.Fatal(err)
		}
		templates, err := LoadTemplates(folder)
		if err != nil {
			t.Fatal(err)
		}
		w, err := templates.Render(broker.LetterReset, View{Name: "Zoë", Link: link})
		if err != nil || w.Subject != "Neues Kennwort" || w.Text != "Hallo Zoë: "+link+"\n" || !strings.Contains(w.HTML, "Choose a new password") {
			t.Errorf("got %q, %q, %v", w.Subject, w.Text, err)
		}
	})
	t.Run("ours can be written, read again, and what is there stays", func(t *testing.T) {
		folder := filepath.Join(write(t, "x", ""), "templates")
		names, err := WriteTemplates(folder)
		if err != nil || len(names) != 2+2*len(broker.LetterKinds()) {
			t.Fatalf("wrote %d, %v", len(names), err)
		}
		if _, err := LoadTemplates(folder); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "reset.txt"), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if names, err := WriteTemplates(folder); err != nil || len(names) != 0 {
			t.Errorf("wrote %v, %v", names, err)
		}
		if b, err := os.ReadFile(filepath.Join(folder, "reset.txt")); err != nil || string(b) != "mine" {
			t.Errorf("got %q, %v", b, err)
		}
	})
	t.Run("a folder that is not there is an error", func(t *testing.T) {
		if _, err := LoadTemplates(filepath.Join(t.TempDir(), "x")); err == nil {
			t.Error("got none")
		}
	})
}
