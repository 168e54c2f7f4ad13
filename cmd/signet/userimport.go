package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/store"
)

// importBatch is how many people go in with one transaction: enough that the
// wait for the disk is shared, and few enough that nobody else waits long.
const importBatch = 100

// importFlags are the options of user import.
type importFlags struct {
	format, report string
	dryRun, invite bool
}

func (p *program) userImport() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the people of another system, with their passwords",
		Long: `Add the people of another system. FILE is CSV with a header row, or JSON lines;
- is standard input. The columns: username, email, hash, groups, confirmed, admin,
name, given_name, family_name, status, id, created. A person needs a user name or
an e-mail address; the rest may be left out.

Passwords come as hashes, never in the clear; people keep theirs, and each hash is
replaced by a stronger one when its owner first signs in.

A line that is not good is reported and skipped, the others go in. Who is there
already is left alone: run it again when it was cut off.

The exit code is 0 when everybody is in, 1 when lines were skipped, and 2 when
FILE cannot be read.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("one FILE, or - for standard input: " + c.CommandPath() + " FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.importFile(cmd.Context(), args[0], f) },
	}
	c.Flags().StringVar(&f.format, "format", "", "csv or jsonl (default: what FILE looks like)")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "do everything but write")
	c.Flags().StringVar(&f.report, "report", "", "write every skipped line to this file")
	c.Flags().BoolVar(&f.invite, "invite-without-password", false, "invite by letter who comes without a hash")
	return c
}

func (p *program) importFile(ctx context.Context, path string, f importFlags) error {
	file, people, err := p.openPeople(path, f.format)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	out, err := p.openReport(file, f)
	if err != nil {
		return err
	}
	config := broker.ImporterConfig{
		Source: file.name, Normalise: local.Normalise, Now: time.Now, Random: rand.Reader, DryRun: f.dryRun, Invite: f.invite,
	}
	err = p.withImporter(ctx, config, func(ctx context.Context, m *broker.Importer) error {
		return importPeople(ctx, m, people, out)
	})
	return errors.Join(err, out.close())
}

// withImporter runs do with an importer into the configured database. For a dry
// run nothing is made or brought up to date.
func (p *program) withImporter(ctx context.Context, c broker.ImporterConfig, do func(context.Context, *broker.Importer) error) error {
	if c.DryRun {
		return p.look(ctx, func(ctx context.Context, db *store.DB, conf *config.Config) error {
			c.Store, c.Readable = db.Imports(), local.NewHasher(hasherConfig(conf.Passwords)).Readable
			return do(ctx, broker.NewImporter(nil, c))
		})
	}
	return p.with(ctx, func(ctx context.Context, a *app) error {
		c.Store, c.Readable = a.db.Imports(), a.hasher.Readable
		return do(ctx, broker.NewImporter(a.broker, c))
	})
}

// importPeople reads to the end, batch by batch. What was read is told even
// when it is cut off.
func importPeople(ctx context.Context, m *broker.Importer, people peopleReader, out *importReport) error {
	for {
		lines, end := readLines(people)
		results, err := m.Import(ctx, readable(lines))
		if err != nil {
			return errors.Join(fmt.Errorf("cut off before %s; run it again to go on: %w", lines[0].person.Where(), err), out.summary())
		}
		out.tell(lines, results)
		if errors.Is(end, io.EOF) {
			return out.summary()
		}
		if end != nil {
			return errors.Join(fmt.Errorf("%s: %w", out.name, end), out.summary())
		}
	}
}

// importLine is one line of the file: a person, or why it is none.
type importLine struct {
	person broker.ImportedPerson
	fault  *broker.ImportFault
}

// readLines reads up to a batch's worth; end is why there are no more.
func readLines(people peopleReader) (lines []importLine, end error) {
	for len(lines) < importBatch {
		person, fault, err := people.next()
		if err != nil {
			return lines, err
		}
		lines = append(lines, importLine{person, fault})
	}
	return lines, nil
}

func readable(lines []importLine) (people []broker.ImportedPerson) {
	for _, l := range lines {
		if l.fault == nil {
			people = append(people, l.person)
		}
	}
	return people
}
