//go:build race

package collectors

const raceEnabled = true // everything takes ten times as long
