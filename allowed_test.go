package signet_test

import "strings"

// allowance is a line of a file that may break a rule, and why. It is found
// by a part of its text, so that it stays with its line.
type allowance struct{ rule, path, part, because string }

func (a allowance) covers(f finding) bool {
	return strings.HasPrefix(f.rule, a.rule) && f.path == a.path && strings.Contains(f.text, a.part)
}

var allowed = []allowance{
	{"compares a secret", "broker/passes.go", "== d", "hashes of tokens, and what is compared first, the place, is made of the hash itself"},
	{"compares a secret", "broker/passes.go", "== s.digest", "hashes of tokens that are good both"},
	{"compares a secret", "broker/token/keyset.go", "k.State == state", "the state of a key: next, current or previous"},
	{"compares a secret", "broker/token/rotate.go", "k.State == state", "the state of a key: next, current or previous"},
	{"compares a secret", "broker/token/secret.go", "secret[period:]", "once at the start, of the operator's secret with itself"},
	{"compares a secret", "drivers/local/hasher.go", "spellings[0] != password", "what was typed with its own other spelling"},
	{"imports", "mail/templates.go", "text/template", "the plain text of a letter, where HTML's escapes would be read as they stand"},
	{"imports", "cmd/signet/proxy/proxy.go", "text/template", "files of other programs, filled with values that are checked to have no meaning there"},
	{"imports", "store/run.go", "math/rand/v2", "spreads retries; no secret depends on it"},
	{"makes a context", "store/browser.go", "v.FindCtx(", "scs asks for a method without a context and does not use it"},
	{"makes a context", "store/browser.go", "v.CommitCtx(", "scs asks for a method without a context and does not use it"},
	{"makes a context", "store/browser.go", "v.DeleteCtx(", "scs asks for a method without a context and does not use it"},
	{"builds SQL", "store/prune.go", `return statement{"prune "`, "its values are literals a few lines above"},
}
