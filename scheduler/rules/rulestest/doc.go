// Package rulestest lets the tests of rules say what is, in YAML, and read what a rule answers, as text.
package rulestest
