package config

import (
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "7d": 7 * day, "1d12h": 36 * time.Hour,
		"2w": 14 * day, "1w1d1h": 8*day + time.Hour, "0s": 0, "0": 0, "250ms": 250 * time.Millisecond, "1.5h": 90 * time.Minute, "106751d": 106751 * day,
	} {
		got, ok := parseDuration(text)
		if !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, ok, want)
		}
		if again, ok := parseDuration(durationText(got)); !ok || again != got {
			t.Errorf("%s is written %s, which is %v, %v", text, durationText(got), again, ok)
		}
	}
	for _, text := range []string{"", "15", "-1h", "+1h", "1d-1h", "d", "w", "1 h", "1y", "1M", "1d1w", "1.5d", "106752d", "99999999999999999999d", "106751d48h", "1h1d", "NaN", "1e3s"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%s: got %v, want a refusal", text, got)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{
		"19MiB": 19 << 20, "1 GiB": 1 << 30, "64KiB": 64 << 10, "5MB": 5_000_000, "3B": 3, "0B": 0, "1GB": 1e9, "2KB": 2000,
	} {
		got, ok := parseSize(text)
		if !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, ok, want)
		}
		if again, _ := parseSize(got.String()); again != got {
			t.Errorf("%s is written %s, which is %d", text, got, again)
		}
	}
	for _, text := range []string{"", "19", "MiB", "1.5MiB", "-1MiB", "19mib", "19M", "9999999999GiB", "1MiBx", "1 Mi B"} {
		if got, ok := parseSize(text); ok {
			t.Errorf("%s: got %d, want a refusal", text, got)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, line := range []string{"0 5 * * *", "*/15 * * * *", "0-30/5,45 0,12 1-15 jan,jun MON-FRI", "59 23 31 12 0", "0  5\t* * *"} {
		if !schedule(line) {
			t.Errorf("%q: got a refusal", line)
		}
	}
	for _, line := range []string{"", "0 5 * *", "0 5 * * * *", "60 5 * * *", "0 24 * * *", "0 5 0 * *", "0 5 * 13 *", "0 5 * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "mon * * * *", "* * * * jan", "@daily", "-1 * * * *", "0 0 30 2 *", "0 5 * * 7", "* * * n f *", "* * * * onm"} {
		if schedule(line) {
			t.Errorf("%q: got no refusal", line)
		}
	}
}

func TestSuggestions(t *testing.T) {
	known := []string{"access_ttl", "refresh_ttl", "bind_dn", "bind_password", "url"}
	for key, want := range map[string]string{
		"acces_ttl": "access_ttl", "accessTtl": "access_ttl", "ACCESS-TTL": "access_ttl", "bind_nd": "bind_dn", "bindpass": "",
		"uri": "url", "zebra": "", "": "", "bind_passwrod": "bind_password",
	} {
		if got := Nearest(key, known); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}
