package translate

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

// entry is a key of a configuration, or a comment.
type entry struct {
	remarks []string // above it, whole sentences
	key     string   // "" for remarks alone and for an item
	value   string   // as YAML; "" for what has entries below it
	below   []entry
	item    bool // of a list; its first key stands behind the dash
	off     bool // to be completed by hand: a comment, with all below it
}

// key is an entry with a value, and remarks above it.
func key(name, value string, remarks ...string) entry {
	return entry{key: name, value: value, remarks: remarks}
}

// off is an entry that is a comment.
func off(e entry) entry {
	e.off = true
	return e
}

// remark is a comment alone.
func remark(sentences ...string) entry { return entry{remarks: sentences} }

// width is where comments are broken.
const width = 90

// page writes entries as YAML.
type page struct{ strings.Builder }

// sections writes the entries of the top level, each after an empty line.
func (p *page) sections(all []entry) {
	for i, e := range all {
		if i > 0 {
			p.WriteString("\n")
		}
		p.entry(e, 0, 0)
	}
}

// entry writes an entry that is inside of off others which are comments.
func (p *page) entry(e entry, depth, off int) {
	if e.off {
		off++
	}
	for _, r := range e.remarks {
		p.comment(r, depth)
	}
	switch {
	case e.item:
		p.items(e.below, depth, off)
	case e.key != "" && len(e.below) == 0:
		p.line(e.key+": "+e.value, depth, off)
	case e.key != "":
		p.line(e.key+":", depth, off)
		for _, b := range e.below {
			p.entry(b, depth+1, off)
		}
	}
}

// items writes the keys of one item of a list, the first behind the dash.
func (p *page) items(keys []entry, depth, off int) {
	for i, e := range keys {
		if i == 0 {
			p.line("- "+e.key+": "+e.value, depth, off)
			continue
		}
		p.entry(e, depth+1, off)
	}
}

// line writes one line; what is switched off has a # before it, and what stays so
// when that is removed has two.
func (p *page) line(text string, depth, off int) {
	p.WriteString(strings.Repeat("  ", depth) + strings.Repeat("#", off) + text + "\n")
}

// comment breaks a text into lines, unless it begins with blanks, as a command
// does.
func (p *page) comment(text string, depth int) {
	lead := strings.Repeat("  ", depth) + "#"
	if strings.HasPrefix(text, "  ") {
		p.WriteString(lead + text + "\n")
		return
	}
	room := width - len(lead)
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > room {
			p.WriteString(lead + line + "\n")
			line = ""
			if strings.HasPrefix(text, "- ") {
				line = "  " // below what the dash began
			}
		}
		line += " " + word
	}
	p.WriteString(lead + line + "\n")
}

// printable makes blanks of what could end a line, or tell a terminal something.
func printable(c rune) rune {
	if unicode.IsControl(c) || c == 0x2028 || c == 0x2029 || c == 0xfeff {
		return ' '
	}
	return c
}

// plain matches what YAML reads as the text that it is.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*$`)

// words that YAML takes for something else.
var words = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|y|n)$`)

// scalar writes a text as YAML.
func scalar(s string) string {
	if plain.MatchString(s) && !words.MatchString(s) {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b) // what JSON quotes, YAML reads
	e.SetEscapeHTML(false)
	_ = e.Encode(strings.ToValidUTF8(s, "\ufffd")) // a text has no trouble
	return strings.TrimSuffix(b.String(), "\n")
}

// list writes texts as YAML.
func list(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = scalar(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
