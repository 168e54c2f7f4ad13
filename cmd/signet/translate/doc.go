// Package translate writes a providers.yaml that stands for the settings of
// another system. Secrets are never in it, only where they are; and what has no
// counterpart is in it as a comment that says what to do. Nothing is dropped in
// silence.
package translate
