package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store/legacy"
)

func (p *program) importEthics() *cobra.Command {
	var f oldFlags
	c := p.oldCommand(&cobra.Command{
		Use:   "ethics --from FILE",
		Short: "People of the Ethics Application System, from a CSV export",
		Long: `People of the Ethics Application System. FILE is what this makes, run with psql on
its database:

  \copy (SELECT a.username, a.email, a.password, a.confirmed, p.name, r.name AS role
         FROM account a LEFT JOIN user_profiles p ON p.username = a.username
         LEFT JOIN user_authorizations r ON r.id = p.role_id) TO 'ethics.csv' CSV HEADER

all in one line; - is standard input. name and role may be left out. Roles become groups; Chair and
Administrator are administrators. Who has not confirmed the address yet has to do so
here: links in letters from there are not good any more.`,
	}, &f, readEthics)
	c.Flags().StringSliceVar(&f.adminRoles, "admin-role", []string{"Chair", "Administrator"}, "roles whose people are administrators")
	return c
}

// ethicsColumns are the columns of an export. What department holds has no
// place here.
var ethicsColumns = []importField{
	{name: "username", text: func(p *broker.ImportedPerson, s string) error { p.Username = s; return nil }},
	{name: "email", text: func(p *broker.ImportedPerson, s string) error { p.Email = s; return nil }},
	{name: "password", text: func(p *broker.ImportedPerson, s string) error { p.Hash = s; return nil }},
	flagField("confirmed", func(p *broker.ImportedPerson, on bool) { p.Confirmed = on }),
	{name: "name", text: func(p *broker.ImportedPerson, s string) error { p.Name = s; return nil }},
	{name: "department", text: func(*broker.ImportedPerson, string) error { return nil }},
	{name: "role", text: setEthicsRole},
}

var ethicsFields = fieldSet{find: findEthicsColumn, check: func(have map[string]bool) error {
	for _, c := range ethicsColumns[:4] {
		if !have[c.name] {
			return fmt.Errorf("there is no column %s; see: signet import ethics --help", c.name)
		}
	}
	return nil
}}

func findEthicsColumn(name string) (importField, error) {
	i := slices.IndexFunc(ethicsColumns, func(c importField) bool { return c.name == name })
	if i < 0 {
		return importField{}, fmt.Errorf("unknown column %.40q; see: signet import ethics --help", name)
	}
	return ethicsColumns[i], nil
}

func setEthicsRole(p *broker.ImportedPerson, role string) error {
	if role != "" {
		p.Groups = []string{role}
	}
	return nil
}

// readEthics opens an export.
func readEthics(_ context.Context, p *program, f oldFlags, _ legacy.Options) (oldPeople, error) {
	file, people, err := p.openFile(f.from, func(in io.Reader) (peopleReader, error) {
		text, err := openText(in)
		if err != nil {
			return nil, err
		}
		return newCSVPeople(text, ethicsFields)
	})
	if err != nil {
		return oldPeople{}, err
	}
	next := func() (broker.ImportedPerson, *broker.ImportFault, error) {
		person, fault, err := people.next()
		if !person.Confirmed {
			person.Status = broker.Unconfirmed
		}
		person.Admin = slices.ContainsFunc(person.Groups, func(g string) bool { return slices.Contains(f.adminRoles, g) })
		return person, fault, err
	}
	return oldPeople{peopleReader: nextPerson(next), file: file, close: file.Close}, nil
}
