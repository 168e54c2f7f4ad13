package config

import (
	"strconv"
	"strings"
)

// schedule reports a cron line of five fields: numbers, names of months and
// days, *, lists, ranges and steps.
func schedule(line string) bool {
	fields := strings.Fields(line)
	ranges := [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
	if len(fields) != len(ranges) {
		return false
	}
	for i, f := range fields {
		for part := range strings.SplitSeq(f, ",") {
			if !cronPart(strings.ToLower(part), i, ranges[i]) {
				return false
			}
		}
	}
	return true
}

// cronPart reports one of *, 5, 1-5, */10, 1-5/2.
func cronPart(part string, field int, limits [2]int) bool {
	span, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1 || n > limits[1]) {
		return false
	}
	if span == "*" {
		return true
	}
	from, to, ranged := strings.Cut(span, "-")
	low, ok := cronNumber(from, field)
	if !ok || low < limits[0] || low > limits[1] {
		return false
	}
	if !ranged {
		return !stepped
	}
	high, ok := cronNumber(to, field)
	return ok && high >= low && high <= limits[1]
}

// cronNumber reads a number, or a name in the fields of months and days.
func cronNumber(text string, field int) (int, bool) {
	names := map[int]string{3: "    jan feb mar apr may jun jul aug sep oct nov dec", 4: "sun mon tue wed thu fri sat"}[field]
	if at := strings.Index(names, text); len(text) == 3 && at >= 0 && at%4 == 0 && text[0] >= 'a' {
		return at / 4, true
	}
	n, err := strconv.ParseUint(text, 10, 8)
	return int(n), err == nil
}
