package config

import (
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// The types that are read in a way of their own.
var (
	secretType   = reflect.TypeFor[Secret]()
	databaseType = reflect.TypeFor[Database]()
	durationType = reflect.TypeFor[time.Duration]()
	sizeType     = reflect.TypeFor[Size]()
	urlType      = reflect.TypeFor[*url.URL]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
	providerType = reflect.TypeFor[Provider]()
)

// field is one key of a mapping and the struct fields that it fills: one,
// except where two structs share a key, as do the groups of a provider and
// those of its driver.
type field struct {
	key   string
	alias string
	tag   reflect.StructTag
	to    []reflect.Value
}

// fieldsOf lists the keys of the structs in order.
func fieldsOf(structs ...reflect.Value) []field {
	var all []field
	for _, s := range structs {
		for i := range s.NumField() {
			f := s.Type().Field(i)
			key := f.Tag.Get("yaml")
			if key == "-" {
				continue
			}
			if at := indexOf(all, key); at >= 0 {
				all[at].to = append(all[at].to, s.Field(i))
				continue
			}
			all = append(all, field{key, f.Tag.Get("alias"), f.Tag, []reflect.Value{s.Field(i)}})
		}
	}
	return all
}

// indexOf finds a key or its other spelling, -1 when there is none.
func indexOf(fields []field, key string) int {
	for i, f := range fields {
		if f.key == key || f.alias != "" && f.alias == key {
			return i
		}
	}
	return -1
}

// isStruct reports a type that is written as a mapping of known keys.
func isStruct(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
		return t.Kind() == reflect.Struct && t != urlType.Elem()
	}
	return t.Kind() == reflect.Struct && t != secretType && t != databaseType && t != prefixType
}

// isSecret reports a type that is written as a value, {env: NAME} or
// {file: path}.
func isSecret(t reflect.Type) bool { return t == secretType || t == databaseType }

// driverOf makes the driver's own part of a provider, with its defaults, and
// returns it. ok is false for a driver that has none or does not exist.
func driverOf(p *Provider, driver string) (part reflect.Value, ok bool) {
	v := reflect.ValueOf(p).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("driver"); name == "" || name != driver {
			continue
		}
		switch driver {
		case DriverLDAP:
			p.LDAP = defaultLDAP()
		case DriverOAuth2:
			p.OAuth2 = defaultOAuth2()
		case DriverOpenID:
			p.OpenID = defaultOpenID()
		}
		return v.Field(i).Elem(), true
	}
	return reflect.Value{}, false
}

// driversWithKeys are the drivers that have keys of their own.
func driversWithKeys() []string { return []string{DriverLDAP, DriverOAuth2, DriverOpenID} }

// keysOf lists the keys and their other spellings.
func keysOf(fields []field) []string {
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
		if f.alias != "" {
			keys = append(keys, f.alias)
		}
	}
	return keys
}

// enumOf lists the values that a field's tag allows.
func enumOf(tag reflect.StructTag) []string {
	if tag.Get("enum") == "" {
		return nil
	}
	return strings.Split(tag.Get("enum"), ",")
}
