package oauth2

import "fmt"

// preset is what is particular about a known service.
type preset struct {
	scopes    []string
	separator string // between scopes; "" is a space
	auth      string // client authentication; "" is client_secret_basic
	trust     string // "" is TrustNever
	fields    Fields
	// params are sent along to the authorize address.
	params map[string]string
}

func known(c Config) (service, error) {
	return service{}, fmt.Errorf("no preset is called %q", c.Preset)
}
