package ldap

import (
	"strconv"
	"strings"
	"time"
)

// Flags of userAccountControl and msDS-User-Account-Control-Computed.
const (
	uacDisabled        = 0x2
	uacLocked          = 0x10
	uacPasswordExpired = 0x800000
)

// lockedForGood is the pwdAccountLockedTime of an account that only an
// administrator can unlock (draft-behera-ldap-password-policy-10 §5.3.3). Any
// other time is a lock that ends by itself; the bind knows when.
const lockedForGood = "000001010000Z"

// rules say which attribute values bar a person. The reason is empty when a
// value does not bar; a value that cannot be read does.
var rules = []struct {
	attribute string
	reason    func(value string, now time.Time) string
}{
	{"userAccountControl", controlFlags},
	{"msDS-User-Account-Control-Computed", controlFlags},
	{"accountExpires", fileTime},
	{"pwdAccountLockedTime", func(v string, _ time.Time) string { return when(v == lockedForGood, "account locked") }},
	{"pwdReset", func(v string, _ time.Time) string { return when(isTrue(v), "password must be changed") }},
	{"nsAccountLock", func(v string, _ time.Time) string { return when(isTrue(v), "account disabled") }},
	{"loginDisabled", func(v string, _ time.Time) string { return when(isTrue(v), "account disabled") }},
	{"shadowExpire", shadowDays},
	{"krbPrincipalExpiration", func(v string, now time.Time) string { return past(v, now, "account expired") }},
	{"krbPasswordExpiration", func(v string, now time.Time) string { return past(v, now, "password expired") }},
}

// statusAttributes are the attributes that the rules look at.
func statusAttributes() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.attribute
	}
	return names
}

// barred says why the person may not enter, empty when nothing bars them.
func (e entry) barred(now time.Time) string {
	for _, r := range rules {
		for _, v := range e.values(r.attribute) {
			if reason := r.reason(string(v), now); reason != "" {
				return reason
			}
		}
	}
	return ""
}

func when(yes bool, reason string) string {
	if yes {
		return reason
	}
	return ""
}

func isTrue(v string) bool { return strings.EqualFold(v, "true") || v == "1" }

func controlFlags(v string, _ time.Time) string {
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil:
		return "account flags are not a number"
	case n&uacDisabled != 0:
		return "account disabled"
	case n&uacLocked != 0:
		return "account locked"
	case n&uacPasswordExpired != 0:
		return "password expired"
	}
	return ""
}

// fileTime is in units of 100 ns since 1601; 0 and the greatest value are
// never.
func fileTime(v string, now time.Time) string {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return "account expiry is not a number"
	}
	const never, toUnix = 1<<63 - 1, 11644473600
	if n == 0 || n == never {
		return ""
	}
	return when(n/1e7-toUnix <= now.Unix(), "account expired")
}

// shadowDays is in days since 1970; values below 1 are never.
func shadowDays(v string, now time.Time) string {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return "account expiry is not a number"
	}
	return when(n > 0 && n <= now.Unix()/86400, "account expired")
}

// past reads a generalized time in UTC (RFC 4517 §3.3.13).
func past(v string, now time.Time, reason string) string {
	t, err := time.Parse("20060102150405Z", v)
	if err != nil {
		if t, err = time.Parse("20060102150405.999999999Z", v); err != nil {
			return "expiry is not a time"
		}
	}
	return when(!t.After(now), reason)
}
