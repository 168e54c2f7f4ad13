package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/signet-sso/signet/broker"
)

// shownLines is how many skipped lines are shown when all of them are in a
// report.
const shownLines = 20

// importReport tells what becomes of a file.
type importReport struct {
	name     string
	out, err io.Writer
	file     *os.File // nil for none
	all      *bufio.Writer
	dryRun   bool

	added, present, skipped, noPassword int
	reasons                             map[string]int
	behind                              int   // people of whom something does not come along
	deleted                             int64 // marked as deleted in the old system
	told                                int   // lines
}

// openReport makes the file of the report, if one is wanted. It is never the
// file that is read.
func (p *program) openReport(people peopleFile, f importFlags) (*importReport, error) {
	r := &importReport{name: people.name, out: p.out, err: p.err, dryRun: f.dryRun, reasons: map[string]int{}}
	if f.report == "" {
		return r, nil
	}
	file, err := os.OpenFile(f.report, os.O_WRONLY|os.O_CREATE, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if is, err := file.Stat(); err == nil && people.stat() != nil && os.SameFile(is, people.stat()) {
		return nil, errors.Join(errors.New("--report names the file that is to be imported; name another one"), file.Close())
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("report: %w", err), file.Close())
	}
	r.file, r.all = file, bufio.NewWriter(file)
	return r, nil
}

// tell counts what became of a batch and reports who was skipped. The results
// are of the lines that are people.
func (r *importReport) tell(lines []importLine, results []broker.ImportResult) {
	for _, l := range lines {
		if l.fault != nil {
			r.skip(l.person, *l.fault)
			continue
		}
		result := results[0]
		results = results[1:]
		switch {
		case result.Fate == broker.FateSkipped:
			r.skip(l.person, result.ImportFault)
		case result.Fate == broker.FatePresent:
			r.present++
		default:
			r.added++
			if result.NoPassword {
				r.noPassword++
			}
			r.leave(l.person)
		}
	}
}

// skip reports somebody who does not come.
func (r *importReport) skip(p broker.ImportedPerson, f broker.ImportFault) {
	r.skipped++
	r.reasons[f.Reason]++
	r.line(p, f)
}

// leave reports what of somebody who comes does not come along.
func (r *importReport) leave(p broker.ImportedPerson) {
	for _, f := range p.Behind {
		r.line(p, f)
	}
	if len(p.Behind) > 0 {
		r.behind++
	}
}

// line reports a line: the file and its line, or the table and its row, then
// the field and what to do.
func (r *importReport) line(p broker.ImportedPerson, f broker.ImportFault) {
	where := p.Row
	if where == "" {
		where = fmt.Sprintf("%s:%d", r.name, p.Place)
	}
	said := where + ": "
	if f.Field != "" {
		said += f.Field + ": "
	}
	said += f.Advice + "\n"
	r.told++
	if r.all != nil {
		_, _ = r.all.WriteString(said) // Flush tells of what went wrong
	}
	if r.all == nil || r.told <= shownLines {
		_, _ = io.WriteString(r.err, said)
	}
}

// summary says how many went where. It answers errSaid when lines were skipped.
func (r *importReport) summary() error {
	added := "added"
	if r.dryRun {
		added = "would be added"
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%d\t  read\n%d\t  %s\n", r.added+r.present+r.skipped, r.added, added)
	if r.noPassword > 0 {
		fmt.Fprintf(w, "%d\t  of them without a password\n", r.noPassword)
	}
	if r.behind > 0 {
		fmt.Fprintf(w, "%d\t  of them without something that they had\n", r.behind)
	}
	fmt.Fprintf(w, "%d\t  already there, unchanged\n%d\t  skipped\n", r.present, r.skipped)
	for _, reason := range slices.Sorted(maps.Keys(r.reasons)) {
		fmt.Fprintf(w, "%d\t  of them %s\n", r.reasons[reason], strings.ReplaceAll(reason, "_", " "))
	}
	if r.deleted > 0 {
		fmt.Fprintf(w, "%d\t  marked as deleted there, left out\n", r.deleted)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if r.file != nil && r.told > shownLines {
		fmt.Fprintf(r.err, "%d more reported lines are in %s\n", r.told-shownLines, r.file.Name())
	}
	if r.skipped == 0 {
		return nil
	}
	return errSaid
}

// close writes out the report.
func (r *importReport) close() error {
	if r.file == nil {
		return nil
	}
	if err := errors.Join(r.all.Flush(), r.file.Close()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
