// Package pages serves what people see: the sign-in page with its second step,
// registration, what the links in letters open, and the error pages. Showing a
// page changes nothing; its form acts. They are whole without JavaScript, load
// nothing from anywhere else and need nothing but their own files.
//
// The typeface is Inter (SIL Open Font License 1.1, see assets), so that the
// pages look the same where the system has no good one.
package pages
