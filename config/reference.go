package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// maxSecret is the most that a secret file may hold, in bytes.
const maxSecret = 64 << 10

// secretReader follows references to secrets.
type secretReader struct {
	base   string // relative paths start here; empty is the working directory
	env    map[string]string
	shared bool   // others than the owner can read or write the configuration file
	fresh  string // where the master secret has to be made, empty when it is there
}

// secret reads a literal value, {env: NAME} or {file: path}. Nothing of the
// value, nor of a key that may be one by mistake, gets into a message.
func (d *decoder) secret(n *node, v reflect.Value, path string) {
	value, ok := "", false
	switch n.kind {
	case sequence:
		d.mismatch(n, path, "a secret", "write the value, {env: NAME} or {file: path}")
	case mapping:
		value, ok = d.reference(n, path)
	default:
		value, ok = d.literal(n, v.Type(), path)
	}
	if !ok {
		return
	}
	if v.Type() == databaseType {
		d.database(n, v.Addr().Interface().(*Database), value, path)
		return
	}
	v.Set(reflect.ValueOf(NewSecret(value)))
}

func (d *decoder) literal(n *node, t reflect.Type, path string) (string, bool) {
	if n.text == "" {
		d.problem(n.at, path, "an empty secret", "write the value, {env: NAME} or {file: path}, or remove the key")
		return "", false
	}
	if strings.ContainsRune(n.text, 0) {
		d.problem(n.at, path, "a secret with a NUL byte", "make a new one of printable characters")
		return "", false
	}
	if d.secrets.shared && !n.env && t == secretType {
		d.warn(n.at, path, "a secret in a file that others than its owner can read",
			"run chmod 600 on the file, or write {env: NAME} or {file: path}")
	}
	return n.text, true
}

// reference reads {env: NAME} or {file: path}.
func (d *decoder) reference(n *node, path string) (string, bool) {
	if len(n.keys) != 1 || n.keys[0].key != "env" && n.keys[0].key != "file" || n.keys[0].value.kind != text {
		d.problem(n.at, path, "a secret that is neither a value nor {env: NAME} nor {file: path}",
			"write one of the three")
		return "", false
	}
	e := n.keys[0]
	if e.key == "env" {
		value, ok := d.secrets.env[e.value.text]
		if !ok || value == "" {
			d.problem(e.value.at, path, "environment variable "+shown(e.value.text)+" is not set or empty",
				"set it, or write {file: path}")
			return "", false
		}
		return value, true
	}
	return d.secretFile(e.value, path)
}

// secretFile reads a secret from a file. That the default file of the master
// secret does not exist yet is no problem: the caller makes it.
func (d *decoder) secretFile(n *node, path string) (string, bool) {
	name := d.secrets.resolve(n.text)
	value, mode, err := readSecret(name)
	if errors.Is(err, fs.ErrNotExist) && path == "secret" && n.text == defaultSecretFile {
		d.secrets.fresh = name
		return "", false
	}
	if err != nil {
		d.problem(n.at, path, "secret file "+shown(n.text)+" "+fileTrouble(err),
			"name a file with nothing but the secret; a relative path starts at the folder of the configuration file")
		return "", false
	}
	if value == "" {
		d.problem(n.at, path, "secret file "+shown(n.text)+" is empty", "write the secret into it")
		return "", false
	}
	d.mode(n, mode, path)
	return value, true
}

// mode complains about a secret file that others can read or write.
func (d *decoder) mode(n *node, mode fs.FileMode, path string) {
	const hint = "run chmod 600 on it"
	switch {
	case mode&0o022 != 0:
		d.problem(n.at, path, "secret file "+shown(n.text)+" can be written by others than its owner", hint)
	case mode&0o004 != 0 && path == "secret" && n.text == defaultSecretFile:
		d.problem(n.at, path, "secret file "+shown(n.text)+" can be read by everybody", hint+", and make a new secret if anybody may have")
	case mode&0o077 != 0:
		d.warn(n.at, path, "secret file "+shown(n.text)+" can be read by others than its owner", hint)
	}
}

// errNotPlain: a device or a pipe could block or never end.
var errNotPlain = errors.New("not a plain file")

// errTooBig: more than maxSecret bytes.
var errTooBig = errors.New("too big for a secret")

// readSecret reads a plain file of at most maxSecret bytes without its last
// line break, and its permissions (0 where the system has none).
func readSecret(name string) (value string, mode fs.FileMode, err error) {
	about, err := os.Stat(name)
	if err != nil {
		return "", 0, fmt.Errorf("stat: %w", err)
	}
	if !about.Mode().IsRegular() {
		return "", 0, errNotPlain
	}
	f, err := os.Open(name)
	if err != nil {
		return "", 0, fmt.Errorf("open: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", 0, fmt.Errorf("read: %w", err)
	}
	if len(b) > maxSecret {
		return "", 0, errTooBig
	}
	value, found := strings.CutSuffix(string(b), "\r\n")
	if !found {
		value = strings.TrimSuffix(value, "\n")
	}
	return value, permissions(about), nil
}

// permissions are the mode bits of a file, where the system has them.
func permissions(about fs.FileInfo) fs.FileMode {
	if runtime.GOOS == "windows" {
		return 0
	}
	return about.Mode().Perm()
}

// fileTrouble says in few words why a file could not be read.
func fileTrouble(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user"
	case errors.Is(err, errNotPlain), errors.Is(err, errTooBig), errors.Is(err, errTooBigFile):
		return "is " + err.Error()
	}
	return "cannot be read"
}

// resolve makes a path absolute or relative to the working directory.
func (r secretReader) resolve(path string) string {
	if filepath.IsAbs(path) || r.base == "" {
		return path
	}
	return filepath.Join(r.base, path)
}
