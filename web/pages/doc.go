// Package pages serves what people see: the sign-in page and the error pages
// in its style. They are whole without JavaScript, load nothing from anywhere
// else and need nothing but their own files.
//
// The typeface is Inter (SIL Open Font License 1.1, see assets), so that the
// pages look the same where the system has no good one.
package pages
