package mail

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestE09_AFolderIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "letters")
	f, err := NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	first, second := messageTo("alice@example.com"), messageTo("bob@example.com")
	second.ID, second.Created = "00000000-0000-4000-8000-000000000000", start.Add(time.Millisecond)
	for _, m := range []Message{second, first, first} {
		if err := f.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("names sort by time, and a letter that is written twice is one file", func(t *testing.T) {
		var names []string
		for _, file := range files {
			names = append(names, file.Name())
		}
		if got := strings.Join(names, " "); got != "20261123T120000.000Z-7c9e6679-7425-40de-944b-e07fc1f90ae7.eml 20261123T120000.001Z-00000000-0000-4000-8000-000000000000.eml" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("E-09 folder and files have modes 0700 and 0600", func(t *testing.T) {
		about, err := os.Stat(path)
		if err != nil || about.Mode().Perm() != 0o700 {
			t.Errorf("the folder has %v, %v", about.Mode(), err)
		}
		for _, file := range files {
			if about, err := file.Info(); err != nil || about.Mode().Perm() != 0o600 {
				t.Errorf("%s has %v, %v", file.Name(), about.Mode(), err)
			}
		}
	})
	t.Run("a file is a whole message", func(t *testing.T) {
		raw, err := os.ReadFile(filepath.Join(path, files[0].Name()))
		if want := content(t, first); err != nil || !bytes.Equal(raw, []byte(want)) {
			t.Errorf("got %q, %v", raw, err)
		}
	})
	t.Run("a folder that cannot be written is the operator's trouble, and leaves nothing", func(t *testing.T) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if got := troubleOf(t, f.Send(t.Context(), first)); got.Verdict != Operator || got.Step != StepFolder {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a place that is no folder is refused at once", func(t *testing.T) {
		if _, err := NewFolder("message_test.go"); err == nil {
			t.Error("got no error")
		}
	})
}
