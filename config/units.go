package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes.
type Size int64

// sizeUnits are the units of a size, the largest of each kind first.
var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1},
}

// String is the size in the largest unit that divides it, as it would be
// written in the file.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.bytes, u.name)
		}
	}
	return "0B"
}

// parseSize reads a whole number and a unit: 19MiB. ok is false for anything
// else, and for more than an int64 holds.
func parseSize(text string) (size Size, ok bool) {
	for _, u := range sizeUnits {
		digits, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			return 0, false
		}
		return Size(n * u.bytes), true
	}
	return 0, false
}

// parseDuration reads what time.ParseDuration does, and w and d before it:
// 7d, 1d12h, 15m. ok is false for anything else, for a sign, and for more than
// 292 years.
func parseDuration(text string) (d time.Duration, ok bool) {
	if text == "" || strings.ContainsAny(text, "+-") {
		return 0, false
	}
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		digits, rest, found := strings.Cut(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > (math.MaxInt64-int64(d))/int64(u.unit) {
			return 0, false
		}
		d, text = d+time.Duration(n)*u.unit, rest
	}
	if text == "" {
		return d, true
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest > math.MaxInt64-d {
		return 0, false
	}
	return d + rest, true
}

// durationText writes a duration as one would in the file: 7d, 1h30m, 15m.
func durationText(d time.Duration) string {
	const day = 24 * time.Hour
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if days := d / day; days > 0 {
		fmt.Fprintf(&b, "%dd", days)
		d %= day
	}
	if d == 0 {
		return b.String()
	}
	text := d.String()
	if s, ok := strings.CutSuffix(text, "m0s"); ok {
		text = s + "m"
	}
	if s, ok := strings.CutSuffix(text, "h0m"); ok {
		text = s + "h"
	}
	return b.String() + text
}
