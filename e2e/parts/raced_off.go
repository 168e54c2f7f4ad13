//go:build !race

package parts

// raced is whether this test program looks for data races.
const raced = false
