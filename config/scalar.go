package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// mismatch reports a value of the wrong kind. It does not show the value.
func (d *decoder) mismatch(n *node, path, want, hint string) {
	d.problem(n.at, path, fmt.Sprintf("must be %s, not %s", want, n.kind), hint)
}

// scalar fills a value that is one word, number or line.
func (d *decoder) scalar(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.kind == mapping || n.kind == sequence {
		d.mismatch(n, path, "one value", "write it on the line of the key")
		return
	}
	switch t := v.Type(); {
	case t == durationType:
		d.duration(n, v, path, tag)
	case t == sizeType:
		d.size(n, v, path, tag)
	case t == urlType:
		d.url(n, v, path)
	case t == prefixType:
		d.prefix(n, v, path)
	case t.Kind() == reflect.Bool:
		d.boolean(n, v, path)
	case t.Kind() == reflect.Int:
		d.integer(n, v, path, tag)
	default:
		d.words(n, v, path, tag)
	}
}

// words fills a text. A number is taken as it is written; true and false only
// where they are among the values.
func (d *decoder) words(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	values := enumOf(tag)
	if n.kind == boolean && !slices.Contains(values, n.text) {
		d.mismatch(n, path, "text", "put it in quotes if that is the text")
		return
	}
	if values != nil && !slices.Contains(values, n.text) && n.text != v.String() {
		hint := "choose one of " + strings.Join(values, ", ")
		if best := Nearest(n.text, values); best != "" {
			hint = "did you mean " + best + "? " + hint
		}
		d.problem(n.at, path, "unknown value "+shown(n.text), hint)
		return
	}
	if i := strings.IndexFunc(n.text, unicode.IsControl); i >= 0 {
		d.problem(n.at, path, fmt.Sprintf("control character %U", []rune(n.text[i:])[0]),
			"write it on one line, without tabs and line breaks")
		return
	}
	if n.text == "" && strings.HasSuffix(path, "]") {
		d.problem(n.at, path, "an empty entry", "write a value or remove the entry")
		return
	}
	v.SetString(n.text)
}

func (d *decoder) boolean(n *node, v reflect.Value, path string) {
	switch n.text {
	case "true", "false":
		if n.kind == boolean || n.env {
			v.SetBool(n.text == "true")
			return
		}
	}
	d.mismatch(n, path, "true or false", "write true or false, without quotes")
}

func (d *decoder) integer(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	i, err := strconv.Atoi(n.text)
	if n.kind != number && !n.env {
		d.mismatch(n, path, "a whole number", "write digits only, without quotes")
		return
	}
	if err != nil {
		d.problem(n.at, path, shown(n.text)+" is not a whole number", "write digits only")
		return
	}
	least, most := tag.Get("min"), tag.Get("max")
	if lo, err := strconv.Atoi(least); err == nil && i < lo {
		d.problem(n.at, path, n.text+" is too little", fmt.Sprintf("write %s to %s", least, most))
		return
	}
	if hi, err := strconv.Atoi(most); err == nil && i > hi {
		d.problem(n.at, path, n.text+" is too much", fmt.Sprintf("write %s to %s", least, most))
		return
	}
	v.SetInt(int64(i))
}

func (d *decoder) duration(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	t, ok := parseDuration(n.text)
	if !ok {
		d.problem(n.at, path, shown(n.text)+" is not a duration", "write a number and a unit (s, m, h, d, w), such as 90s, 15m or 7d")
		return
	}
	if lo, ok := parseDuration(tag.Get("min")); ok && t < lo {
		d.problem(n.at, path, n.text+" is too short", fmt.Sprintf("write %s to %s", tag.Get("min"), tag.Get("max")))
		return
	}
	if hi, ok := parseDuration(tag.Get("max")); ok && t > hi {
		d.problem(n.at, path, n.text+" is too long", fmt.Sprintf("write %s to %s", tag.Get("min"), tag.Get("max")))
		return
	}
	v.Set(reflect.ValueOf(t))
}

func (d *decoder) size(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	s, ok := parseSize(n.text)
	if !ok {
		d.problem(n.at, path, shown(n.text)+" is not a size", "write a whole number and a unit (KiB, MiB, GiB), such as 19MiB")
		return
	}
	lo, _ := parseSize(tag.Get("min"))
	hi, _ := parseSize(tag.Get("max"))
	if s < lo || s > hi {
		d.problem(n.at, path, n.text+" is out of range", fmt.Sprintf("write %s to %s", tag.Get("min"), tag.Get("max")))
		return
	}
	v.Set(reflect.ValueOf(s))
}

// url reads an absolute address. The value is not shown, since it may hold a
// password by mistake.
func (d *decoder) url(n *node, v reflect.Value, path string) {
	if n.text == "" && !strings.HasSuffix(path, "]") {
		return // as if it were absent
	}
	u, problem := absoluteURL(n.text)
	if problem != "" {
		d.problem(n.at, path, problem, "write a whole address, such as https://id.example.org or ldaps://ldap.example.org")
		return
	}
	v.Set(reflect.ValueOf(u))
}

// absoluteURL parses scheme://host with whatever follows. It does not look at
// the scheme.
func absoluteURL(text string) (u *url.URL, problem string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, "not an address"
	case u.Scheme == "" || u.Host == "" || u.Hostname() == "":
		return nil, "an address without scheme:// or host"
	case u.User != nil:
		return nil, "an address with a name or password in it"
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }):
		return nil, "an address with a space, a backslash or a control character"
	}
	return u, ""
}

// prefix reads a network, or one address as a network of its own.
func (d *decoder) prefix(n *node, v reflect.Value, path string) {
	if a, err := netip.ParseAddr(n.text); err == nil && a.Zone() == "" {
		v.Set(reflect.ValueOf(netip.PrefixFrom(a, a.BitLen())))
		return
	}
	p, err := netip.ParsePrefix(n.text)
	if err != nil {
		d.problem(n.at, path, shown(n.text)+" is not a network", "write an address or a network, such as 10.0.0.0/8 or fd00::/8")
		return
	}
	if p != p.Masked() {
		d.problem(n.at, path, n.text+" has bits set behind its length", "write "+p.Masked().String())
		return
	}
	v.Set(reflect.ValueOf(p))
}
