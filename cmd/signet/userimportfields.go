package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
)

// importField is one column. text sets it from CSV; json, when not nil, from a
// JSON value that is no text.
type importField struct {
	name string
	text func(*broker.ImportedPerson, string) error
	json func(*broker.ImportedPerson, []byte) error
}

// importFields are the columns that a file may have.
var importFields = []importField{
	{name: "username", text: func(p *broker.ImportedPerson, s string) error { p.Username = s; return nil }},
	{name: "email", text: func(p *broker.ImportedPerson, s string) error { p.Email = s; return nil }},
	{name: "hash", text: func(p *broker.ImportedPerson, s string) error { p.Hash = s; return nil }},
	{name: "groups", text: splitGroups, json: listGroups},
	flagField("confirmed", func(p *broker.ImportedPerson, on bool) { p.Confirmed = on }),
	flagField("admin", func(p *broker.ImportedPerson, on bool) { p.Admin = on }),
	{name: "name", text: func(p *broker.ImportedPerson, s string) error { p.Name = s; return nil }},
	{name: "given_name", text: func(p *broker.ImportedPerson, s string) error { p.GivenName = s; return nil }},
	{name: "family_name", text: func(p *broker.ImportedPerson, s string) error { p.FamilyName = s; return nil }},
	{name: "status", text: func(p *broker.ImportedPerson, s string) error { p.Status = broker.Status(s); return nil }},
	{name: "id", text: func(p *broker.ImportedPerson, s string) error { p.ID = s; return nil }},
	{name: "created", text: setCreated},
}

// userFields are the columns of a file of signet user import.
var userFields = fieldSet{find: findField, check: func(have map[string]bool) error {
	if !have["username"] && !have["email"] {
		return errors.New("there is neither username nor email")
	}
	return nil
}}

// flagField is a column that is true or false, as databases write it.
func flagField(name string, set func(*broker.ImportedPerson, bool)) importField {
	return importField{
		name: name,
		text: func(p *broker.ImportedPerson, s string) error {
			switch strings.ToLower(s) {
			case "true", "t", "yes", "y", "1":
				set(p, true)
			case "false", "f", "no", "n", "0", "":
				set(p, false)
			default:
				return fmt.Errorf("it is neither true nor false")
			}
			return nil
		},
		json: func(p *broker.ImportedPerson, raw []byte) error {
			on, err := strconv.ParseBool(string(raw))
			if err != nil {
				return fmt.Errorf("it is neither true nor false")
			}
			set(p, on)
			return nil
		},
	}
}

func splitGroups(p *broker.ImportedPerson, s string) error {
	for g := range strings.SplitSeq(s, ";") {
		if g = strings.TrimSpace(g); g != "" {
			p.Groups = append(p.Groups, g)
		}
	}
	return nil
}

func listGroups(p *broker.ImportedPerson, raw []byte) error {
	if json.Unmarshal(raw, &p.Groups) != nil {
		return fmt.Errorf("it is no list of texts")
	}
	return nil
}

// createdForms are how databases and programs write a moment; without a zone
// it is UTC.
var createdForms = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.DateOnly,
}

func setCreated(p *broker.ImportedPerson, s string) error {
	if s == "" {
		return nil
	}
	for _, form := range createdForms {
		if at, err := time.Parse(form, s); err == nil {
			p.Created = at
			return nil
		}
	}
	return fmt.Errorf("it is no moment such as 2026-11-23T12:00:00Z or 2026-11-23")
}

func importFieldNames() []string {
	names := make([]string, len(importFields))
	for i, f := range importFields {
		names[i] = f.name
	}
	return names
}

// usualNames are what other systems call a column.
var usualNames = map[string]string{
	"mail": "email", "login": "username", "user": "username", "hashed_password": "hash", "password_hash": "hash",
	"first_name": "given_name", "last_name": "family_name", "is_admin": "admin", "is_superuser": "admin",
	"created_at": "created", "date_joined": "created", "roles": "groups", "uuid": "id",
}

// findField is the column of that name, or what to do about it.
func findField(name string) (importField, error) {
	i := slices.IndexFunc(importFields, func(f importField) bool { return f.name == name })
	if i >= 0 {
		return importFields[i], nil
	}
	hint := "known are " + strings.Join(importFieldNames(), ", ")
	switch near := config.Nearest(name, importFieldNames()); {
	case name == "password":
		hint = "did you mean hash? Passwords in the clear are not imported"
	case usualNames[strings.ToLower(name)] != "":
		hint = "did you mean " + usualNames[strings.ToLower(name)] + "?"
	case near != "":
		hint = "did you mean " + near + "?"
	case strings.Contains(name, ";"):
		hint = "columns are separated by commas"
	}
	return importField{}, fmt.Errorf("unknown column %.40q; %s", name, hint)
}
