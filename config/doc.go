// Package config turns providers.yaml and the environment into checked
// values.
//
// Everything that is wrong is told at once, each complaint with its place in
// the file and what to do about it ([Problems]). Unknown keys are errors.
// Every key has an environment variable: SIGNET_ and the path in upper case,
// two underscores between levels, SIGNET_TOKENS__ACCESS_TTL for
// tokens.access_ttl. Secrets have a type of their own, [Secret], that no
// printer can see through.
//
// Relative paths in the file and in the environment start at the folder of the
// configuration file, and at the working directory when there is none.
//
// The struct tags say the rules that need one key only: enum lists the values
// that a text may have; min and max bound a number, a duration or a size;
// unique marks lists without repetitions. The JSON Schema beside this file is
// made from the same types, tags and comments.
package config

//go:generate go test -run TestSchema . -update
