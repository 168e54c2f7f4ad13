package ldap

// What the tests of the outside need to know of the inside.
const (
	RestAfterRefusal = restAfterRefusal
	PassOver         = passOver
)

// WithDefaults is the configuration that Open works with.
func (c Config) WithDefaults() Config { return c.withDefaults() }
