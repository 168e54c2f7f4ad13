package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/store/legacy"
)

func (p *program) importCommand() *cobra.Command {
	c := p.verbosely(family(&cobra.Command{
		Use:   "import",
		Short: "Bring the people of a system that Signet replaces",
		Long: `Bring the people of a system that Signet replaces, out of its own tables, with
passwords, groups and ways in. Nothing is written there.

Look first:   signet import directus --from postgres://reader@host/directus --dry-run
Then do it:   signet import directus --from postgres://reader@host/directus
And again:    whoever is here already is left alone, so run it once more if it was
              cut off, and for the last time when the old system is switched off.

Who cannot come is reported and skipped, and so is what of a person cannot come
along; each line names the table and the row. Everybody else is brought.

People of any other system come by file: signet user import.`,
	}))
	c.AddCommand(p.importPapermerge(), p.importDirectus(), p.importAuthserver(), p.importEthics())
	return c
}

// oldFlags are the options that all imports of an old system have.
type oldFlags struct {
	importFlags
	from, schema string
	unproven     bool
	proven       bool
	providers    []string // OLD=NAME
	identifiers  []string // names here
	oidc         string
	adminRoles   []string
}

const exitCodes = `

The exit code is 0 when everybody is in, 1 when somebody was skipped or it was cut
off, and 2 when the old system's people cannot be read at all.`

// oldCommand is an import of an old system. read makes what reads its people.
func (p *program) oldCommand(c *cobra.Command, f *oldFlags, read oldReader) *cobra.Command {
	c.Long += exitCodes
	c.Args = cobra.NoArgs
	c.RunE = func(cmd *cobra.Command, _ []string) error { return p.importOld(cmd.Context(), cmd.Name(), *f, read) }
	c.Flags().StringVar(&f.from, "from", "", "where the people are")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "do everything but write")
	c.Flags().StringVar(&f.report, "report", "", "write every reported line to this file")
	c.Flags().BoolVar(&f.invite, "invite-without-password", false, "invite by letter who would have no way in")
	return c
}

// databaseCommand is an import out of a database.
func (p *program) databaseCommand(c *cobra.Command, f *oldFlags, read legacyReader) *cobra.Command {
	c.Long += `

--from is postgres://user@host/name, or the file of an SQLite database; env:NAME is
what that variable of the environment says, which keeps a password out of the list
of processes. It is read in one transaction that sees one moment.`
	c = p.oldCommand(c, f, fromDatabase(read))
	c.Flags().StringVar(&f.schema, "schema", "", "schema of the tables (default: where they are)")
	c.Flags().BoolVar(&f.unproven, "unproven", false, "take no address as confirmed")
	return c
}

func (p *program) importPapermerge() *cobra.Command {
	var f oldFlags
	c := p.databaseCommand(&cobra.Command{
		Use:   "papermerge --from DATABASE",
		Short: "People of Papermerge, of any version from 3.0 to 3.6",
		Long: `People of Papermerge: the table users, or core_user before version 3.2. Ids stay,
since its documents name them. Groups and roles become groups, superusers
administrators, and who is not active is suspended.

People who came to Papermerge through an OpenID provider have the provider's id for
them. --oidc-provider names that provider as it is configured here; then their
next sign-in finds them. It tries every password once: 100 people a second.`,
	}, &f, legacy.Papermerge)
	c.Flags().StringVar(&f.oidc, "oidc-provider", "", "provider that Papermerge was behind, as configured here")
	return c
}

func (p *program) importDirectus() *cobra.Command {
	var f oldFlags
	c := p.databaseCommand(&cobra.Command{
		Use:   "directus --from DATABASE",
		Short: "People of Directus, of version 9, 10 or 11",
		Long: `People of Directus: the table directus_users. Ids stay, since its data name them.
Roles become groups, with the roles above them; who has administrator access
there is an administrator. Second factors and recognised providers come along.
Addresses of people with a password or an identity that comes along are not confirmed,
since people could change their own as they liked; --proven says that they could not.

Providers are those of the same name here; --provider OLD=NAME says which one OLD is,
and --provider OLD=- leaves its identities out. Identifiers that are e-mail addresses
or DNs do not come along, since they can be given to somebody else: with
link: verified_email at the provider, the first sign-in finds the account.`,
	}, &f, legacy.Directus)
	c.Flags().StringArrayVar(&f.providers, "provider", nil, "OLD=NAME: what a provider there is here (may be repeated)")
	c.Flags().BoolVar(&f.proven, "proven", false, "take the addresses of people who have a way in as confirmed too")
	c.Flags().StringArrayVar(&f.identifiers, "identifiers", nil, "NAME: its identifiers there are the ids that fields.id names here (may be repeated)")
	return c
}

func (p *program) importAuthserver() *cobra.Command {
	var f oldFlags
	return p.databaseCommand(&cobra.Command{
		Use:   "authserver --from DATABASE",
		Short: "People of an auth_server, with their numbers",
		Long: `People of an auth_server: the table user, usually in user.db. They keep the numbers
that its clients know them by.`,
	}, &f, legacy.Authserver)
}

// oldReader opens the people of an old system.
type oldReader func(ctx context.Context, p *program, f oldFlags, o legacy.Options) (oldPeople, error)

// oldPeople are the people of an old system.
type oldPeople struct {
	peopleReader
	file    peopleFile // what is read, if it is a file
	deleted int64      // marked as deleted there
	close   func() error
}

// importOld imports the people of an old system.
func (p *program) importOld(ctx context.Context, name string, f oldFlags, read oldReader) error {
	if f.from == "" {
		return errors.New("--from is missing; see: signet import " + name + " --help")
	}
	c, err := p.load()
	if err != nil {
		return err
	}
	o, err := oldOptions(c, f)
	if err != nil {
		return err
	}
	people, err := read(ctx, p, f, o)
	if err != nil {
		return unreadableFile{err}
	}
	if people.file.name == "" {
		people.file.name = name
	}
	out, err := p.openReport(people.file, f.importFlags)
	if err != nil {
		return errors.Join(err, people.close())
	}
	out.deleted = people.deleted
	into := broker.ImporterConfig{
		Source: name, Normalise: local.Normalise, Now: time.Now, Random: rand.Reader, DryRun: f.dryRun, Invite: f.invite,
	}
	err = p.withImporter(ctx, into, func(ctx context.Context, m *broker.Importer) error {
		return importPeople(ctx, m, people, out)
	})
	return errors.Join(err, people.close(), out.close())
}

// oldOptions are what the flags say, and the configuration.
func oldOptions(c *config.Config, f oldFlags) (legacy.Options, error) {
	h := local.NewHasher(hasherConfig(c.Passwords))
	o := legacy.Options{Unproven: f.unproven, Proven: f.proven, OIDC: f.oidc, Opens: func(ctx context.Context, password, hash string) bool {
		ok, _, err := h.Verify(ctx, password, hash)
		return err == nil && ok
	}}
	if err := checkOIDC(c, f.oidc); err != nil {
		return o, err
	}
	var err error
	o.Providers, err = oldProviders(c, f)
	return o, err
}
