package mail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Folder writes letters as .eml files, which only the owner of the process may
// read. Their names sort by the time at which the letters were caused. A letter
// that is written twice, because of a crash in between, is one file.
type Folder struct{ path string }

// NewFolder makes the folder, with mode 0700, if it is not there. The mode of
// one that is there stays as it is.
func NewFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for letters: %w", err)
	}
	return &Folder{path: path}, nil
}

// Send implements [Sender]. The file is there whole or not at all.
func (f *Folder) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return &Trouble{Step: StepFolder, Cause: err}
	}
	_, content, t := m.bytes()
	if t != nil {
		return t
	}
	if err := f.write(m.Created.UTC().Format("20060102T150405.000Z")+"-"+m.ID+".eml", content); err != nil {
		return &Trouble{Verdict: Operator, Step: StepFolder, Cause: err}
	}
	return nil
}

func (f *Folder) write(name string, content []byte) error {
	tmp, err := os.CreateTemp(f.path, ".letter-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(f.path, name))
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // what is left of it hurts nobody
	}
	return err
}

var _ Sender = (*Folder)(nil)
