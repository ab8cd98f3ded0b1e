// Package rulestest runs the tests of detection rules: the rule's own examples,
// properties that every rule must have, and mutants that its examples must notice.
//
// It runs on rows that are written in the rule's file and refuses to touch the
// data of a practice. It opens no database of its own.
package rulestest
