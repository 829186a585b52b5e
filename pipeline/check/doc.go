// Package check judges an institution's presence by its guide. The guide is data: packs of rules in YAML, each with
// an expression in CEL (https://cel.dev) over what the store knows of an account, a post, a stretch of time or a
// message from the public. The package is pure: no clock, no network, no store.
//
// To add a rule, write one entry in a pack (packs/base has a file for each scope) and its cases in testdata/ID.txtar; no
// Go. An expression may use the names listed in variables.go and the functions of [All]; a rule that needs a new
// function gets one file with it, its labelled tests, and a line in a list of senses.
//
// Every value of a rule says where it comes from: guide (its source states the value), law, or proposed (guides ask for
// it without a number, and presencia proposes one). An institution's own pack overrides any key of a rule by its id.
//
// What a source does not tell is unknown to CEL, not empty and not zero. An expression that cannot be decided
// without it comes out unknown, and the verdict is pipeline.NotEvaluable with the missing field as its evidence; one
// that can be decided is decided.
package check
