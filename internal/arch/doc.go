// Package arch holds the tests that keep the arrows between packages pointing
// one way: which package may import which, who may know a driver, and that
// nothing registers itself or hides behind a build tag.
//
// It has no code of its own and nothing may import it. A failure names the file
// and the rule; the tables in rules_test.go are the rules.
package arch
