//go:build !race

package apptest_test

// raced says that the race detector watches, under which a phone's keys take ten times as long.
const raced = false
