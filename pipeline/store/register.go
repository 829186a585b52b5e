package store

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"presencia/pipeline"
)

// SaveRegister makes a state of the register the one in force. Saving the state in force again changes nothing.
func (db *DB) SaveRegister(ctx context.Context, r *pipeline.Register, content []byte, at time.Time) error {
	var inForce []struct {
		Version string `ch:"version"`
	}
	err := db.Select(ctx, &inForce, `SELECT version FROM registers ORDER BY saved DESC LIMIT 1`)
	if err != nil || len(inForce) == 1 && inForce[0].Version == r.Version {
		return err
	}
	var accounts []registerAccountRow
	for _, a := range r.Accounts {
		d, _ := r.Department(a.Department)
		accounts = append(accounts, registerAccountRow{
			Version: r.Version, Account: string(a.ID), Department: a.Department, DepartmentName: d.Name,
			DepartmentGroup: string(d.Group), Platform: string(a.Platform), Handle: pipeline.CanonicalHandle(a.Handle),
			Languages: a.Languages, Opened: day(a.Opened), Closed: day(a.Closed),
		})
	}
	token := fmt.Sprintf("%s/%d", r.Version, at.UnixNano())
	if len(accounts) > 0 {
		if err := send(ctx, db, "register_accounts", token, accounts); err != nil {
			return err
		}
	}
	return send(ctx, db, "registers", token, []registerRow{{
		Version: r.Version, Saved: at, Name: r.Institution.Name, TimeZone: r.Institution.TimeZone,
		Languages: r.Institution.Languages, Population: uint64(max(r.Institution.Population, 0)), Simulated: r.Simulated,
		Content: string(withoutOwners(r, content)),
	}})
}

var ownerPattern = regexp.MustCompile(`(\bowner["']?\s*:[ \t]*)("[^"\n]*"|'[^'\n]*'|[^,}#\n]+)`)

// withoutOwners blanks the owners' contacts in a register file, wherever an address of theirs is written.
func withoutOwners(r *pipeline.Register, content []byte) []byte {
	content = ownerPattern.ReplaceAll(content, []byte(`${1}""`))
	for _, a := range r.Accounts {
		if strings.Contains(a.Owner, "@") {
			content = bytes.ReplaceAll(content, []byte(a.Owner), []byte("…"))
		}
	}
	return content
}

// day is a date as a column takes it, nil where it is unset.
func day(d pipeline.Date) *time.Time {
	if d.IsZero() {
		return nil
	}
	t := d.In(time.UTC)
	return &t
}
