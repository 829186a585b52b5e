// Package indicator holds the definitions of what is measured and asks the store for their values.
//
// To add an indicator write one file, sql/<id>.sql. Its head, a YAML block in the leading comments, is what reports,
// workbooks and the list of definitions print; [Indicator] names its keys. Its query answers one row per unit and window,
//
//	unit, window UInt32, value Nullable(Float64), n UInt64, unknown UInt64
//
// where unit is as the scope has it, window the window's start, n what the value rests on and unknown what of the same could not be known. A value
// that does not exist is NULL, never 0: with unknown above zero it was not observed, with unknown at zero there was nothing
// to measure. The parts of sql/scope stand before the queries and give them accounts, posts, messages and verdicts already sorted into
// windows and units; nothing else is needed, no Go and no list.
//
// A change of a definition is a new version with its date: charts break their line there.
package indicator
