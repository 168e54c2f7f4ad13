package broker_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

func TestANumberThatClientsKnowIsImported(t *testing.T) {
	h := newHouse(t)
	here := h.add(t, "here")
	if n, err := h.NumberOf(t.Context(), here.ID); err != nil || n != 1 {
		t.Fatalf("got %d, %v, want 1", n, err)
	}
	got := imported(t, h.importer(),
		broker.ImportedPerson{Number: 1, Username: "alice"},
		broker.ImportedPerson{Number: broker.MaxImportedNumber, Username: "bob"},
		broker.ImportedPerson{Username: "carol"},
		broker.ImportedPerson{Number: 5, Username: "here", Email: "here@example.org"})
	if !slices.Equal(got, []string{"number taken", "added", "added", "present"}) {
		t.Fatalf("got %q", got)
	}
	for name, want := range map[string]int64{"here": 1, "bob": 1<<31 - 1, "carol": 1 << 31} {
		a, _, err := h.admin.Find(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := h.NumberOf(t.Context(), a.ID); err != nil || n != want {
			t.Errorf("%s: got %d, %v, want %d", name, n, err, want)
		}
	}
	t.Run("a number that is taken is told with who has it", func(t *testing.T) {
		results, err := h.importer().Import(t.Context(), []broker.ImportedPerson{{Place: 2, Number: 1, Username: "alice"}})
		if err != nil || !strings.Contains(results[0].Advice, here.ID) {
			t.Errorf("got %+v, %v", results, err)
		}
	})
	t.Run("a list by number tells all", func(t *testing.T) {
		page, err := h.Numbered(t.Context(), 1, 10)
		if err != nil || len(page) != 2 || page[0].Username != "bob" || page[1].Number != 1<<31 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	t.Run("nobody has none", func(t *testing.T) {
		if _, err := h.NumberOf(t.Context(), "nobody"); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
	})
}
