package translate

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are the variables of a Directus. It remembers which were looked at,
// so that the others can be listed.
type settings struct {
	values map[string]string
	names  []string // each once, in the order of the text
	seen   map[string]bool
}

func newSettings(vars []Variable) *settings {
	s := &settings{values: map[string]string{}, seen: map[string]bool{}}
	for _, v := range vars {
		if _, twice := s.values[v.Name]; !twice {
			s.names = append(s.names, v.Name)
		}
		s.values[v.Name] = v.Value
	}
	return s
}

// casts are what Directus writes before a value to say of what type it is.
var casts = regexp.MustCompile(`^(string|number|boolean|regex|array|json):`)

// holders matches who an address is for, and the password.
var holders = regexp.MustCompile(`://[^/?#\s,]*@`)

// text is a value without its cast, "" for none, on one line. Whoever is named in
// an address is left out, since a password goes with the name; what remains is no
// address, so that nothing is made of it.
func (s *settings) text(name string) string {
	s.seen[name] = true
	text := strings.TrimSpace(strings.Map(printable, casts.ReplaceAllString(s.values[name], "")))
	return holders.ReplaceAllString(text, "://…@")
}

// flag is a value that is on or off; otherwise is what none stands for.
func (s *settings) flag(name string, otherwise bool) bool {
	switch strings.ToLower(s.text(name)) {
	case "":
		return otherwise
	case "true", "1":
		return true
	}
	return false
}

// list is a value with commas, or a list in JSON.
func (s *settings) list(name string) (all []string) {
	text := s.text(name)
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &all) == nil {
		return all
	}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// secret says where a secret is, "" for nowhere. The remark is "" unless there
// is something to do about it.
func (s *settings) secret(name string) (reference, remark string) {
	s.seen[name] = true
	if value := s.values[name]; value != "" {
		if cast := casts.FindString(value); cast != "" {
			remark = name + " begins with " + cast + ", which Signet takes for a part of the secret: remove that."
		}
		return "{env: " + scalar(name) + "}", remark
	}
	if file := s.text(name + fileSuffix); file != "" {
		return "{file: " + scalar(file) + "}", ""
	}
	return "", ""
}

// fileSuffix is what Directus has behind the name of a variable that holds the
// name of a file with the value in it.
const fileSuffix = "_FILE"

// pair is a member of an object.
type pair struct{ name, value string }

// object is a value that is an object in JSON, in the order of its members,
// values that are no text as JSON. ok is false for anything else but none.
func (s *settings) object(name string) (all []pair, ok bool) {
	text := s.text(name)
	if text == "" {
		return nil, true
	}
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		t, err := d.Token()
		member, isText := t.(string)
		var value json.RawMessage
		if err != nil || !isText || d.Decode(&value) != nil {
			return nil, false
		}
		p := pair{member, string(value)}
		if s := ""; json.Unmarshal(value, &s) == nil {
			p.value = s
		}
		all = append(all, p)
	}
	_, err := d.Token()
	return all, err == nil
}

// msText is a duration as the ms library reads it: a number of milliseconds, or
// a number and a unit.
var msText = regexp.MustCompile(`^(?i)(\d*\.?\d+) *([a-z]*)$`)

// msUnits are the units, in milliseconds, each with all its names.
var msUnits = []struct {
	names []string
	ms    float64
}{
	{[]string{"", "ms", "msec", "msecs", "millisecond", "milliseconds"}, 1},
	{[]string{"s", "sec", "secs", "second", "seconds"}, 1e3},
	{[]string{"m", "min", "mins", "minute", "minutes"}, 60e3},
	{[]string{"h", "hr", "hrs", "hour", "hours"}, 3600e3},
	{[]string{"d", "day", "days"}, 86400e3},
	{[]string{"w", "week", "weeks"}, 7 * 86400e3},
	{[]string{"y", "yr", "yrs", "year", "years"}, 365.25 * 86400e3},
}

// readDuration reads what Directus does; false for what it does not, and for
// more than a century.
func readDuration(text string) (time.Duration, bool) {
	m := msText.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	for _, u := range msUnits {
		if !slices.Contains(u.names, strings.ToLower(m[2])) {
			continue
		}
		ms := math.Round(n * u.ms)
		return time.Duration(ms) * time.Millisecond, err == nil && ms <= 100*365.25*86400e3
	}
	return 0, false
}

// span writes a duration as the configuration has it: 7d, 1h30m, 500ms.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	days := ""
	if d >= day {
		if days = strconv.Itoa(int(d/day)) + "d"; d%day == 0 {
			return days
		}
	}
	text := (d % day).String()
	for _, zero := range []struct{ behind, unit string }{{"m", "0s"}, {"h", "0m"}} {
		if rest, found := strings.CutSuffix(text, zero.behind+zero.unit); found {
			text = rest + zero.behind
		}
	}
	return days + text
}

// shown quotes a value that is no secret for a remark.
func shown(s string) string {
	if r := []rune(s); len(r) > 60 {
		return fmt.Sprintf("%q…", string(r[:60]))
	}
	return fmt.Sprintf("%q", s)
}
