// Package pipeline holds the records that travel through presencia, the small interfaces between its stages,
// and the conductor that runs a collection. It imports nothing of ours; every stage imports it.
//
// The data has one way through the house:
//
//	institution.yaml ─ register ─→ Account, Course, Calendar …        (what the institution declares)
//	                      │
//	Runner.Run ───────────┼─ Collector.Collect   (collectors)         Request → Batch
//	                      ├─ Privacy.Apply       (pipeline)           Batch → Batch without citizens
//	                      └─ Run.Save … Complete (pipeline/store)     rows, visible once the run is complete
//	check   ─ reads Subjects from the store, writes Findings back     (pipeline/check)
//	indicator ─ one SQL file a definition, asked of the store         (pipeline/indicator)
//	impact  ─ before and after, participants and comparison           (pipeline/impact)
//	reports ─ a Document from those, written as HTML and XLSX         (reports)
//
// Start reading in record.go, then run.go. cmd/presencia/wire.go names every concrete part once.
//
// Two rules hold everywhere. A zero value means "we do not know", so that a forgotten field can never become a
// count of zero or a failed rule. And all instants are UTC; a day, a month or a working hour exists only in the
// institution's time zone, through [Institution.Location].
package pipeline
