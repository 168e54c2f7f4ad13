package config

import "strings"

// didYouMean is the hint for an unknown key: the nearest known one, or all of
// them when none is near and they are few.
func didYouMean(key string, known []string) string {
	if best := Nearest(key, known); best != "" {
		return "did you mean " + best + "?"
	}
	if len(known) > 0 && len(known) <= 12 {
		return "known here: " + strings.Join(known, ", ")
	}
	return "remove it, or see providers.example.yaml for every key"
}

// Nearest returns the known key that differs from key by spelling only
// (publicUrl, public-url) or by few letters, and "" when there is none.
func Nearest(key string, known []string) string {
	if len(key) > 64 {
		return ""
	}
	plain := plainKey(key)
	best, least := "", 1+max(1, len(plain)/3)
	for _, k := range known {
		if d := distance(plain, plainKey(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// plainKey is a key without case and separators.
func plainKey(key string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(key))
}

// distance counts the letters to add, drop, change or swap with their neighbour
// to get from a to b (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
