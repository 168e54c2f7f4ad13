package pages

import (
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// notMatched is the one sentence for every failed sign-in, whatever the cause.
const notMatched = "That sign-in did not work. Check the name and the password and try again."

// reasons are the codes that a redirect sign-in comes back with, as people
// read them. None tells whether an account exists.
var reasons = map[string]string{
	"INVALID_CREDENTIALS": "That sign-in did not work. Try again or choose another way.",
	"INVALID_USER":        "That sign-in did not work. Try again or choose another way.",
	"INVALID_PROVIDER":    "That account cannot be used this way. Sign in the way you did before.",
	"INVALID_TOKEN":       "The sign-in took too long or was started in another window. Please start again.",
	"TOKEN_EXPIRED":       "Your session has ended. Please sign in again.",
	"INVALID_OTP":         "The one-time code was missing or wrong. Please try again.",
	"INVALID_PAYLOAD":     "The answer of the sign-in service could not be read. Please start again.",
	"USER_SUSPENDED":      "This account has been suspended. Ask the administrator of this site.",
	"FORBIDDEN":           "You are not allowed to do that with this account.",
	"REQUESTS_EXCEEDED":   "There were too many attempts. Wait a little and try again.",
	"SERVICE_UNAVAILABLE": "The sign-in service cannot be reached at the moment. Try again later or choose another way.",
	"UNKNOWN_EXCEPTION":   unknownReason,
}

const unknownReason = "Something went wrong while signing in. Please try again."

// reasonText returns what people read for a reason code; what the code says
// itself is never shown.
func reasonText(code string) string {
	if text, ok := reasons[code]; ok {
		return text
	}
	return unknownReason
}

// sentence says why a sign-in failed. ok is false for what is not the
// person's affair and gets an error page.
func (p *Pages) sentence(f wire.Failure, provider string) (text string, ok bool) {
	switch f.Class {
	case broker.CodeCredentials, broker.CodeOTP, broker.CodeSuspended:
		return notMatched, true
	case broker.CodeNoProvider, broker.CodeProviderDisabled:
		return "That way to sign in is not there any more. Choose another one.", true
	case broker.CodeLimited:
		return tooMany(f), true
	case broker.CodeUnavailable:
		return p.unreachable(provider), true
	}
	return "", false
}

// unreachable names the provider that cannot be reached, or nobody when the
// fault is not a provider's.
func (p *Pages) unreachable(provider string) string {
	var down string
	others := false
	for _, w := range p.broker.Ways() {
		switch {
		case w.Name == provider && w.Down:
			down = w.Label
		case w.Name != provider && !w.Down:
			others = true
		}
	}
	switch {
	case down == "":
		return "Signing in does not work at the moment. Try again in a minute."
	case others:
		return down + " cannot be reached at the moment. The other ways to sign in still work."
	}
	return down + " cannot be reached at the moment. Try again in a minute."
}

// humane writes a waiting time as people say it, never shorter than it is.
func humane(d time.Duration) string {
	units := func(n time.Duration, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	up := func(unit time.Duration) time.Duration { return (d + unit - 1) / unit }
	switch {
	case d <= time.Minute:
		return units(max(up(time.Second), 1), "second")
	case d <= time.Hour:
		return units(up(time.Minute), "minute")
	}
	return units(up(time.Hour), "hour")
}
