package config

import "os"

// Locate makes a problem with a key, such as "providers[1].driver", that was
// found behind Load: by a driver that knows its own configuration best. It
// stands where the key was written, or else the nearest thing around it. Path
// and environ are those that Load was given; the file is read again, and when
// it is gone, or can be read only once, the place is the whole file.
func Locate(path string, environ []string, key, message string) Problem {
	r := newReport(path)
	s := source{path: path, env: environment(environ)}
	if about, err := os.Stat(path); err == nil && about.Mode().IsRegular() {
		s.text, s.mode, _ = readFile(path)
	}
	read(r, s)
	at := r.at(key)
	return Problem{File: at.file, Line: at.line, Column: at.column, Path: key, Message: message}
}
