package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/signet-sso/signet/config"
)

// providerErrors are all the providers that cannot be opened as configured.
type providerErrors []providerError

// providerError is one of them, by its index in the configuration.
type providerError struct {
	index int
	err   error
}

// Error is all of them on one line.
func (es providerErrors) Error() string {
	said := make([]string, len(es))
	for i, e := range es {
		said[i] = e.err.Error()
	}
	return strings.Join(said, "; ")
}

// Unwrap lets errors.Is see each.
func (es providerErrors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e.err
	}
	return all
}

// misplacedError is an error about one key of the configuration.
type misplacedError struct {
	key string
	err error
}

// Error names the key.
func (e misplacedError) Error() string { return e.key + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e misplacedError) Unwrap() error { return e.err }

// problems is what is wrong with the configuration, each with its place, and
// empty for an error about something else.
func (p *program) problems(err error) config.Problems {
	var told config.Problems
	var wrong providerErrors
	var one misplacedError
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &one):
		return config.Problems{config.Locate(p.path(), p.environ, one.key, one.err.Error())}
	case errors.As(err, &wrong):
	default:
		return nil
	}
	for _, e := range wrong {
		key := fmt.Sprintf("providers[%d]", e.index)
		if errors.Is(e.err, errNoDriver) {
			key += ".driver"
		}
		told = append(told, config.Locate(p.path(), p.environ, key, e.err.Error()))
	}
	return told
}

// unusable prints what is wrong with the configuration, one line a problem.
func (p *program) unusable(problems config.Problems) {
	for _, line := range problems {
		fmt.Fprintln(p.err, line)
	}
	fmt.Fprintln(p.err, "signet: the configuration is not usable, see above")
}
