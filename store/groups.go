package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

var stGroups = statement{"groups", `
SELECT g.name, g.sources, COUNT(*) FROM account_groups g GROUP BY g.name, g.sources ORDER BY g.name`}

// Groups counts every group's accounts; see broker.Directory.
func (v Directory) Groups(ctx context.Context) (out []broker.GroupCount, err error) {
	err = v.db.look(ctx, "list groups", func(ctx context.Context, c conn) error {
		rows, err := all(ctx, c, stGroups.with(), scanGroupCount)
		out = nil
		for _, r := range rows {
			out = addCount(out, r)
		}
		return err
	})
	return out, err
}

// addCount adds a row to the group that it is of, which is the last one if any.
func addCount(out []broker.GroupCount, r broker.GroupCount) []broker.GroupCount {
	last := len(out) - 1
	if last < 0 || out[last].Name != r.Name {
		return append(out, r)
	}
	out[last].Members += r.Members
	for source, n := range r.Sources {
		out[last].Sources[source] += n
	}
	return out
}

func scanGroupCount(r row) (g broker.GroupCount, err error) {
	var packed string
	var sources []string
	if err := r.Scan(&g.Name, &packed, &g.Members); err != nil {
		return g, err
	}
	if err := json.Unmarshal([]byte(packed), &sources); err != nil {
		return g, fmt.Errorf("group %q: malformed sources", g.Name)
	}
	g.Sources = map[string]int{}
	for _, s := range sources {
		g.Sources[s] = g.Members
	}
	return g, nil
}
