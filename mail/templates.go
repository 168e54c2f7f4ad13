package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template" // a letter in plain text is no HTML

	"github.com/signet-sso/signet/broker"
)

//go:embed templates
var ours embed.FS

// maxTemplate is the longest template of an operator, in bytes.
const maxTemplate = 64 << 10

// layout is the name of what all letters share.
const layout = "layout"

// Templates word letters: each kind has a text and an HTML template. They are
// immutable and safe for concurrent use.
type Templates struct {
	text map[broker.LetterKind]*texttemplate.Template
	html map[broker.LetterKind]*template.Template
}

// LoadTemplates returns our templates. A file of the same name in folder, if
// that is not "", replaces ours. Every template is tried: an error names file
// and line, and there is one for each file that is wrong.
func LoadTemplates(folder string) (*Templates, error) {
	files, err := readTemplates(folder)
	if err != nil {
		return nil, err
	}
	t := &Templates{text: map[broker.LetterKind]*texttemplate.Template{}, html: map[broker.LetterKind]*template.Template{}}
	var errs []error
	for _, kind := range broker.LetterKinds() {
		err := t.add(kind, files)
		if err == nil && folder != "" { // ours are tried by tests
			err = t.try(kind)
		}
		if err != nil {
			errs = append(errs, located(folder, err))
		}
	}
	return t, errors.Join(slices.CompactFunc(errs, same)...)
}

// same is for the error of a shared file, which every letter has.
func same(a, b error) bool { return a.Error() == b.Error() }

// TemplateNames are the names of all files, in order.
func TemplateNames() []string {
	names := []string{layout + ".html", layout + ".txt"}
	for _, k := range broker.LetterKinds() {
		names = append(names, string(k)+".html", string(k)+".txt")
	}
	slices.Sort(names)
	return names
}

// WriteTemplates writes our templates into a folder, which it makes if need be,
// and returns the names of those it wrote. A file that is there stays as it is.
func WriteTemplates(folder string) (written []string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for _, name := range TemplateNames() {
		content, err := ours.ReadFile("templates/" + name)
		if err != nil {
			return written, err
		}
		f, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return written, err
		}
		_, err = f.Write(content)
		if err := errors.Join(err, f.Close()); err != nil {
			return written, err
		}
		written = append(written, name)
	}
	return written, nil
}

// readTemplates returns the content of every file by name.
func readTemplates(folder string) (map[string]string, error) {
	files := map[string]string{}
	for _, name := range TemplateNames() {
		content, err := ours.ReadFile("templates/" + name)
		if err != nil {
			return nil, err
		}
		files[name] = string(content)
	}
	if folder == "" {
		return files, nil
	}
	found, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("templates of letters: %w", err)
	}
	for _, entry := range found {
		name := entry.Name()
		if ext := filepath.Ext(name); ext != ".html" && ext != ".txt" || strings.HasPrefix(name, ".") {
			continue
		}
		if _, known := files[name]; !known {
			return nil, fmt.Errorf("%s: no letter has that name; there are: %s", filepath.Join(folder, name), strings.Join(TemplateNames(), ", "))
		}
		if files[name], err = readTemplate(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func readTemplate(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err == nil && len(content) > maxTemplate {
		err = fmt.Errorf("%s: longer than %d KiB", path, maxTemplate>>10)
	}
	return string(content), err
}

// add parses the templates of one letter.
func (t *Templates) add(kind broker.LetterKind, files map[string]string) error {
	text := texttemplate.New(string(kind) + ".txt").Option("missingkey=error")
	if _, err := text.New(layout + ".txt").Parse(files[layout+".txt"]); err != nil {
		return err
	}
	if _, err := text.Parse(files[text.Name()]); err != nil {
		return err
	}
	html := template.New(string(kind) + ".html").Option("missingkey=error")
	if _, err := html.New(layout + ".html").Parse(files[layout+".html"]); err != nil {
		return err
	}
	if _, err := html.Parse(files[html.Name()]); err != nil {
		return err
	}
	t.text[kind], t.html[kind] = text, html
	return nil
}

// Render words a letter of a kind.
func (t *Templates) Render(kind broker.LetterKind, v View) (w Wording, err error) {
	text, html := t.text[kind], t.html[kind]
	if text == nil || html == nil {
		return w, fmt.Errorf("no template for the letter %q", kind)
	}
	var b bytes.Buffer
	if err := text.Execute(&b, v); err != nil {
		return w, err
	}
	subject, body, _ := strings.Cut(strings.TrimSpace(b.String()), "\n")
	subject, ok := strings.CutPrefix(subject, "Subject: ")
	if w.Subject = oneLine(subject); !ok || w.Subject == "" {
		return w, fmt.Errorf(`template: %s:1: the first line must be "Subject: " and the subject`, text.Name())
	}
	w.Text = strings.TrimSpace(body) + "\n"
	b.Reset()
	if err := html.ExecuteTemplate(&b, "letter", v); err != nil {
		return w, err
	}
	w.HTML = b.String()
	return w, nil
}

// Wording is a letter in words.
type Wording struct{ Subject, Text, HTML string }

// linked are the letters that are of no use without their link.
var linked = map[broker.LetterKind]bool{
	broker.LetterConfirm: true, broker.LetterReset: true, broker.LetterInvite: true, broker.LetterEmail: true,
}

// try words a letter with all there can be, and with as little as there can be.
func (t *Templates) try(kind broker.LetterKind) error {
	const link = "https://sso.example.org/page?token=0123456789-abc_DEF"
	full := View{
		Site: "sso.example.org", Name: "Alice", Link: link, Expires: "Monday, 2 January 2006, 15:04 UTC", Lasts: "2 hours",
		Provider: "GitHub", Address: "192.0.2.7", Device: "Firefox on Linux", At: "Monday, 2 January 2006, 13:04 UTC",
	}
	if _, err := t.Render(kind, View{Site: full.Site, Link: link}); err != nil {
		return err
	}
	w, err := t.Render(kind, full)
	if err != nil || !linked[kind] {
		return err
	}
	for name, words := range map[string]string{".txt": w.Text, ".html": w.HTML} {
		if !strings.Contains(words, link) {
			return fmt.Errorf("template: %s%s:1: the letter does not show {{.Link}}", kind, name)
		}
	}
	return nil
}

// named by text/template and html/template, in all their errors
var inTemplate = regexp.MustCompile(`^(?:html/)?template: ?("?)([a-z_]+\.(?:html|txt))"?:`)

// located names the file of an error with its folder.
func located(folder string, err error) error {
	return errors.New(inTemplate.ReplaceAllStringFunc(err.Error(), func(s string) string {
		name := strings.Trim(inTemplate.FindStringSubmatch(s)[2], `"`)
		return filepath.Join(folder, name) + ":"
	}))
}
