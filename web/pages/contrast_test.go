package pages

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast computes the ratio of the colours that axe cannot judge, such as
// text over the gradient and the edges of fields (WCAG 2.2 §1.4.3, §1.4.11).
func TestContrast(t *testing.T) {
	css, err := files.ReadFile("assets/page.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark theme")
	}
	for theme, text := range map[string]string{"light": light, "dark": dark} {
		for _, c := range []struct {
			front, back string
			least       float64
		}{
			{"text", "ground", 4.5}, {"text", "glow", 4.5}, {"text", "card", 4.5}, {"text", "tint", 4.5}, {"text", "lift", 4.5},
			{"soft", "card", 4.5}, {"soft", "tint", 4.5}, {"soft", "lift", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-deep", 4.5},
			{"bad", "bad-tint", 4.5}, {"note", "note-tint", 4.5}, {"accent", "card", 4.5},
			{"field-edge", "card", 3}, {"field-edge", "field", 3}, {"field-edge", "tint", 3}, {"bad", "card", 3}, {"ring", "card", 3}, {"ring", "glow", 3}, {"accent", "glow", 3},
		} {
			if got := contrast(colour(t, text, c.front), colour(t, text, c.back)); got < c.least {
				t.Errorf("%s: %s on %s has %.2f:1, want %.1f:1", theme, c.front, c.back, got, c.least)
			}
		}
	}
}

// colour finds the value of a custom property in a part of a style sheet.
func colour(t *testing.T, css, name string) [3]float64 {
	t.Helper()
	m := regexp.MustCompile(`--` + name + `: #([0-9a-f]{6});`).FindStringSubmatch(css)
	if m == nil {
		t.Fatalf("there is no colour %q", name)
	}
	n, err := strconv.ParseUint(m[1], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return [3]float64{float64(n >> 16), float64(n >> 8 & 0xff), float64(n & 0xff)}
}

// contrast is the ratio of WCAG 2.2 between two colours, from 1 to 21.
func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c [3]float64) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
