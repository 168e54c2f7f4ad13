package config

import "strings"

// placeholders are found in examples and templates, never in what a generator
// of random values makes.
var placeholders = []string{
	"changeme", "changethis", "replaceme", "replacewith", "yoursecret", "your256bitsecret", "mysecret",
	"supersecret", "verysecret", "secretkey", "notsosecret", "insecure", "example", "placeholder", "password",
	"signetsecret", "255d861b5ea15996", "0123456789abcdef", "abcdefghijklmnop", "qwertyuiop",
}

// Weak says why a secret would be refused, or "". How long it has to be is
// another question.
func Weak(secret string) string { return weak(secret) }

// weak says why a secret is no secret, or "". It knows placeholders, few
// different characters, repeated blocks and runs; it cannot know whether the
// rest is random.
func weak(secret string) string {
	plain := plainKey(secret)
	for _, p := range placeholders {
		if strings.Contains(plain, p) {
			return "is an example, not a secret"
		}
	}
	switch {
	case distinct(secret) < 8:
		return "has fewer than 8 different characters"
	case repeats(secret):
		return "repeats one block of characters"
	case runs(secret):
		return "is a run of neighbouring characters"
	}
	return ""
}

func distinct(s string) int {
	seen := map[byte]bool{}
	for i := range len(s) {
		seen[s[i]] = true
	}
	return len(seen)
}

// repeats reports a secret made of one block, at least twice.
func repeats(s string) bool {
	for n := 1; n <= len(s)/2; n++ {
		if s[n:] == s[:len(s)-n] {
			return true
		}
	}
	return false
}

// runs reports that most characters are the one before or its neighbour.
func runs(s string) bool {
	steps := 0
	for i := 1; i < len(s); i++ {
		if d := int(s[i]) - int(s[i-1]); d >= -1 && d <= 1 {
			steps++
		}
	}
	return steps*2 > len(s)
}
